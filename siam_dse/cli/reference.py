"""Pages of the manual that are made from the code: fields, columns, rules, notes, constants, commands; the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BETTER = {"minimise": "lower", "maximise": "higher", None: ""}


def reference_page() -> str:
    """Markdown of the reference: what the code holds, never typed by hand."""
    from siam_dse import __version__
    from siam_dse.system import MODEL_VERSION

    return "\n\n".join(
        [
            "# Reference",
            f"From the code (version {__version__}, model version {MODEL_VERSION}) by `siam-dse manual reference`.",
            "## Fields of a design",
            _fields(),
            "## Output columns",
            _columns(),
            "## Rules",
            "Above 0 a rule is broken, and by how much. Any of them may stand among a space's constraints.",
            _rules(),
            "## Notes",
            _notes(),
            "## Constants",
            "`siam-dse technologies` has locators and notes as well.",
            *_constants(),
            "## Commands",
            *_commands(),
        ]
    ) + "\n"  # fmt: skip


def api_page() -> str:
    """Markdown of the API page: each public name's docstring is put in when the site is built."""
    from siam_dse import api

    parts = ["# Python API", "`import siam_dse as sd` gives these names."]
    for name, place in api._ROOMS.items():
        room, _, own = place.partition(":")
        parts += [f"## {name}", f"::: siam_dse.{room}.{own or name}"]
    return "\n\n".join(parts) + "\n"


def _fields() -> str:
    from siam_dse.design.fields import fields, profile_values

    siam = profile_values("siam")
    rows = [
        (f"`{f.name}`", f.unit, str(f.default), str(siam[f.name]),
         ", ".join(f.choices) if f.choices else ("" if f.low is None else f"{f.low:g} to {f.high:g}"), f.meaning)
        for f in fields().values()
    ]  # fmt: skip
    return _table(("field", "unit", "default", "siam", "legal", "meaning"), rows)


def _columns() -> str:
    from siam_dse.system.columns import OUTPUT_COLUMNS

    rows = [(f"`{c.name}`", c.unit, _BETTER[c.direction], c.meaning) for c in OUTPUT_COLUMNS.values()]
    return _table(("column", "unit", "better", "meaning"), rows)


def _rules() -> str:
    from siam_dse.system.columns import VIOLATION_RULES

    return _table(("rule", "says", "remedy"), [(f"`{r.name}`", r.meaning, r.remedy) for r in VIOLATION_RULES.values()])


def _notes() -> str:
    from siam_dse.system.columns import NOTES

    return _table(("note", "says"), [(f"`{name}`", note.text) for name, note in NOTES.items()])


def _constants() -> Iterable[str]:
    """One table a file of constants, and one of the tables' columns."""
    from siam_dse.core.yaml_text import read_yaml
    from siam_dse.technology.technology import packaged_technology

    tables = []
    for path in sorted(packaged_technology().folder.glob("*.yaml")):
        content = read_yaml(path)
        if path.name.endswith(".csv.yaml"):
            tables += [
                (f"`{path.name.removesuffix('.csv.yaml')}.{name}`", about.get("unit", ""), about.get("meaning", ""))
                for name, about in content["columns"].items()
            ]
        elif path.stem in packaged_technology().files:
            rows = [
                (f"`{name}`", _value(about["value"]), about.get("unit", ""), about.get("status", ""),
                 about.get("source", ""))
                for name, about in content["constants"].items()
            ]  # fmt: skip
            yield f"### {path.stem}"
            yield _table(("constant", "value", "unit", "status", "source"), rows)
    yield "### Columns of tables"
    yield _table(("column", "unit", "meaning"), tables)


def _commands() -> Iterable[str]:
    """Usage, help and options of every command."""
    from typer.main import get_command

    from siam_dse.cli.app import app

    group = get_command(app)
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
        yield f"### {name}"
        yield f"`{' '.join(['siam-dse', name, *arguments])}`: {command.help}"
        options = [
            (f"`{', '.join(p.opts)}`", "" if p.default in (None, False) or callable(p.default) else str(p.default),
             p.help or "")
            for p in command.params
            if p.param_type_name == "option" and "--help" not in p.opts
        ]  # fmt: skip
        if options:
            yield _table(("option", "default", "meaning"), options)


def _argument(argument: Any) -> str:
    """An argument as usage has it: in brackets where it may be left out, with dots where there may be several."""
    word = argument.metavar or argument.name.upper()
    several = f"{word} [{word} ...]" if argument.nargs < 0 else word
    return several if argument.required else f"[{several}]"


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; bars within cells are escaped."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        cells = (" ".join(str(cell).split()).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
