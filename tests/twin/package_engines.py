"""The only calls of the twin's tests into the engines for accuracy, cost and DRAM."""

import numpy as np
from twin.package import as_designs

from siam_dse.engines.accuracy.bits import converter_bits
from siam_dse.engines.accuracy.engine import accuracy_cost, layer_sqnr_db
from siam_dse.engines.cost.engine import monolith_cost, package_cost
from siam_dse.engines.dram.engine import dram_cost


def accuracy(plain, network):
    """Effective SQNR and loss of each design, and the SQNR of each layer."""
    designs = as_designs(plain)
    bits = converter_bits(designs, network).bits
    found = layer_sqnr_db(designs, network, bits)
    return _rows(accuracy_cost(designs, network, bits)) | {"layer_sqnr_db": found.tolist()}


def cost(plain, dies):
    """Cost of packages of ``dies``, for each design as many sorts (area, number)."""
    areas, counts = np.array(dies, dtype=float).transpose(2, 0, 1)
    return _rows(package_cost(as_designs(plain), areas, counts))


def monolith(plain, areas):
    return _rows(monolith_cost(as_designs(plain), np.array(areas)))


def dram(plain, weight_bits, spilled_bits):
    spilled = np.array(spilled_bits, dtype=float)
    return _rows(dram_cost(as_designs(plain), np.array(weight_bits, dtype=float), spilled, spilled))


def _rows(result):
    return {name: values.tolist() for name, values in vars(result).items()}
