"""``plot``: a run's figures as HTML, and as PDF, SVG and PNG for papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.options import file_to_write
from siam_dse.cli.views import make_folder, need_front, need_points, space_for, view_of
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import command

if TYPE_CHECKING:
    from siam_dse.report.view import RunView

_HTML = "html"


def run_plot(
    run: str, results: Path, x: str | None = None, y: str | None = None, colour: str | None = None,
    out: Path | None = None, to: str | None = None, width: str = "3.5in", font_size: float = 8,
) -> None:  # fmt: skip
    """Write a run's plots, or one scatter of columns that were asked for; prints their paths.

    Parameters
    ----------
    run, results : name or path of the run, and the folder of runs
    x, y, colour : columns of one scatter, optional
    out : Path, optional
        A folder, or a file whose suffix says the format: one scatter.
    to : html, pdf, svg or png, optional
    width, font_size : of figures for a paper: a length, and [pt]
    """
    from siam_dse.report.paper import FORMATS, inches
    from siam_dse.report.view import MOST_DRAWN
    from siam_dse.runs.folder import RunFolder

    formats = (_HTML, *FORMATS)
    if to is not None and to not in formats:
        raise InputError("--to", unknown_name("format", to, formats))
    file, to = _file_and_format(out, to, formats)
    width_in = inches(width)
    view = view_of(run, results, MOST_DRAWN)
    need_points(view)
    folder = file.parent if file else out or RunFolder.open(run, results).plots_path
    is_one = bool(file or x or y or colour)
    name = "_".join(part for part in ("scatter", x, y, colour) if part)
    with space_for(command("plot", run)):
        if file is None:
            make_folder(folder)
        if to == _HTML:
            paths = _write_html(view, folder, file, (x, y, colour) if is_one else None, name)
        else:
            target = file or folder / f"{name}.{to}"
            paths = _write_paper(view, target, (x, y, colour) if is_one else None, width_in, font_size)
    for path in paths:
        print(path)
    if not len(view.front):
        need_front(view)


def _file_and_format(out: Path | None, to: str | None, formats: tuple[str, ...]) -> tuple[Path | None, str]:
    """The file that ``out`` names, if it names one, and the format: its suffix decides."""
    suffix = out.suffix.lower().removeprefix(".") if out else ""
    if out is None or out.is_dir() or not suffix:
        return None, to or _HTML
    suffix = _HTML if suffix == "htm" else suffix
    if suffix not in formats:
        raise InputError("--out", f"{out}: cannot write .{suffix}; give a folder, or a file in {', '.join(formats)}")
    if to not in (None, suffix):
        raise InputError("--out", f"{out}: is .{suffix}, but --to says {to}; make them agree")
    return file_to_write(out), suffix


def _write_html(
    view: RunView, folder: Path, file: Path | None, columns: tuple[str | None, str | None, str | None] | None, name: str
) -> list[Path]:
    from siam_dse.report.gallery import scatter_of, write_plots
    from siam_dse.report.html import write_figure

    if columns is None:
        return write_plots(view, folder)
    figure = scatter_of(view, *columns)
    if file is None:
        return write_plots(view, folder, {name: figure})
    write_figure(figure, file, f"{view.name}: {name.replace('_', ' ')}")
    return [file]


def _write_paper(
    view: RunView, target: Path, columns: tuple[str | None, str | None, str | None] | None, width_in: float,
    font_pt: float,
) -> list[Path]:  # fmt: skip
    """Figures beside ``target`` under their own names, or the one scatter as ``target``."""
    from siam_dse.report.paper import paper_figures, paper_scatter, write_paper

    if columns is not None:
        made = {target: paper_scatter(view, *columns, width_in, font_pt)}
    else:
        figures = paper_figures(view, width_in, font_pt)
        made = {target.with_name(f"{name}{target.suffix}"): figure for name, figure in figures.items()}
    for path, figure in made.items():
        write_paper(figure, path, font_pt)
    return list(made)
