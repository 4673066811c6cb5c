"""How sure a front is, as a page of its own and as a section of the report."""

from html import escape

from siam_dse.report.doubt import Doubt, bands_figure, influence_table, stays_table, summary, tornado
from siam_dse.report.html import figure_part, page, table_part
from siam_dse.report.labels import label
from siam_dse.report.view import RunView, shown_axes
from siam_dse.runs.tables import ID

_MOST_ROWS = 100


def doubt_page(view: RunView, doubt: Doubt) -> str:
    """The page."""
    title = f"{view.network.name} on {view.space.name}: how sure the front is"
    content = doubt_section(view, doubt, "h2")
    return page(f"{view.name}: how sure the front is", f"<main><h1>{escape(title)}</h1>{content}</main>")


def doubt_section(view: RunView, doubt: Doubt, head: str = "h3") -> str:
    """Bands and who stays, which constant decides, and both as tables, under headings of a level."""
    content = f"<p class='note'>{escape(summary(doubt))}.</p>"
    for y in range(1, len(doubt.objectives)):
        content += figure_part(bands_figure(doubt, 0, y), f"bands-{y}")
    content += figure_part(tornado(doubt), "tornado")
    stays = stays_table(doubt, view.front, shown_axes(view.front, view.axes))
    robust = stays[stays[ID].isin(doubt.robust[ID])]
    heads = {"stays": "stays [%]", **{name: label(name) for name in doubt.objectives}}
    few = f"The first {_MOST_ROWS} of them." if len(robust) > _MOST_ROWS else ""
    content += f"<{head}>The robust front: {len(robust)} designs</{head}><p class='note'>{few}</p>"
    content += table_part(robust.head(_MOST_ROWS), heads=heads)
    moves = {f"{name} moves": f"moves {label(name).partition(' [')[0]} [%]" for name in doubt.objectives}
    return content + f"<{head}>Constants</{head}>" + table_part(influence_table(doubt), heads=moves)
