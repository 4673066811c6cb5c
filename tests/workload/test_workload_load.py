"""Names and paths of networks."""

import re
from typing import get_args

import pytest

from siam_dse.cli.options import NetworkArgument
from siam_dse.core.errors import InputError
from siam_dse.workload.load import READERS, load_network, network_summary, zoo_names, zoo_published


def test_zoo_is_listed():
    names = zoo_names()
    assert list(names) == sorted(names)
    assert {"resnet110", "vgg19_cifar100", "resnet50", "vgg16", "densenet40"} <= set(names)


def test_unknown_name_lists_the_closest_first():
    known = r"known: resnet50, resnet56, .*\(the 6 closest of \d+"
    with pytest.raises(InputError, match=rf"unknown network 'resnet5O'; {known}"):
        load_network("resnet5O")


def test_published_totals_of_unknown_name():
    with pytest.raises(InputError, match="unknown network 'alexnett'; known: alexnet,"):
        zoo_published("alexnett")
    assert zoo_published("AlexNet")["parameters"] == 61100840


def test_path_by_suffix(tmp_path):
    table = tmp_path / "mine.CSV"
    table.write_text("8,8,3,3,3,4,0\n", encoding="utf-8")
    assert load_network(table).layout == "siam"
    copy = tmp_path / "copy.yml"
    copy.write_text(load_network("lenet5").text, encoding="utf-8")
    assert load_network(str(copy)).text == load_network("lenet5").text


def test_unknown_kind_of_file(tmp_path):
    with pytest.raises(InputError, match=r"kind of file '.txt' is not known; give a zoo name or a .yaml"):
        load_network(tmp_path / "net.txt")


def test_missing_file(tmp_path):
    for suffix in ("yaml", "csv", "onnx"):
        with pytest.raises(InputError, match="there is no such file"):
            load_network(tmp_path / f"none.{suffix}")


def test_summary_of_a_table(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("8,8,3,3,3,4,0\n", encoding="utf-8")
    row = network_summary(load_network(path))
    assert (row["layers"], row["parameters"], row["macs"], row["classes"]) == (1, 108, 108 * 36, 4)


def test_the_help_names_every_kind_of_file():
    (option,) = get_args(NetworkArgument)[1:]
    assert {suffix for suffix in READERS if suffix != ".yml"} == set(re.findall(r"\.[a-z]+", option.help))
