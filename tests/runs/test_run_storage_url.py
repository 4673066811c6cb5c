"""Storage URLs: passwords are hidden in every spelling, files are kept relative to the run, mistakes get the remedy."""

import pytest

from siam_dse.core.errors import InputError
from siam_dse.runs.passwords import lacks_password, without_password
from siam_dse.runs.storage_url import check_no_other_runs, check_storage_url, kept_url, used_url
from siam_dse.runs.study_place import StudyPlace


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me:se:cr@t@host:5432/db", "postgresql+psycopg://me:***@host:5432/db"),
        ("postgresql://me:se/cret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:se cret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:a@b/c@host/db", "postgresql://me:***@host/db"),
        ("postgresql:/me:secret@host", "postgresql:/me:***@host"),
        ("postgresql:me:secret@host", "postgresql:me:***@host"),
        ("postgresql://\rme:secret@host/db", "postgresql://\rme:***@host/db"),
        ("postgresql://me too:secret@host/db", "postgresql://me too:***@host/db"),
        ("mysql:me:se\ncret@host/db", "mysql:me:***@host/db"),
        ("mysql://:secret@host/db", "mysql://:***@host/db"),
        ("postgresql://h/db?user=me&password=secret&port=1", "postgresql://h/db?user=me&password=***&port=1"),
        ("postgresql://h/db?sslkey=k&sslpassword=secret", "postgresql://h/db?sslkey=k&sslpassword=***"),
        ("mysql://h/db?ssl_key_password=secret&a=b", "mysql://h/db?ssl_key_password=***&a=b"),
        ("mysql://h/db?PASSWD=secret", "mysql://h/db?PASSWD=***"),
        ("mysql://h/db?pass%77ord=secret", "mysql://h/db?pass%77ord=***"),
        ("cockroachdb://h/db?token=secret", "cockroachdb://h/db?token=***"),
        ("mssql://h/db?authToken=secret&x=1", "mssql://h/db?authToken=***&x=1"),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3D%7Bx%7D%3BUID%3Dme%3BPWD%3Dsecret", "mssql+pyodbc:///?odbc_connect=***"),
        ("mssql+pyodbc:///?dsn=UID%3Dme%3BPWD%3Dsecret", "mssql+pyodbc:///?dsn=***"),
        ("host=h user=me password='se cret' port=1", "host=h user=me password=*** port=1"),
        ("DRIVER={x};UID=me;PWD={se;cret};", "DRIVER={x};UID=me;PWD=***;"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("sqlite:////tmp/a:b@c.db", "sqlite:////tmp/a:b@c.db"),
        ("--storage=mysql://me:x@h/db", "--storage=mysql://me:***@h/db"),
        ("--set adc_bits=7 --constraint area_mm2<=500", "--set adc_bits=7 --constraint area_mm2<=500"),
    ],
)  # fmt: skip
def test_passwords_are_taken_out_of_urls(url, shown):
    assert without_password(url) == shown
    assert "cret" not in shown
    assert lacks_password(shown) == (url != shown)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("./my.db", r"'\./my\.db': is a path, not a URL; write sqlite:///\./my\.db"),
        ("/a/b.sqlite3", r"is a path, not a URL; write sqlite:////a/b\.sqlite3"),
        ("results", "is no URL of a storage; write sqlite:///FILE, postgresql://"),
        (" ", "is no storage; write sqlite:///FILE"),
        ("sqlite://my.db", "takes three slashes and a path"),
        ("sqlite://", "is a database in memory or no file"),
        ("sqlite:///:memory:", "is a database in memory"),
        ("postgres://me:secret@h/d", r"'postgres://me:\*\*\*@h/d': write postgresql:// in place"),
        ("postgresql:/me:secret@h", r"'postgresql:/me:\*\*\*@h': takes two slashes: postgresql://USER@HOST/DATABASE"),
        ("redis://h", "redis is no database that Optuna's tables can be in"),
        ("sqlite:///a\0b.db", r"has the character U\+0000"),
        ("postgresql://\rme:secret@h/d", r"postgresql://\\rme:\*\*\*@h/d': has a tab or a line end; remove it"),
        ("sqlite:///a.db?mode=ro", r"the only option of an SQLite file is \?timeout=SECONDS, got 'mode'; leave it out"),
        ("sqlite:///a.db?timeout=3&cache=shared", "got 'cache'"),
        ("sqlite:my.db", r"is a path, not a URL; write sqlite:///my\.db"),
        (" sqlite:///my.db", r"begins or ends with a space; write sqlite:///my\.db"),
        ("a.journal ", r"begins or ends with a space; write a\.journal"),
        ("SQLite:///my.db", r"write sqlite in small letters: sqlite:///my\.db"),
        ("sqlite:///w/x.journal", r"is a journal, which has no URL; write its path, w/x\.journal"),
        ("file:////w/x.journal", r"is a journal, which has no URL; write its path, /w/x\.journal"),
        ("sqlite+aiosqlite:///a.db", "aiosqlite is no driver that is used here; write sqlite:///FILE"),
        ("sqlite:///a.db?timeout=soon", "timeout must be a number of seconds, got 'soon'"),
        ("sqlite:///a.db?timeout=-1", "timeout must be a number of seconds, got '-1'"),
    ],
)
def test_what_is_no_storage_is_refused_with_the_right_spelling(url, remedy):
    with pytest.raises(InputError, match=remedy) as refused:
        check_storage_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["sqlite:///{}my.db", "sqlite+pysqlite:///{}my.db?timeout=3", "{}my.journal"])
def test_a_relative_file_is_kept_relative_to_the_run(tmp_path, monkeypatch, scheme):
    run = tmp_path / "results" / "a"
    run.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    given = check_storage_url(scheme.format(""))
    assert kept_url(given, run) == scheme.format("../../")
    monkeypatch.chdir(run)
    assert used_url(scheme.format("../../"), run) == scheme.format(f"{tmp_path}/")
    whole = scheme.format(f"{tmp_path}/")
    assert kept_url(whole, run) == used_url(whole, run) == whole


def test_a_servers_url_is_kept_without_its_password():
    assert kept_url("mysql+pymysql://me:x@h/d", None) == "mysql+pymysql://me:***@h/d"
    with pytest.raises(InputError, match="the password is not kept; give the URL with it"):
        used_url("mysql+pymysql://me:***@h/d", None)


def test_the_own_study_of_a_run_is_no_place_for_another_runs(tmp_path, monkeypatch):
    """It is replaced as a whole when the run goes on, and the other's study would be lost with it."""
    monkeypatch.chdir(tmp_path)
    run, other = (tmp_path / "results" / name for name in ("a", "b"))
    for folder in (run, other):
        folder.mkdir(parents=True)
        (folder / "run.json").write_text('{"status": "complete"}')
    url = "sqlite:///results/a/study.db"
    for folder in (None, other):
        with pytest.raises(InputError, match="is the study of the run results/a, which writes it anew as a whole"):
            check_no_other_runs(url, folder)
    assert check_no_other_runs(url, run) == url
    assert check_no_other_runs("sqlite:///study.db") == "sqlite:///study.db"
    assert check_no_other_runs("sqlite:///results/a/mine.db") == "sqlite:///results/a/mine.db"
    own = StudyPlace(run)
    assert own.storage_url(url) == own.own_storage_url  # however it is spelled
    with pytest.raises(InputError, match="is the study of the run"):
        StudyPlace(other).storage_url(url)
