"""Technology in searches: an axis of its own, kept with the run, refused where it differs."""

import shutil

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from typer.testing import CliRunner

from siam_dse.cli.app import app
from siam_dse.core.errors import InputError, MismatchError
from siam_dse.design.designs import Designs
from siam_dse.report.choice.command import evaluating
from siam_dse.report.citations import bibtex, sources_of
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import Space, load_space
from siam_dse.search.enumeration import enumerate_space
from siam_dse.search.given import changed_space, check_fingerprint
from siam_dse.search.problem import Problem
from siam_dse.search.restore import restore
from siam_dse.search.sweep import resume, sweep
from siam_dse.search.uncertainty import uncertainty
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.ranges import Range, scaled
from siam_dse.technology.technology import Technology
from siam_dse.workload.load import load_network

SOURCES = 'sources: {lab: {title: "t", authors: "a", where: "w"}}\n'
SLOW = f"name: slow_adc\n{SOURCES}constants:\n  adc.sar_cycle: {{value: 2, unit: ns, source: lab, status: measured}}\n"
LINK = f"""name: links
{SOURCES}rows:
  nop_links:
    - {{name: mine, like: grs, rate_per_lane: 32, energy_per_bit: 0.3, source: lab, status: measured}}
"""
SPACE = """name: two
axes:
  technology: [packaged, files/slow.yaml]
  adc_bits: [5, 6]
  nop_link: [grs, mine]
objectives: {latency_ms: minimise, energy_mj: minimise}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files").mkdir()
    for name, text in (("files/slow.yaml", SLOW), ("links.yaml", LINK), ("space.yaml", SPACE)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def space(folder):
    return load_space(folder / "space.yaml", [folder / "links.yaml"])


def test_designs_of_several_technologies_have_the_figures_of_each_alone(space):
    designs = space.designs_at(np.arange(space.size))
    figures = evaluate("lenet5", designs).to_frame()
    assert figures["technology"].tolist() == ["packaged"] * 4 + ["slow_adc"] * 4
    for k, technology in enumerate(space.technology.technologies):
        rows = slice(4 * k, 4 * k + 4)
        fields = Designs.grid(adc_bits=[5, 6], nop_link=["grs", "mine"], technology=technology)
        alone = evaluate("lenet5", fields).to_frame()
        for name in ("latency_ms", "energy_mj", "area_mm2", "sqnr_db"):
            assert_array_equal(figures[name][rows], alone[name])
    # one cycle of 2 ns in place of 1 ns: conversions take twice as long
    slower = figures["crossbar_latency_ms"][4:].to_numpy() - figures["crossbar_latency_ms"][:4].to_numpy()
    assert (slower > 0).all()


def test_designs_keep_their_technologies_through_take_and_tables(space):
    designs = space.designs_at([7, 0, 5])
    assert designs.take([0, 2]).technology is space.technology.technologies[1]
    again = space.designs_of(designs.to_frame())
    assert_array_equal(again.column("technology"), [1, 0, 1])
    assert_array_equal(space.levels_of(again), space.levels_at([7, 0, 5]))
    assert [row["technology"] for row in designs] == ["slow_adc", "packaged", "slow_adc"]
    with pytest.raises(InputError, match="have several technologies: packaged, slow_adc"):
        _ = designs.technology


def test_an_axis_of_technologies_is_enumerated_stored_and_made_again(folder, space):
    run = enumerate_space("lenet5", space, results=folder / "results", name="run")
    points = run.points()
    assert len(points) == 8
    assert sorted(path.name for path in (run.path / "technology").iterdir()) == ["links.yaml", "slow_adc.yaml"]
    stored = RunFolder.open(run.path).space()
    assert stored.text == space.text
    assert not differences(run.info["fingerprint"], fingerprint(run.network(), stored))
    again = evaluate("lenet5", run.designs_of(points))
    assert_array_equal(again["latency_ms"], points["latency_ms"])
    row = points[points["technology"] == "slow_adc"].iloc[-1]
    words = evaluating("lenet5", row, run.space(), run.path)
    assert words.count("--technology") == 2
    result = CliRunner().invoke(app, [*words[1:], "--format", "csv"], catch_exceptions=False)
    header, values = (line.split(",") for line in result.stdout.splitlines()[:2])
    assert float(values[header.index("latency_ms")]) == row["latency_ms"]


def test_a_file_of_a_run_is_evaluated_with_the_runs_technologies(folder, space):
    run = enumerate_space("lenet5", space, results=folder / "results", name="run")
    words = ["evaluate", "lenet5", "--designs", str(run.path / "pareto.csv"), "--format", "csv"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    front = run.front()
    header, *rows = (line.split(",") for line in result.stdout.splitlines() if "," in line)
    rows = [row for row in rows if len(row) == len(header)]
    assert [float(row[header.index("energy_mj")]) for row in rows] == front["energy_mj"].tolist()
    run.points().to_csv(folder / "copy.csv", index=False)
    result = CliRunner().invoke(app, ["evaluate", "lenet5", "--designs", str(folder / "copy.csv")])
    assert "names technologies" in str(result.exception)


def test_a_run_goes_on_with_its_own_technology_and_no_other(folder, space):
    run = sweep("lenet5", space, trials=4, sampler="random", population=4, results=folder / "results", name="run")
    with pytest.raises(MismatchError, match=r"adc\.sar_cycle: was 1, now 2 ns"):
        resume(run, 4, technology=[folder / "links.yaml", folder / "files/slow.yaml"])
    with pytest.raises(MismatchError, match="nop_links mine: was a row, now none"):
        resume(run, 4, technology=[])
    assert len(resume(run, 4, technology=[folder / "links.yaml"]).points(duplicates=True)) == 8
    overlay = run.path / "technology/slow_adc.yaml"
    overlay.write_text(SLOW.replace("value: 2", "value: 3"))
    with pytest.raises(MismatchError, match="technology: overlay of slow_adc: was"):
        check_fingerprint(RunFolder.open(run.path))


def test_an_archive_search_finds_the_exact_front_over_technologies(folder, space):
    problem = Problem(load_network("lenet5"), space)
    exact = enumerate_space("lenet5", space, results=folder / "results", name="exact").front()
    run = sweep("lenet5", space, sampler="archive", evaluations=8, results=folder / "results", name="run")
    assert run.front()["latency_ms"].tolist() == exact["latency_ms"].tolist()
    assert problem.space.text == run.space().text


def test_changes_of_a_space_keep_its_technologies(folder, space):
    fixed = changed_space(space, settings={"adc_bits": 6}, constraints=["area_mm2 <= 500"])
    assert fixed.axis_names == ("technology", "nop_link")
    assert list(fixed.overlays) == list(space.overlays)
    one = changed_space(space, settings={"technology": str(folder / "files/slow.yaml")})
    assert [overlay.name for overlay in one.technology.overlays] == ["links", "slow_adc"]
    assert one.axis_names == ("adc_bits", "nop_link")


def test_a_space_in_python_takes_a_technology(folder):
    technology = Technology.load(folder / "links.yaml")
    space = Space({"nop_link": ["grs", "mine"]}, ["latency_ms"], technology=technology)
    assert space.technology.name == "links"
    assert Designs.grid(nop_link="mine", technology=technology).nop_link[0] == space.designs_at([1]).nop_link[0]
    drawn = scaled(technology, {"adc.sar_cycle": 2.0})
    with pytest.raises(InputError, match="changed in memory; write an overlay file"):
        Space({"nop_link": ["grs"]}, ["latency_ms"], technology=drawn)


@pytest.mark.parametrize(
    ("axis", "fault"),
    [
        ("mine.yaml", "must be a list such as"),
        ("[packaged, packaged]", "'packaged' is given twice"),
        ("[packaged, 3]", "must name overlay files"),
        ("[packaged, nobody]", "unknown overlay 'nobody'"),
        ("[packaged, nothing.yaml]", "nothing.yaml: .*no such file"),
        ("[links.yaml, packaged]", "unknown choice 'mine'"),  # a row that one of them lacks
    ],
)
def test_faults_of_an_axis_of_technologies(folder, axis, fault):
    (folder / "bad.yaml").write_text(SPACE.replace("[packaged, files/slow.yaml]", axis))
    with pytest.raises(InputError, match=fault):
        load_space(folder / "bad.yaml")


def test_uncertainty_draws_the_same_factors_for_every_technology(space):
    problem = Problem(load_network("lenet5"), space)
    found = uncertainty(
        problem, space.designs_at([0, 4]), samples=3, over=[Range("adc", "sar_cycle", 0.5, 2.0, "test")]
    )
    # 2 ns at a factor f take as long as 1 ns at 2 f: of both the crossbars' time is a + b f x cycle
    assert found.objectives.shape == (3, 2, 2)
    assert (found.objectives[:, 1, 0] > found.objectives[:, 0, 0]).all()


@pytest.mark.parametrize("sampler", ["random", "archive"])
def test_a_lost_run_with_overlays_is_made_anew_from_its_study(folder, space, sampler):
    journal, budget = str(folder / "s.journal"), {"trials": 6} if sampler == "random" else {"evaluations": 8}
    lost = sweep("lenet5", space, sampler=sampler, storage=journal, results=folder / "results", name="lost", **budget)
    front = lost.front()
    shutil.rmtree(lost.path)
    for path in (folder / "links.yaml", folder / "files/slow.yaml"):
        path.unlink()
    run = restore(journal, folder / "elsewhere" / "again")
    assert sorted(path.name for path in (run.path / "technology").iterdir()) == ["links.yaml", "slow_adc.yaml"]
    assert run.space().text == space.text
    resume(run, **budget)
    both = run.front()
    assert set(both["technology"]) >= set(front["technology"])
    assert both["latency_ms"].min() <= front["latency_ms"].min()


def test_sources_of_overlays_are_cited_where_designs_use_them(folder):
    (folder / "links.yaml").write_text(LINK.replace("lab", "fab"))
    space = load_space(folder / "space.yaml", [folder / "links.yaml"])
    everything = evaluate("lenet5", space.designs_at(np.arange(space.size))).to_frame()
    cited = sources_of(everything, space.technology)
    assert next(iter(cited)) == "siam2021"
    assert [key for key in cited if key in ("lab", "fab")] == ["fab", "lab"]
    of_grs = everything[(everything["nop_link"] == "grs") & (everything["technology"] == "packaged")]
    assert not {"lab", "fab"} & set(sources_of(of_grs, space.technology))
    assert "@misc{lab," in bibtex(cited)
    assert "{t}" in bibtex(cited)
