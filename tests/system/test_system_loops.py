"""Compiled loops and arrays give the same figures bit for bit, on every network and over every field."""

import re
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest
from numpy.testing import assert_array_equal
from system_cases import random_designs

import siam_dse as sd
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.evaluate import Evaluation
from siam_dse.workload.load import zoo_names

pytest.importorskip("numba")


def columns(monkeypatch, network, designs, by_loop):
    """All output columns, by loops or by arrays."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "numba", sys.modules["numba"] if by_loop else None)
        evaluation = Evaluation(network, designs)
        return evaluation.columns(OUTPUT_COLUMNS) | dict(evaluation.violations)


def assert_same(monkeypatch, network, designs):
    by_loop, by_arrays = (columns(monkeypatch, network, designs, which) for which in (True, False))
    for name, values in by_arrays.items():
        assert_array_equal(by_loop[name], values, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo_names())
def test_every_network_of_the_zoo(monkeypatch, name):
    assert_same(monkeypatch, sd.load_network(name), random_designs(4, seed=len(name)))


@pytest.mark.parametrize("name", ["resnet50", "densenet40", "vit_b16", "mobilenet_v2"])
def test_random_legal_values(monkeypatch, name):
    assert_same(monkeypatch, sd.load_network(name), random_designs(25, seed=crc32(name.encode())))  # others on each


def test_two_kinds_of_chiplets(monkeypatch):
    designs = sd.Designs.grid(kind_b=True, split_share=[0.3, 0.6], kind_b_tiles_per_chiplet=[9, 25], n_chiplets=0)
    assert_same(monkeypatch, sd.load_network("resnet18"), designs)


def test_what_make_compiles_is_all_that_a_search_takes():
    """A generation of random designs of full.yaml after the Makefile's warming up asks for no loop anew."""
    makefile = (Path(__file__).parents[2] / "Makefile").read_text().replace("\\\n", "")
    warm = re.search(r"^WARM := (.*)$", makefile, re.MULTILINE)[1]
    program = f"""
import gc
import numba, numpy as np, siam_dse as s
from numba.core.dispatcher import Dispatcher
from siam_dse.search.problem import Problem

def compiled():
    loops = (thing for thing in gc.get_objects() if isinstance(thing, Dispatcher))
    return {{(loop.py_func.__module__, loop.py_func.__qualname__, str(of)) for loop in loops for of in loop.signatures}}

{warm}
warmed = compiled()
assert len(warmed) > 10, len(warmed)
problem = Problem(s.load_network('resnet50'), s.load_space('full'))
radices = problem.space.radices
problem.scores(problem.evaluate(np.random.default_rng(0).integers(0, radices, (1000, len(radices)))))
print(sorted(compiled() - warmed))
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "[]"
