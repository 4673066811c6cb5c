"""The price of generality: what a machine for several networks loses against a machine of each network's own."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT
from siam_dse.report.choice.candidates import is_ratio_scale
from siam_dse.report.labels import unit_of
from siam_dse.report.volume import SharedBox
from siam_dse.runs.tables import ID
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.joint import RATIOS, of_network

_NOTHING = 5e-3  # percent, points or dB that show as none
_MACHINE = frozenset({"mm2", "USD"})  # the machine that holds all networks is what each network has to pay for


def price_table(
    design: pd.Series,
    own: Mapping[str, pd.DataFrame],
    picks: Mapping[str, pd.Series],
    objectives: Mapping[str, str],
) -> pd.DataFrame:
    """What one design of several networks loses, by network and objective.

    Parameters
    ----------
    design : Series
        A design of the joint run, with columns of each network.
    own : network -> front of its own run
    picks : network -> the design that would be chosen for it alone
    objectives : objectives of the joint run

    Returns
    -------
    DataFrame
        ``network``, ``objective``; ``joint``: the design's value; ``own``: that of the network's own pick, ``own_id``
        its id; ``is_ratio``: whether the two figures after it are in percent, not in the objective's unit; ``price``:
        how much worse the joint design is than that pick (below 0: better); ``avoidable``: how much worse it is than
        the best machine of the network's own front that is no worse in any other objective, 0 where there is none.
    """
    plain = plain_objectives(objectives)
    names, signs = list(plain), _signs(plain)
    rows = []
    for network, front in own.items():
        here = of_each(design.to_frame().T, network, names)[0]
        pool = front[names].to_numpy(dtype=np.float64)
        pick = picks[network][names].to_numpy(dtype=np.float64)
        avoidable = _avoidable(here * signs, pool * signs) * signs
        for m, name in enumerate(names):
            is_ratio = is_ratio_scale(name, np.asarray([here[m], pick[m]]))
            rows.append(
                {
                    "network": network,
                    "objective": name,
                    "joint": float(here[m]),
                    "own": float(pick[m]),
                    "own_id": int(picks[network][ID]),
                    "is_ratio": is_ratio,
                    "price": _worse(here[m], pick[m], signs[m], is_ratio),
                    "avoidable": _worse(here[m], avoidable[m], signs[m], is_ratio),
                }
            )
    return pd.DataFrame(rows)


def price_words(row: Mapping[Any, Any], column: str) -> str:
    """A price of the table for reading: percent, a factor where it is large, or a difference with its unit."""
    value = float(row[column])
    if abs(value) < _NOTHING:
        return "none"
    if not row["is_ratio"]:
        return f"{value:+.2g} {unit_of(str(row['objective']))}".strip()
    factor = 1 + value / PERCENT
    return f"{value:+.3g} %" if 0.5 < factor < 2 else f"x{factor:.3g}"


def front_shares(
    front: pd.DataFrame, own: Mapping[str, pd.DataFrame], objectives: Mapping[str, str]
) -> dict[str, float]:
    """Hypervolume of the joint front on each network's own axes, as a share of that of the network's own front."""
    plain = plain_objectives(objectives)
    names = list(plain)
    shares = {}
    for network, own_front in own.items():
        joint = pd.DataFrame(of_each(front, network, names), columns=names)
        box = SharedBox({"own": own_front, "joint": joint}, plain)
        shares[network] = box.share("joint") / box.share("own")
    return shares


def plain_objectives(objectives: Mapping[str, str]) -> dict[str, str]:
    """Objectives as columns of one network: those that worst ratios are of."""
    return {RATIOS.get(name, name): way for name, way in objectives.items()}


def of_each(frame: pd.DataFrame, network: str, names: list[str]) -> FloatArray:
    """Objectives of one network on designs of a joint run, (n, M); areas and costs are those of the whole machine."""
    columns = [name if OUTPUT_COLUMNS[name].unit in _MACHINE else of_network(name, network) for name in names]
    return np.asarray(frame[columns].to_numpy(dtype=np.float64))


def _signs(directions: Mapping[str, str]) -> FloatArray:
    return np.asarray([-1.0 if way == "maximise" else 1.0 for way in directions.values()])


def _avoidable(here: FloatArray, pool: FloatArray) -> FloatArray:
    """Of each objective (M,) the best of the pool (n, M) that is no worse than ``here`` (M,) in any other."""
    out = here.copy()
    no_worse = pool <= here
    for m in range(len(here)):
        fine = np.delete(no_worse, m, axis=1).all(axis=1)
        out[m] = min(here[m], pool[fine, m].min(initial=np.inf))
    return out


def _worse(joint: float, own: float, sign: float, is_ratio: bool) -> float:
    """How much worse the joint design is: percent, or a difference."""
    if not is_ratio:
        return float(sign * (joint - own))
    return float(PERCENT * ((joint / own if sign > 0 else own / joint) - 1))
