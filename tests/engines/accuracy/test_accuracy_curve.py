"""From SQNR to top-1: ends, middle and depth of the curve."""

import numpy as np
from numpy.testing import assert_allclose

from siam_dse.engines.accuracy.curve import accuracy_curve, effective_sqnr_db, loss_pct, top1_share
from siam_dse.technology.technology import packaged_technology


def test_noise_is_averaged_not_decibels() -> None:
    # 0 dB and 60 dB: noise (1 + 1e-6) / 2
    assert_allclose(effective_sqnr_db(np.array([[0.0, 60.0]])), [-10 * np.log10((1 + 1e-6) / 2)], rtol=1e-12)
    counted = effective_sqnr_db(np.array([[0.0, 60.0]]), np.array([1.0, 3.0]))
    assert_allclose(counted, effective_sqnr_db(np.array([[0.0, 60.0, 60.0, 60.0]])), rtol=1e-12)


def test_measured_networks_keep_their_own_middle() -> None:
    # fitted to noise injection: digits 2.29 dB, ResNet-14 9.71 dB; half way between chance and int8 there
    for dataset, depth, middle in (("digits", 4, 2.29), ("cifar10", 14, 9.71)):
        curve = accuracy_curve(packaged_technology(), dataset, 10, depth, 0.9)
        assert_allclose(curve.middle_db, middle, rtol=1e-12)
        assert not curve.is_extrapolated
        assert_allclose(top1_share(np.array([middle]), curve), [(0.1 + 0.9) / 2], rtol=1e-5)


def test_deeper_networks_need_ten_decibels_a_decade() -> None:
    shallow, deep = (accuracy_curve(packaged_technology(), "imagenet", 1000, depth, 0.76) for depth in (10, 100))
    assert_allclose(deep.middle_db - shallow.middle_db, 10, rtol=1e-12)
    assert deep.is_extrapolated
    assert deep.error_db > accuracy_curve(packaged_technology(), "cifar10", 10, 14, 0.9).error_db


def test_ends_of_the_curve() -> None:
    curve = accuracy_curve(packaged_technology(), "cifar10", 10, 14, 0.9)
    assert_allclose(loss_pct(np.array([60.0]), curve), [0], atol=1e-12, rtol=0)
    assert_allclose(top1_share(np.array([-60.0]), curve), [0.1], rtol=1e-6)
    falling = loss_pct(np.linspace(-40, 60, 400), curve)
    assert np.all(np.diff(falling) < 0)


def test_unknown_int8_top1_takes_the_stated_assumption() -> None:
    assert accuracy_curve(packaged_technology(), "imagenet", 1000, 50, float("nan")).int8_top1 == 0.75
