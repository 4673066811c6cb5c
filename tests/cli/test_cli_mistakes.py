"""A user's mistake is one message and exit code 2: never a traceback, never a silent answer."""

import errno
import sys

import pytest
from results_cases import make_run, run_cli


@pytest.fixture
def siam_dse(monkeypatch, capsys, tmp_path):
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: run_cli(monkeypatch, capsys, *words)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("adc_bits=inf", "adc_bits: must lie in [1, 12] bit, got inf"),
        ("n_chiplets=-inf", "n_chiplets: must lie in [0, 4096] count, got -inf"),
        ("clock_hz=inf", "clock_hz: must lie in"),
        ("adc_bits=nan", "adc_bits: must be a number [bit], got NaN"),
        ("adc_bits=1e400", "adc_bits: must lie in"),
        ("adc_bits=5,,6", "row 2: adc_bits: must be a number"),
        ("node_nm=32,33.5", "row 2: node_nm: 33.5 nm is not among the nodes; choose a whole number from 7 to 130"),
    ],
)
def test_impossible_values_of_a_field(siam_dse, setting, message):
    code, out, err = siam_dse("evaluate", "lenet5", "--set", setting)
    assert (code, out) == (2, "")
    assert f"error: --set: {message}" in err or message in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; write a line of column names"),
        ("adc_bits\n", "holds no design"),
        ("adc_bits,crossbar_size\n5,64\n6,abc\n", "row 2: crossbar_rows: must be a number [count], got 'abc'"),
        ("adc_bits\n5\n1e999\n", "row 2: adc_bits: must lie in [1, 12] bit, got inf"),
        ("adc_bits,cell\n5,sram\n,sram\n", "row 2: adc_bits: must be a number [bit], got NaN (an empty cell?)"),
        ("adc_bits,adc_bits\n5,6\n", "column 'adc_bits' stands there twice"),
        ("adc_bits;cell\n5;sram\n", "separate them with commas"),
        ("adc_bits,cell\n5,sram,7\n", "a line has more cells than there are column names"),
        ("adc_bits,cell\n5,sram\n5,sram,7\n", "Expected 2 fields in line 3, saw 3"),
        ("node_nm\n32\n33.5\n", "row 2: node_nm: 33.5 nm is not among the nodes"),
        ("trial,adc_bits\n1,5\nx,6\n", "row 2: trial: must be a whole number, the id of a design, got 'x'"),
        ("trial,adc_bits\n1.5,5\n", "row 1: trial: must be a whole number, the id of a design, got 1.5"),
        ("trial,adc_bits\n,5\n", "row 1: trial: must be a whole number, the id of a design, got nan"),
        ("trial,adc_bits\n1e400,5\n", "row 1: trial: must be a whole number, the id of a design, got inf"),
    ],
)
def test_faulty_tables_of_designs(siam_dse, tmp_path, text, message):
    (tmp_path / "designs.csv").write_text(text)
    code, out, err = siam_dse("evaluate", "lenet5", "--designs", "designs.csv")
    assert (code, out) == (2, "")
    assert err.startswith("error: designs.csv: ")
    assert message in err


@pytest.mark.slow
def test_space_around_names_and_text_does_not_count(siam_dse, tmp_path):
    (tmp_path / "plain.csv").write_text("adc_bits,cell\n5,sram\n")
    (tmp_path / "spaced.csv").write_text("adc_bits , cell\n5, sram \n")
    plain = siam_dse("evaluate", "lenet5", "--designs", "plain.csv", "--format", "csv")
    assert plain[0] == 0
    assert siam_dse("evaluate", "lenet5", "--designs", "spaced.csv", "--format", "csv") == plain


@pytest.mark.parametrize("words", [("evaluate", "lenet5", "--designs"), ("validate", "--kind", "dram", "--data")])
def test_a_folder_in_the_place_of_a_table(siam_dse, tmp_path, words):
    code, _, err = siam_dse(*words, tmp_path, *(("--out", "out.csv") if words[0] == "validate" else ()))
    assert code == 2
    assert "is a folder; give a .csv or .parquet file" in err


def test_a_table_in_another_encoding(siam_dse, tmp_path):
    (tmp_path / "latin.csv").write_bytes("cell\nr\xe9sistif\n".encode("latin-1"))
    code, _, err = siam_dse("evaluate", "lenet5", "--designs", "latin.csv")
    assert code == 2
    assert "latin.csv: is not UTF-8 text" in err


def test_an_out_file_in_a_folder_that_is_not_there(siam_dse):
    code, _, err = siam_dse("evaluate", "lenet5", "--out", "nowhere/out.csv")
    assert code == 2
    assert "--out: nowhere/out.csv: there is no folder nowhere; make it" in err
    assert "(None)" not in err


