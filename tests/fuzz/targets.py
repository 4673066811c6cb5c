"""The readers that take what a stranger gives: seeds to mutate, and what to do with a mutant."""

import atexit
import contextlib
import functools
import io
import itertools
import random
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siam_dse.core.errors import SiamDseError
from tests.fuzz.mutate import mutated

MOST_SECONDS = 10.0  # of CPU; the longest that a reader of one file may take
MOST_LETTERS = 6000  # of a message
_DAMAGED = 0.5  # of overlays, the others state values
EVALUATED = 4e9  # multiply-accumulates of a network that is evaluated too
OVERLAY = """name: my_chip
sources:
  lab2026: {title: "Our test chip", authors: "A. Author", where: "measured", year: 2026}
constants:
  adc.sar_cycle: {value: 0.8, unit: ns, source: lab2026, status: measured, range: [0.7, 0.9]}
rows:
  nop_links:
    - {name: mine, like: grs, rate_per_lane: 32, energy_per_bit: {value: 350, unit: fJ/bit}, source: lab2026,
       status: measured}
"""
SETTINGS = ("adc_bits=5,6,7", "crossbar_size=64,128", "cell=sram", "node_nm=32", "r_on_ohm=1e5", "bias_correction=true",
            "nop_bandwidth_gbps=8:160:8", "input_activity=0.25", "n_chiplets=0,25", "chiplet_style=custom",
            "duplication=pipeline", "sink=none")  # fmt: skip
SEARCH_OPTIONS = ("--set adc_bits=5,6,7", "--set crossbar_size=64", "--constraint area_mm2 <= 500",
                  "--constraint fits", "--constraint sqnr_db + 1 >= 30", "--objectives latency_ms energy_mj",
                  "--objectives sqnr_db:maximise",
                  "--time 30s", "--dim width=224", "--input-shape x=1,3,640,640", "--storage sqlite:///a.db?timeout=5",
                  "--storage postgresql://me:pw@host/db", "--weights 1,2", "--profile siam")  # fmt: skip
CHOICE_OPTIONS = ("--where latency_ms <= 60", "--where adc_bits >= 5", "--where cell == sram", "--weights latency_ms=2",
                  "--weights energy_mj=0.5,area_mm2=1", "--objectives energy_mj cost_usd:minimise")  # fmt: skip
MEASURED = """name: my_macro
sources: {lab: {title: "Our macro", authors: "A. Author", where: "measured"}}
about: {source: lab, status: measured}
fields: {cell: sram, node_nm: 65, crossbar_rows: 256, crossbar_cols: 64, adc_bits: 4, columns_per_adc: 1}
measured:
  - {supply_v: 1.0, input_bits: 4, energy_pj: 650, time_ns: 25, area_mm2: 0.23}
  - {supply_v: 0.8, input_bits: 4, energy_pj: 458, time_ns: 40, note: "cold"}
"""
LOOPS = (
    """- id: 0
  operator_type: Conv
  loop_dims: [B, K, C, OY, OX, FY, FX]
  loop_sizes: [1, 64, 3, 112, 112, 7, 7]
  operand_precision: {W: 8, I: 8, O: 16, O_final: 8}
  operand_source: {I: 0, W: 0}
- {id: 1, operator_type: Gemm, loop_dims: [B, C, K], loop_sizes: [1, 2048, 1000], operand_source: {I: 0}}
""",
    "problem:\n  shape: {name: cnn}\n  instance: {C: 3, M: 64, P: 56, Q: 56, R: 7, S: 7, N: 1, Wstride: 2}\n",
)
HEADER = "crossbar_size,adc_bits,n_chiplets,cell,node_nm,r_on_ohm\n64,5,0,sram,32,1e5\n128,7,25,rram_1t1r,45,2e5\n"


@dataclass(frozen=True)
class Target:
    """A reader: texts or bytes that it takes, a function that gives it a file, and what makes mutants of the texts."""

    name: str
    seeds: Callable[[], list[bytes]]
    suffix: str
    take: Callable[[Path], object]
    mutant: Callable[[bytes, random.Random, Sequence[bytes]], bytes] = mutated


def outcome(target: Target, content: bytes, folder: Path) -> str:
    """``taken`` or ``refused``.

    Raises
    ------
    AssertionError
        Anything but one clear error in a short time.
    """
    path = folder / f"input{target.suffix}"
    path.write_bytes(content)
    started = time.process_time()
    said = ""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("error")
            target.take(path)
    except SiamDseError as error:
        said = str(error)
    except Exception as error:
        raise AssertionError(f"{target.name}: {type(error).__name__}: {error}") from error
    seconds = time.process_time() - started
    assert seconds < MOST_SECONDS, f"{target.name}: took {seconds:.0f} s"
    assert len(said) < MOST_LETTERS, f"{target.name}: a message of {len(said)} letters"
    return "refused" if said else "taken"


