"""What a message lists: few known names in full, of many the closest and how many there are."""

import shlex

import pytest

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import command, command_line


def test_few_known_names_are_listed_in_full_the_closest_first():
    known = [f"name_{letter}" for letter in "abcdefghijklmno"]
    line = unknown_name("choice", "name_c2", known)
    assert line.startswith("unknown choice 'name_c2'; known: name_c, ")
    assert all(name in line for name in known)
    assert "closest" not in line


def test_of_many_known_names_the_six_closest_and_their_number():
    line = unknown_name("choice", "adc_bit", ["adc_bits", *(f"field_{i}" for i in range(15))])
    assert line.startswith("unknown choice 'adc_bit'; known: adc_bits, field_")
    assert line.endswith(" (the 6 closest of 16)")
    assert line.count(",") == 5


@pytest.mark.parametrize(
    ("kind", "command"),
    [("field", "fields"), ("output column", "fields"), ("column", "fields"), ("network", "networks")],
)
def test_what_a_command_lists_in_full_is_said(kind, command):
    line = unknown_name(kind, "a", [f"n{i}" for i in range(90)])
    assert line.endswith(f" (the 6 closest of 90, all listed by 'siam-dse {command}')")


def test_many_problems_are_cut_short():
    text = str(InputError("file", [f"problem {i}" for i in range(25)]))
    assert text.startswith("file: 25 problems\n  - problem 0\n")
    assert text.endswith("  ... and 5 more")


def test_a_message_has_an_end_however_long_its_lines_are():
    """Of ten faults of 900 letters five are told: 5,000 letters at most."""
    text = str(InputError("file.yaml", [f"{number}{'x' * 899}" for number in range(10)]))
    assert [line[4] for line in text.splitlines()[1:-1]] == list("01234")
    assert text.endswith("  ... and 5 more")
    assert len(str(InputError("file.yaml", ["x" * 9000] * 3))) < 5000


@pytest.mark.parametrize(
    ("path", "shown"),
    [("results/a", "'siam-dse resume results/a'"), ("my runs/a", "\"siam-dse resume 'my runs/a'\"")],
)
def test_a_command_in_a_message_can_be_copied_whatever_a_path_is_called(path, shown):
    assert command("resume", path) == shown
    assert shlex.split(command_line("resume", path)) == ["siam-dse", "resume", path]
