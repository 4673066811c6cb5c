"""Fitted constants of the crossbar are what their fits give."""

import pytest
from numpy.testing import assert_allclose

from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.crossbar_fits import (
    fit_mux_energy,
    fit_row_driver,
    fit_runaway_ratio,
    fit_sense_amp,
    fit_siam_runaway,
)


@pytest.mark.parametrize(
    ("fit", "file"),
    [
        (fit_mux_energy, "crossbar"),
        (fit_row_driver, "crossbar"),
        (fit_sense_amp, "crossbar"),
        (fit_siam_runaway, "adc"),
        (fit_runaway_ratio, "adc"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_fit_reproduces_the_stored_value(fit, file):
    # Stored with four digits.
    for name, value in fit().items():
        record = packaged_technology().constants(file).record(name)
        assert record.status == "fitted", name
        assert_allclose(value, record.value, rtol=1e-3, atol=0, err_msg=name)
