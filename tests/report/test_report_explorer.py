"""The explorer and the designs from within: what their scripts are handed, and what a browser makes of it."""

import shutil
from base64 import b64decode

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from report_cases import made_up_view
from report_runs import small_run

from siam_dse.design.designs import Designs
from siam_dse.report.design_view import design_data, package_data, viewed_designs
from siam_dse.report.explorer import explorer_data
from siam_dse.report.page import write_report
from siam_dse.report.view import RunView
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    return RunView.of(small_run(tmp_path_factory.mktemp("results")))


# --- data ------------------------------------------------------------------------------------------------------------


def test_the_explorer_has_every_front_design_and_its_figures():
    view = made_up_view(300)
    data = explorer_data(view)
    ids = np.frombuffer(b64decode(data["ids"]), np.int32)
    flags = np.frombuffer(b64decode(data["flags"]), np.uint8)
    assert set(ids[flags & 1 > 0]) == set(view.front["trial"])
    assert (flags & 4 > 0).sum() == 1
    points = view.points.set_index("trial").loc[ids]
    for column in data["columns"]:
        if "levels" not in column:
            raw = b64decode(column["data"])
            few = column.get("values")  # codes of a byte each, where few values differ
            shown = np.asarray(few)[np.frombuffer(raw, np.uint8)] if few else np.frombuffer(raw, np.float32)
            assert_allclose(shown, points[column["name"]].astype(float), rtol=1e-6, atol=0)
    assert_array_equal(flags & 2 > 0, points["feasible"])


def test_infeasible_designs_say_what_they_break():
    view = made_up_view(300)
    data = explorer_data(view)
    flags = np.frombuffer(b64decode(data["flags"]), np.uint8)
    assert {int(i) for i in data["broken"]} == set(np.flatnonzero(flags & 2 == 0))


@pytest.mark.parametrize(
    ("n_chiplets", "topology"), [(0, "mesh"), (36, "mesh"), (0, "torus"), (0, "ring"), (36, "hub")]
)
@pytest.mark.parametrize("placement", ["row_major", "optimised"])
def test_loads_of_the_package_s_links_add_up_to_its_bit_hops(n_chiplets, topology, placement):
    network = load_network("resnet110")
    designs = Designs.grid(
        tiles_per_chiplet=[16],
        n_chiplets=[n_chiplets],
        crossbar_rows=[64],
        crossbar_cols=[64],
        nop_topology=topology,
        nop_placement=placement,
    )
    composed = evaluate(network, designs).composed()
    package = package_data(composed)
    crossing = composed.figure("nop_crossed.bit_hops").sum()
    port = package["port"]
    over_links = sum(onward + back for *_, onward, back in package["links"])
    assert_allclose(over_links + port, crossing, rtol=2e-4, atol=0)  # four digits are shown
    assert package["chiplets"] == composed.figure("mapping.n_chiplets")[0]
    tiles = sum(count for _, _, count, _ in package["runs"])
    assert tiles == composed.figure("mapping.total_tiles")[0]
    assert max(start + count for _, start, count, _ in package["runs"]) <= package["tiles"]


def test_runs_of_tiles_do_not_overlap():
    composed = evaluate(load_network("resnet110"), Designs.grid(tiles_per_chiplet=[25])).composed()
    taken = [
        (chiplet, tile) for chiplet, start, n, _ in package_data(composed)["runs"] for tile in range(start, start + n)
    ]
    assert len(taken) == len(set(taken))


def test_a_design_from_within_adds_up(view):
    designs = viewed_designs(view)
    data = design_data(view, designs)
    assert [design["id"] for design in data["designs"]] == designs["trial"].tolist()
    for design, row in zip(data["designs"], designs.to_dict(orient="records"), strict=True):
        assert_allclose(np.sum(design["latency"]), row["latency_ms"], rtol=1e-3, atol=0)
        for quantity, column in (("energy", "energy_mj"), ("latency", "latency_ms"), ("area", "area_mm2")):
            whole = sum(value for _, parent, value in design["shares"][quantity] if not parent)
            assert_allclose(whole, row[column], rtol=1e-3, atol=0)
        parts = sum(value for _, parent, value in design["shares"]["energy"] if parent)
        assert_allclose(parts, row["energy_mj"], rtol=2e-3, atol=0)


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(view, tmp_path_factory):
    if not CHROMIUM:
        pytest.skip("no Chromium here: pages are not clicked through")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(view, path)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        shown = browser.new_page(viewport={"width": 1400, "height": 1000})
        shown.faults = []
        shown.on("pageerror", lambda error: shown.faults.append(str(error)))
        shown.on("request", lambda sent: shown.faults.append(sent.url) if sent.url.startswith("http") else None)
        shown.goto(path.as_uri())
        shown.wait_for_selector("[data-part=table] tbody tr")
        yield shown
        browser.close()


def count(page):
    return int(page.inner_text("[data-part=count]").split(" of ")[0].replace(",", ""))


