"""From SQNR to top-1: ends, middle and depth of the curve."""

import numpy as np
import pytest
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
        curve = accuracy_curve(packaged_technology(), dataset, 0.1, depth, 0.9)
        assert_allclose(curve.middle_db, middle, rtol=1e-12)
        assert not curve.is_extrapolated
        assert_allclose(top1_share(np.array([middle]), curve), [(0.1 + 0.9) / 2], rtol=1e-5)


def test_deeper_networks_need_ten_decibels_a_decade() -> None:
    shallow, deep = (accuracy_curve(packaged_technology(), "imagenet", 1e-3, depth, 0.76) for depth in (10, 100))
    assert_allclose(deep.middle_db - shallow.middle_db, 10, rtol=1e-12)
    assert deep.is_extrapolated
    assert deep.error_db > accuracy_curve(packaged_technology(), "cifar10", 0.1, 14, 0.9).error_db


def test_ends_of_the_curve() -> None:
    curve = accuracy_curve(packaged_technology(), "cifar10", 0.1, 14, 0.9)
    assert_allclose(loss_pct(np.array([60.0]), curve), [0], atol=1e-12, rtol=0)
    assert_allclose(top1_share(np.array([-60.0]), curve), [0.1], rtol=1e-6)
    falling = loss_pct(np.linspace(-40, 60, 400), curve)
    assert np.all(np.diff(falling) < 0)


@pytest.mark.parametrize("name", ["one logit", "just above chance", "ImageNet"])
def test_loss_is_never_negative_and_never_grows_with_sqnr(name: str) -> None:
    chance, int8, dataset = {
        "one logit": (1 / 2, 0.75, "unknown"),
        "just above chance": (0.1, np.nextafter(0.1, 1), "cifar10"),
        "ImageNet": (1e-3, 0.7592, "imagenet"),
    }[name]
    sqnr = np.linspace(-60, 60, 2001)
    for depth in (1, 14, 50, 1000):
        curve = accuracy_curve(packaged_technology(), dataset, chance, depth, int8)
        for shift in (-curve.error_db, 0.0, curve.error_db):
            loss = loss_pct(sqnr, curve, shift)
            assert np.all(loss >= 0)
            assert np.all(np.diff(loss) <= 0)
            assert loss[-1] == 0
            assert loss[0] <= 100 * (int8 - chance)
