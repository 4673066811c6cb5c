"""Carbon of packages against its scalar twin, where random designs do not go: every number of dies, bridges."""

import numpy as np
from twin import carbon
from twin.agreement import relative

from siam_dse.engines.carbon.engine import package_kg
from siam_dse.technology.technology import packaged_technology

SIZES = (0.7e-6, 30e-6, 500e-6)


def test_packages_of_every_number_of_dies_agree_with_the_twin():
    technology = packaged_technology()
    names = technology.table("carbon_packages").names()
    cases = [(row, n, area) for row in range(len(names)) for n in (*range(1, 70), 1000, 4097) for area in SIZES]
    found = package_kg(technology, *(np.array(column) for column in zip(*cases, strict=True)))
    wrong = [case for case, kg in zip(cases, found, strict=True)
             if relative(carbon.package(names[case[0]], *case[1:]), float(kg)) > 1e-9]  # fmt: skip
    assert not wrong
