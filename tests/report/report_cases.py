"""Made-up points of a search with the columns and the rough shape of real ones, for figures and pages."""

import numpy as np
import pandas as pd

from siam_dse.core.paths import packaged_folder
from siam_dse.design.space_reader import read_space

OBJECTIVES = {
    "latency_ms": "minimise",
    "energy_mj": "minimise",
    "cost_usd": "minimise",
    "accuracy_loss_pct": "minimise",
}
AXES = ["crossbar_size", "adc_bits", "tiles_per_chiplet", "n_chiplets", "nop_bandwidth_gbps"]
ENGINES = ("crossbar", "tile", "digital", "noc", "nop")


def space():
    return read_space(packaged_folder("search_spaces") / "siam.yaml")


def made_up_points(n: int = 400, seed: int = 3) -> pd.DataFrame:
    """n designs of the space ``siam`` with invented figures: tiles cost area, bandwidth buys latency, bits accuracy."""
    rng = np.random.default_rng(seed)
    levels = np.stack([rng.integers(0, radix, n) for radix in space().radices], axis=1)
    frame = space().designs(levels).to_frame()
    side, bits = frame["crossbar_rows"].to_numpy(float), frame["adc_bits"].to_numpy(float)
    tiles, dies = frame["tiles_per_chiplet"].to_numpy(float), frame["n_chiplets"].to_numpy(float)
    bandwidth = frame["nop_bandwidth_gbps"].to_numpy()
    needed = np.ceil(2.6e7 * 16 / (16 * side**2) / tiles)
    copies = np.maximum(dies / needed, 1)
    parts = {
        "crossbar": (0.9 + 0.05 * bits + 40 / side, 9 / copies * bits / 7, 0.26 * (side / 128) ** 2 * (1 + 0.1 * bits)),
        "tile": (0.3 + 0.1 * side / 128, 0.6 / copies, 0.2 + 0.1 * side / 128),
        "digital": (0 * side, 0 * side, 0 * side),  # a network of convolutions has no unit
        "noc": (0.2 + 0.02 * tiles**0.5, 1.1 + 0.05 * tiles**0.5, 0.1 + 0 * side),
        "nop": (0.15 * dies**0.5, 8 * 160 / bandwidth / tiles**0.5 * (dies > 1), 0.002 * bandwidth / tiles),
    }  # fmt: skip
    package = dies * tiles
    for engine, (energy, latency, area) in parts.items():
        frame[f"{engine}_energy_mj"] = energy * (1 + 0.001 * package**0.5)
        frame[f"{engine}_latency_ms"] = latency
        frame[f"{engine}_area_mm2"] = area * package
        frame[f"{engine}_leakage_energy_mj"] = 0.08 * energy
    for quantity in ("energy_mj", "latency_ms", "area_mm2"):
        frame[quantity] = sum(frame[f"{engine}_{quantity}"] for engine in ENGINES)
    area = frame["area_mm2"].to_numpy()
    frame["die_area_mm2"] = area / dies
    frame["cost_usd"] = 4 + 0.1 * area * (1 + area / dies / 700) + 0.8 * dies
    frame["mono_area_mm2"] = area * 0.93
    frame["mono_cost_usd"] = 4 + 0.1 * area * (1 + area / 700)
    frame["mono_fits_reticle"] = area * 0.93 <= 858
    frame["accuracy_loss_pct"] = np.minimum(75, 0.3 + (side / 64) ** 1.5 * np.exp(0.8 * (6 - bits)))
    frame["tops_per_w"] = 8.2 / frame["energy_mj"]
    frame["utilisation"] = np.minimum(1.0, needed / dies)
    frame["chiplets_needed"] = needed.astype(int)
    frame["chiplets"] = np.maximum(needed, dies).astype(int)
    frame["in_validated_range"] = side <= 256
    limits = {"accuracy_loss_pct": 10, "die_area_mm2": 858, "area_mm2": 2500}
    frame["excess: fits"] = np.maximum(needed - dies, 0)
    for name, limit in limits.items():
        frame[f"excess: {name} <= {limit}"] = frame[name] / limit - 1
    excesses = [name for name in frame if name.startswith("excess: ")]
    frame["violation"] = frame[excesses].clip(lower=0).sum(axis=1)
    frame.insert(0, "trial", np.arange(n))
    frame.insert(1, "generation", np.arange(n) // 50)
    frame["feasible"] = frame["violation"] == 0
    return frame


def made_up_front(points: pd.DataFrame) -> pd.DataFrame:
    """Feasible points that no other beats, a knee marked."""
    feasible = points[points["feasible"]].drop_duplicates(list(OBJECTIVES))
    values = feasible[list(OBJECTIVES)].to_numpy()
    beaten = [((values <= row).all(axis=1) & (values < row).any(axis=1)).any() for row in values]
    front = feasible[~np.array(beaten)].sort_values("latency_ms", ignore_index=True)
    front["knee"] = np.arange(len(front)) == len(front) // 2
    return front


def made_up_history(n: int = 8) -> pd.DataFrame:
    evaluations = np.arange(1, n + 1) * 50
    return pd.DataFrame(
        {
            "evaluations": evaluations,
            "seconds": evaluations * 0.01,
            "feasible": evaluations // 3,
            "front_size": np.sqrt(evaluations).astype(int),
            "hypervolume": 0.8 * (1 - np.exp(-evaluations / 120)),
        }
    )


def made_up_around(points: pd.DataFrame, front: pd.DataFrame) -> pd.DataFrame:
    """Table as of ``one_axis_at_a_time``, with invented changes of the knee's figures."""
    knee = front[front["knee"]].iloc[0]
    rows = []
    for axis in space().axes:
        for i, level in enumerate(axis.levels):
            row = {"axis": axis.name, "level": level, "is_base": level == knee[axis.name], "feasible": i > 0}
            shift = np.log2(float(level) / float(knee[axis.name]))
            row |= {name: float(knee[name]) * 2.0 ** (0.1 * k * shift) for k, name in enumerate(OBJECTIVES, start=-1)}
            rows.append(row)
    return pd.DataFrame(rows).astype({"level": object})


def made_up_view(n: int = 400, **changes):
    """RunView of a made-up run."""
    from siam_dse.report.view import RunView
    from siam_dse.workload.load import load_network

    points = made_up_points(n)
    front = made_up_front(points)
    info = {
        "name": "made-up",
        "kind": "sweep",
        "status": "complete",
        "sampler": "nsga2",
        "seed": 0,
        "population": 50,
        "command": ["siam-dse", "sweep", "resnet50", "--space", "siam"],
        "counts": {"trials": n, "evaluated": n, "feasible": int(points["feasible"].sum()), "front": len(front)},
        "timing": {"started": "2026-11-01T10:00:00+00:00", "updated": "2026-11-01T10:02:05+00:00", "seconds": 125.0},
        "hypervolume": 0.8,
        "logarithmic": ["latency_ms"],
        "reference_point": {name: float(front[name].max() * 1.1) for name in OBJECTIVES},
        "fingerprint": {"model": {"version": "1"}, "technology": {"a.yaml": "0"}, "network": {"text_sha256": "ab"}},
        "versions": {"python": "3.11", "numpy": "2"},
    }
    parts = {
        "name": "made-up",
        "info": info,
        "network": load_network("resnet50"),
        "space": space(),
        "points": points,
        "front": front,
        "history": made_up_history(),
    }
    view = RunView(**(parts | changes))
    view.__dict__["around_knee"] = made_up_around(points, front) if len(front) else pd.DataFrame()
    return view