def _evaluated(network: object) -> None:
    """Figures of a network, finite and not negative."""
    from siam_dse.design.designs import Designs
    from siam_dse.system.evaluate import evaluate
    from tests.fuzz.designs import check_figures

    if network.macs.sum() < EVALUATED and network.weights.sum() < EVALUATED:
        check_figures(evaluate(network, Designs.grid(adc_bits=[7])).to_frame(), network)


def _network(path: Path) -> None:
    from siam_dse.workload.load import load_network

    network = load_network(path)
    if path.suffix == ".yaml":
        from siam_dse.workload.yaml_reader import parse_network

        assert parse_network(network.text, "again").text == network.text, "a network is not read as it was written"
    _evaluated(network)


def _space(path: Path) -> None:
    from siam_dse.runs.spaces import load_space, space_of_text

    space = load_space(path)
    again = space_of_text(space.text, "again")
    assert again.text == space.text, "a space is not read as it was written"
    assert again.size == space.size > 0


def _designs(path: Path) -> None:
    from siam_dse.design.designs import Designs
    from siam_dse.runs.tables import read_designs

    Designs.from_frame(read_designs(path).designs, where=str(path))


def _settings(path: Path) -> None:
    from siam_dse.cli.settings import designs_from_options

    texts = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    designs_from_options("default", texts[:3], None)


def _search_options(path: Path) -> None:
    """Each line an option of a search."""
    from siam_dse.cli.asked import AskedNetwork
    from siam_dse.cli.changes import Changes
    from siam_dse.cli.searching import _numbers
    from siam_dse.runs.storage_url import check_storage_url, kept_url
    from siam_dse.search.budget import Budget, seconds_of

    given = _options(path)
    if "--time" in given:
        Budget(seconds_of(given["--time"][0]))
    if "--storage" in given:
        kept = kept_url(check_storage_url(given["--storage"][0]), path.parent)
        assert ":pw@" not in kept, "a password is kept"
    if "--weights" in given:
        _numbers(given["--weights"][0])
    if "--dim" in given or "--input-shape" in given:
        asked = AskedNetwork.of_options("lenet5", None, None, given.get("--dim"), given.get("--input-shape"))
        asked.read()
    changes = Changes(
        given["--profile"][0] if "--profile" in given else None, given.get("--set", []),
        given.get("--constraint", []), given.get("--objectives", []), [],
    )  # fmt: skip
    changes.applied("siam")


def _choice_options(path: Path) -> None:
    """Each line an option of a choice among a run's designs."""
    from siam_dse.cli.choosing import parse_weights
    from siam_dse.report.choice.candidates import candidates_of, distances

    given = _options(path)
    weights = parse_weights(",".join(given["--weights"])) if "--weights" in given else None
    found = candidates_of(_a_run(), given.get("--where", []), _split(given.get("--objectives")), weights)
    far = distances(found)
    assert len(far)
    assert (far >= 0).all()


def _options(path: Path) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for text in path.read_bytes().decode("utf-8", "surrogateescape").split("\n"):
        name, _, value = text.partition(" ")
        out.setdefault(name, []).append(value)
    return out


def _split(texts: list[str] | None) -> list[str] | None:
    return None if texts is None else " ".join(texts).split()