@pytest.mark.parametrize("command", [("evaluate", "deep.yaml"), ("sweep", "lenet5", "--space", "deep.yaml")])
@pytest.mark.slow
def test_a_file_of_brackets(siam_dse, tmp_path, command):
    (tmp_path / "deep.yaml").write_text("[" * 500)
    code, _, err = siam_dse(*command)
    assert code == 2
    assert "deep.yaml: is nested too deeply" in err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("huge.csv", "10000000,10000000,10000000,1,1,10000000,0\n"),
        ("wide.yaml", "name: wide\nlayers:\n- {name: c, ifm: [10000000, 10000000, 10000000], kernel: 1, out: 1}\n"),
        ("step.yaml", "name: s\nlayers:\n- {name: c, ifm: [9999999, 9999999, 99999], kernel: 1, out: 1, stride: 9}\n"),
    ],
)  # fmt: skip
def test_layers_too_large_to_be_counted(siam_dse, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    code, _, err = siam_dse("evaluate", name)
    assert code == 2
    assert "row 1" in err
    assert "makes more than 2^60 multiply-accumulates or inputs" in err


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (
            "dram",
            "config,channels,ranks_per_channel,mapping,pattern,requested_bytes\n"
            "DDR4_8Gb_x8_2400,1,1,rochrababgco,seq,junk\n",
            "row 1, column 'requested_bytes': must be a number, got 'junk'",
        ),
        (
            "crossbar_siam",
            "cell,rows,cols,levels,node,wireWidth_nm,mux,cell_bits,roadmap,ron,roff,act\n"
            "SRAM,64,64,32,22,40,4,1,HP,100000,10000000,0.5\n"
            "junk,64,64,32,22,40,4,1,HP,100000,10000000,0.5\n",
            "row 2: the model cannot take these knobs: cell = junk, rows = 64",
        ),
    ],
)
def test_rows_that_no_prediction_can_be_made_for(siam_dse, tmp_path, kind, text, message):
    (tmp_path / "rows.csv").write_text(text)
    code, _, err = siam_dse("validate", "--kind", kind, "--data", "rows.csv", "--out", "out.csv")
    assert code == 2
    assert err.startswith("error: rows.csv: ")
    assert message in err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.slow
def test_a_space_too_large_to_enumerate_is_refused_before_the_work(siam_dse, tmp_path):
    for words in (["enumerate", "lenet5", "--space", "full"], ["sweep", "lenet5", "--space", "full", "--certify"]):
        code, _, err = siam_dse(*words)
        assert code == 2
        assert ",000 designs of full would take about " in err
        assert " days; search it with 'sweep' alone, fix axes, or say --force" in err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("words", [["enumerate"], ["sweep", "--certify"]])
def test_no_process_at_all_is_refused_before_the_work(siam_dse, tmp_path, words):
    code, _, err = siam_dse(*words, "lenet5", "--space", "quick", "--jobs", "0")
    assert code == 2
    assert "--jobs: must be at least 1, or -1 for one a core" in err
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_a_run_stopped_before_its_front_was_written_has_the_front_of_what_it_stored(siam_dse, tmp_path):
    run = make_run(tmp_path, "stopped")
    _, whole, _ = siam_dse("front", "stopped", "--results", tmp_path, "--format", "csv")
    run.files.remove("pareto.csv")
    code, found, _ = siam_dse("front", "stopped", "--results", tmp_path, "--format", "csv")
    assert code == 0
    assert found == whole
    assert len(found.splitlines()) > 2


