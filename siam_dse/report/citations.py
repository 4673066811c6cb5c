"""Whose models and data a run's figures come from, as BibTeX."""

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

import pandas as pd

from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.technology import packaged_technology

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
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SIAM_DSE = """@software{siam_dse,
  title = {{siam_dse: design-space exploration of chiplet-based in-memory-computing accelerators}},
  author = {{The siam_dse developers}},
  version = {VERSION},
}"""


def sources_of(points: pd.DataFrame) -> list[str]:
    """Keys of the bibliography that the designs of a table use, SIAM first.

    Parameters
    ----------
    points : DataFrame
        Designs with their fields, choices by name.
    """
    technology = packaged_technology()
    keys: dict[str, None] = {"siam2021": None}
    for path in sorted(technology.folder.glob("*.yaml")):
        file = path.name.removesuffix(".yaml").removesuffix(".csv")
        if not _is_used(file, points):
            continue
        content = read_yaml(path)
        entries = content.get("columns") or content.get("constants") or {}
        keys |= {str(about["source"]): None for about in entries.values() if about.get("source")}
        if file in _ROWS_BY:
            keys |= dict.fromkeys(_row_sources(file, points))
    return [key for key in keys if key in technology.sources() and key != _OWN]


def bibtex(keys: list[str]) -> str:
    """BibTeX of sources by key, siam_dse itself first."""
    sources = packaged_technology().sources()
    try:
        own = _SIAM_DSE.replace("VERSION", version("siam-dse"))
    except PackageNotFoundError:  # run from its source, not installed
        own = _SIAM_DSE.replace("  version = {VERSION},\n", "")
    return "\n\n".join([own, *(_entry(key, sources[key]) for key in keys)]) + "\n"


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