@functools.cache
def _a_run() -> Any:
    """A small run, its tables read once."""
    from siam_dse.search.sweep import sweep

    folder = tempfile.mkdtemp(prefix="siam-dse-fuzz-run-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run: Any = sweep("lenet5", "siam", sampler="random", trials=30, seed=1, name="fuzz", results=folder)
    front, points = run.front(), run.points()
    run.front, run.points = lambda: front, lambda: points
    return run


def _calibration(path: Path) -> None:
    from siam_dse.design.fields import load_technology
    from siam_dse.validation.calibration import calibrate, overlay_text

    found = calibrate(path)
    written = path.with_suffix(".written.yaml")
    written.write_text(overlay_text(found, found.source), encoding="utf-8")
    load_technology(written)


def _start(path: Path) -> None:
    from siam_dse.search.start import start_of

    assert len(start_of(path, _a_space()).table(_a_space()))


@functools.cache
def _a_space() -> Any:
    from siam_dse.runs.spaces import load_space

    return load_space("siam")


def _parquet() -> list[bytes]:
    import pandas as pd

    out = io.BytesIO()
    pd.read_csv(io.StringIO(HEADER)).to_parquet(out)
    return [out.getvalue()]


def _overlay(path: Path) -> None:
    from siam_dse.design.designs import Designs
    from siam_dse.design.fields import load_technology
    from siam_dse.system.evaluate import evaluate
    from siam_dse.workload.load import load_network
    from tests.fuzz.designs import check_figures

    technology, network = load_technology(path), load_network("lenet5")
    link = technology.table("nop_links").columns["name"][-1]
    designs = Designs.grid(
        technology=technology, n_chiplets=[4], tiles_per_chiplet=[4], nop_link=[str(link)], cell=["rram_1t1r", "sram"],
        node_nm=[7, 65],
    )  # fmt: skip
    check_figures(evaluate(network, designs).to_frame(), network)


def _overlay_mutant(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """An overlay of its own: a few constants and cells at, between and beyond their bounds; or one that is damaged."""
    if rng.random() < _DAMAGED:
        return mutated(content, rng, others)
    from siam_dse.technology.technology import packaged_technology

    technology = packaged_technology()
    about = "source: lab2026, status: measured"
    lines = ["constants:"]
    rows: dict[str, list[str]] = {}
    for key, (low, high) in rng.sample(sorted(technology.bounds().items()), rng.randint(1, 6)):
        where, _, name = key.partition(".")
        value = rng.choice((low, high, rng.uniform(low, high), low + (high - low) * 10 ** rng.uniform(-9, 0), 2 * high))
        if where in technology.files and name in technology.constants(where):
            unit = technology.constants(where).record(name).unit
            lines.append(f'  {key}: {{value: {value!r}, unit: "{unit}", {about}}}')
        elif name not in (table := technology.table(where)).keys:
            keys = ", ".join(f"{k}: {table[k][rng.randrange(len(table))]}" for k in table.keys[:1])
            others_of = "".join(f", {k}: {table[k][0]}" for k in table.keys[1:])
            rows.setdefault(where, []).append(f"{{{keys}{others_of}, replace: true, {name}: {value!r}, {about}}}")
    lines += ["rows:", *(f"  {where}: [{', '.join(of)}]" for where, of in rows.items())] if rows else []
    return (OVERLAY.partition("constants:")[0] + "\n".join(lines) + "\n").encode()


def _measured(kind: str) -> Callable[[Path], None]:
    def take(path: Path) -> None:
        from siam_dse.cli.validating import _predict_file
        from siam_dse.technology.technology import packaged_technology

        _predict_file(kind, "fast", path, path.with_suffix(".out.csv"), packaged_technology())

    return take


def _rows_of(kind: str) -> list[bytes]:
    from siam_dse.validation.tables import load_kind, reference_rows

    found = load_kind(kind)
    return [reference_rows(found)[list(found.knobs)].head(3).to_csv(index=False).encode()]


def _zoo() -> list[bytes]:
    names = ("lenet5", "resnet20", "vgg8", "ds_cnn_kws", "gpt2", "mobilenet_v2")
    return [(Path("models") / f"{name}.yaml").read_bytes()[:6000] for name in names]


def _spaces() -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path("search_spaces").glob("*.yaml"))]


def _pairs(options: Sequence[str]) -> list[bytes]:
    return ["\n".join(pair).encode() for pair in itertools.permutations(options, 2)]


def _csv_networks() -> list[bytes]:
    return [
        b"32,32,3,3,3,64,0,1\n32,32,64,3,3,64,1,1\n16,16,64,3,3,128,0,1\n1,1,4096,1,1,512,0,1\n1,1,512,1,1,10,0,1\n",
        b"ifm_w,ifm_h,channels_in,kernel_w,kernel_h,channels_out,pooled,kept\n32,32,3,3,3,64,0,1\n1,1,512,1,1,10,0,.5\n",
        b"Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
        b"Conv1, 224, 224, 7, 7, 3, 64, 2,\nFC, 1, 1, 1, 1, 512, 1000, 1,\n",
        b"Layer, M, N, K,\nGEMM0, 128, 768, 768,\n",
    ]


def _onnx() -> list[bytes]:
    from tests.fuzz.onnx_seeds import seeds

    return seeds()


def _onnx_mutant(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    from tests.fuzz.onnx_mutants import mutant

    return mutant(content, rng, others)


def _measured_targets() -> list[Target]:
    from siam_dse.validation.tables import KINDS

    return [Target(f"measured:{kind}", lambda kind=kind: _rows_of(kind), ".csv", _measured(kind)) for kind in KINDS]


TARGETS = [
    Target("yaml network", _zoo, ".yaml", _network),
    Target(
        "yaml space",
        _spaces,
        ".yaml",
        _space,
    ),
    Target("csv network", _csv_networks, ".csv", _network),
    Target("csv designs", lambda: [HEADER.encode()], ".csv", _designs),
    Target("onnx", _onnx, ".onnx", _network, _onnx_mutant),
    Target("loops", lambda: [text.encode() for text in LOOPS], ".yaml", _network),
    Target("settings", lambda: _pairs(SETTINGS), ".txt", _settings),
    Target("search options", lambda: _pairs(SEARCH_OPTIONS), ".txt", _search_options),
    Target("choice options", lambda: _pairs(CHOICE_OPTIONS), ".txt", _choice_options),
    Target("calibration", lambda: [MEASURED.encode()], ".yaml", _calibration),
    Target("parquet designs", _parquet, ".parquet", _designs),
    Target("start", lambda: [HEADER.encode()], ".csv", _start),
    Target("overlay", lambda: [OVERLAY.encode()], ".yaml", _overlay, _overlay_mutant),
    *_measured_targets(),
]
