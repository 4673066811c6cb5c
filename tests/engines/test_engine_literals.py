"""Engines hold no numbers: constants stand in technology/data, numbers of an equation carry its reference."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

import siam_dse

ENGINES = Path(siam_dse.__file__).parent / "engines"
FREE = (0, 1, 2)  # and -1, which is a negated 1


def is_place(node):
    """Literals that say where in an array, along which axis or how many times: a subscript, ``axis=``, ``range``."""
    if isinstance(node, ast.Subscript):
        return [node.slice]
    if isinstance(node, ast.keyword):
        return [node.value] if node.arg == "axis" else []
    if isinstance(node, ast.comprehension) and isinstance(node.target, ast.Name) and node.target.id == "_":
        return [node.iter]
    return []


def bare_literals(text):
    """Lines and values of literals other than 0, 1, 2, -1 without a comment on their line or the line above."""
    commented = {t.start[0] for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT}
    tree = ast.parse(text)
    places = {id(inner) for node in ast.walk(tree) for part in is_place(node) for inner in ast.walk(part)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and type(node.value) in (int, float)
        and node.value not in FREE
        and id(node) not in places
        and not {node.lineno, node.lineno - 1} & commented
    ]


@pytest.mark.parametrize("path", sorted(ENGINES.rglob("*.py")), ids=lambda path: str(path.relative_to(ENGINES)))
def test_no_number_without_its_equation(path):
    assert bare_literals(path.read_text(encoding="utf-8")) == []


def test_the_walk_finds_a_number():
    text = "a = x[3] + 2\n\nb = 0.7 * a\n# 12: uniform over one step\nc = b / 12\nd = sum(a, axis=3)\n"
    assert bare_literals(text) == [(3, 0.7)]
