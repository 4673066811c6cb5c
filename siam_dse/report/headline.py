"""The headline of a report: what was searched, how far it got, and what the knee is."""

from typing import Any

from siam_dse.core.units import PERCENT
from siam_dse.report.front import chosen_designs
from siam_dse.report.labels import number, short_design, unit_of, words_of
from siam_dse.report.view import COMPANIONS, RunView, shown_axes
from siam_dse.workload.network_set import NetworkSet

_MINUTE_S, _HOUR_S = 60, 3600
_COUNTED_UP_TO = 1e15
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def headline_facts(view: RunView) -> dict[str, str]:
    """Figures of the headline by name."""
    info: dict[str, Any] = view.info
    counts, timing = info.get("counts") or {}, info.get("timing") or {}
    network = view.network
    feasible = int(counts.get("feasible", view.points["feasible"].sum()))
    name = f"{len(network.names)} networks" if isinstance(network, NetworkSet) else network.name
    listed = f"{', '.join(network.names)}; " if isinstance(network, NetworkSet) else ""
    facts = {
        f"{listed}{network.dataset}, {network.n_layers} weight layers, {large(float(network.weights.sum()))} weights, "
        f"{large(float(network.macs.sum()))} MACs an input": name,
        f"designs in the space {view.space.name}": large(float(view.space.size)),
        f"designs evaluated, {feasible:,} of them feasible": f"{counts.get('evaluated', len(view.points)):,}",
        _on_front(view): f"{counts.get('front', len(view.front)):,}",
    }
    seconds = timing.get("seconds")
    if seconds:
        facts[f"search time ({info.get('sampler') or info.get('kind', 'search')})"] = duration(float(seconds))
    share = hypervolume_share(view)
    if share is not None:
        facts["volume dominated, of a box fixed by the first feasible designs"] = f"{share:.1f} %"
        drawn = info.get("random") or {}
        if drawn.get("hypervolume") is not None:
            facts[f"the same of {drawn['evaluated']:,} random designs"] = f"{PERCENT * drawn['hypervolume']:.1f} %"
    certificate = info.get("certificate") or {}
    if certificate.get("hypervolume_fraction") is not None:
        found = PERCENT * float(certificate.get("share_of_front", 0.0))
        size = certificate["exact_front_size"]
        name = f"of the exact front's hypervolume found, and {found:.0f} % of its {size} designs"
        facts[name] = f"{PERCENT * float(certificate['hypervolume_fraction']):.2f} %"
        if certificate.get("worst_gap_pct") is not None:
            facts["by which an exact design beats all found, at most"] = f"{certificate['worst_gap_pct']:.3g} %"
    return facts


def _on_front(view: RunView) -> str:
    """What the number of front designs is called; how many the page shows where it does not show all."""
    whole = (view.info.get("counts") or {}).get("front", len(view.front))
    shown = f", of which {len(view.front):,} are shown" if len(view.front) < whole else ""
    return f"designs on the Pareto front{shown}"


def hypervolume_share(view: RunView) -> float | None:
    """Share of the run's fixed box that the front dominates [%]; None where the run has no such figure."""
    volume = view.info.get("hypervolume")
    return None if volume is None or "logarithmic" not in view.info else PERCENT * float(volume)


def knee_sentences(view: RunView) -> list[str]:
    """What the knee is, and what the best design in each objective costs beside it."""
    knee = view.knee
    if knee is None:
        return []
    axes = shown_axes(view.front, view.axes)
    shown = [name for name in dict.fromkeys([*view.objectives, *COMPANIONS]) if name in view.front]
    figures = "; ".join(f"{words_of(name)} {number(knee[name])} {unit_of(name)}".strip() for name in shown)
    lines = [
        "Knee (the front design nearest to the best value in every objective, each scaled to the front's extent): "
        f"{short_design(knee.to_dict(), axes)}. It reaches {figures}."
    ]
    chosen = chosen_designs(view.front, view.objectives)
    for design in chosen.to_dict(orient="records"):
        if "knee" in str(design["chosen"]).split(", "):
            continue
        beside = ", ".join(
            f"{words_of(name)} {ratio_text(float(design[name]), float(knee[name]))}" for name in view.objectives
        )
        lines.append(f"{str(design['chosen']).capitalize()}: {short_design(design, axes)}. Beside the knee: {beside}.")
    return lines


def ratio_text(value: float, base: float) -> str:
    """``value`` beside ``base``: percent where close, a factor where far, the value where there is no ratio."""
    if base == 0 or value / base < 0:
        return number(value)
    ratio = value / base
    if abs(ratio - 1) < 0.0005:
        return "equal"
    return f"{PERCENT * (ratio - 1):+.3g} %" if 0.5 <= ratio < 2 else f"x{ratio:.3g}"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < _MINUTE_S:
        return f"{seconds:.3g} s"
    if seconds < _HOUR_S:
        return f"{int(seconds // _MINUTE_S)} min {int(seconds % _MINUTE_S)} s"
    return f"{int(seconds // _HOUR_S)} h {int(seconds % _HOUR_S // _MINUTE_S)} min"


def large(value: float) -> str:
    """A count in thousands, millions, billions or trillions; beyond, as a power of ten."""
    if value >= _COUNTED_UP_TO:
        digits, _, power = f"{value:.1e}".partition("e")
        return f"{digits} × 10{str(int(power)).translate(_RAISED)}"
    for factor, word in ((1e12, " T"), (1e9, " G"), (1e6, " M")):
        if value >= factor:
            return f"{value / factor:.4g}{word}"
    return f"{int(value):,}"
