"""A choice in words, for a terminal of 80 columns: what it is, why, what limits it, what its neighbours cost."""

from collections.abc import Sequence
from textwrap import fill, wrap

import numpy as np

from siam_dse.core.units import PERCENT
from siam_dse.design.space import Constraint
from siam_dse.report.choice.candidates import Candidates, excesses, is_ratio_scale, scaled
from siam_dse.report.choice.command import short_command, written
from siam_dse.report.choice.generality import front_shares, price_table, price_words
from siam_dse.report.choice.pick import Pick
from siam_dse.report.choice.steps import NOTICED, Steps
from siam_dse.report.labels import label, number, unit_of, words_of
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.tables import ID
from siam_dse.system.joint import of_network
from siam_dse.system.plan import plan
from siam_dse.workload.network_set import NetworkSet, members_of

WIDTH = 80
_EXCESS = "excess: "
_NOTICED = 0.02  # share of the candidates' extent from which a neighbour counts as better
_CLOSE = 0.9  # share of a bound from which it is named as what limits


def pick_text(pick: Pick) -> str:
    """The whole explanation of a pick."""
    parts = [
        *(_headline(pick), _design(pick), figures_table(pick)),
        *(*_by_network(pick), _why(pick), *_limits(pick)),
        *(*_neighbours(pick), *_generality(pick), steps_text(pick.steps, pick)),
        *(*_others(pick), *_changes(pick), commands_text(pick)),
    ]
    return "\n\n".join(part for part in parts if part)


def paragraph(text: str, indent: str = "") -> str:
    """A paragraph broken at the width of a terminal."""
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def paragraphs(text: str) -> str:
    """Paragraphs, one a line of the text, each broken at the width of a terminal."""
    return "\n".join(paragraph(line) for line in text.splitlines())


def change_text(name: str, after: float, before: float, *, is_ratio: bool | None = None) -> str:
    """How a column changes: percent where ratios count, else the difference in its unit."""
    ratio = is_ratio_scale(name, np.asarray([after, before])) if is_ratio is None else is_ratio
    if abs(after - before) <= NOTICED * abs(before) or after == before:
        return "same"
    if not ratio:
        return f"{after - before:+.2g} {unit_of(name)}".strip()
    factor = after / before
    return f"{PERCENT * (factor - 1):+.3g} %" if 0.5 < factor < 2 else f"x{factor:.3g}"


def columns_text(rows: Sequence[Sequence[str]], indent: str = "  ", left: int = 1) -> str:
    """Rows of cells under each other, the first ``left`` columns to the left; a head may have several lines."""
    depth = max(cell.count("\n") + 1 for cell in rows[0])
    heads = [[*[""] * (depth - cell.count("\n") - 1), *cell.split("\n")] for cell in rows[0]]
    lines = [*zip(*heads, strict=True), *rows[1:]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(rows[0]))]
    out = []
    for line in lines:
        cells = [cell.ljust(width) if i < left else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths, strict=True))]  # fmt: skip
        out.append(indent + "  ".join(cells).rstrip())
    return "\n".join(out)


def _head(name: str) -> str:
    """Words of a column over each other."""
    return "\n".join(wrap(words_of(name), 10, break_long_words=False, break_on_hyphens=False))


def figures_table(pick: Pick) -> str:
    """Value of each criterion, its rank, and the best of the candidates with its id."""
    candidates = pick.candidates
    frame, n = candidates.frame, len(candidates.frame)
    rows = [["", "value", "rank", "best (design)", "off the best"]]
    costs = candidates.criteria.costs(frame)
    own = candidates.criteria.costs(pick.row.to_frame().T.astype(object))[0]
    for m, name in enumerate(candidates.criteria.names):
        best = int(costs[:, m].argmin())
        better = int((costs[:, m] < own[m]).sum())
        rank = f"{better + 1}/{n}" if pick.position >= 0 else f"after {better}/{n}"
        value, least = float(pick.row[name]), float(frame[name].iloc[best])
        there = f"{number(least)} ({int(frame[ID].iloc[best])})"
        rows.append([label(name), number(value), rank, there, change_text(name, value, least)])
    return columns_text(rows)


