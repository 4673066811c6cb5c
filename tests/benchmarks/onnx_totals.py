"""Totals of ONNX files beside counts that were made elsewhere.

    python tests/benchmarks/onnx_totals.py FOLDER [FOLDER ...]

Each folder holds .onnx files and ``expected.csv`` with the columns file, weights, weight_macs, product_macs (an empty
one is not compared). Prints files that differ, are refused or broken, then a table by family: a name's first word.
"""

import csv
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from siam_dse.core.errors import InputError
from siam_dse.workload.load import read_network

TOTALS = ("weights", "weight_macs", "product_macs")


def outcome(path: Path, wanted: dict[str, str]) -> tuple[str, str]:
    """One word for a file, and what differs."""
    try:
        totals = read_network(path).totals
    except InputError as error:
        return "refused", str(error).splitlines()[0][:160]
    except Exception as error:
        return "broken", f"{type(error).__name__}: {error}"
    wrong = [f"{n} {totals[n]} for {wanted[n]}" for n in TOTALS if wanted[n] and int(wanted[n]) != totals[n]]
    return ("differs", ", ".join(wrong)) if wrong else ("right", "")


def main() -> None:
    """Compare all files of the folders given."""
    families: dict[str, Counter[str]] = defaultdict(Counter)
    start = time.process_time()
    for folder in map(Path, sys.argv[1:]):
        with (folder / "expected.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                word, what = outcome(folder / row["file"], row)
                families[re.split(r"[_\-.]", row["file"])[0]][word] += 1
                if word != "right":
                    print(f"{word:8} {row['file']}: {what}")  # noqa: T201
    words = ("right", "differs", "refused", "broken")
    print(f"{'family':20}" + "".join(f"{word:>9}" for word in words))  # noqa: T201
    for family, counts in sorted(families.items()):
        print(f"{family:20}" + "".join(f"{counts[word]:9}" for word in words))  # noqa: T201
    total = sum(families.values(), Counter())
    print(f"{'all':20}" + "".join(f"{total[word]:9}" for word in words))  # noqa: T201
    print(f"{time.process_time() - start:.1f} s")  # noqa: T201


if __name__ == "__main__":
    main()
