"""What a Python user holds: names and tables in place of objects, spaces of plain values, a run that draws itself."""

import pytest

import siam_dse as sd
from siam_dse.search.progress import Progress

AXES = {"crossbar_size": [64, 128], "adc_bits": (5, 6), "n_chiplets": {"low": 4, "high": 16, "step": 12}}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    space = sd.Space(axes=AXES, objectives=["latency_ms", "energy_mj"], constraints=["fits"], name="small")
    return sd.enumerate_space("lenet5", space, results=tmp_path_factory.mktemp("results"))


def test_a_space_of_plain_values_is_that_of_its_text():
    space = sd.Space(
        axes=AXES, fixed={"cell": "sram"}, objectives={"latency_ms": "minimise", "tiles": "maximise"},
        constraints=[sd.Constraint("area_mm2", "<=", 500), "fits"],
    )  # fmt: skip
    from siam_dse.runs.spaces import space_of_text

    assert space_of_text(space.text, "again") == space
    assert space.size == 8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"axes": {"adc_bit": [5]}}, "unknown field 'adc_bit'; known: adc_bits"),
        ({"axes": {"adc_bits": [5, 99]}}, "must lie in [1, 12]"),
        ({"constraints": ["area_mm2 < 500"]}, "is neither a rule nor"),
        ({"constraints": "fits"}, "constraints: must be a list, such as ['fits']"),
        ({"objectives": ["latenc_ms"]}, "unknown output column 'latenc_ms'; known: latency_ms"),
        ({"objectives": ["in_validated_range"]}, "neither way is better by itself"),
        ({"objectives": ["latency_ms:down"]}, "must be minimise or maximise, got 'down'"),
        ({"fixed": {"adc_bits": 5}}, "is set by the axis adc_bits too"),
    ],
)
def test_faults_of_a_space(given, message):
    with pytest.raises(sd.InputError) as error:
        sd.Space(**{"axes": {"adc_bits": [5, 6]}, "objectives": ["latency_ms"], **given})
    assert message in str(error.value)


def test_a_constraint_is_a_bound_or_a_rule():
    with pytest.raises(sd.InputError, match="the sign must be <= or >="):
        sd.Constraint("area_mm2", "<", 2)


def test_names_and_tables_are_evaluated():
    designs = sd.Designs.grid(adc_bits=[5, 6], cell=["sram", "rram_1t1r"], cell_bits=1)
    evaluation = sd.evaluate("lenet5", designs.to_frame())
    expected = sd.evaluate(sd.load_network("lenet5"), designs)
    assert (evaluation["latency_ms"] == expected.column("latency_ms")).all()
    assert list(evaluation["cell"]) == ["sram", "rram_1t1r", "sram", "rram_1t1r"]
    assert [row["adc_bits"] for row in evaluation] == [5, 5, 6, 6]
    assert len(evaluation) == len(list(designs)) == 4
    assert repr(evaluation) == "Evaluation(lenet5, Designs(4; cell, adc_bits))"
    assert evaluation._repr_html_().count("<tr") == 5
    with pytest.raises(sd.InputError, match="unknown column 'latenc'"):
        _ = evaluation["latenc"]


def test_a_notebook_shows_a_network_and_a_space_as_tables():
    shown = sd.load_network("resnet50")._repr_html_()
    assert shown.count("<tr") == 1 + 12
    assert "and 42 more" in shown  # of 54 layers with weights
    constraints = [sd.Constraint("area_mm2", "<=", 500)]
    space = sd.Space(axes={"adc_bits": [5, 6, 7], "cell": ["sram", "rram_1t1r"]}, fixed={"cell_bits": 1},
                     objectives={"latency_ms": "minimise"}, constraints=constraints)  # fmt: skip
    shown = space._repr_html_()
    assert "6 designs" in shown
    assert "<tr><th>adc_bits</th><td>5, 6, 7</td></tr>" in shown
    assert "<tr><th>constraint</th><td>area_mm2 &lt;= 500</td></tr>" in shown


def test_a_network_as_a_frame_has_a_row_a_layer():
    network = sd.load_network("resnet18")
    frame = network.to_frame()
    assert list(frame["layer"]) == list(network.layer_names)
    assert frame["macs"].sum() == network.macs.sum()


def test_results_carry_their_designs(run):
    evaluation = sd.evaluate("lenet5", sd.Designs.grid(adc_bits=[5, 6], crossbar_rows=[64, 128]))
    again = sd.evaluate("lenet5", evaluation.to_frame())
    assert (again["energy_mj"] == evaluation["energy_mj"]).all()
    points = run.points()
    assert (sd.evaluate("lenet5", points)["energy_mj"] == points["energy_mj"]).all()


def test_a_part_of_the_fields_beside_figures_is_refused():
    frame = sd.evaluate("lenet5").to_frame()[["adc_bits", "latency_ms"]]
    with pytest.raises(sd.InputError, match="unknown field 'latency_ms'"):
        sd.Designs.from_frame(frame)