@pytest.mark.parametrize(
    "words",
    [
        ("require", "lenet5", "--target", "latency_ms <= 1", "--free", "clock_hz,adc.sar_cycle"),
        ("evaluate", "lenet5"),
        ("front", "a"),
        ("report", "a"),
        ("compare", "a", "b"),
        ("uncertainty", "a"),
        ("check-accuracy", "lenet5"),
        ("check-noc", "lenet5"),
        ("validate", "--kind", "noc", "--data", "rows.csv"),
        ("calibrate", "mine.yaml"),
    ],
)
def test_a_place_that_no_file_can_be_at_is_refused_before_any_work(siam_dse, tmp_path, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert siam_dse(*words, "--out", "folder") == (2, "", "error: --out: folder: is a folder; give a file in it\n")
    code, out, err = siam_dse(*words, "--out", "file/x.csv")
    assert (code, out, err) == (2, "", "error: --out: file/x.csv: file is a file; give another place\n")
    code, out, err = siam_dse(*words, "--out", "nowhere/x.html")
    assert (code, out) == (2, "")
    assert err == "error: --out: nowhere/x.html: there is no folder nowhere; make it, or give another place\n"
    assert not (tmp_path / "nowhere").exists()
    if words[0] != "calibrate":  # whose file has a name of any kind
        code, out, err = siam_dse(*words, "--out", "x.png")
        assert (code, out) == (2, "")
        assert err.startswith("error: --out: x.png: cannot write .png; use .")
        assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("words", [("reproduce", "simba"), ("study", "noc"), ("manual",)])
def test_a_place_that_no_folder_can_be_at_is_refused_before_any_work(siam_dse, tmp_path, words):
    (tmp_path / "file").touch()
    assert siam_dse(*words, "--out", "file") == (2, "", "error: --out: file: is a file; give a folder\n")
    refused = siam_dse(*words, "--out", "file/x")
    assert refused == (2, "", "error: --out: file/x: file is a file; give another place\n")


def test_an_empty_name_of_a_network_is_not_the_default(siam_dse):
    code, out, err = siam_dse("reproduce", "siam", "")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")


@pytest.mark.parametrize(
    ("suffix", "writer"),
    [
        ("csv", "siam_dse.runs.tables.write_csv"),
        ("json", "pandas.DataFrame.to_json"),
        ("parquet", "pandas.DataFrame.to_parquet"),
    ],
)
def test_a_full_disk_leaves_the_table_that_stood_there(siam_dse, tmp_path, monkeypatch, suffix, writer):
    def fills_the_disk(frame, path, **_):
        path.write_text("half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, fills_the_disk)
    path = tmp_path / f"table.{suffix}"
    path.write_text("of yesterday")
    code, out, err = siam_dse("evaluate", "lenet5", "--out", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}: the disk is full; free some space")
    assert path.read_text() == "of yesterday"
    assert list(tmp_path.glob("table*")) == [path]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("require", "lenet5", "--target", "latency_ms <= 1", "--free", " ,"), "--free: names nothing; give fields"),
        (("reproduce", "isaac", "vgg8"), "NETWORK: isaac is reproduced with its own network; leave 'vgg8' out"),
        (("reproduce", "simba", "--replace"), "--replace: simba is printed alone without --out DIR; give both"),
        (("compare", "a", "b", "--y", "energy_mj"), "--x, --y: say what the page of --out shows; give --out FILE.html"),
        (
            ("resume", "--storage", "sqlite:///a.db", "--into", "a", "--trials", "4", "--re-evaluate"),
            "--into: --trials, --re-evaluate have no meaning for it; 'siam-dse resume a' takes them",
        ),
        (("resume", "a", "--worker", "--jobs", "2", "--force"), "--worker: --force, --jobs have no meaning for it"),
        (("reproduce", "headline", "--replace"), "--out, --replace: headline is printed alone"),
    ],
)
def test_what_would_be_left_aside_is_refused(siam_dse, words, message):
    code, out, err = siam_dse(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")


@pytest.mark.parametrize("words", [("--objectives", ""), ("--constraint", " "), ("--storage=",), ("--name", "")])
def test_an_option_without_a_value_is_refused(siam_dse, words):
    code, out, err = siam_dse("sweep", "lenet5", "--space", "siam", *words)
    option = words[0].rstrip("=")
    assert (code, out) == (2, "")
    assert err == f"error: {option}: is given without a value; give one, or leave the option out\n"


def test_commas_alone_name_nothing(siam_dse, tmp_path):
    make_run(tmp_path / "results", "a")
    said = "',' names nothing; give names, or leave it out\n"
    words = (("sweep", "lenet5", "--space", "siam", "--objectives"), ("pick", "a", "--objective"))
    for each in (*words, ("front", "a", "--columns")):
        assert siam_dse(*each, ",") == (2, "", f"error: {each[-1]}: {said}")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("pick", "a", "--where", "foo <= 3"), "--where"),
        (("pick", "a", "--where", "fits"), "--where"),
        (("front", "a", "--where", "foo <= 3"), "--where"),
        (("front", "a", "--columns", "tiles,foo"), "--columns"),
        (("front", "a", "--sort", "foo"), "--sort"),
        (("pick", "a", "--objective", "foo"), "--objective"),
        (("pick", "a", "--weights", "foo=2"), "--weights"),
    ],
)
def test_an_unknown_column_is_told_with_its_option(siam_dse, tmp_path, words, option):
    make_run(tmp_path / "results", "a")
    code, out, err = siam_dse(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {option}: ")
    assert "'foo'" in err or "write 'column <= number'" in err


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_stream_that_the_caller_closed_is_no_fault(siam_dse, monkeypatch, closed):
    """Python has None in the place of a closed stream; the answer goes to the other, or nowhere."""
    monkeypatch.setattr(sys, closed, None)
    assert siam_dse("networks", "show", "lenet5")[0] == 0
    assert siam_dse("networks", "show", "nothing")[0] == 2
    getattr(sys, closed).close()


@pytest.mark.parametrize(
    ("command", "usage"), [("resume", "resume [OPTIONS] [RUN]"), ("study", "study [OPTIONS] [NAME] [NETWORK]...")]
)
def test_usage_has_its_brackets_once(siam_dse, command, usage):
    assert usage in siam_dse(command, "--help")[1]
    assert f"`siam-dse {command} [" in siam_dse("manual", "reference")[1]


def test_a_folder_in_the_place_of_a_file_is_said_to_be_one(siam_dse, tmp_path):
    for words in (("evaluate", tmp_path), ("sweep", "lenet5", "--space", tmp_path)):
        code, out, err = siam_dse(*words)
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {tmp_path}: is a folder; give a ")
