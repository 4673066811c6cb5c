"""``technologies``: constants and tables with unit, source and status, and what overlays change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.cli.output import Format, emit, note, show
from siam_dse.core.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from siam_dse.technology.technology import Technology

ACTIONS = ("list", "show", "diff", "template")
_SHORT = ("name", "value", "unit", "status", "source")  # what fits 80 columns
_MOST_LETTERS = {"name": 36, "value": 12, "unit": 8, "source": 12}
_NO_SOURCE = "(of the table)"
TEMPLATES = {
    "constant": """constants:
  adc.sar_cycle: {value: 0.8, unit: ns, source: mine, status: measured, range: [0.7, 0.9]}
""",
    "link": """rows:
  nop_links:
    - {name: my_link, like: grs, rate_per_lane: 32, energy_per_bit: 0.3, source: mine, status: measured}
""",
    "node": """rows:
  nodes:
    - {node_nm: 28, roadmap: lstp, like: {node_nm: 32}, vdd_v: 0.9, source: mine, status: assumed, note: "say why"}
  adc:
    - {node_nm: 28, roadmap: lstp, like: {node_nm: 32}, source: mine, status: assumed, note: "as at 32 nm"}
  siam_temperature:
    - {node_nm: 28, roadmap: lstp, like: {node_nm: 32}, source: mine, status: assumed, note: "as at 32 nm"}
""",
    "cell": """rows:
  cells:
    - {circuit: neurosim13, cell: rram_1t1r, replace: true, width: 10, height: 4, source: mine, status: measured}
fields:
  r_on_ohm: {value: 25, unit: kohm, source: mine, status: measured}
  r_off_ohm: {value: 1000, unit: kohm, source: mine, status: measured}
  cell_sigma: {value: 0.03, source: mine, status: measured}
""",
    "adc": """constants:
  adc.sar_cycle: {value: 0.5, unit: ns, source: mine, status: measured, range: [0.4, 0.6]}
rows:
  adc:
    - {node_nm: 32, roadmap: lstp, replace: true, sar_power: {value: 20, unit: uW, range: [15, 25]}, source: mine,
       status: measured}
fields:
  adc_bits: {value: 6, unit: bit, source: mine, status: measured}
""",
    "package": """rows:
  packages:
    - {name: organic, like: organic, replace: true, bump_price: 0.004, source: mine, status: measured}
""",
    "dram": """rows:
  dram_devices:
    - {name: my_dram, like: ddr4_3200, vdd_v: 1.1, source: mine, status: measured}
""",
}
HEAD = """name: mine
sources:
  mine: {title: "where the figures are from", authors: "who", where: "paper, data sheet or measurement"}
