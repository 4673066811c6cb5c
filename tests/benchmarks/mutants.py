"""Make one term or factor of the model wrong at a time and see whether a test notices. Run by hand:

python tests/benchmarks/mutants.py [--limit 100 | --all] [--only GLOB] [--tests PATH ...] [--root FOLDER] [--list]

Each mutant is run in a copy of the project in a temporary folder, never in the working tree. It is killed by the first
test that fails, by one that cannot be collected, or by the time limit. Printed are the share killed, by which folder of
tests, and every survivor with its file, line and change. Those of ``NAMED`` are always among the mutants chosen.
"""

import argparse
import ast
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from queue import SimpleQueue

# Where figures are composed. Patterns that match no file are passed over, so that files may come and go.
GLOBS = (
    "siam_dse/system/*.py",
    "siam_dse/mapping/parts.py",
    "siam_dse/mapping/traffic.py",
    "siam_dse/engines/*/engine.py",
    "siam_dse/engines/*/energy.py",
    "siam_dse/engines/*/parts.py",
    "siam_dse/engines/cost/*.py",
    "siam_dse/engines/noc/loads.py",
    "siam_dse/engines/nop/*.py",
    "siam_dse/engines/tile/chiplet.py",
    "siam_dse/engines/tile/timing.py",
)
LEFT_OUT = ("*/explain.py", "*/__init__.py")  # words

# Faults that once left every test green, by a pattern of Mutant.text().
NAMED = {
    "NoP energy doubled": r"twice: Term\(ENERGY, .*\bnop_",
    "NoP hops take no time": r"drop: Term\(LATENCY, .*\bnop_\w+\.hops",
    "NoP links draw no static power": r"drop: Term\(LEAKAGE, .*\bnop_",
    "routers leak twice": r"twice: Term\(LEAKAGE, .*\brouter\.",
    "NoC terminals take no energy": r"drop: Term\(ENERGY, .*\bterminal_",
    "tiles leak twice": r"twice: Term\(LEAKAGE, .*\btile\.leakage_w",
    "chiplet buffers do not leak": r"drop: Term\(LEAKAGE, .*\bchiplet\.leakage_w",
    "one crossbar of a tile leaks": r"drop: \"design\.crossbars_per_tile\" of Term\(LEAKAGE, .*periphery",
    "crossbars fill in no time": r"drop: Term\(LATENCY, .*\bcrossbar\.fill_s",
}

FIRST_TESTS = ("tests/golden", "tests/twin", "tests/laws")
NOT_TESTS = ("tests/benchmarks",)
NOT_COPIED = (".git", ".venv", ".hypothesis", "results", "__pycache__", ".*_cache")

# Arguments and results of these are counts of array elements, places in arrays, or words.
_SHAPE_CALLS = {
    "arange", "broadcast_to", "chunks", "empty", "enumerate", "full", "islice", "len", "linspace", "ones", "range",
    "repeat", "reshape", "tile", "zeros", "InputError", "unknown_name", "Column", "Rule", "Note",
}  # fmt: skip
_SHAPE_KEYWORDS = {"axis", "minlength", "n_jobs", "shape", "size"}
_SHAPE_NAMES = re.compile(
    r"(^|_)(chunk|size|start|stop|index|shape|parts|cell|rows|block|steps)s?(_|$)|ELEMENTS|^_[A-Z]"
)
_WORD_FUNCTIONS = re.compile(r"^_?says|^describe|_words?$|^__str__$|^__repr__$")
_SUMS = {"sum", "total", "fsum", "product", "prod"}
_LITERALS = (ast.Tuple, ast.List)


@dataclass(frozen=True)
class Mutant:
    """One change to a file: bytes ``start`` to ``stop`` of it give way to ``new``."""

    file: str
    line: int
    kind: str  # "drop", "scale", "twice", "always", "never"
    old: str
    start: int
    stop: int
    new: str
    of: str = ""  # the whole that a part is dropped from

    def text(self) -> str:
        """What is changed, in a line."""
        old, of = (" ".join(text.split()) for text in (self.old, self.of))
        return f"{self.kind}: {old} of {of}" if of else f"{self.kind}: {old}"

    def applied(self, source: bytes) -> bytes:
        """The file with the change."""
        return source[: self.start] + self.new.encode() + source[self.stop :]


