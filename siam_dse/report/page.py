"""The report of a run: one HTML page to put before a colleague, self-contained, plotly's script embedded once."""

import shlex
from collections.abc import Mapping
from html import escape
from pathlib import Path

import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.report.bands import knee_band
from siam_dse.report.breakdown import BREAKDOWN_QUANTITIES, engine_table, engines_of
from siam_dse.report.choice.command import evaluating, network_word
from siam_dse.report.choice.generality import front_shares, price_table, price_words
from siam_dse.report.choice.pick import Pick
from siam_dse.report.design_view import design_part, viewed_designs
from siam_dse.report.doubt import kept_doubt
from siam_dse.report.doubt_page import doubt_section
from siam_dse.report.exclusions import exclusion_table, tightest
from siam_dse.report.explorer import explorer_part
from siam_dse.report.front import chosen_designs
from siam_dse.report.gallery import MOST_AXES, more_axes, run_figures
from siam_dse.report.headline import headline_facts
from siam_dse.report.html import Figure, facts_part, figure_part, list_part, page, table_part
from siam_dse.report.influence import idle_axes, influence_table, influence_words
from siam_dse.report.labels import as_flags, label, number
from siam_dse.report.picks import picked, picked_rows, picks_part
from siam_dse.report.provenance import provenance_table, sources_table
from siam_dse.report.validity import note_lines, outside_table, validity_lines
from siam_dse.report.view import COMPANIONS, RunView, shown_axes
from siam_dse.runs.atomic import replace_text
from siam_dse.runs.tables import ID
from siam_dse.workload.network_set import NetworkSet, members_of

_MOST_CHANGES = 3
_FIGURE_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Axis by axis", ("axes", "nop_bandwidth", "chiplet_style")),
    ("Chiplets or one die", ("chiplets_or_monolith",)),
    ("How the search went", ("hypervolume",)),
)


def write_report(
    view: RunView,
    path: Path,
    figures: Mapping[str, Figure] | None = None,
    errors: pd.DataFrame | None = None,
) -> None:
    """Write the report page of a run.

    Parameters
    ----------
    view : RunView
    path : Path
    figures : as of :func:`siam_dse.report.gallery.run_figures`, optional
        Made here where they are not given.
    errors : DataFrame, optional
        Error table of the engines against reference rows, shown beside the statement of validity.
    """
    replace_text(path, report_page(view, run_figures(view) if figures is None else figures, errors))


def report_page(view: RunView, figures: Mapping[str, Figure], errors: pd.DataFrame | None = None) -> str:
    """HTML of the report."""
    sections: list[tuple[str, str]] = []
    found = picked(view)
    picks = picked_rows(found)
    viewed = viewed_designs(view, picks)
    sections.append(("Explorer", explorer_part(view, viewed["trial"].tolist() if len(viewed) else ())))
    sections.append(("A design from within", design_part(view, viewed)))
    if len(view.front):
        sections.append(("Pareto front", _front_section(view, picks)))
    # the explorer, where there is one, has every pair of columns
    sections.append(("Trade-offs", _figures(figures, ("pareto_matrix" if len(view.front) else "pareto",))))
    doubt = kept_doubt(view.run) if view.run and len(view.front) and not view.changes else None
    if doubt is not None:
        sections.append(("How sure the front is", doubt_section(view, doubt)))
    if len(view.own) > 1:
        sections.append(("The price of generality", _generality_section(view, figures)))
    if "engines" in figures:
        sections.append(("By engine", _engine_section(view, figures)))
    for heading, names in _FIGURE_SECTIONS:
        content = _figures(figures, names)
        if names[0] == "axes" and len(view.around_knee):
            content = _influence_section(view) + content
        if names[0] == "axes" and content:
            content += _more_axes(view)
        sections.append((heading, content))
    sections += [
        ("What the constraints excluded", _exclusion_section(view)),
        ("How far to trust these figures", _validity_section(view, errors)),
        ("Where this comes from", _provenance_section(view)),
    ]
    sections = [(heading, content) for heading, content in sections if content]
    anchors = {heading: heading.lower().replace(" ", "-").replace(",", "") for heading, _ in sections}
    links = "".join(f'<a href="#{anchors[heading]}">{escape(heading)}</a>' for heading, _ in sections)
    body = "".join(f'<h2 id="{anchors[heading]}">{escape(heading)}</h2>{content}' for heading, content in sections)
    title = f"{view.network.name} on {view.space.name}"
    return page(f"{view.name}: {title}", f"<main>{_head(view, title, found)}<nav>{links}</nav>{body}</main>")


