"""Designs that the crossbar's tests share."""

import numpy as np

from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.engines.crossbar.design_case import case_of_designs


def one_case(**columns):
    """The sub-array of one or several designs, the default but for the given fields."""
    return case_of_designs(Designs.from_columns(columns))


def random_designs(n: int, seed: int) -> Designs:
    """Random legal designs over every field that a crossbar depends on."""
    rng = np.random.default_rng(seed)

    def choice(name: str) -> np.ndarray:
        return rng.choice(fields()[name].choices, n)

    def side() -> np.ndarray:
        return np.exp(rng.uniform(np.log(8), np.log(4096), n)).round().astype(int)

    return Designs.from_columns(
        {
            "crossbar_rows": side(),
            "crossbar_cols": side(),
            "cell": choice("cell"),
            "cell_bits": rng.integers(1, 5, n),
            "r_on_ohm": 10.0 ** rng.integers(3, 8, n),
            "r_off_ohm": 10.0 ** rng.integers(8, 13, n),
            "read_voltage_v": rng.choice([0.05, 0.5, 1.2], n),
            "node_nm": rng.choice([7, 10, 14, 22, 32, 45, 65, 90, 130], n),
            "roadmap": choice("roadmap"),
            "adc_kind": choice("adc_kind"),
            "adc_bits": rng.integers(1, 13, n),
            "columns_per_adc": rng.integers(1, 129, n),
            "sensing": choice("sensing"),
            "read_mode": choice("read_mode"),
            "circuit": choice("circuit"),
            "weight_bits": rng.integers(1, 17, n),
            "activation_bits": rng.integers(1, 17, n),
            "input_activity": rng.choice([0.0, 0.01, 0.25, 0.5, 1.0], n),
            "weight_mapping": choice("weight_mapping"),
            "pedestal": choice("pedestal"),
            "adc_model": choice("adc_model"),
            "adc_thermal_floor": rng.random(n) < 0.5,
            "clock_hz": rng.choice([1e6, 1e9, 1e10], n),
        },
        n=n,
    )