def steps_text(steps: Steps, pick: Pick) -> str:
    """Of each criterion the best single change, and what it does to the others."""
    names = pick.candidates.criteria.names
    head = (
        f"Best single change: of the {steps.n} designs one step away in one field, {steps.n_feasible} are feasible; "
        "for each objective the one that helps it most, and what it does to all:"
    )
    rows = [["to better", *(_head(name) for name in names)]]
    lines = []
    for name in names:
        step = steps.best[name]
        if step is None:
            lines.append(f"  {words_of(name)}: no single step betters it")
            continue
        cells = [change_text(other, step.figures[other], step.base[other]) for other in names]
        free = ", worse in nothing" if step.is_better_in_all else ""
        lines.append(f"  {words_of(name)}: {step.axis} {step.before} -> {step.after}{free}")
        rows.append([words_of(name), *cells])
    table = columns_text(rows) if len(rows) > 1 else ""
    seen = all(step is None or not step.is_better_in_all for step in steps.best.values())
    tail = paragraph("A step that is worse in nothing: the search has not seen it. To go on with it:")
    ends = [] if seen else [tail, written(["siam-dse", "resume", str(pick.run.path), "--trials", "N"], WIDTH)]
    return "\n".join([paragraph(head), *lines, *([table] if table else []), *ends])


def commands_text(pick: Pick) -> str:
    """How to get exactly this design again."""
    networks = members_of(pick.problem.network)
    more = f"; the same for {', '.join(network.name for network in networks[1:])}" if len(networks) > 1 else ""
    text = f"Exactly this design again{more}:\n{written(pick.command, WIDTH)}"
    short = short_command(pick.run, pick.row, pick.network_word)
    return text + (f"\nor\n{written(short, WIDTH)}" if short else "")


def _headline(pick: Pick) -> str:
    candidates = pick.candidates
    n, said = len(candidates.frame), candidates.said
    of = f"{n:,} designs" + (f" with {said}" if said else " on the front")
    names = candidates.criteria.names
    if not pick.is_compromise:
        place = "is one of" if pick.position >= 0 else "is not among"
        text = f"Design {pick.id} of {pick.run.name} {place} the {of} that no other beats in everything."
        return paragraph(text + _broken(pick))
    if len(names) == 1:
        return paragraph(f"Design {pick.id} of {pick.run.name}: the best {words_of(names[0])} of all stored designs" +
                         (f" with {said}." if said else "."))  # fmt: skip
    return paragraph(f"Design {pick.id} of {pick.run.name}: the best compromise of {of}.")


def _broken(pick: Pick) -> str:
    """Which constraints of the space an infeasible design breaks; empty for a feasible one."""
    broken = []
    for name, value in pick.row.items():
        if str(name).startswith(_EXCESS) and float(value) > 0:
            text = str(name).removeprefix(_EXCESS)
            is_bound = any(bound.text == text and bound.limit for bound in pick.problem.constraints)
            broken.append(f"{text} (by {PERCENT * float(value):.3g} %)" if is_bound else text)
    return f" It is infeasible: it breaks {', '.join(broken)}." if broken else ""


def _design(pick: Pick) -> str:
    axes = [axis.name for axis in pick.problem.space.axes if len(axis.levels) > 1]
    parts = []
    for name in axes:
        value = pick.row.get(name)
        if value is not None and value == value and str(value) != "<NA>":
            parts.append(f"{name}={number(value)}")
    return paragraph(", ".join(parts), "  ")


