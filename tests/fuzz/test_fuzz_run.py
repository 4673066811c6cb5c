"""Damages to the files of a run (more with FUZZ_RUN_MUTATIONS=1000): told in one message, or nothing read differs."""

import os
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from siam_dse.core.errors import SiamDseError
from siam_dse.runs.checkpoint import read_checkpoint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import Space
from siam_dse.search.sweep import sweep
from tests.fuzz.mutate import mutated

MUTATIONS = int(os.environ.get("FUZZ_RUN_MUTATIONS", "60"))
SPACE = Space(axes={"crossbar_size": [64, 128], "adc_bits": [5, 6, 7], "columns_per_adc": [4, 8, 16],
                    "tiles_per_chiplet": [9, 16, 25]}, objectives=["latency_ms", "energy_mj"])  # fmt: skip
HOW = {
    "sampler": {"sampler": "nsga2", "trials": 30, "population": 10},
    "archive": {"sampler": "archive", "evaluations": 40},
    "enumeration": {"trials": 20},
}


def all_of(run):
    """Everything that is read from a run folder."""
    info = run.info
    info.pop("files")
    start = run.start()
    return (
        info, run.network().text, run.space().text, run.points(duplicates=True).to_csv(), run.front().to_csv(),
        run.history().to_csv(), run.store.state(), None if start is None else start.to_csv(),
        {name: values.tobytes() for name, values in read_checkpoint(run.files).items()}
        if run.files.exists("checkpoint.npz") else None,
    )  # fmt: skip


def foreign(content, rng):
    """A table of another program's in the place of the run's: a column less, one more, or a cell changed."""
    table = pq.read_table(pa.BufferReader(content))
    name = rng.choice(table.column_names)
    table = table.drop_columns([name]) if rng.random() < 0.5 else table.append_column(f"{name}.1", table[name])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module", params=HOW)
def run(request, tmp_path_factory):
    made = sweep("lenet5", SPACE, results=tmp_path_factory.mktemp(request.param), seed=1, **HOW[request.param])
    if request.param == "sampler":
        points = made.store.read()
        made.store.append(points.assign(trial=points["trial"] + len(points)), made.store.state(), fold=False)
    return made


def test_no_damage_to_a_run_is_a_traceback_or_goes_unnoticed(run):
    rng = random.Random(f"{run.path.name} {os.environ.get('FUZZ_SEED', '0')}")
    run.files.update({})
    whole = all_of(run)
    paths = [
        path
        for path in sorted(run.path.rglob("*"))
        if path.is_file() and not path.name.startswith(("study", "run.lock"))
    ]
    contents = {path: path.read_bytes() for path in paths}
    refused = unchanged = 0
    for number in range(MUTATIONS):
        path = paths[number % len(paths)]
        content = contents[path]
        kind = rng.random()
        is_part = (
            path.parent.name == "points.parts"
        )  # of a killed run the last may be missing: resume notices by its study
        if kind < 0.03 and not is_part:
            path.unlink()
        elif kind < 0.06:
            path.write_bytes(rng.choice(list(contents.values())))
        elif kind < 0.2 and path.suffix == ".parquet":
            path.write_bytes(foreign(content, rng))
        else:
            path.write_bytes(mutated(content, rng, list(contents.values())))
        try:
            read = all_of(RunFolder.open(run.path))
        except SiamDseError as error:
            refused += 1
            said = str(error)
        else:
            said = path.name
            unchanged += 1
            assert read == whole, path
        finally:
            path.write_bytes(content)
        assert path.name in said or path.parent.name in said or "there is no such run" in said
        assert len(said) < 1000
    assert all_of(RunFolder.open(run.path)) == whole
    assert refused > unchanged
