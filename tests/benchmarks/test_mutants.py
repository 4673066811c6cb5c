"""The mutants that are made of a source: which, and that each is a program that differs from it."""

import ast

import pytest
from mutants import NAMED, Mutant, chosen, mutants_of, named


def changes(source):
    """Each mutant's first line that differs."""
    out = []
    for mutant in mutants_of(source):
        changed = mutant.applied(source.encode()).decode()
        ast.parse(changed)
        assert changed != source
        pair = zip(changed.splitlines(), source.splitlines(), strict=True)
        out.append(next(line.strip() for line, before in pair if line != before))
    return sorted(out)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a + b - c", ["x = (-(c))"]),
        ("x = a * b", ["x = (1.1 * (a * b))", "x = (a)", "x = (b)"]),
        ("x = a / b", ["x = (1 / (b))", "x = (1.1 * (a / b))", "x = (a)"]),
        ("x = 1 / b", ["x = (1)", "x = (1.1 * (1 / b))"]),
        ("x = a * b / c", ["x = (1.1 * (a * b / c))", "x = (a * b)", "x = (a) / c", "x = (b) / c"]),
        ("x = a + b", ["x = (1.1 * (a)) + b", "x = (a)", "x = (b)", "x = a + (1.1 * (b))"]),
        ("x = a - b", ["x = (-(b))", "x = (1.1 * (a)) - b", "x = (a)", "x = a - (1.1 * (b))"]),
        ("x = np.where(p, a, b)", ["x = np.where((np.asarray(p) & False), a, b)",
                                   "x = np.where((np.asarray(p) | True), a, b)"]),
        ("x = sum(f(e) for e in y)", ["x = sum(1.1 * (f(e)) for e in y)", "x = sum(f(e) for e in list(y)[1:])"]),
        ("x = total((a, b))", ["x = total((*(), b))", "x = total((a, *()))"]),
    ],
)  # fmt: skip
def test_arithmetic(source, expected):
    if source == "x = a + b - c":  # of a longer chain each term goes once: a, b, c dropped and scaled
        assert len(changes(source)) == 6
        assert "x = (a + b)" in changes(source)
        assert "x = (b) - c" in changes(source)
        assert "x = (a) - c" in changes(source)
    else:
        assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "x = y[i + 1 : n * 2]",
        "for i in range(n - 1):\n    pass",
        "x = np.zeros((n + 1, 2 * m))",
        "raise InputError('file', f'{a + b} rows')",
        "x = 'a' + name",
        "x = f'{a / b:g}'",
        "x = y.sum(axis=k - 1)",
        "chunk_size = n * m",
        "def f(a: A | B = 2 * c) -> None:\n    pass",
        "def _says(f):\n    return f.energy / f.time",
        "x = n // m",
        "x = [a] + [b]",
    ],
)
def test_shapes_places_and_words_are_left_alone(source):
    assert mutants_of(source) == []


TERMS = """\
TERMS = (
    Term(ENERGY, ("nop_crossed.bit_hops", "nop_pace.energy_j_per_bit")),
    *others("x"),
    Term(AREA, ("links.area_m2",), of_all=("a.b", "c.d")),
)
"""


def test_terms_are_left_out_or_declared_twice_and_lose_factors():
    found = [mutant.text() for mutant in mutants_of(TERMS)]
    first = 'Term(ENERGY, ("nop_crossed.bit_hops", "nop_pace.energy_j_per_bit"))'
    second = 'Term(AREA, ("links.area_m2",), of_all=("a.b", "c.d"))'
    assert sorted(found) == sorted(
        [
            f"drop: {first}",
            f"twice: {first}",
            f'drop: "nop_crossed.bit_hops" of {first}',
            f'drop: "nop_pace.energy_j_per_bit" of {first}',
            f"drop: {second}",
            f"twice: {second}",
            f'drop: "a.b" of {second}',
            f'drop: "c.d" of {second}',
        ]
    )


def test_changed_terms_are_what_they_say():
    words = {"ENERGY": "energy", "AREA": "area", "Term": lambda *a, **k: (a, k), "others": lambda x: (x,)}
    counts = []
    for mutant in mutants_of(TERMS):
        space = dict(words)
        exec(mutant.applied(TERMS.encode()), space)
        counts.append(len(space["TERMS"]))
    assert sorted(counts) == [2, 2, 3, 3, 3, 3, 4, 4]


def test_the_sample_is_repeatable_and_holds_the_named():
    many = mutants_of(TERMS + "x = " + " + ".join(f"a{i}" for i in range(50)))
    (fault,) = named(many).values()
    few = chosen(many, 12, seed=3)
    assert few == chosen(many, 12, seed=3) != chosen(many, 12, seed=4)
    assert len(set(few)) == 12
    assert fault in few
    assert len(chosen(many, 1000, seed=3)) == len(many)
    assert list(named(many)) == [next(iter(NAMED))]


def test_text_beyond_ascii_does_not_shift_what_is_changed():
    source = 'u = "µm"; x = a * b'
    changed = [mutant.applied(source.encode()).decode() for mutant in mutants_of(source)]
    assert 'u = "µm"; x = (a)' in changed
    assert Mutant("f", 1, "drop", "a\n  b", 0, 1, "").text() == "drop: a b"