def _by_network(pick: Pick) -> list[str]:
    """Figures of each network, where there are several."""
    network = pick.problem.network
    if not isinstance(network, NetworkSet):
        return []
    stems = [name.partition("[")[0] for name in map(str, pick.row.index) if name.endswith(f"[{network.names[0]}]")]
    rows = [["", *network.names]]
    for stem in stems:
        rows.append([label(stem), *(number(pick.row[of_network(stem, name)]) for name in network.names)])
    said = network.said()
    return [paragraph(f"By network ({said}):") + "\n" + columns_text(rows)]


def _why(pick: Pick) -> str:
    """Why the pick is the compromise, criterion by criterion."""
    candidates = pick.candidates
    names = candidates.criteria.names
    if len(names) < 2 or pick.position < 0 or len(candidates.frame) < 2:
        return ""
    by_ratio = [name for name in names if is_ratio_scale(name, candidates.frame[name].to_numpy(dtype=np.float64))]
    plain = [name for name in names if name not in by_ratio]
    how = f"on a logarithmic scale ({', '.join(words_of(name) for name in by_ratio)})" if by_ratio else ""
    if plain:
        how += (" and " if how else "") + f"in plain steps ({', '.join(words_of(name) for name in plain)})"
    places = scaled(candidates)[pick.position]
    stands = ", ".join(f"{words_of(name)} {place:.2f}" for name, place in zip(names, places, strict=True))
    scale = f"from 0 at the best of these designs to 1 at the worst, {how}"
    if not pick.is_compromise:
        return paragraph(f"Where it stands, {scale}: {stands}.")
    weights = pick.candidates.criteria.weights
    listed = ", ".join(f"{words_of(name)} {weights[name]:g}" for name in names)
    weighed = "weighed alike" if len(set(weights.values())) == 1 else f"weighed {listed}"
    return paragraph(
        f"Why: with each objective {scale}, it stands at {stands}; {weighed}, that is {pick.distance:.2f} from the "
        "best in everything, nearer than any other."
    )


def _limits(pick: Pick) -> list[str]:
    """Which engine most of the latency, energy and area goes to, and which bounds are close."""
    row, engines = pick.row, plan().engines
    parts = []
    for name in ("latency_ms", "energy_mj", "area_mm2"):
        shares = {e: float(row[f"{e}_{name}"]) / float(row[name]) for e in plan().on_package if f"{e}_{name}" in row}
        if shares and float(row[name]):
            most = max(shares, key=lambda engine: shares[engine])
            parts.append(f"{words_of(name)}: {engines[most].word} {PERCENT * shares[most]:.0f} %")
    near = [text for bound in _bounds(pick) if (text := _used(pick, bound))]
    text = f"What limits it: {'; '.join(parts)}."
    text += f" Close to a bound: {', '.join(near)}." if near else " No bound on a figure is close."
    return [paragraph(text)]


def _bounds(pick: Pick) -> list[Constraint]:
    """Bounds on figures, of the space and of the choice, each once."""
    bounds = (*pick.problem.space.constraints, *pick.candidates.where)
    return [bound for bound in dict.fromkeys(bounds) if not bound.is_rule and bound.limit > 0]


def _used(pick: Pick, bound: Constraint) -> str:
    """A bound and how much of it is used, where that is nearly all; else empty."""
    beyond = float(excesses(pick.row.to_frame().T.astype(object), [bound])[0, 0])
    if beyond < _CLOSE - 1:
        return ""
    return f"{bound.text} (here {PERCENT * (1 + beyond if bound.op == '<=' else 1 - beyond):.0f} % of it)"


