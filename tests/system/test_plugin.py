"""An engine of another package, found through its entry point: in every column, total, breakdown and word."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.core.declare import Engine, Part
from siam_dse.core.errors import InputError
from siam_dse.core.plan import Plan
from siam_dse.system.plan import PACKAGED

# The whole of a package that adds an engine: a watchdog that each tile has.
WATCHDOG = """
from types import SimpleNamespace
from siam_dse.core.declare import ENERGY, Column, Engine, Note, Part, Term, area_of_each_tile, figure

def _watchdog(view, network):
    return SimpleNamespace(energy_j=view.adc_bits * 1e-6, area_m2=view.crossbars_per_tile * 1e-9)

ENGINE = Engine(
    name="watchdog", word="watchdogs", colour="#123456",
    parts=(Part("watchdog", _watchdog, ("adc_bits", "crossbars_per_tile"), NEEDS),),
    terms=(Term(ENERGY, ("watchdog.energy_j",)), *area_of_each_tile("watchdog.area_m2")),
    columns=(Column("watchdog_energy_uj", "uJ", "energy of the watchdogs", "minimise",
                    figure("watchdog.energy_j", 1e6)),),
    notes=(Note("watchdog_bites", "the watchdog bites", lambda f: f.designs.adc_bits > 6),),
)
"""
SCRIPT = """
import json, sys
import siam_dse as sd
from siam_dse.report.breakdown import engine_breakdown, engine_table
from siam_dse.system.columns import NOTES, OUTPUT_COLUMNS
designs = sd.Designs.grid(adc_bits=[5, 7], crossbars_per_tile=[4, 16])
evaluation = sd.evaluate(sd.load_network("vgg8"), designs)
frame = evaluation.to_frame()
frame.to_parquet(sys.argv[1] + "/frame.parquet")
evaluation.by_engine().to_parquet(sys.argv[1] + "/engines.parquet")
evaluation.by_layer(3).to_parquet(sys.argv[1] + "/layers.parquet")
traces = engine_breakdown(frame, list("abcd")).data
bars = {trace["name"]: trace["marker"]["color"] for trace in traces if trace["type"] == "bar"}
print(json.dumps({"columns": list(OUTPUT_COLUMNS), "notes": {k: v.tolist() for k, v in evaluation.notes.items()},
                  "text": NOTES["watchdog_bites"].text, "words": evaluation.explain(3), "bars": bars,
                  "table": list(engine_table(frame.iloc[3])["engine"])}))
"""


def environment(folder):
    """As of this process, with a folder on the path."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}


def install(folder, code):
    """A package with one module, as pip leaves it in a folder."""
    (folder / "dog.py").write_text(code)
    about = folder / "dog_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: dog-package\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[siam_dse.engines]\nwatchdog = dog:ENGINE\n")


def run(folder, *words):
    command = [sys.executable, *words]
    return subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the script says with the package installed, and the folder of its tables."""
    folder = tmp_path_factory.mktemp("with")
    install(folder, WATCHDOG.replace("NEEDS", "()"))
    done = run(folder, "-c", SCRIPT, str(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder


@pytest.fixture(scope="module")
def without():
    """The same designs without the package."""
    designs = sd.Designs.grid(adc_bits=[5, 7], crossbars_per_tile=[4, 16])
    return sd.evaluate(sd.load_network("vgg8"), designs).to_frame()


@pytest.mark.slow
def test_its_figures_are_added_to_every_total(told, without):
    """By hand: 1 uJ a bit; 1e-9 m2 a crossbar is 1e-3 mm2, in every tile of the package."""
    said, folder = told
    frame = pd.read_parquet(folder / "frame.parquet")
    assert {"watchdog_energy_uj", "watchdog_energy_mj", "watchdog_area_mm2"} <= set(said["columns"])
    bits, crossbars = np.array([5, 5, 7, 7]), np.array([4, 16, 4, 16])
    assert_allclose(frame["watchdog_energy_uj"], bits, rtol=1e-12, atol=0)
    assert_allclose(frame["watchdog_energy_mj"], bits * 1e-3, rtol=1e-12, atol=0)
    assert_allclose(frame["dynamic_energy_mj"], without["dynamic_energy_mj"] + bits * 1e-3, rtol=1e-12, atol=0)
    assert_allclose(frame["energy_mj"], without["energy_mj"] + bits * 1e-3, rtol=1e-12, atol=0)
    tiles = frame["chiplets"] * frame["tiles_per_chiplet"]
    assert_allclose(frame["watchdog_area_mm2"], 1e-3 * crossbars * tiles, rtol=1e-12, atol=0)
    assert list(frame["latency_ms"]) == list(without["latency_ms"])
    assert list(frame["watchdog_latency_ms"]) == [0.0] * 4


@pytest.mark.slow
def test_it_stands_in_every_breakdown(told):
    said, folder = told
    frame, engines = pd.read_parquet(folder / "frame.parquet"), pd.read_parquet(folder / "engines.parquet")
    assert list(engines["engine"].unique()) == ["crossbar", "tile", "digital", "noc", "nop", "watchdog"]
    for quantity in ("energy_mj", "latency_ms", "area_mm2", "leakage_energy_mj"):
        total = engines.groupby("design")[quantity].sum().to_numpy()
        assert_allclose(total, frame[quantity], rtol=1e-12, atol=0)
    layers = pd.read_parquet(folder / "layers.parquet")
    energies = layers[[name for name in layers if name.endswith("_dynamic_energy_mj")]].to_numpy().sum()
    assert_allclose(energies, frame["dynamic_energy_mj"][3], rtol=1e-12, atol=0)
    assert said["bars"]["watchdogs"] == "#123456"
    assert "watchdogs" in said["table"]


@pytest.mark.slow
def test_its_words_and_notes_reach_the_user(told):
    said, folder = told
    assert "watchdogs" in said["words"]
    assert said["text"] in said["words"]
    assert said["notes"]["watchdog_bites"] == [False, False, True, True]
    out = folder / "out.csv"
    done = run(folder, "-m", "siam_dse", "evaluate", "vgg8", "--set", "adc_bits=5,7", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert_allclose(pd.read_csv(out)["watchdog_energy_uj"], [5, 7], rtol=1e-12, atol=0)
    assert "note on 1 of 2 design(s), watchdog_bites: the watchdog bites" in done.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (WATCHDOG.replace("NEEDS", "('tyle',)"),
         "engine 'watchdog' of package dog-package, part 'watchdog' needs: unknown part 'tyle'; known: tile"),
        ("import nothing_of_that_name", "package dog-package, entry point watchdog = dog:ENGINE: cannot be loaded"),
        ("ENGINE = 3", "package dog-package, entry point watchdog = dog:ENGINE: is no Engine"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_faulty_package_is_one_message(tmp_path, code, message):
    install(tmp_path, code)
    done = run(tmp_path, "-m", "siam_dse", "evaluate", "vgg8")
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (Engine("tile", "t"), "engine 'tile' of package dog: engine 'tile' is declared twice, first by engine 'tile'"),
        (Engine("a", "a", parts=(Part("tile", len),)), "engine 'a' of package dog: part 'tile' is declared twice"),
    ],
)  # fmt: skip
def test_a_name_that_is_taken_is_refused(engine, message):
    with pytest.raises(InputError, match=message):
        Plan((*PACKAGED, engine), {engine.name: "dog"})
