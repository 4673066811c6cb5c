"""Tables of one crossbar by component, for ``evaluate --components`` and ``explain --crossbar``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit
from siam_dse.core.units import NS_PER_S, PERCENT, PJ_PER_J, UM2_PER_M2

if TYPE_CHECKING:
    import pandas as pd

    from siam_dse.design.designs import Designs

_NW_PER_W = 1e9


def component_table(designs: Designs) -> pd.DataFrame:
    """A row a design and component, or stage of a sensing step: area, leakage, energy of a bit-vector, time, shares."""
    import pandas as pd

    from siam_dse.engines.crossbar.components import crossbar_components

    found = crossbar_components(designs)
    rows = []
    for i in range(len(designs)):
        area, energy = (sum(float(x[i]) for x in part.values()) for part in (found.area_m2, found.energy_j))
        for name in dict.fromkeys([*found.area_m2, *found.energy_j]):
            own = {
                "area_um2": float(found.area_m2[name][i]) if name in found.area_m2 else 0.0,
                "energy_pj": float(found.energy_j[name][i]) if name in found.energy_j else 0.0,
                "leakage_nw": float(found.leakage_w[name][i]) if name in found.leakage_w else 0.0,
            }
            if any(own.values()):
                shares = {
                    "area_pct": PERCENT * own["area_um2"] / area,
                    "energy_pct": PERCENT * own["energy_pj"] / energy,
                }
                scaled = {
                    "area_um2": own["area_um2"] * UM2_PER_M2,
                    "energy_pj": own["energy_pj"] * PJ_PER_J,
                    "leakage_nw": own["leakage_nw"] * _NW_PER_W,
                }
                rows.append({"design": i, "part": name, **scaled, **shares})
        step = float(found.sensing_s[i])
        for name, values in found.stages_s.items():
            if values[i] > 0:
                time = float(values[i])
                rows.append({"design": i, "part": name, "time_ns": time * NS_PER_S, "time_pct": PERCENT * time / step})
    return pd.DataFrame(rows)


def print_components(designs: Designs, fmt: Format) -> None:
    """Print a crossbar's components: of one design in two tables, in a format for machines as one."""
    table = component_table(designs)
    if fmt is not Format.table:
        emit(table, fmt)
        return
    from siam_dse.engines.crossbar.components import crossbar_components

    found = crossbar_components(designs)
    for i in range(len(designs)):
        of = table[table["design"] == i]
        number = f" of design {i}" if len(designs) > 1 else ""
        of_parts, of_stages = of[of["area_um2"].notna()], of[of["time_ns"].notna()]
        columns = ["part", "area_um2", "area_pct", "energy_pj", "energy_pct", "leakage_nw"]
        emit(of_parts[columns], fmt, f"one crossbar{number}, and the energy of a bit-vector")
        emit(of_stages[["part", "time_ns", "time_pct"]], fmt,
             f"a sensing step{number}, {found.sensing_s[i] * NS_PER_S:.4g} ns (bit-vector: "
             f"{found.bit_vector_s[i] * NS_PER_S:.4g})")  # fmt: skip
