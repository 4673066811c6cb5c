"""The manual: every page is listed, links lead somewhere, commands and options named in it exist, its blocks run."""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from results_cases import run_cli
from typer.main import get_command

from siam_dse.cli.app import app
from siam_dse.cli.manual import page_text, title_of, topics

ROOT = Path(__file__).parent.parent.parent
MANUAL = ROOT / "siam_dse" / "manual"
COMMANDS = get_command(app).commands
WRITTEN = sorted(MANUAL.glob("*.md"))
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`(siam-dse [^`]+)`")
_INDENTED = re.compile(r"^    (?:\$ )?(siam-dse .+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def commands_of(text):
    """Each command that a page names, without what a remark or a pipe adds."""
    found = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    found += [" ".join(named.split()) for named in _NAMED.findall(text)] + _INDENTED.findall(text)
    return [re.split(r" [#>;|]|\[", line)[0] for line in found if line.startswith("siam-dse ")]


def unknown_parts(command):
    """What of a command the command line does not have."""
    words = command.split()[1:]
    if words[0].startswith("-"):
        return []
    if words[0] not in COMMANDS:
        return [words[0]]
    options = {option for parameter in COMMANDS[words[0]].params for option in parameter.opts} | {"--help"}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]


@pytest.mark.parametrize("path", [*WRITTEN, ROOT / "README.md"], ids=lambda path: path.stem)
def test_commands_options_and_links_of_a_page_exist(path):
    text = path.read_text()
    assert {command: unknown_parts(command) for command in commands_of(text) if unknown_parts(command)} == {}
    links = [link for link in _LINK.findall(text) if "://" not in link]
    there = {f"{topic}.md" for topic in topics()}
    assert [link for link in links if not (path.parent / link).exists() and link not in there] == []


def test_a_wrong_command_would_be_found():
    text = "`siam-dse swep x` and\n\n```console\nsiam-dse sweep x --trails 3  # remark\n```\n"
    assert [unknown_parts(command) for command in commands_of(text)] == [["--trails"], ["swep"]]


def test_the_list_names_every_page(monkeypatch, capsys):
    code, out, _ = run_cli(monkeypatch, capsys, "manual")
    assert code == 0
    assert [path.stem for path in WRITTEN if path.stem not in out] == []
    assert "reference" in out
    site = (MANUAL / "site.yml").read_text()
    assert [topic for topic in topics() if f"- {topic}.md" not in site] == []


def test_an_unknown_topic_names_the_closest(monkeypatch, capsys):
    code, _, err = run_cli(monkeypatch, capsys, "manual", "spacs")
    assert (code, "unknown topic 'spacs'; known: spaces" in err) == (2, True)


def test_the_reference_holds_fields_columns_rules_constants_and_commands():
    text = page_text("reference")
    for name in ("| `adc_bits` |", "| `latency_ms` |", "| `fits` |", "### adc", "### sweep", "`--sampler`"):
        assert name in text
    columns = {line.count("|") - line.count("\\|") for line in text.split("## Output columns")[1].splitlines()[2:20]}
    assert len(columns) == 1


def test_pages_are_written_for_a_site(monkeypatch, capsys, tmp_path):
    assert run_cli(monkeypatch, capsys, "manual", "--out", tmp_path / "pages")[0] == 0
    assert {path.stem for path in (tmp_path / "pages").glob("*.md")} == {*topics(), "index"}
    assert "::: siam_dse.design.designs.Designs" in (tmp_path / "pages" / "api.md").read_text()
    assert all(title_of(page_text(topic)) for topic in topics())


@pytest.mark.slow
def test_the_blocks_of_five_minutes_run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = [line for block in _BLOCK.findall(page_text("five-minutes")) for line in block.splitlines()]
    assert len(lines) > 8
    for line in lines:
        code, _, err = run_cli(monkeypatch, capsys, *shlex.split(line)[1:])
        assert code == 0, (line, err)


@pytest.mark.slow
def test_the_site_builds(monkeypatch, capsys, tmp_path):
    pytest.importorskip("mkdocs", reason="needs pip install 'siam-dse[docs]'")
    pytest.importorskip("mkdocstrings", reason="needs pip install 'siam-dse[docs]'")
    (tmp_path / "a" / "b").mkdir(parents=True)
    shutil.copy(MANUAL / "site.yml", tmp_path / "a" / "b")
    run_cli(monkeypatch, capsys, "manual", "--out", tmp_path / ".docs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(tmp_path / "a" / "b" / "site.yml")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "spaces" / "index.html").is_file()


def test_fields_are_one_document_in_every_format(monkeypatch, capsys):
    _, printed, _ = run_cli(monkeypatch, capsys, "fields", "--format", "json")
    rows = json.loads(printed)
    assert {row["what"] for row in rows} == {"field", "output column"}
    _, printed, _ = run_cli(monkeypatch, capsys, "fields", "--format", "csv")
    lines = list(csv.reader(printed.splitlines()))
    assert {len(line) for line in lines} == {len(rows[0])}
    assert len(lines) == 1 + len(rows)