class _Finder:
    """Mutants of one source."""

    def __init__(self, source: bytes, file: str) -> None:
        self.source, self.file = source, file
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First byte of a node and the one behind it."""
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.AST) -> str:
        """Source of a node."""
        start, stop = self.span(node)
        return self.source[start:stop].decode()

    def change(self, node: ast.AST, kind: str, new: str, *, old: str = "", of: str = "") -> Mutant:
        """Mutant that puts ``new`` in a node's place."""
        return Mutant(self.file, node.lineno, kind, old or self.of(node), *self.span(node), new, of)

    def walk(self, node: ast.AST, inside: ast.AST | None = None) -> Iterator[Mutant]:
        """Mutants of a node and of all that may be changed below it."""
        if isinstance(node, ast.BinOp):
            yield from self._operation(node, inside)
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif isinstance(node, _LITERALS):
            yield from self._terms(node)
        for child in _open_children(node):
            yield from self.walk(child, node)

    def _operation(self, node: ast.BinOp, inside: ast.AST | None) -> Iterator[Mutant]:
        """Each term or factor of a chain dropped, once; a whole chain, or each term of a sum, a tenth too large."""
        sort = _sort(node)
        if sort is None or any(isinstance(side, _NO_NUMBERS) for side in (node.left, node.right)):
            return
        left, right = self.of(node.left), self.of(node.right)
        nothing = "0" if sort == "sum" else "1"  # what may be dropped without any change
        if right != nothing:
            yield self.change(node, "drop", f"({left})", old=right, of=self.of(node))
        if _sort(node.left) != sort and left != nothing:  # the first of the chain
            rest = {ast.Sub: f"(-({right}))", ast.Div: f"(1 / ({right}))"}.get(type(node.op), f"({right})")
            yield self.change(node, "drop", rest, old=left, of=self.of(node))
            if sort == "sum":
                yield self.change(node.left, "scale", f"(1.1 * ({left}))", of=self.of(node))
        if sort == "sum":
            yield self.change(node.right, "scale", f"(1.1 * ({right}))", of=self.of(node))
        elif _sort(inside) is None:
            yield self.change(node, "scale", f"(1.1 * ({self.of(node)}))")

    def _call(self, node: ast.Call) -> Iterator[Mutant]:
        """A choice that is always or never made; what is summed over."""
        name = _called(node)
        if name == "where" and len(node.args) == 3:
            condition = node.args[0]
            text = self.of(condition)
            yield self.change(condition, "always", f"(np.asarray({text}) | True)", of=self.of(node))
            yield self.change(condition, "never", f"(np.asarray({text}) & False)", of=self.of(node))
        if name not in _SUMS or not node.args:
            return
        summed = node.args[0]
        if isinstance(summed, ast.GeneratorExp | ast.ListComp):
            first = summed.generators[0].iter
            yield self.change(first, "drop", f"list({self.of(first)})[1:]", old="the first", of=self.of(node))
            yield self.change(summed.elt, "scale", f"1.1 * ({self.of(summed.elt)})", of=self.of(node))
        elif isinstance(summed, _LITERALS) and len(summed.elts) > 1:
            for element in summed.elts:
                yield self.change(element, "drop", "*()", of=self.of(node))

    def _terms(self, node: ast.Tuple | ast.List) -> Iterator[Mutant]:
        """Declared terms left out or declared twice, and each of their factors left out."""
        for term in node.elts:
            if not isinstance(term, ast.Call) or _called(term) != "Term":
                continue
            text = self.of(term)
            yield self.change(term, "drop", "*()")
            yield self.change(term, "twice", f"*({text}, {text})")
            for argument in (*term.args, *(keyword.value for keyword in term.keywords)):
                factors = argument.elts if isinstance(argument, _LITERALS) and len(argument.elts) > 1 else []
                for factor in factors:
                    yield self.change(factor, "drop", "*()", of=text)


_NO_NUMBERS = (ast.Tuple, ast.List, ast.JoinedStr, ast.ListComp, ast.Dict)


