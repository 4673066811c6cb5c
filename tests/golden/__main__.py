"""Rewrite the frozen figures: ``python -m tests.golden`` from the repository's root, or ``make golden``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this one are found by name, as by pytest

from golden_cases import NETWORKS, figures_of
from golden_files import Refused, rewrite

from siam_dse.system import MODEL_VERSION

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"

if __name__ == "__main__":
    try:
        said = rewrite({name: figures_of(name) for name in NETWORKS}, MODEL_VERSION, CHANGELOG.read_text())
    except Refused as refused:
        sys.exit(str(refused))
    sys.stdout.write(f"{said}\n")
