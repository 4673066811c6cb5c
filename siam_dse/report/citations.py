"""Whose models and data a run's figures come from, as BibTeX."""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

import pandas as pd

from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import FIELD, Variants

_OWN = "this_project"
# Files that designs with certain values of a field use alone; every other file is used by every design.
_ONLY_WITH: Mapping[str, tuple[str, str] | None] = MappingProxyType(
    {
        "noc_siam": None,  # compared with, in no design
        "baselines": None,  # quoted by explanations
        "siam_temperature": ("circuit", "neurosim_siam"),
        "buffers": ("buffer_kind", "sram"),
    }
)
# Tables whose rows name their source: the column and the field that choose rows.
_ROWS_BY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"nop_links": ("name", "nop_link"), "cost_nodes": ("node_nm", "cost_node_nm"), "accuracy_curves": ("", "")}
)
_FIELD_OF_NAME = {"nop_links": "nop_link", "packages": "package", "dram_devices": "dram"}  # tables keyed by a name
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SIAM_DSE = """@software{siam_dse,
  title = {{siam_dse: design-space exploration of chiplet-based in-memory-computing accelerators}},
  author = {{The siam_dse developers}},
  version = {VERSION},
}"""


def sources_of(points: pd.DataFrame, technology: Technology | Variants | None = None) -> dict[str, Mapping[str, str]]:
    """Entries of the bibliography that the designs of a table use, by key: SIAM first, those of overlays last.

    Parameters
    ----------
    points : DataFrame
        Designs with their fields, choices by name.
    technology : Technology or Variants, optional
        What they were computed with.
    """
    packaged = packaged_technology()
    keys: dict[str, None] = {"siam2021": None}
    for path in sorted(packaged.folder.glob("*.yaml")):
        file = path.name.removesuffix(".yaml").removesuffix(".csv")
        if not _is_used(file, points):
            continue
        content = read_yaml(path)
        entries = content.get("columns") or content.get("constants") or {}
        keys |= {str(about["source"]): None for about in entries.values() if about.get("source")}
        if file in _ROWS_BY:
            keys |= dict.fromkeys(_row_sources(file, points))
    known: dict[str, Mapping[str, str]] = {**packaged.sources()}
    for one in _used_technologies(points, technology):
        known |= one.sources()
        for overlay in one.overlays:
            keys |= dict.fromkeys(_overlay_sources(overlay, points))
    return {key: known[key] for key in keys if key in known and key != _OWN}


def bibtex(sources: Mapping[str, Mapping[str, str]]) -> str:
    """BibTeX of sources by key, siam_dse itself first."""
    try:
        own = _SIAM_DSE.replace("VERSION", version("siam-dse"))
    except PackageNotFoundError:  # run from its source, not installed
        own = _SIAM_DSE.replace("  version = {VERSION},\n", "")
    return "\n\n".join([own, *(_entry(key, source) for key, source in sources.items())]) + "\n"


def _is_used(file: str, points: pd.DataFrame) -> bool:
    if file not in _ONLY_WITH:
        return True
    only = _ONLY_WITH[file]
    return only is not None and only[0] in points and bool((points[only[0]] == only[1]).any())


def _row_sources(file: str, points: pd.DataFrame) -> list[str]:
    """Sources of the rows of a table that the designs choose."""
    table = packaged_technology().table(file)
    column, field = _ROWS_BY[file]
    if "source" not in table.columns:
        return []
    sources = [str(source) for source in table["source"]]
    if not column or field not in points or points[field].dtype.kind == "f":
        return sources
    chosen = set(points[field].astype(str))
    return [source for name, source in zip(table[column], sources, strict=True) if str(name) in chosen]


def _used_technologies(points: pd.DataFrame, technology: Technology | Variants | None) -> list[Technology]:
    """Technologies that designs of the table were computed with."""
    if not isinstance(technology, Variants):
        return [] if technology is None else [technology]
    names = set(points[FIELD])
    return [each for name, each in zip(technology.names, technology.technologies, strict=True) if name in names]


def _overlay_sources(overlay: Overlay, points: pd.DataFrame) -> Iterator[str]:
    """Sources of what an overlay changes; of its rows those that the designs choose."""
    for (file, _), record in overlay.constants.items():
        if _is_used(file, points):
            yield record.source
    for row in overlay.rows:
        fields = {_FIELD_OF_NAME.get(row.table, key): value for key, value in row.keys.items()}
        if all(field not in points or (points[field] == value).any() for field, value in fields.items()):
            yield row.about["source"]
    for stated in overlay.fields.values():
        yield stated.about["source"]


def _entry(key: str, source: Mapping[str, str]) -> str:
    authors = str(source.get("authors", "")).replace(" et al.", ", others").split(", ")
    where = str(source.get("where", ""))
    year = source.get("year") or next(iter(_YEAR.findall(where)), None)
    lines = [
        f"@misc{{{key},",
        f"  title = {{{{{_escaped(str(source['title']))}}}}},",
        f"  author = {{{' and '.join(_escaped(author) for author in authors)}}},",
        f"  howpublished = {{{_escaped(where)}}},",
        *([f"  year = {{{year}}},"] if year else []),
        "}",
    ]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Text as LaTeX takes it."""
    return re.sub(r"([&%_#$])", r"\\\1", text)