def _sort(node: ast.AST | None) -> str | None:
    """Whether an operation is a sum or a product."""
    if not isinstance(node, ast.BinOp):
        return None
    if any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)):
        return None
    if isinstance(node.op, ast.Add | ast.Sub):
        return "sum"
    return "product" if isinstance(node.op, ast.Mult | ast.Div) else None


def _called(node: ast.Call) -> str:
    """Last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _open_children(node: ast.AST) -> Iterator[ast.AST]:
    """Children that may be changed: no places in arrays, counts of elements, annotations, defaults or words."""
    if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Slice):
        return
    if isinstance(node, ast.Subscript):
        yield node.value
    elif isinstance(node, ast.Call):
        if _called(node) not in _SHAPE_CALLS:
            yield node.func
            yield from node.args
            yield from (k.value for k in node.keywords if k.arg not in _SHAPE_KEYWORDS)
    elif isinstance(node, ast.FunctionDef):
        if not _WORD_FUNCTIONS.search(node.name):
            yield from node.body
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        if node.value is not None and not (names and all(map(_SHAPE_NAMES.search, names))):
            yield node.value
    else:
        yield from ast.iter_child_nodes(node)


def mutants_of(source: str, file: str = "source.py") -> list[Mutant]:
    """All mutants of a source, in its order."""
    finder = _Finder(source.encode(), file)
    found = dict.fromkeys(finder.walk(ast.parse(source)))
    return sorted(found, key=lambda m: (m.start, m.stop, m.kind, m.new))


def mutants_in(root: Path, only: str | None = None) -> list[Mutant]:
    """All mutants of the files of ``GLOBS``."""
    files = sorted({path.relative_to(root).as_posix() for pattern in GLOBS for path in root.glob(pattern)})
    files = [file for file in files if not any(fnmatch(file, pattern) for pattern in LEFT_OUT)]
    files = [file for file in files if only is None or fnmatch(file, only) or fnmatch(file, f"*{only}*")]
    return [mutant for file in files for mutant in mutants_of((root / file).read_text(), file)]


def named(mutants: list[Mutant]) -> dict[str, Mutant]:
    """The faults of ``NAMED`` that there are."""
    return {
        name: next(m for m in mutants if re.search(pattern, m.text()))
        for name, pattern in NAMED.items()
        if any(re.search(pattern, m.text()) for m in mutants)
    }


def chosen(mutants: list[Mutant], limit: int | None, seed: int) -> list[Mutant]:
    """The named mutants, and others drawn at random up to ``limit`` in all, in the order of their files."""
    if limit is None or limit >= len(mutants):
        return mutants
    first = list(dict.fromkeys(named(mutants).values()))[:limit]
    others = [mutant for mutant in mutants if mutant not in first]
    drawn = random.Random(seed).sample(others, limit - len(first))
    return sorted([*first, *drawn], key=lambda m: (m.file, m.start, m.stop, m.kind, m.new))


# --- running ---------------------------------------------------------------------------------------------------------


def ordered_tests(root: Path) -> list[str]:
    """All folders of tests, those first that compare figures as a whole."""
    paths = [path.relative_to(root).as_posix() for path in sorted((root / "tests").iterdir()) if _holds_tests(path)]
    first = [path for path in FIRST_TESTS if path in paths]
    return [*first, *(path for path in paths if path not in (*first, *NOT_TESTS))]


def _holds_tests(path: Path) -> bool:
    return any(path.rglob("test_*.py")) if path.is_dir() else path.match("test_*.py")


def copy_of(root: Path, folder: Path) -> Path:
    """A copy of the project to change."""
    return Path(shutil.copytree(root, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True))


@dataclass(frozen=True)
class Outcome:
    """Whether a mutant was killed, and by what."""

    is_killed: bool
    by: str  # folder of tests, "collection", "time limit", "" where none


def run_tests(copy: Path, tests: list[str], limit_s: float) -> tuple[Outcome, str]:
    """The outcome of the tests in a copy, and the end of what they print."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            printed, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the tests' own group, with what they have started
            return Outcome(True, "time limit"), ""
    end = printed[-2000:]
    if process.returncode == 0:
        return Outcome(False, ""), end
    where = re.search(r"^(FAILED|ERROR) (tests/[^/:\s]+(/[^:\s]+)?)", printed, re.MULTILINE)
    if process.returncode in (1, 2) and where:
        folder = "/".join(where[2].split("/")[:2])
        return Outcome(True, "collection" if process.returncode == 2 else folder), end
    if process.returncode in (1, 2, 4):  # a conftest that cannot be imported is an error of usage to pytest
        return Outcome(True, "collection"), end
    raise RuntimeError(f"pytest ended with {process.returncode}:\n{end}")


