"""``networks``, ``fields``: what there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from siam_dse.cli.asked import AskedNetwork
    from siam_dse.workload.reading import Reading


_MOST_WRITTEN_OUT = 10**12  # designs of a space
_LISTED = ("name", "dataset", "classes", "layers", "parameters", "macs", "int8_top1", "source")


def run_networks(
    action: str | None, asked: AskedNetwork | None, fmt: Format, *, totals: bool = False, as_yaml: bool = False
) -> None:
    """List the zoo, or print one network: its layers, its totals, or its whole as YAML."""
    from siam_dse.workload.load import load_network, network_summary, zoo_names

    if action is None:
        rows = [network_summary(load_network(each)) for each in zoo_names()]
        if fmt is Format.table:
            rows = [{name: row[name] for name in _LISTED} for row in rows]
        emit(rows, fmt, "networks (parameters are weights alone, macs an image; more with --format csv)")
        return
    if action != "show" or asked is None:
        got = f"{action!r} {asked.name if asked else ''}".strip()
        raise InputError("networks", f"use 'networks' or 'networks show NAME', got {got}")
    reading = asked.read()
    if as_yaml:
        print(reading.network.text, end="")
        return
    if totals:
        _print_totals(reading, fmt)
        return
    network = reading.network
    emit(network.to_frame(), fmt, f"{network.name} ({network.dataset}), {network.source}")


def _print_totals(reading: Reading, fmt: Format) -> None:
    """Counts of a network: one object as JSON; a row, with the number of folded nodes, otherwise."""
    if fmt is Format.json:
        print(json.dumps(reading.totals, indent=1))
        return
    row = {**reading.totals, "folded": len(reading.folded)}
    emit([row], fmt, f"{reading.network.name}: counts of one input")
    if fmt is Format.table:
        for line in reading.folded:
            print(f"folded: {line}")


def run_fields(fmt: Format) -> None:
    """List the fields of a design and the output columns."""
    from siam_dse.design.fields import field_rows
    from siam_dse.system.columns import OUTPUT_COLUMNS

    better = {"minimise": "lower", "maximise": "higher", None: ""}
    outputs = [
        {"name": c.name, "unit": c.unit, "better": better[c.direction], "meaning": c.meaning}
        for c in OUTPUT_COLUMNS.values()
    ]
    if fmt is Format.table:
        emit(field_rows(), fmt, "fields of a design")
        emit(outputs, fmt, "output columns")
        return
    rows = [{"what": "field", **row} for row in field_rows()] + [{"what": "output column", **row} for row in outputs]
    names = dict.fromkeys(name for row in rows for name in row)
    emit([{name: row.get(name) for name in names} for row in rows], fmt)


def run_spaces(action: str | None, name: str | None, fmt: Format) -> None:
    """List the packaged search spaces, or print one."""
    import pandas as pd

    from siam_dse.design.space_reader import space_names
    from siam_dse.runs.spaces import load_space

    if action is not None:
        if action != "show" or name is None:
            raise InputError("spaces", f"{action!r}: write 'spaces' or 'spaces show NAME'")
        print(load_space(name).text, end="")
        return
    spaces = [load_space(found) for found in space_names()]
    shown = [_size(space.size) for space in spaces]
    width = max(map(len, shown), default=0)
    rows = [
        {
            "name": name,
            "designs": size.rjust(width) if fmt is Format.table else space.size,
            "axes": ", ".join(space.axis_names),
            "objectives": ", ".join(space.objectives),
            "constraints": ", ".join(constraint.text for constraint in space.constraints),
        }
        for name, space, size in zip(space_names(), spaces, shown, strict=True)
    ]
    emit(pd.DataFrame(rows), fmt)


def _size(n: int) -> str:
    """A number of designs for reading."""
    return f"{n:,}" if n <= _MOST_WRITTEN_OUT else f"{n:.1e}".replace("e+", "e")