def _head(view: RunView, title: str, found: Pick | None) -> str:
    status = str(view.info.get("status"))
    objectives = ", ".join(f"{way} {label(name)}" for name, way in view.objectives.items())
    head = f"<h1>{escape(title)}</h1><p class='sub'>run {escape(view.name)}; {escape(objectives)}</p>"
    if status != "complete":
        head += f"<p class='warn'>This run is <b>{escape(status)}</b>: the figures are of what it found so far.</p>"
    if not len(view.front):
        head += f"<p class='warn'>No feasible design was found: {escape(tightest(view))}.</p>"
    if view.changes:
        head += (
            "<p class='warn'>Model, data or inputs have changed since this run, so that nothing was evaluated anew for "
            f"this page: {escape('; '.join(view.changes[:_MOST_CHANGES]))}.</p>"
        )
    warnings = [str(line) for line in view.info.get("warnings") or []]
    noted = f"<div class='warn'><b>What is odd about this space</b>{list_part(warnings)}</div>" if warnings else ""
    lines = knee_band(view)
    bands = list_part(lines) if lines else ""
    return head + picks_part(view, found) + facts_part(headline_facts(view)) + bands + noted


def _front_section(view: RunView, picks: pd.DataFrame) -> str:
    """The designs that one would look at first, a column each, and the command of each."""
    columns = [name for name in (*view.objectives, *COMPANIONS, "in_validated_range") if name in view.front]
    few = _few(view, picks)
    rows = dict.fromkeys([*shown_axes(view.front, view.axes), *columns])
    heads = [f"{trial}: {words}" for trial, words in zip(few[ID], few["chosen"], strict=True)]
    table = pd.DataFrame({head: [number(few[name].iloc[i]) for name in rows] for i, head in enumerate(heads)})
    table.insert(0, "design", [label(name) for name in rows])
    shown = f"The {view.of_front} stand in the explorer's table (set 'of' to the front)"
    note = f"{shown}; pareto.csv has all of the front, with every column."
    return table_part(table, heads={str(name): str(name) for name in table}) + (
        f"<p class='note'>{escape(note)}</p>" + _commands(view, few)
    )


def _few(view: RunView, picks: pd.DataFrame) -> pd.DataFrame:
    """Picks, the knee and the best design in each objective, each once, with a column ``chosen``."""
    chosen = chosen_designs(view.front, view.objectives)
    every = pd.concat([picks, chosen], ignore_index=True)
    words = every.groupby(ID, sort=False)["chosen"].agg(", ".join)
    few = every.drop_duplicates(ID, ignore_index=True).copy()
    few["chosen"] = words.to_numpy()
    return few.apply(as_flags)


def _commands(view: RunView, designs: pd.DataFrame) -> str:
    """The command of each design in a table that evaluates it again, every field that is not a default in it."""
    if view.run is None or ID not in designs:
        return ""
    word = network_word(view.run, members_of(view.network)[0])
    rows = designs.set_index(ID)
    lines = [
        f"# design {trial}\n{shlex.join(evaluating(word, row, view.space, view.run.path))}"
        for trial, row in rows.iterrows()
    ]
    return (
        "<details><summary>Commands that evaluate each of these designs again, exactly</summary>"
        f"<pre><code>{escape(chr(10).join(lines))}</code></pre></details>"
    )