def run(root: Path, mutants: list[Mutant], tests: list[str], jobs: int, limit_s: float) -> Iterator[Outcome]:
    """The outcome of each mutant, in order."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            copies.put(copy_of(root, Path(folder) / str(job)))
        lock, done = threading.Lock(), [0]

        def outcome(mutant: Mutant) -> Outcome:
            copy = copies.get()
            path = copy / mutant.file
            whole = path.read_bytes()
            try:
                path.write_bytes(mutant.applied(whole))
                end = run_tests(copy, tests, limit_s)[0]
            finally:
                path.write_bytes(whole)
                copies.put(copy)
            with lock:  # as it goes, so that a run that is cut short has said something
                done[0] += 1
                fate = f"killed by {end.by}" if end.is_killed else "SURVIVED"
                what = f"{mutant.file}:{mutant.line}: {mutant.text()[:160]}"
                print(f"{done[0]} of {len(mutants)} {fate}: {what}", file=sys.stderr, flush=True)  # noqa: T201
            return end

        copy = copies.get()
        unchanged, end = run_tests(copy, tests, limit_s)
        copies.put(copy)
        if unchanged.is_killed:
            raise SystemExit(f"the tests fail without any mutant ({unchanged.by}):\n{end}")
        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(outcome, mutants)


def report(root: Path, mutants: list[Mutant], outcomes: list[Outcome], names: dict[Mutant, str]) -> str:
    """Share killed, by which tests, and the survivors."""
    killed = sum(outcome.is_killed for outcome in outcomes)
    lines = [f"killed {killed} of {len(mutants)} ({killed / len(mutants):.0%})"]
    by = Counter(outcome.by for outcome in outcomes if outcome.is_killed)
    lines += [f"  {count:5d} by {folder}" for folder, count in by.most_common()]
    per_file = Counter(mutant.file for mutant in mutants)
    lost = Counter(m.file for m, outcome in zip(mutants, outcomes, strict=True) if not outcome.is_killed)
    lines += ["survivors by file:", *(f"  {lost[file]:5d} of {per_file[file]:4d} {file}" for file in per_file)]
    for mutant, outcome in zip(mutants, outcomes, strict=True):
        if not outcome.is_killed:
            line = (root / mutant.file).read_text().splitlines()[mutant.line - 1].strip()
            lines += [f"survivor {mutant.file}:{mutant.line}: {line}", f"    {mutant.text()[:300]}"]
    for mutant, outcome in zip(mutants, outcomes, strict=True):
        if mutant in names:
            lines.append(f"named: {names[mutant]}: {'killed by ' + outcome.by if outcome.is_killed else 'SURVIVED'}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="the project")
    parser.add_argument("--limit", type=int, default=100, help="mutants drawn at random")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--named", action="store_true", help="the named ones alone")
    parser.add_argument("--only", help="of files that match this pattern")
    parser.add_argument("--tests", nargs="+", help="of these folders or files alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=900, help="seconds a mutant")
    parser.add_argument("--list", action="store_true", help="name the mutants and run none")
    given = parser.parse_args(arguments)
    every = mutants_in(given.root, given.only)
    names = {mutant: name for name, mutant in named(every).items()}
    mutants = list(names) if given.named else chosen(every, None if given.all else given.limit, given.seed)
    print(f"{len(every)} mutants, {len(mutants)} of them chosen, {len(names)} named")  # noqa: T201
    if given.list or not mutants:
        for mutant in mutants:
            print(f"{mutant.file}:{mutant.line}: {mutant.text()[:200]}")  # noqa: T201
        return
    tests = given.tests or ordered_tests(given.root)
    outcomes = list(run(given.root, mutants, tests, given.jobs, given.time_limit))
    print(report(given.root, mutants, outcomes, names))  # noqa: T201


if __name__ == "__main__":
    main()
