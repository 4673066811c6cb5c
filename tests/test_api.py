"""The public names: all there, each imported on first use alone."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import siam_dse as sd
from siam_dse import api


def test_every_public_name_is_there():
    assert set(api.__all__) == set(api._ROOMS) == set(sd.__all__) - {"__version__"}
    for name in api.__all__:
        assert getattr(sd, name) is getattr(api, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        _ = sd.swep


@pytest.mark.slow
def test_evaluating_imports_neither_optuna_nor_plotly():
    code = (
        "import sys, siam_dse as sd\n"
        "sd.evaluate(sd.load_network('lenet5'), sd.Designs.grid()).column('latency_ms')\n"
        "print([m for m in ('optuna', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_documented_calls(tmp_path):
    network = sd.load_network("lenet5")
    designs = sd.Designs.grid(crossbar_size=[64, 128], adc_bits=[5, 6, 7], n_chiplets=[4, 9], profile="default")
    evaluation = sd.evaluate(network, designs, include_dram=False, noc_model="fast")
    assert len(evaluation.to_frame(columns=["latency_ms"])) == len(designs) == 12
    assert set(evaluation.by_engine()["engine"]) == {"crossbar", "tile", "digital", "noc", "nop"}
    assert len(evaluation.by_layer(3)) == network.n_layers
    assert "lenet5" in evaluation.explain(3)
    again = sd.Designs.from_frame(evaluation.to_frame()[["crossbar_size", "adc_bits", "n_chiplets"]])
    assert (again.crossbar_rows == designs.crossbar_rows).all()
    space = sd.load_space("quick")
    run = sd.sweep(network, space, trials=20, sampler="random", seed=0, name="first", results=tmp_path)
    more = sd.resume(run.path, trials=10)
    assert len(more.points()) >= len(run.front())
    assert more.path == tmp_path / "first"


def test_a_copy_of_an_evaluation_has_its_figures():
    evaluation = sd.evaluate("lenet5", sd.Designs.grid(adc_bits=[5, 6]), noc_model="fluid", include_dram=True)
    frame = evaluation.to_frame()
    for other in (pickle.loads(pickle.dumps(evaluation)), copy.deepcopy(evaluation), copy.copy(evaluation)):
        assert other.to_frame().equals(frame)
        assert (other.noc_model, other.include_dram) == ("fluid", True)


def test_columns_of_copied_designs_are_read_only():
    designs = sd.Designs.grid(adc_bits=[5, 6])
    for other in (pickle.loads(pickle.dumps(designs)), copy.deepcopy(designs)):
        assert other.to_frame().equals(designs.to_frame())
        with pytest.raises(ValueError, match="read-only"):
            other.adc_bits[0] = 9
    assert designs != copy.copy(designs)  # and no ambiguous truth value


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sd.evaluate(None), r"network: must be a network, or the name or path of one, got None \(NoneType\)"),
        (lambda: sd.evaluate("lenet5", {"adc_bits": [5]}), "designs: must be Designs or a pandas table, got dict"),
        (lambda: sd.evaluate("lenet5", include_dram="no"), "include_dram: must be True or False, got 'no'"),
        (lambda: sd.evaluate("lenet5", noc_model=None), "noc_model: unknown level .* 'None'; known: "),
        (lambda: sd.evaluate("lenet5").explain(0.5), "design: must be a whole number, got 0.5"),
        (lambda: sd.evaluate("lenet5").explain(1), "design: 1: there are 1 designs"),
        (lambda: sd.Designs.from_frame(pd.DataFrame([[5, 6]], columns=["adc_bits"] * 2)), "'adc_bits' stands there tw"),
        (lambda: sd.Designs.grid(adc_bits=np.ones((2, 2))), r"row 1: adc_bits: must be .*, got '\[1.0 1.0\]'"),
        (lambda: sd.Designs.grid(adc_bits=[5] * 4000, cell_bits=[1] * 4000), "grid: makes 16,000,000 designs"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_clear_error(call, message):
    with pytest.raises(sd.InputError, match=message):
        call()


def test_one_column_may_be_named_alone():
    evaluation = sd.evaluate("lenet5")
    assert evaluation.to_frame("latency_ms").equals(evaluation.to_frame(["latency_ms"]))
