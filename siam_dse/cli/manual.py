"""``manual``: the pages of siam_dse/manual in the terminal, and as a folder that a site is built from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.output import note
from siam_dse.core.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = Path(__file__).parent.parent / "manual"
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_WIDEST = 110  # columns of a page in the terminal
# In the order in which one reads them; a page that is not named here stands behind.
_ORDER = (
    "five-minutes", "choose", "sram-rram", "networks", "operations", "technology", "spaces", "report", "machines",
    "python", "studies", "model", "validation", "siam", "packages", "heat_and_carbon", "speed", "nomenclature",
    "reference", "api", "cite", "contribute",
)  # fmt: skip


def topics() -> list[str]:
    """Pages of the manual, in the order in which one reads them: those written, and those made from the code."""
    found = {path.stem for path in _FOLDER.glob("*.md")} | set(_generated())
    return sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))


def page_text(topic: str) -> str:
    """Markdown of a page.

    Raises
    ------
    InputError
        There is no such page; the known ones are listed, the closest first.
    """
    made = _generated()
    if topic in made:
        return made[topic]()
    path = _FOLDER / f"{topic}.md"
    if topic not in topics():
        raise InputError("manual", unknown_name("topic", topic, topics()))
    return path.read_text(encoding="utf-8")


def run_manual(topic: str | None, out: Path | None) -> None:
    """Print a page, or the list of pages; with ``out`` write all pages there as Markdown."""
    if out is not None:
        names = [topic] if topic else topics()
        write_pages(out, {name: page_text(name) for name in names} | ({} if topic else {"index": _index(names)}))
        note(f"wrote {len(names)} pages to {out}")
        return
    if topic is None:
        import pandas as pd

        from siam_dse.cli.output import Format, emit

        shown = [name for name in topics() if name != "api"]
        titles = [title_of(page_text(name)) for name in shown]
        emit(pd.DataFrame({"topic": shown, "about": titles}), Format.table, "siam-dse manual TOPIC")
        return
    _show(page_text(topic))


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """Write pages (name -> Markdown) as files into ``folder``, which a site is built from."""
    from siam_dse.runs.atomic import OF_A_FILE, disk_errors, replace_text

    with disk_errors(folder, OF_A_FILE):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        replace_text(folder / f"{name}.md", text)


def title_of(text: str) -> str:
    """Title of a page."""
    match = _TITLE.search(text)
    return match[1] if match else ""


def _index(names: list[str]) -> str:
    """First page of a site: the others by title."""
    return "# siam_dse\n\n" + "\n".join(f"- [{title_of(page_text(name))}]({name}.md)" for name in names) + "\n"


def _generated() -> dict[str, Callable[[], str]]:
    """Pages made from the code."""
    from siam_dse.cli.reference import api_page, reference_page

    return {"reference": reference_page, "api": api_page}


def _show(text: str) -> None:
    """Render a page where a person reads it; where it is piped, its text."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if not console.is_terminal:
        print(text, end="")
        return
    console = Console(width=min(console.width, _WIDEST))
    console.print(Markdown(text, hyperlinks=False))