@pytest.mark.slow
def test_plot_sliders_and_table_show_the_same_designs(page):
    page.wait_for_function("document.querySelector('[data-part=count]').textContent !== ''")
    whole = count(page)
    rows = page.locator("[data-part=table] tbody tr")
    assert whole == rows.count() > 1
    slider = page.locator(".slider input").nth(1)
    slider.evaluate("input => { input.value = 120; input.dispatchEvent(new Event('input')); }")
    page.wait_for_function(f"document.querySelectorAll('[data-part=table] tbody tr').length < {whole}")
    assert count(page) == rows.count() < whole
    assert ".." in page.url  # a link opens the same view
    page.click("[data-part=reset]")
    page.wait_for_function(f"document.querySelectorAll('[data-part=table] tbody tr').length === {whole}")


@pytest.mark.slow
def test_the_toolbar_hides_nothing_of_the_colour_bar(page):
    toolbar = page.locator("#explore .modebar").first.bounding_box()
    labels = page.locator("#explore .colorbar .cbaxis text").all()
    assert min(label.bounding_box()["y"] for label in labels) >= toolbar["y"] + toolbar["height"]


@pytest.mark.slow
def test_pinned_designs_stand_side_by_side_with_their_command(page):
    page.locator("[data-part=table] tbody button").nth(0).click()
    page.wait_for_selector("table.pinned")
    page.locator("[data-part=table] tbody button").nth(1).click()
    page.wait_for_function("document.querySelectorAll('table.pinned thead th').length === 3")
    first = page.locator("[data-part=table] tbody button").nth(0).inner_text()
    assert f"siam-dse explain small --design {first}" in page.inner_text("[data-part=pins]")
    assert "pin=" in page.url


@pytest.mark.slow
def test_a_design_is_drawn_from_within(page):
    page.locator("#designs").scroll_into_view_if_needed()
    for part in ("package", "sunburst", "layers", "roofline"):
        page.wait_for_selector(
            f"#designs [data-part={part}] .main-svg, #designs [data-part={part}] p", state="attached"
        )
    options = page.locator("#designs [data-part=which] option")
    page.locator("#designs [data-part=which]").select_option(index=options.count() - 1)
    page.locator("#designs [data-part=quantity]").select_option("latency")
    assert page.locator("#designs [data-part=facts]").inner_text()


@pytest.mark.slow
def test_a_click_on_a_point_pins_its_design(page, view):
    page.click("[data-part=reset]")
    while page.locator("table.pinned thead button").count():
        page.locator("table.pinned thead button").nth(0).click()
        page.wait_for_timeout(200)
    page.locator("[data-part=points]").scroll_into_view_if_needed()
    box = page.locator("[data-part=points]").bounding_box()
    drawn = page.evaluate(
        """() => { const canvas = document.querySelector("[data-part=points]"), pen = canvas.getContext("2d");
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 3; i < data.length; i += 4) if (data[i] === 255) return [(i >> 2) % canvas.width / canvas.width,
          Math.floor((i >> 2) / canvas.width) / canvas.height]; }"""
    )
    page.mouse.click(box["x"] + drawn[0] * box["width"], box["y"] + drawn[1] * box["height"])
    page.wait_for_selector("table.pinned")
    found = page.inner_text("table.pinned thead").split()
    assert int(found[found.index("design") + 1]) in set(view.points["trial"])


@pytest.mark.slow
def test_a_dark_page_has_dark_figures_and_paper_light_ones(page):
    page.locator("#figure-axes").scroll_into_view_if_needed()
    page.wait_for_selector("#figure-axes .main-svg")
    paper = "document.getElementById('figure-axes')._fullLayout.paper_bgcolor"
    assert page.evaluate(paper) == "#ffffff"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{paper} !== '#ffffff'")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor") == "rgb(23, 28, 34)"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"{paper} === '#ffffff'")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{paper} === '#ffffff'")


@pytest.mark.slow
def test_nothing_is_fetched_and_nothing_fails(page):
    assert page.faults == []


def test_of_streamed_weights_the_chiplets_that_exist_are_drawn():
    streamed = {"weights": "streamed", "n_chiplets": 2, "tiles_per_chiplet": 4, "duplication": "none"}
    evaluation = evaluate(load_network("resnet20"), Designs.grid(**streamed))
    package = package_data(evaluation.composed(0))
    assert package["rounds"] == -(-int(evaluation["chiplets_needed"][0]) // 2) > 1
    assert package["chiplets"] == len(package["layer_of"]) == 2
    assert {chiplet for chiplet, *_ in package["runs"]} == {0, 1}
    assert package["links"] == []


def test_a_package_placed_by_swaps_is_drawn_where_chiplets_stand():
    small = {"tiles_per_chiplet": 4, "crossbar_size": 64, "spare_chiplets": 1}
    evaluation = evaluate(load_network("resnet20"), Designs.grid(nop_placement=["row_major", "optimised"], **small))
    in_order, swapped = (package_data(evaluation.composed(i)) for i in (0, 1))
    assert in_order["places"] is None
    assert len(set(swapped["places"])) == swapped["chiplets"]
    assert swapped["places"] != list(range(swapped["chiplets"]))
    bits_x_hops = [sum(sum(link[-2:]) for link in package["links"]) for package in (in_order, swapped)]
    assert bits_x_hops[1] < bits_x_hops[0]