def _generality_section(view: RunView, figures: Mapping[str, Figure]) -> str:
    """What the knee of a run of several networks loses against machines of each network's own."""
    if view.knee is None or not all(map(len, view.own.values())):
        return ""
    knees = {name: front[front["knee"].astype(bool)].iloc[0] for name, front in view.own.items()}
    table = price_table(view.knee, view.own, knees, view.objectives)
    rows = pd.DataFrame(
        {
            "network": table["network"],
            "objective": [label(name) for name in table["objective"]],
            "joint": table["joint"],
            "own": table["own"],
            "own_id": table["own_id"],
            "price": [price_words(row, "price") for row in table.to_dict("records")],
            "avoidable": [price_words(row, "avoidable") for row in table.to_dict("records")],
        }
    )
    said = view.network.said() if isinstance(view.network, NetworkSet) else ""
    shares = front_shares(view.front, view.own, view.objectives)
    reached = ", ".join(f"{PERCENT * share:.0f} % of {name}'s" for name, share in shares.items())
    note = (
        f"In this run {said}; areas and costs are those of the machine that holds every network, and constraints hold "
        "for each. The price is how much worse the joint knee is for a network than the knee of the network's own "
        "run; avoidable is what a machine of its own would save that is no worse in any other objective. As a whole "
        f"the joint front covers {reached} own hypervolume."
    )
    heads = {
        "network": "network",
        "objective": "objective",
        "joint": "knee of all",
        "own": "knee of its own run",
        "own_id": "id of that",
        "price": "price",
        "avoidable": "avoidable",
    }
    return f"<p class='note'>{escape(note)}</p>" + table_part(rows, heads=heads) + _figures(figures, ("generality",))


def _engine_section(view: RunView, figures: Mapping[str, Figure]) -> str:
    content = _figures(figures, ("engines",))
    if view.knee is not None and engines_of(view.front):
        heads = {f"{q} share": f"share of {label(q).partition(' [')[0]} [%]" for q in BREAKDOWN_QUANTITIES}
        content += "<h3>The knee by engine</h3>" + table_part(engine_table(view.knee), heads=heads)
    return content


def _influence_section(view: RunView) -> str:
    table = influence_table(view.around_knee, view.axes, view.objectives)
    idle = idle_axes(table, view.objectives)
    content = (
        "<p class='note'>How far each objective moves when one axis of the knee runs through its feasible levels, the "
        "others held:</p>" + table_part(influence_words(table, view.objectives))
    )
    return content + (list_part(idle) if idle else "")


def _more_axes(view: RunView) -> str:
    """The axes that matter less, drawn when they are asked for."""
    figures = more_axes(view)
    parts = "".join(figure_part(figure, f"figure-axes-{i}") for i, figure in enumerate(figures, start=2))
    what = f"The other {len(view.axes) - MOST_AXES} axes, which move the objectives less"
    return f"<details><summary>{what}</summary>{parts}</details>" if figures else ""


def _exclusion_section(view: RunView) -> str:
    table = exclusion_table(view)
    if not len(table):
        return ""
    note = (
        f"of {len(view.judged):,} {'random' if view.is_bred else 'evaluated'} designs "
        f"{int(view.judged['feasible'].sum()):,} are feasible. "
        "'breaks nothing else' counts the designs that relaxing this constraint alone would admit."
    )
    if view.info.get("kind") == "enumerate":
        note = "Counted over the stored designs (the front and a sample of the space): " + note
    heads = {"violated": "designs that break it", "violated_pct": "share [%]", "alone": "break nothing else"}
    return f"<p class='note'>{escape(note[:1].upper() + note[1:])}</p>" + table_part(table, heads=heads)


def _validity_section(view: RunView, errors: pd.DataFrame | None) -> str:
    content = list_part([*validity_lines(view), *note_lines(view)])
    outside = outside_table(view.front, view.space) if len(view.front) else pd.DataFrame()
    if len(outside):
        content += "<h3>Fields of the front outside a checked range</h3>" + table_part(
            outside, heads={"checked": "checked range", "designs": "front designs outside"}
        )
    if errors is not None and len(errors):
        content += "<h3>Errors against the packaged reference rows</h3>" + table_part(errors)
    return content


def _provenance_section(view: RunView) -> str:
    sources = table_part(sources_table(view.space.technology), heads={"where": "where", "key": "cited as"})
    return (
        table_part(provenance_table(view), heads={"what": "entry"})
        + f"<details><summary>Sources of the model's constants</summary>{sources}</details>"
        + f"<details><summary>The search space</summary><pre><code>{escape(view.space.text)}</code></pre></details>"
    )


def _figures(figures: Mapping[str, Figure], names: tuple[str, ...]) -> str:
    return "".join(figure_part(figures[name], f"figure-{name}") for name in names if name in figures)
