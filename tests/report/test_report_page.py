"""The report page: self-contained, complete, safe against what names hold."""

import json
import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose
from plotly.offline import get_plotlyjs
from report_cases import made_up_front, made_up_view
from report_runs import small_run

from siam_dse.report.choice.pick import pick
from siam_dse.report.design_view import viewed_designs
from siam_dse.report.gallery import run_figures, scatter_of, write_plots
from siam_dse.report.html import facts_part, figure_part, page, table_part
from siam_dse.report.page import report_page, write_report
from siam_dse.report.picks import picked, picked_rows, picks_part
from siam_dse.report.provenance import provenance_table, sources_table
from siam_dse.report.view import RunView
from siam_dse.technology.technology import packaged_technology

pytestmark = pytest.mark.slow


class Links(HTMLParser):
    """Everything on a page that a browser would fetch or follow, and the text of its headings."""

    def __init__(self, text):
        super().__init__()
        self.links, self.headings, self.tag = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        self.links += [value for name, value in attributes if name in ("src", "href", "data", "action")]

    def handle_data(self, data):
        if self.tag in ("h1", "h2"):
            self.headings.append(data)


def without_plotly(text):
    assert text.count(get_plotlyjs()) == 1
    return text.replace(get_plotlyjs(), "")


@pytest.fixture(scope="module")
def view():
    return made_up_view(300)


@pytest.fixture(scope="module")
def figures(view):
    return run_figures(view)


@pytest.fixture(scope="module")
def text(view, figures):
    return without_plotly(report_page(view, figures))


def test_the_page_fetches_nothing(text):
    links = Links(text).links
    assert links
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"@import|url\(|<link|<img|<iframe", text)


def test_every_anchor_leads_somewhere(text):
    for link in Links(text).links:
        assert f'id="{link[1:]}"' in text


def test_the_page_has_every_section(text):
    headings = Links(text).headings
    assert headings[0] == "resnet50 on siam"
    for heading in (
        "Explorer", "Pareto front", "Trade-offs",
        "By engine", "Axis by axis", "Chiplets or one die", "How the search went",
        "What the constraints excluded", "How far to trust these figures", "Where this comes from",
    ):  # fmt: skip
        assert heading in headings


def test_the_page_holds_each_figure_once(text, figures):
    for name in figures:
        assert text.count(f'id="figure-{name}"') == (name not in ("parallel", "pareto"))  # the explorer has both
    assert len(figures) == 7


def test_the_knee_is_marked_in_the_tables(text, view):
    heads = re.findall(r"<th[^>]*>(.*?)</th>", text)
    (knee,) = [head for head in heads if head.startswith(f"{view.knee['trial']}: ")]
    assert "knee" in knee
    row = re.search(r'<td class="text">latency \[ms\]</td>(.*?)</tr>', text).group(1)
    assert f">{view.knee['latency_ms']:.4g}<" in row


def test_figures_are_written_in_few_letters():
    figure = go.Figure().add_scatter(x=np.array([0.1, 1e-9]), y=[1 / 3, None], customdata=[123456789, 2.0])
    part = figure_part(figure, "light")
    data = json.loads(part.split(">", 3)[3].removesuffix("</script>"))["data"][0]
    assert_allclose(np.frombuffer(b64decode(data["x"]["bdata"]), np.float32), [0.1, 1e-9], rtol=1e-7, atol=0)
    assert data["y"] == [0.333333, None]
    assert data["customdata"] == [123456789, 2]


def test_the_first_screen_says_which_design(tmp_path):
    run = small_run(tmp_path)
    view = RunView.of(run)
    found = picked(view)
    text = picks_part(view, found)
    assert found.id == pick(run).id
    assert f"<p class='sub'>design {found.id}</p>" in text
    assert text.count("<section") == 1 + len(found.others)
    assert text.count('href="#front-dots"') == text.count("<section")  # the front is drawn once for all pictures
    assert text.count("<circle") == len(view.front)
    chosen = picked_rows(found)
    assert chosen["trial"].tolist()[0] == found.id
    assert viewed_designs(view, chosen)["trial"].tolist()[0] == found.id


