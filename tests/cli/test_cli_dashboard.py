"""dashboard: what optuna-dashboard is served of a run, and what a browser makes of it."""

import json
import re
import shutil
from io import BytesIO, StringIO
from threading import Thread
from wsgiref.simple_server import make_server

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from siam_dse.cli import dashboard
from siam_dse.cli.dashboard import dashboard_app
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import Space
from siam_dse.search.enumeration import enumerate_space
from siam_dse.workload.load import load_network

pytest.importorskip("optuna_dashboard", reason="optuna-dashboard is not installed: nothing is served")
pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    space = Space(
        axes={"crossbar_size": [64, 128, 256], "adc_bits": [4, 5, 10], "cell": ["sram", "rram_1t1r"]},
        objectives=["latency_ms", "energy_mj", "area_mm2"], constraints=["accuracy_loss_pct <= 10"], name="served",
    )  # fmt: skip
    enumerate_space(load_network("vgg8"), space, name="served", results=folder)
    return folder


def asked(app, path):
    status = []
    path, _, query = path.partition("?")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "here",
               "SERVER_PORT": "80",
               "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "wsgi.errors": StringIO()}  # fmt: skip
    body = b"".join(app(environ, lambda *given: status.append(given[0])))
    assert status[0].startswith("200")
    return json.loads(body)


def attributes(trial):
    return {each["key"]: each["value"] for each in trial["user_attrs"]}


def test_every_design_has_its_constraints_columns_and_numbers_as_numbers(results):
    app, words = dashboard_app("served", results)
    points = RunFolder.open("served", results).points().set_index("trial")
    trials = asked(app, "/api/studies/0?after=0")["trials"]
    assert len(trials) == len(points) == 18
    assert words.startswith("18 of 18 designs of served")
    for trial in trials:
        own, row = attributes(trial), points.loc[int(attributes(trial)["id"])]
        assert all(excess <= 0 for excess in trial["constraints"]) == row["feasible"]
        assert len(trial["constraints"]) == 2  # the bound, and the other rules of the model
        assert float(own["cost_usd"]) == row["cost_usd"]
        assert_array_equal(trial["values"], row[["latency_ms", "energy_mj", "area_mm2"]].astype(float))
    kinds = {each["name"]: each["distribution"]["type"] for each in trials[0]["params"]}
    assert kinds == {
        "crossbar_size": "IntDistribution", "adc_bits": "IntDistribution", "cell": "CategoricalDistribution"
    }  # fmt: skip


def test_best_are_the_run_s_front_and_none_is_infeasible(results):
    app, _ = dashboard_app("served", results)
    run = RunFolder.open("served", results)
    assert not run.points()["feasible"].all()
    for after in (0, 18):  # a page asks again for what is new
        found = asked(app, f"/api/studies/0?after={after}")
        best = {int(attributes(trial)["id"]) for trial in found["best_trials"]}
        assert best == set(run.front()["trial"])


def test_large_runs_are_thinned(results, monkeypatch):
    monkeypatch.setattr(dashboard, "_MOST_FRONT", 2)
    monkeypatch.setattr(dashboard, "_MOST_OTHERS", 4)
    app, words = dashboard_app("served", results)
    found = asked(app, "/api/studies/0?after=0")
    assert len(found["trials"]) < 18
    assert words.startswith(f"{len(found['trials'])} of 18 designs")
    ids = [int(attributes(trial)["id"]) for trial in found["trials"]]
    assert_array_equal(ids, np.sort(ids))


def test_a_browser_calls_the_front_best_and_nothing_infeasible(results):
    if not CHROMIUM:
        pytest.skip("no Chromium here: the dashboard is not looked at")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    app, _ = dashboard_app("served", results)
    server = make_server("127.0.0.1", 0, app, dashboard._Server, dashboard._Silent)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with playwright.sync_playwright() as started:
            browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1400, "height": 2000})  # its list shows what is in sight
            page.goto(f"http://127.0.0.1:{server.server_port}/dashboard/studies/0/trials")
            page.wait_for_selector("text=Best Trial", timeout=60_000)
            text = page.inner_text("body").partition("trial_id=")[0]
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
    run = RunFolder.open("served", results)
    items = re.findall(r"Trial (\d+)\nComplete(\nBest Trial)?", text)  # numbers are ids: nothing was left out
    assert {int(number) for number, best in items if best} == set(run.front()["trial"])
    assert len(items) == len(run.points())
