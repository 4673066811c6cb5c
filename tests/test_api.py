"""The public names: all there, each imported on first use alone."""

import subprocess
import sys

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