def test_a_run_of_another_model_says_that_nothing_was_evaluated_anew(text):
    assert "Model, data or inputs have changed since this run" in text
    assert "figure-nop_bandwidth" not in text


def test_an_unfinished_run_and_warnings_are_told(view, figures):
    info = view.info | {"status": "interrupted", "warnings": ["axis <b>x</b> does not trade off"]}
    page_text = report_page(made_up_view(300, info=info), {})
    assert "This run is <b>interrupted</b>" in page_text
    assert "axis &lt;b&gt;x&lt;/b&gt; does not trade off" in page_text


def test_a_run_without_a_feasible_design_has_a_report(view):
    bad = view.points[~view.points["feasible"]].reset_index(drop=True)
    empty = made_up_view(300, points=bad, front=made_up_front(view.points).iloc[:0])
    page_text = report_page(empty, {})
    assert "No feasible design was found" in page_text
    assert "What the constraints excluded" in page_text
    assert '<h2 id="pareto-front">' not in page_text


def test_names_are_escaped(view):
    page_text = report_page(made_up_view(300, name="<script>alert(1)</script>"), {})
    assert "<script>alert" not in page_text


def test_written_report_and_plots_are_whole_pages(view, figures, tmp_path):
    write_report(view, tmp_path / "report.html", {"hypervolume": figures["hypervolume"]})
    (path,) = write_plots(view, tmp_path, {"hypervolume": figures["hypervolume"]})
    assert path == tmp_path / "hypervolume.html"
    report = without_plotly((tmp_path / "report.html").read_text(encoding="utf-8"))
    plot = path.read_text(encoding="utf-8")
    for written in (report, plot):
        assert written.startswith("<!doctype html>")
        assert written.rstrip().endswith("</html>")
    assert all(link.startswith("#") for link in Links(report).links)
    assert Links(plot).links == ["plotly.min.js"]  # once for all plots of a folder
    assert len(plot) < 1e6
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hypervolume.html", "plotly.min.js", "report.html"]


def test_figures_are_plain_json(figures):
    for figure in figures.values():
        assert json.loads(figure.figure().to_json())["layout"]["title"]["text"].startswith("<b>")


def test_figures_without_a_front_are_left_out(view):
    bad = view.points[~view.points["feasible"]].reset_index(drop=True)
    empty = made_up_view(300, points=bad, front=view.front.iloc[:0], history=view.history.iloc[:1])
    assert list(run_figures(empty)) == ["pareto"]


def test_a_scatter_of_any_two_columns(view):
    figure = scatter_of(view, "area_mm2", "tops_per_w", "adc_bits").figure()
    assert figure.layout.xaxis.title.text.startswith("silicon area [mm²]")
    assert figure.layout.yaxis.title.text.startswith("energy efficiency [TOPS/W]")
    with pytest.raises(ValueError, match="unknown column 'latency'; known: latency_ms"):
        scatter_of(view, "latency")


def test_tables_escape_and_align():
    import pandas as pd

    text = table_part(pd.DataFrame({"name": ["a<b", "c"], "latency_ms": [1.23456, 2.0]}), [True, False])
    assert '<tr class="mark"><td class="text">a&lt;b</td><td>1.235</td></tr>' in text
    assert "<th>latency [ms]</th>" in text
    assert "<b>5 &lt; 6</b>" in facts_part({"x": "5 < 6"})


def test_a_page_embeds_plotly_once():
    assert without_plotly(page("t", "<main></main>")).count("<script>") == 3  # plotly's, its settings, the drawing


def test_no_page_offers_to_upload_a_plot():
    assert '"showSendToCloud": false' in page("t", "<main></main>")
    assert '"plotlyServerURL": ""' in page("t", "<main></main>")


def test_provenance_says_how_to_make_the_run_again(view):
    table = provenance_table(view).set_index("what")["value"]
    assert table["command"] == "siam-dse sweep resnet50 --space siam"
    assert table["sampler, seed, population"] == "nsga2, 0, 50"
    assert len(table["fingerprint"]) == 16
    assert "latency_ms = " in table["reference point"]
    assert "git commit" not in table.index  # unknown entries are left out
    assert len(sources_table(packaged_technology())) > 5