def test_a_run_draws_reports_explains_and_cites(run, tmp_path):
    assert "energy" in run.plot("latency_ms", "energy_mj").layout.title.text.lower()
    assert run.report(tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert run.explain(3) == sd.evaluate("lenet5", run.points().iloc[[3]]).explain(0)
    with pytest.raises(sd.InputError, match="has no trial 99"):
        run.explain(99)
    text = run.citations()
    assert {"@misc{siam2021,", "@misc{neurosim13,", "@misc{poulton2013,"} <= set(text.splitlines())  # nop_link: grs
    assert "simba2019" not in text
    assert text.count("{") == text.count("}")
    assert repr(run) == f"<run {run.name}: lenet5 on small, complete>"


def test_fields_are_a_table():
    assert {"name", "kind", "unit", "default", "legal", "meaning"} <= set(sd.fields().columns)
    assert len(sd.fields()) == len(sd.Designs.__dataclass_fields__)


def test_one_value_has_no_row():
    with pytest.raises(sd.InputError) as error:
        sd.Designs.grid(cell="flash")
    assert str(error.value).startswith("grid: cell: unknown choice 'flash'; known: sram, ")
    with pytest.raises(sd.InputError, match="row 2: cell"):
        sd.Designs.grid(cell=["sram", "flash"])


def test_a_choice_may_be_written_in_any_letters():
    assert sd.Designs.grid(cell=["SRAM", "Rram_1T1R"]).to_frame()["cell"].tolist() == ["sram", "rram_1t1r"]
    space = sd.Space(axes={"cell": ["SRAM", "rram_1t1r"]}, objectives=["latency_ms"], fixed={"nop_link": "GRS"})
    assert space.axes[0].levels == ("sram", "rram_1t1r")
    assert space.fixed["nop_link"] == "grs"
    with pytest.raises(sd.InputError, match="a level is given twice"):
        sd.Space(axes={"cell": ["SRAM", "sram"]}, objectives=["latency_ms"])


def test_a_wrong_direction_is_called_one(tmp_path):
    with pytest.raises(sd.InputError, match="latency_ms:down: 'down' is no direction; write latency_ms:minimise or"):
        sd.sweep("lenet5", "quick", objectives=["latency_ms:down"], results=tmp_path)


def test_axes_of_one_space_serve_another():
    space = sd.Space(axes={"adc_bits": [5, 6], "cell": ["sram", "rram_1t1r"]}, objectives=["latency_ms"])
    again = sd.Space(space.axes, objectives=["energy_mj"])
    assert again.axes == space.axes
    with pytest.raises(sd.InputError, match=r"axes\.adc_bits: must lie in \[1, 12\] bit, got 99"):
        sd.Space([sd.Axis("adc_bits", (5, 99))], objectives=["latency_ms"])


def test_a_study_gives_its_tables(tmp_path):
    result = sd.study("noc", ["lenet5"], out=tmp_path / "noc")
    assert len(result.table) > 0
    assert result.findings
    assert (tmp_path / "noc" / "noc.html").exists()
    with pytest.raises(sd.InputError, match="unknown study 'nocs'; known: noc"):
        sd.study("nocs")


def test_a_progress_bar_shows_how_far_a_search_is(capsys):
    bar = sd.ProgressBar()
    for done in (2, 4):
        bar(Progress(done, 4, done, done, 1, 0.5, 1.0, 2.0))
    shown = capsys.readouterr().err
    assert "2/4" in shown
    assert "100%" in shown
    assert "front=1" in shown


def test_a_network_is_one_line():
    assert repr(sd.load_network("lenet5")) == (
        "<network lenet5: 5 weight layers, 61,470 weights, 416,520 multiply-accumulates an input>"
    )


def test_a_bound_on_two_columns_is_searched_kept_and_asked_for(tmp_path):
    space = sd.Space(
        {"adc_bits": [4, 6, 8], "n_chiplets": [0, 4]}, ["latency_ms", "sqnr_db"], ["energy_mj <= latency_ms"]
    )
    run = sd.enumerate_space("lenet5", space, results=tmp_path)
    points = run.points()
    assert points["feasible"].tolist() == (points["energy_mj"] <= points["latency_ms"]).tolist()
    assert run.space().constraints == (sd.Constraint("energy_mj", "<=", "latency_ms"),)
    assert sd.pick(run, ["latency_ms >= energy_mj"]).id == sd.pick(run).id
    with pytest.raises(sd.InputError, match="unknown column 'energy'"):
        sd.pick(run, ["latency_ms >= energy"])


def test_functions_are_refused_where_a_file_holds_the_space():
    for given in ({"constraints": [lambda figures: figures]}, {"objectives": [lambda figures: figures]}):
        with pytest.raises(sd.InputError, match="a file, which holds no function"):
            sd.Space(**{"axes": {"adc_bits": [5, 6]}, "objectives": ["latency_ms"], **given})
    with pytest.raises(sd.InputError, match="holds no function"):
        sd.Constraint("latency_ms", "<=", lambda figures: figures)
