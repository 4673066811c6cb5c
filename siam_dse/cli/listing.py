"""``networks``, ``technologies``, ``fields``: what there is, with sources."""

from __future__ import annotations

from siam_dse.cli.output import Format, emit
from siam_dse.core.errors import InputError


def run_networks(action: str | None, name: str | None, fmt: Format) -> None:
    """List the zoo, or print one network's layers."""
    import pandas as pd

    from siam_dse.workload.load import load_network, network_summary, zoo_names

    if action is None:
        rows = [network_summary(load_network(each)) for each in zoo_names()]
        table = pd.DataFrame(rows)
        if fmt is Format.table:
            table = table[["name", "dataset", "classes", "layers", "parameters", "macs", "int8_top1", "source"]]
        emit(table, fmt, "networks (parameters are weights alone, macs an image; more with --format csv)")
        return
    if action != "show" or name is None:
        raise InputError("networks", f"use 'networks' or 'networks show NAME', got {action!r} {name or ''}".strip())
    network = load_network(name)
    columns = ("ifm_h", "ifm_w", "channels_in", "kernel_h", "kernel_w", "channels_out", "stride", "padding", "groups")
    table = pd.DataFrame({"layer": network.layer_names, **{c: getattr(network, c) for c in columns}})
    for column in ("ofm_h", "ofm_w", "weights", "macs"):
        table[column] = getattr(network, column)
    inputs = [
        ", ".join(
            ("+" if network.edge_kind[e] else "")
            + ("input" if network.edge_producer[e] < 0 else network.layer_names[network.edge_producer[e]])
            for e in range(len(network.edge_producer))
            if network.edge_consumer[e] == layer
        )
        for layer in range(network.n_layers)
    ]
    table["from (+ residual)"] = inputs
    emit(table, fmt, f"{network.name} ({network.dataset}), {network.source}")


def run_technologies(fmt: Format) -> None:
    """List constants and tables with unit, source, locator and status."""
    import pandas as pd

    from siam_dse.technology.load import read_yaml
    from siam_dse.technology.technology import packaged_technology

    technology = packaged_technology()
    sources = technology.sources()
    rows = []
    for path in sorted(technology.folder.glob("*.yaml")):
        content = read_yaml(path)
        if path.name.endswith(".csv.yaml"):
            items = content["columns"].items()
            rows += [_row(path.name.removesuffix(".yaml"), name, "(table)", about, sources) for name, about in items]
        elif "constants" in content:
            for name in technology.constants(path.stem):
                about = content["constants"][name]
                rows.append(_row(path.name, name, about["value"], about, sources))
    emit(pd.DataFrame(rows), fmt, "constants")


def _row(
    file: str, name: str, value: object, about: dict[str, str], sources: dict[str, dict[str, str]]
) -> dict[str, object]:
    source = about.get("source", "")
    return {
        "file": file,
        "name": name,
        "value": value,
        "unit": about.get("unit", ""),
        "status": about.get("status", ""),
        "source": sources.get(source, {}).get("title", source),
        "locator": about.get("locator", ""),
        "note": about.get("note", about.get("meaning", "")),
    }


def run_fields(fmt: Format) -> None:
    """List the fields of a design and the output columns."""
    import pandas as pd

    from siam_dse.design.fields import fields_table
    from siam_dse.system.columns import OUTPUT_COLUMNS

    emit(fields_table(), fmt, "fields of a design")
    better = {"minimise": "lower", "maximise": "higher", None: ""}
    outputs = [
        {"name": c.name, "unit": c.unit, "better": better[c.direction], "meaning": c.meaning}
        for c in OUTPUT_COLUMNS.values()
    ]
    emit(pd.DataFrame(outputs), fmt, "output columns")