def _neighbours(pick: Pick) -> list[str]:
    """The next better front design in each criterion, and what it costs in the others."""
    candidates, names = pick.candidates, pick.candidates.criteria.names
    if len(names) < 2 or len(candidates.frame) < 2:
        return []
    costs = candidates.criteria.costs(candidates.frame)
    own = candidates.criteria.costs(pick.row.to_frame().T.astype(object))[0]
    spot = scaled(candidates)
    here = spot[pick.position] if pick.position >= 0 else _spot(candidates, own)
    rows = [["better in", "design", *(_head(name) for name in names)]]
    for m, name in enumerate(names):
        better = np.flatnonzero((costs[:, m] < own[m]) & (spot[:, m] < here[m] - _NOTICED))
        if not len(better):
            rows.append([words_of(name), "none", *("" for _ in names)])
            continue
        near = int(better[np.argmin(((spot[better] - here) ** 2).sum(axis=1))])
        row = candidates.frame.iloc[near]
        changes = [change_text(other, float(row[other]), float(pick.row[other])) for other in names]
        rows.append([words_of(name), str(int(row[ID])), *changes])
    return [paragraph("What its neighbours on the front cost: the nearest design that is better in each objective:")
            + "\n" + columns_text(rows)]  # fmt: skip


def _spot(candidates: Candidates, own: np.ndarray) -> np.ndarray:
    """Where a design that is not a candidate stands: beside the candidate whose criteria are nearest."""
    costs = candidates.criteria.costs(candidates.frame)
    extent = np.where(np.ptp(costs, axis=0) > 0, np.ptp(costs, axis=0), 1)
    return np.asarray(scaled(candidates)[int(np.argmin((((costs - own) / extent) ** 2).sum(axis=1)))])


def _generality(pick: Pick) -> list[str]:
    """What the design loses against machines of each network's own."""
    own = {name: run.front() for name, run in pick.run.own_runs().items()}
    if len(own) < 2 or not all(map(len, own.values())):
        return []
    table = price_table(pick.row, own, pick.own_picks, pick.run.objectives)
    rows = [["network", "objective", "here", "own pick", "price", "avoidable"]]
    for row in table.to_dict("records"):
        rows.append([row["network"], label(str(row["objective"])), number(row["joint"]), number(row["own"]),
                     price_words(row, "price"), price_words(row, "avoidable")])  # fmt: skip
    shares = front_shares(pick.run.front(), own, pick.run.objectives)
    covered = ", ".join(f"{PERCENT * share:.0f} % of {name}'s" for name, share in shares.items())
    chosen = ", ".join(f"design {int(row[ID])} of {name}" for name, row in pick.own_picks.items())
    head = (
        f"Price of generality: this machine beside the one picked in the same way for each network alone ({chosen}); "
        "avoidable is what a machine of its own would save that is no worse in any other objective. Areas and costs "
        "are the whole machine's."
    )
    tail = f"As a whole the joint front covers {covered} own hypervolume."
    return [paragraph(head) + "\n" + columns_text(rows, left=2) + "\n" + paragraph(tail)]


def _others(pick: Pick) -> list[str]:
    """The cheapest and the fastest design under a bound, beside the pick."""
    if not pick.is_compromise or len(pick.candidates.criteria.names) < 2:
        return []
    names = pick.candidates.criteria.names
    lines = [paragraph(f"It is also: {'; '.join(_small(title) for title in pick.also)}.")] if pick.also else []
    for other in pick.others:
        figures = ", ".join(
            f"{words_of(name)} {number(float(other.row[name]))} {unit_of(name)}".strip()
            + f" ({change_text(name, float(other.row[name]), float(pick.row[name]))})"
            for name in names
        )
        lines.append(paragraph(f"{other.title}: design {int(other.row[ID])}; {figures}."))
    return ["\n".join(lines)] if lines else []


def _small(title: str) -> str:
    return f"{title[:1].lower()}{title[1:]}"


def _changes(pick: Pick) -> list[str]:
    """That the model is another one today."""
    info = pick.run.info
    changed = differences(info.get("fingerprint") or {}, fingerprint(pick.problem.network, pick.problem.space))
    if not changed:
        return []
    note = f"Note: the run's figures are of an earlier model or data ({changed[0]}); single changes are of today's."
    renewing = written(["siam-dse", "resume", str(pick.run.path), "--re-evaluate"], WIDTH)
    return [f"{paragraph(f'{note} To bring the run up to date:')}\n{renewing}"]
