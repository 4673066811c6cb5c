"""A small problem that is quick to evaluate and trades off: tiles against chiplets against utilisation."""

import pytest
import stub_model

from siam_dse.runs.spaces import space_of_text
from siam_dse.search import problem as problem_module
from siam_dse.workload.load import load_network

SPACE = """
name: small
axes:
  crossbar_size: [64, 96, 128, 192, 256]
  adc_bits: [4, 6, 8]
  tiles_per_chiplet: [1, 4, 9, 16]
  n_chiplets: [1, 2, 4, 8, 16, 36]
  cell_bits: [1, 2, 4]
objectives:
  tiles: minimise
  chiplets: minimise
  utilisation: maximise
constraints:
  - fits
  - tiles <= 120
"""


@pytest.fixture(scope="session")
def network():
    return load_network("vgg8")


@pytest.fixture(scope="session")
def space():
    return space_of_text(SPACE, "small.yaml")


@pytest.fixture
def stub(monkeypatch):
    """The search on a stand-in for the model."""
    monkeypatch.setattr(problem_module, "evaluate", stub_model.evaluate)
