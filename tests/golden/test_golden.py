"""Frozen figures: none moves unnoticed, and none is rewritten without a model version and a line in the change log."""

import shutil
from functools import cache

import numpy as np
import pytest
from golden_cases import DESIGNS, NETWORKS, Place, designs, figures_of
from golden_files import FOLDER, Refused, compare, message, new_names, read, rewrite, stored_version

from siam_dse.design.fields import fields
from siam_dse.system import MODEL_VERSION

NETWORK = "vgg19_cifar100"
CHANGELOG = "# Changelog\n\n### Added\n- Model version 3: not here.\n\n### Numbers changed\n- Model version 2: twice.\n"


now = cache(figures_of)
batch_of_all = cache(designs)


@pytest.mark.parametrize("network", NETWORKS)
def test_no_figure_moved(network):
    changes = compare(read(network), now(network))
    assert not changes, message(changes)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_figure_is_frozen(network):
    added = new_names(read(network), now(network))
    assert not added, "\n".join(["figures that are not frozen yet; run: make golden", *added])


def test_figures_are_of_this_model_version():
    assert stored_version() == MODEL_VERSION, "run: make golden"


@pytest.mark.parametrize("name", [name for name, field in fields().items() if field.kind in ("choice", "bool")])
def test_every_level_of_a_choice_occurs(name):
    field, chosen = fields()[name], set(getattr(batch_of_all(), name).tolist())
    levels = dict(enumerate(field.choices)) if field.kind == "choice" else {False: "false", True: "true"}
    missing = [level for code, level in levels.items() if code not in chosen]
    assert not missing, f"{name}: no design of {list(DESIGNS)} has {missing}"


def test_every_other_field_takes_several_values():
    batch = batch_of_all()
    alike = [name for name in fields() if len(np.unique(getattr(batch, name))) < 2]
    assert not alike
    assert np.any(batch.crossbar_rows > batch.crossbar_cols)
    assert np.any(batch.crossbar_rows < batch.crossbar_cols)


def test_every_rule_is_broken_and_kept():
    slack = {}
    for network in NETWORKS:
        for place, value in read(network).items():
            if place.column.startswith("violation "):
                slack.setdefault(place.column, []).append(value)
    for rule, values in slack.items():
        assert max(values) > 0, rule
        assert min(values) <= 0, rule


# --- what a failure says ---------------------------------------------------------------------------------------------


def test_a_failure_says_where_and_how_much():
    was = now(NETWORK)
    layer = next(place.layer for place in was if place.layer != "-")
    moved = {
        Place(NETWORK, "siam", "nop", "-", "energy_mj"): 2.0,
        Place(NETWORK, "default", "tile", layer, "tile_latency_ms"): 1.001,
    }
    changes = compare(was, {place: value * moved.get(place, 1) for place, value in was.items()})
    text = message(changes)
    place = Place(NETWORK, "siam", "nop", "-", "energy_mj")
    assert text.startswith("2 frozen figures moved:")
    assert f"network {NETWORK}, design siam, engine nop, layer -, column energy_mj: was {was[place]!r}, is " in text
    assert "(+100 %)" in text
    assert f"design default, engine tile, layer {layer}, column tile_latency_ms" in text
    assert "make golden" in text


def test_many_failures_are_counted_by_column():
    was = now(NETWORK)
    place_of = [place for place in was if place.column == "energy_mj" and place.engine == "noc"]
    changes = compare(was, {place: value * (3 if place in place_of else 1) for place, value in was.items()})
    assert len(changes) == len([place for place in place_of if was[place] != 0])
    text = message(changes * 2)
    assert f"and {2 * len(changes) - 12} more" in text
    assert "noc energy_mj: " in text


@pytest.mark.parametrize(
    ("was", "is_now", "moves"),
    [
        (1.0, 1 + 2e-9, True),
        (1.0, 1 + 0.5e-9, False),
        (10**12, 10**12 + 1, True),
        (0.0, 1e-30, True),
        (1.0, float("nan"), True),
        (float("nan"), 1.0, True),
        (float("nan"), float("nan"), False),
        (0.0, -0.0, False),
    ],
)
def test_round_off_passes_and_nothing_else(was, is_now, moves):
    place = Place("n", "d", "-", "-", "c")
    assert bool(compare({place: was}, {place: is_now})) == moves


# --- rewriting, on a copy --------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "figures"
    copy.mkdir()
    for path in FOLDER.glob(f"{NETWORK}*"):
        shutil.copy(path, copy)
    (copy / "model_version.txt").write_text("1\n")
    return copy


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def doubled():
    return {place: 2 * v if place.engine == "nop" and place.layer == "-" else v for place, v in read(NETWORK).items()}


def test_what_is_written_is_read_back(folder):
    before = contents(folder)
    assert "No figure moved." in rewrite({NETWORK: read(NETWORK)}, "1", CHANGELOG, folder)
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("version", "changelog", "reason"),
    [
        ("1", CHANGELOG, "MODEL_VERSION .* is 1, as it was"),
        ("2", "", "no line '- Model version 2"),
        ("3", CHANGELOG, "no line '- Model version 3"),
        ("2", CHANGELOG.replace(" twice.", ""), "no line '- Model version 2"),
    ],
)
def test_moved_figures_need_a_version_and_a_line(folder, version, changelog, reason):
    before = contents(folder)
    with pytest.raises(Refused, match=reason) as refused:
        rewrite({NETWORK: doubled()}, version, changelog, folder)
    assert "nop energy_mj: " in str(refused.value)
    assert contents(folder) == before


def test_with_both_they_are_rewritten(folder):
    said = rewrite({NETWORK: doubled()}, "2", CHANGELOG, folder)
    assert "nop energy_mj: " in said
    assert "at most +100 % (" in said
    assert stored_version(folder) == "2"
    assert not compare(read(NETWORK, folder), doubled())


def test_a_version_alone_is_noted_where_it_has_its_line(folder):
    with pytest.raises(Refused, match="no line '- Model version 3"):
        rewrite({NETWORK: read(NETWORK)}, "3", CHANGELOG, folder)
    rewrite({NETWORK: read(NETWORK)}, "2", CHANGELOG, folder)
    assert stored_version(folder) == "2"


def test_new_names_need_no_version_and_lost_ones_do(folder):
    more = read(NETWORK)
    first = next(iter(more))
    more[first._replace(column="brand_new")] = 1.5
    said = rewrite({NETWORK: more}, "1", CHANGELOG, folder)
    assert "brand_new (1 figures)" in said
    stored = read(NETWORK, folder)
    assert stored.keys() == more.keys()
    assert compare(stored, more) == []
    del more[first]
    with pytest.raises(Refused, match=r"no longer there"):
        rewrite({NETWORK: more}, "1", CHANGELOG, folder)
