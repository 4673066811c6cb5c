"""Fuzz the readers for some time: ``python -m tests.fuzz --seconds 600``; ``make fuzz SECONDS=600``.

Each reader in turn gets mutants of its seeds; random designs are evaluated between. An input that is not answered with
one clear error, or taken for what it is, is kept in ``--out`` and told at the end. Where atheris is installed,
``--guided READER`` lets it choose the bytes by what they reach in the code.
"""

import argparse
import collections
import functools
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from siam_dse.validation import knobs
from siam_dse.validation.tables import load_kind, reference_rows
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network
from tests.fuzz.designs import check_designs, random_designs
from tests.fuzz.targets import TARGETS, Target, outcome

NETWORKS = ("lenet5", "lstm_ptb", "ds_cnn_kws", "resnet20")
DESIGNS = 12_500
BATCH = 20


def main() -> int:
    """Fuzz as the options say; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--inputs", type=int, default=10**9, help="per reader, at most")
    parser.add_argument("--designs", type=int, default=10**9, help="random designs per network, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="readers by name; 'designs' are the random designs")
    parser.add_argument("--guided", metavar="READER", help="fuzz one reader with atheris")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "siam-dse-fuzz")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.guided:
        return guided(next(target for target in TARGETS if target.name == given.guided), given.seconds)
    rows_of = functools.cache(lambda name: reference_rows(load_kind(name)))
    knobs.reference_rows = lambda kind: rows_of(kind.name)  # or most of the time goes into reading them
    targets = [target for target in TARGETS if not given.only or target.name in given.only]
    return round_robin(targets, given, with_designs=not given.only or "designs" in given.only)


def round_robin(targets: list[Target], given: argparse.Namespace, *, with_designs: bool) -> int:
    """Mutants of each reader's seeds in turn."""
    rng, figures = random.Random(given.seed), np.random.default_rng(given.seed)
    seeds = {target.name: target.seeds() for target in targets}
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    faults: dict[str, str] = {}
    networks = [load_network(name) for name in NETWORKS] if with_designs else []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() - started < given.seconds:
            left = [target for target in targets if counts[target.name].total() < given.inputs]
            networks = [network for network in networks if counts[f"designs {network.name}"].total() < given.designs]
            if not left and not networks:
                break
            for target in left:
                for _ in range(BATCH):
                    content = target.mutant(rng.choice(seeds[target.name]), rng, seeds[target.name])
                    counts[target.name][_tried(target, content, Path(folder), given.out, faults)] += 1
            if networks:
                network = min(networks, key=lambda each: counts[f"designs {each.name}"].total())
                counts[f"designs {network.name}"][_evaluated(network, figures, given.out, faults)] += DESIGNS
    say(f"{'reader':24} {'tried':>9} {'refused':>9} {'taken':>9} {'failed':>9}")
    for name, of in counts.items():
        say(f"{name:24} {of.total():9,} {of['refused']:9,} {of['taken']:9,} {of['failed']:9,}")
    for what in faults.values():
        say(what)
    return 1 if faults else 0


def _tried(target: Target, content: bytes, folder: Path, out: Path, faults: dict[str, str]) -> str:
    """What became of one input; a new kind of fault is kept."""
    try:
        return outcome(target, content, folder)
    except (Exception, AssertionError) as error:
        key = str(error)[:70]
        if key not in faults:
            path = out / f"{target.name.replace(' ', '_').replace(':', '_')}-{len(faults)}{target.suffix}"
            path.write_bytes(content)
            faults[key] = f"{path}: {str(error)[:300]}"
            say(faults[key])
        return "failed"


def _evaluated(network: Network, rng: np.random.Generator, out: Path, faults: dict[str, str]) -> str:
    """What became of a batch of random designs; the first design of a new kind of fault is told."""
    designs = random_designs(DESIGNS, rng)
    try:
        check_designs(network, designs)
        return "taken"
    except Exception as error:
        key = f"designs: {str(error)[:60]}"
        if key not in faults:
            path = out / f"designs-{network.name}-{len(faults)}.csv"
            designs.to_frame().to_csv(path, index=False)
            faults[key] = f"{path}: {type(error).__name__}: {str(error)[:300]}"
            say(faults[key])
        return "failed"


def guided(target: Target, seconds: float) -> int:
    """Let atheris choose the bytes."""
    try:
        import atheris
    except ImportError:
        say("atheris is not installed: pip install atheris")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, content in enumerate(target.seeds()):
            (corpus / str(number)).write_bytes(content)
        atheris.instrument_all()
        atheris.Setup(
            [sys.argv[0], f"-max_total_time={int(seconds)}", str(corpus)],
            lambda content: outcome(target, content, Path(folder)),
        )
        atheris.Fuzz()
    return 0


def say(text: str) -> None:
    """A line for the one who looks on."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
