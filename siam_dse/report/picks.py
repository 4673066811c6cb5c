"""Which design? The first screen of a report: the best compromise, the cheapest, the fastest, each with its picture."""

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.errors import SiamDseError
from siam_dse.core.text import command
from siam_dse.report.choice.pick import Pick, pick
from siam_dse.report.choice.words import change_text
from siam_dse.report.headline import knee_sentences
from siam_dse.report.html import list_part
from siam_dse.report.labels import label, number, short_design, unit_of, words_of
from siam_dse.report.style import is_log, thinned
from siam_dse.report.view import RunView, shown_axes
from siam_dse.runs.tables import ID

_DOTS = 150  # front designs behind a star
_WIDE, _HIGH, _EDGE = 220, 130, 10  # of a picture [pixels]
_STAR = "0,-8 2.3,-2.5 8,-2.5 3.6,1.2 5,7 0,3.6 -5,7 -3.6,1.2 -8,-2.5 -2.3,-2.5"
_MOST_AXES = 8  # of a design that a paragraph names: the others stand in the table below


def picked(view: RunView) -> Pick | None:
    """The best compromise of a run on disk; None where there is nothing to choose from."""
    if view.run is None or not len(view.front):
        return None
    try:
        return pick(view.run)
    except SiamDseError:  # an unfinished run whose front is not stored yet
        return None


def picked_rows(found: Pick | None) -> pd.DataFrame:
    """The designs that the first screen shows, with a column ``chosen`` that says which each is."""
    if found is None:
        return pd.DataFrame()
    rows = [("best compromise", found.row), *((f"{o.title[:1].lower()}{o.title[1:]}", o.row) for o in found.others)]
    chosen = pd.Series([title for title, _ in rows], name="chosen")
    return pd.concat([chosen, pd.DataFrame([row.to_dict() for _, row in rows])], axis=1)


def picks_part(view: RunView, found: Pick | None) -> str:
    """The picks as a part of a page; sentences about the knee where there are none."""
    if found is None:
        return list_part(knee_sentences(view))
    x, *others = view.objectives
    y = next((name for name in (*others, "energy_mj", "cost_usd") if name in view.front and name != x), "")
    picture = _Picture(view.front, x, y) if y else None
    title = ", and ".join(["Best compromise", *(f"{each[:1].lower()}{each[1:]}" for each in found.also)])
    cards = [_card(view, found, title, found.row, picture)]
    cards += [_card(view, found, other.title, other.row, picture) for other in found.others]
    note = f"Each picture is the front, {label(y)} up and {label(x)} across; the star is the design. " if y else ""
    note += (
        "The compromise is nearest to the best of the front in every objective at once. To bound or weigh objectives: "
        f"{command('pick', view.name, '--where', '...', '--weights', '...')}."
    )
    if view.knee is not None and int(view.knee[ID]) != found.id:
        note += (
            f" The knee that figures mark is design {int(view.knee[ID])}: its distances are of plain values, the "
            "compromise's of ratios."
        )
    shared = picture.dots if picture else ""
    return f"{shared}<div class='picks'>{''.join(cards)}</div><p class='note'>{escape(note)}</p>"


def _card(view: RunView, found: Pick, title: str, row: pd.Series, picture: "_Picture | None") -> str:
    names = found.candidates.criteria.names
    values = {words_of(name): f"{number(row[name])} {unit_of(name)}".strip() for name in names}
    facts = "".join(f"<li><span>{escape(word)}</span> <b>{escape(value)}</b></li>" for word, value in values.items())
    axes = shown_axes(view.front, view.axes)
    few = [name for name in axes if view.front[name].nunique() > 1][:_MOST_AXES]
    more = "; the other fields stand below" if len(few) < len(axes) else ""
    words = f"{short_design(row.to_dict(), few)}{more}."
    words = words[:1].upper() + words[1:]
    if int(row[ID]) != found.id:
        words += f" Beside the compromise: {_beside(names, row, found.row)}."
    shown = picture.of(row) if picture else ""
    return (
        f"<section class='pick'><h2>{escape(title)}</h2><p class='sub'>design {int(row[ID])}</p>{shown}"
        f"<ul class='figures'>{facts}</ul><p>{escape(words)}</p></section>"
    )


def _beside(names: Sequence[str], row: pd.Series, base: pd.Series) -> str:
    return ", ".join(f"{words_of(name)} {change_text(name, float(row[name]), float(base[name]))}" for name in names)


class _Picture:
    """The front in two columns, drawn once, and a design's place on it."""

    def __init__(self, front: pd.DataFrame, x: str, y: str) -> None:
        self.names = (x, y)
        self.scales = [(is_log(front[name]), *_ends(front[name])) for name in self.names]
        few = thinned(front.sort_values(x), _DOTS)
        places = self._places(few)
        dots = "".join(f'<circle cx="{px:.0f}" cy="{py:.0f}" r="2"/>' for px, py in places)
        hidden = '<svg width="0" height="0" style="position:absolute" aria-hidden="true">'
        self.dots = f'{hidden}<symbol id="front-dots">{dots}</symbol></svg>'

    def _places(self, rows: pd.DataFrame) -> FloatArray:
        out = np.empty((len(rows), 2))
        for k, (name, (is_logarithmic, low, high)) in enumerate(zip(self.names, self.scales, strict=True)):
            values = rows[name].to_numpy(dtype=float)
            shares = ((np.log10(values) if is_logarithmic else values) - low) / ((high - low) or 1.0)
            room = (_WIDE if k == 0 else _HIGH) - 2 * _EDGE
            out[:, k] = _EDGE + room * (np.clip(shares, 0, 1) if k == 0 else 1 - np.clip(shares, 0, 1))
        return out

    def of(self, row: pd.Series) -> str:
        """The front with one design marked."""
        ((x, y),) = self._places(row.to_frame().T)
        what = f"the front: {label(self.names[1])} up, {label(self.names[0])} across; design {int(row[ID])} is the star"
        box = f'<svg viewBox="0 0 {_WIDE} {_HIGH}" class="spot" role="img" aria-label="{escape(what)}">'
        star = f'<polygon points="{_STAR}" transform="translate({x:.0f} {y:.0f})"/>'
        return f'{box}<title>{escape(what)}</title><use href="#front-dots"/>{star}</svg>'


def _ends(values: pd.Series) -> tuple[float, float]:
    shown = np.log10(values.astype(float)) if is_log(values) else values.astype(float)
    return float(shown.min()), float(shown.max())
