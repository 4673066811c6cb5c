"""Small runs on disk, and the command line in this process."""

import sys

from siam_dse.cli import main
from siam_dse.runs.spaces import space_of_text
from siam_dse.search.enumeration import enumerate_space
from siam_dse.workload.load import load_network

SPACE = """
name: looked_at
axes:
  crossbar_size: [64, 128]
  tiles_per_chiplet: [4, 9]
  n_chiplets: [4, 16]
objectives: {tiles: minimise, utilisation: maximise}
constraints: [fits, chiplets <= 60]
"""
HOPELESS = SPACE.replace("looked_at", "hopeless").replace("chiplets <= 60", "chiplets <= 1")


def make_run(results, name, text=SPACE):
    return enumerate_space(load_network("lenet5"), space_of_text(text, name), name=name, results=results)


def run_cli(monkeypatch, capsys, *words):
    """Exit code, stdout, stderr of ``siam-dse words``."""
    monkeypatch.setattr(sys, "argv", ["siam-dse", *map(str, words)])
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err