"""


def run_technologies(
    action: str | None, name: str | None, search: str | None, overlays: list[Path], fmt: Format
) -> None:
    """List constants and columns of tables; show one with its source; what overlays change; a file to begin with."""
    from siam_dse.design.fields import load_technology

    if action not in (None, *ACTIONS):
        raise InputError("technologies", unknown_name("action", str(action), ACTIONS))
    if action == "template":
        kind = name or "constant"
        if kind not in TEMPLATES:
            raise InputError("technologies template", unknown_name("kind", kind, TEMPLATES))
        print(HEAD + TEMPLATES[kind], end="")
        return
    if action == "diff":
        table = _changes(load_technology(*([name] if name else []), *overlays))
        emit(table.fillna("-") if fmt is Format.table else table, fmt, "what the overlay changes")
        return
    technology = load_technology(*overlays)
    table = constants_table(technology)
    if action == "show":
        _show(technology, table, name, fmt)
        return
    if search:
        whole = table.astype(str).agg(" ".join, axis=1).str.lower()
        table = table[whole.str.contains(search.lower(), regex=False)]
    if fmt is not Format.table:
        emit(table, fmt)
        return
    short = table[list(_SHORT)].copy()
    for name, most in _MOST_LETTERS.items():
        texts = short[name].map(show)
        short[name] = texts.where(texts.str.len() <= most, texts.str.slice(0, most - 1) + "…")
    emit(short, fmt, "constants, and columns of tables")
    note(f"{len(short)} entries; 'technologies show NAME' says where one is from, --search TEXT finds some")
    if not search:
        note("overlays of the package, for --technology NAME (see 'technologies diff NAME'):")
        for name, about in shipped_words().items():
            note(f"  {name}: {about}")


def constants_table(technology: Technology) -> pd.DataFrame:
    """Every constant and every column of a table: file, name, value, unit, status, source, locator, note."""
    import pandas as pd

    from siam_dse.core.units import SI_PER_UNIT
    from siam_dse.core.yaml_text import read_yaml

    rows: list[dict[str, Any]] = []
    for file in technology.files:
        constants = technology.constants(file)
        for name in constants:
            record = constants.record(name)
            value = constants.series(name) / SI_PER_UNIT[record.unit]
            shown = value[0] if len(value) == 1 else ", ".join(f"{each:g}" for each in value)
            limits = [f"{end / SI_PER_UNIT[record.unit]:g}" for end in record.range] if record.range else []
            rows.append(
                {
                    "file": f"{file}.yaml",
                    "name": f"{file}.{name}",
                    "value": shown if isinstance(shown, str) else float(shown),
                    "range": " to ".join(limits),
                    **{entry: getattr(record, entry) for entry in ("unit", "status", "source", "locator", "note")},
                }
            )
    for name in technology.tables:
        about = read_yaml(technology.folder / f"{name}.csv.yaml")
        for column, row in about["columns"].items():
            rows.append(
                {
                    "file": f"{name}.csv",
                    "name": f"{name}.{column}",
                    "value": f"({len(technology.table(name))} rows)",
                    "range": "",
                    "unit": str(row.get("unit", "")),
                    "source": row.get("source", _NO_SOURCE),
                    "note": row.get("meaning", ""),
                    **{entry: row.get(entry, "") for entry in ("status", "locator")},
                }
            )
    frame = pd.DataFrame(rows)
    titles = {key: source.get("title", key) for key, source in technology.sources().items()}
    return frame.assign(title=frame["source"].map(lambda key: titles.get(key, key)))


def _show(technology: Technology, table: pd.DataFrame, name: str | None, fmt: Format) -> None:
    """One constant, one column or a whole table, with all that is known of it."""
    import pandas as pd

    known = [*table["name"], *technology.tables]
    if name is None or name not in known:
        raise InputError("technologies show", unknown_name("name", str(name), known))
    if name in technology.tables:
        from siam_dse.core.units import SI_PER_UNIT

        units, columns = technology.units(name), technology.table(name).columns
        frame = pd.DataFrame({
            f"{c} [{units[c]}]" if v.dtype.kind == "f" and units[c] not in ("", "1") else c:
            v / SI_PER_UNIT[units[c]] if v.dtype.kind == "f" else v for c, v in columns.items()
        })  # fmt: skip
        if fmt is Format.table:  # a column below another: tables are wide
            keys = technology.table(name).keys
            heads = [" ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in row)
                     for row in zip(*(columns[key] for key in keys), strict=True)]  # fmt: skip
            for i, head in enumerate(heads):
                print(f"{name} {head}")
                for column, value in frame.iloc[i].items():
                    print(f"  {column}: {value:.5g}" if isinstance(value, float) else f"  {column}: {value}")
            return
        emit(frame, fmt)
        return
    row = table[table["name"] == name].iloc[0]
    if fmt is not Format.table:
        emit(table[table["name"] == name], fmt)
        return
    for entry, value in row.items():
        if str(value):
            print(f"{entry}: {value}")


def shipped_words() -> dict[str, str]:
    """Overlays of the package -> what the file says of itself in its first line."""
    from siam_dse.technology.overlay import shipped_overlays

    return {name: path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ") for name, path in
            shipped_overlays().items()}  # fmt: skip


def _changes(technology: Technology) -> pd.DataFrame:
    """What overlays change: name, value before and now, unit, status, source."""
    from dataclasses import asdict

    import pandas as pd

    from siam_dse.technology.changes import changes
    from siam_dse.technology.technology import packaged_technology

    rows = [asdict(change) for change in changes(packaged_technology(), technology)]
    return pd.DataFrame(rows, columns=["name", "was", "now", "unit", "status", "source"])
