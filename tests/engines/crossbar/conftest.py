import pytest
from crossbar_cases import random_designs

from siam_dse.workload.load import load_network


@pytest.fixture(scope="session")
def small_network():
    return load_network("lenet5")


@pytest.fixture(scope="session")
def grouped_network():
    return load_network("mobilenet_v2")


@pytest.fixture(scope="session")
def some_designs():
    return random_designs(60, seed=3)
