"""One row of a YAML network file: typed access that notes every fault with place, field, value, rule and remedy."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from siam_dse.core.errors import closest_first, unknown_name
from siam_dse.core.text import shown
from siam_dse.workload.graph import Layer, Pool, Product, Shape, Vector, product_layer, volume
from siam_dse.workload.network import LAYER_KINDS, VECTOR_SORTS
from siam_dse.workload.shapes import conv_side
from siam_dse.workload.transformer import FUNCTIONS, Transformer

LAYOUTS = ("true_shape", "siam")
LAYER_KEYS = (
    "name",
    "kind",
    "ifm",
    "kernel",
    "out",
    "stride",
    "padding",
    "groups",
    "ofm",
    "pool",
    "sparsity",
    "input_activity",
    "product",
    "vector",
    "gives",
    "weights_of",
    "sequential",
    "routed",
)
_OF_PRODUCTS = ("name", "kind", "product", "out", "ofm", "vector", "gives")
_MOST = 10**7  # no side, kernel or channel count of a real network is larger
_MOST_VALUES = 2**50  # of one layer
_MOST_MACS = 2**60  # of one layer: totals stay within 64-bit integers
TOO_LARGE = "makes more than 2^60 multiply-accumulates or inputs; check ifm, kernel and out"


class Row:
    """A mapping of the file with the place it stands at; faults go to a shared list and a default is returned."""

    def __init__(self, place: str, content: dict[str, Any], problems: list[str]) -> None:
        self.place = place
        self.content = content
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def fault(self, field: str, got: Any, rule: str) -> None:
        """Note a fault of a field's value."""
        start = f"{self.place}: " if self.place else ""
        self.problems.append(f"{start}{field}: got {shown(got)}; {rule}")

    def check_keys(self, known: Sequence[str], required: Sequence[str] = ()) -> None:
        """Note unknown and missing keys."""
        start = f"{self.place}: " if self.place else ""
        for key in self.content:
            if key not in known:
                self.problems.append(start + unknown_name("key", str(key), known))
        for key in required:
            if key not in self.content:
                self.problems.append(f"{start}{key}: is missing; add it")

    def sub_row(self, key: str) -> "Row | None":
        """A mapping inside the row."""
        content = self.content[key]
        if isinstance(content, dict):
            return Row(f"{self.place}: {key}" if self.place else key, content, self.problems)
        self.fault(key, content, "must be a mapping {...}")
        return None

    def text(self, key: str, default: str) -> str:
        """A non-empty string; a number is taken as its spelling."""
        value = self.content.get(key, default)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value)
        if key in self.content and not (value == default == ""):
            self.fault(key, value, "must be text; put it in quotes")
        return default

    def choice(self, key: str, known: Sequence[str], default: str) -> str:
        """One of some words."""
        value = self.content.get(key, default)
        if value in known:
            return str(value)
        self.fault(key, value, f"must be one of {', '.join(closest_first(str(value), known))}")
        return default

    def whole(self, key: str, default: int, *, low: int, most: int = _MOST) -> int:
        """A whole number of at least ``low``."""
        return self._whole(key, self.content[key], low, default, most) if key in self.content else default

    def _whole(self, field: str, value: Any, low: int, default: int, most: int = _MOST) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= most:
            return value
        hint = "; remove the quotes" if isinstance(value, str) and value.strip().isdigit() else ""
        self.fault(field, value, f"must be a whole number of at least {low} and at most {most}{hint}")
        return default

    def fraction(self, key: str, default: float, *, nan_allowed: bool = False, below_one: bool = False) -> float:
        """A number in [0, 1], or in [0, 1)."""
        value = self.content.get(key, default)
        if key not in self.content or (nan_allowed and isinstance(value, float) and value != value):
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 <= value <= 1 and not (below_one and value == 1):
            return float(value)
        hint = "; write a percentage as a fraction" if is_number and value > 1 else ""
        self.fault(key, value, f"must be a number in [0, 1{')' if below_one else ']'}{hint}")
        return default

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.content.get(key, False)
        if isinstance(value, bool):
            return value
        self.fault(key, value, "must be true or false")
        return False

    def at_least_one(self, key: str) -> float:
        """A number of at least 1."""
        value = self.content.get(key, 1.0)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 1:
            return float(value)
        self.fault(key, value, "must be a number of at least 1")
        return 1.0

    def positive(self, key: str) -> None:
        """Note a number that is not above 0."""
        value = self.content.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            self.fault(key, value, "must be a number above 0")

    def sides(self, key: str, count: int, meaning: str, most: int = _MOST) -> tuple[int, ...] | None:
        """A list of ``count`` whole numbers of at least 1; None if it is not one."""
        value = self.content[key]
        if not isinstance(value, list) or len(value) != count:
            self.fault(key, value, f"must be a list of {count} whole numbers: {meaning}")
            return None
        before = len(self.problems)
        out = tuple(
            self._whole(f"{key} {part.strip()}", v, 1, 1, most)
            for v, part in zip(value, meaning.split(","), strict=True)
        )
        return out if len(self.problems) == before else None

    def producers(self, key: str) -> list[tuple[str, Shape | None]]:
        """Producers of an edge row: a name, {layer: NAME, read_as: [...]}, or a list of those."""
        if key not in self.content:
            return []
        value = self.content[key]
        if isinstance(value, list) and not value:
            self.fault(key, value, "must name at least one layer, or be left out")
        out: list[tuple[str, Shape | None]] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                inner = Row(f"{self.place}: {key}", item, self.problems)
                inner.check_keys(("layer", "read_as"), required=("layer",))
                shape = (
                    inner.sides("read_as", 3, "height, width, channels", _MOST_VALUES) if "read_as" in inner else None
                )
                out += [(inner.text("layer", ""), _as_shape(shape))] if "layer" in inner else []
            elif isinstance(item, str | int) and not isinstance(item, bool):
                out.append((str(item), None))
            else:
                self.fault(key, item, "must be the name of a layer, or {layer: NAME, read_as: [h, w, channels]}")
        return out


def _as_shape(sides: tuple[int, ...] | None) -> Shape | None:
    """A shape, for the type checker."""
    return None if sides is None else (sides[0], sides[1], sides[2])


def layer_from_row(row: Row, layout: str) -> Layer:
    """Layer of a row of the table; faulty fields are noted and left at their default."""
    kind = row.choice("kind", LAYER_KINDS, "conv")
    if kind == "product":
        return _product_from_row(row)
    needed = ("name", "ifm", "out") if kind == "fc" else ("name", "ifm", "kernel", "out")
    row.check_keys(LAYER_KEYS, required=needed)
    before = len(row.problems)
    ifm = row.sides("ifm", 3, "height, width, channels") if "ifm" in row else None
    ofm = row.sides("ofm", 2, "height, width") if "ofm" in row else None
    layer = Layer(
        name=row.text("name", ""),
        kind=kind,
        ifm=_as_shape(ifm) or (1, 1, 1),
        kernel=_kernel(row),
        out=row.whole("out", 1, low=1),
        stride=row.whole("stride", 1, low=1),
        padding=row.whole("padding", 0, low=0),
        groups=row.whole("groups", 1, low=1),
        ofm=None if ofm is None else (ofm[0], ofm[1]),
        sparsity=row.fraction("sparsity", 0.0, below_one=True),
        input_activity=row.fraction("input_activity", float("nan"), nan_allowed=True),
    )
    if "product" in row:
        row.fault("product", row.content["product"], "only a row of kind product has one")
    if ifm is not None and len(row.problems) == before:
        _check_layer(row, layer, layout)
    if "pool" in row and len(row.problems) == before:
        layer = replace(layer, pool=_pool(row, layer))
    layer = replace(
        layer,
        sequential=row.flag("sequential"),
        weights_of=row.text("weights_of", ""),
        routed=row.whole("routed", 0, low=1),
    )
    height, width = layer.output_map
    if layer.routed > max(height * width, 0) * layer.groups and len(row.problems) == before:
        row.fault("routed", layer.routed, f"exceeds {height * width} positions x {layer.groups} groups")
    return _with_vector(row, layer)


def _product_from_row(row: Row) -> Layer:
    """Product of two activations: ``product: {heads: 12, m: 128, k: 64, n: 128}``."""
    row.check_keys(_OF_PRODUCTS, required=("name", "product"))
    inner = row.sub_row("product") if "product" in row else None
    if inner is None:
        return product_layer(row.text("name", ""), Product(1, 1, 1, 1))
    before = len(row.problems)
    inner.check_keys(("heads", "kv_heads", "m", "k", "n", "causal", "cached"), required=("m", "k", "n"))
    heads, m, k, n = (inner.whole(key, 1, low=1) for key in ("heads", "m", "k", "n"))
    product = Product(
        heads,
        m,
        k,
        n,
        kv_heads=inner.whole("kv_heads", heads, low=1),
        causal=inner.fraction("causal", 1.0),
        cached=inner.flag("cached"),
    )
    if heads % product.kv_heads:
        inner.fault("kv_heads", product.kv_heads, f"must divide heads = {heads}")
    if product.causal == 0:
        inner.fault("causal", product.causal, "must be above 0; 1 where every product is needed")
    if heads * m * max(product.k, 1) * n > _MOST_MACS:
        inner.fault("m", m, TOO_LARGE)
    ofm = row.sides("ofm", 2, "height, width") if "ofm" in row else None
    height, width = ofm or (m, 1)
    out = row.whole("out", max(heads * m * n // (height * width), 1), low=1)
    if len(row.problems) == before and height * width * out != heads * m * n:
        row.fault("out", out, f"x the map {height} x {width} must make heads x m x n = {heads * m * n} values")
    return _with_vector(row, product_layer(row.text("name", ""), product, shape=(height, width, out)))


def transformer_from_row(row: Row) -> Transformer:
    """Sizes of a ``transformer`` block."""
    known = [field.name for field in fields(Transformer)]
    row.check_keys(known, required=("layers", "hidden", "heads", "ffn"))
    before = len(row.problems)
    layers, hidden, heads, ffn = (row.whole(key, 1, low=1) for key in ("layers", "hidden", "heads", "ffn"))
    sizes = Transformer(
        layers,
        hidden,
        heads,
        ffn,
        kv_heads=row.whole("kv_heads", heads, low=1),
        head_dim=row.whole("head_dim", 0, low=1),
        gated=row.flag("gated"),
        function=row.choice("function", FUNCTIONS, "gelu"),
        decoder=row.flag("decoder"),
        rotary=row.flag("rotary"),
        vocabulary=row.whole("vocabulary", 0, low=1),
        tied=row.flag("tied"),
        embeddings=row.whole("embeddings", 0, low=1),
        experts=row.whole("experts", 0, low=2),
        experts_per_token=row.whole("experts_per_token", 0, low=1),
        imbalance=row.at_least_one("imbalance"),
    )
    if len(row.problems) > before:
        return sizes
    if heads % sizes.kv_heads:
        row.fault("kv_heads", sizes.kv_heads, f"must divide heads = {heads}")
    if not sizes.head_dim and hidden % heads:
        row.fault("heads", heads, f"must divide hidden = {hidden}, unless head_dim is given")
    if (sizes.experts > 0) != (sizes.experts_per_token > 0) or sizes.experts_per_token > sizes.experts:
        rule = "experts and experts_per_token stand together, and no token goes to more experts than there are"
        row.fault("experts_per_token", sizes.experts_per_token, rule)
    return sizes


def _with_vector(row: Row, layer: Layer) -> Layer:
    """The layer with what the vector unit does after it.

    ``gives: [h, w, channels]`` is the shape it leaves; ``vector: {softmax: output}`` counts values by sort of
    operation: a number, or ``output``, as many as the layer puts out.
    """
    gives = row.sides("gives", 3, "height, width, channels") if "gives" in row else None
    layer = replace(layer, gives=_as_shape(gives))
    inner = row.sub_row("vector") if "vector" in row else None
    if inner is None:
        return layer
    inner.check_keys(VECTOR_SORTS)
    outputs = volume(layer.output) if min(layer.output) > 0 else 0
    counts = [
        outputs if inner.content.get(sort) == "output" else inner.whole(sort, 0, low=0, most=_MOST_VALUES)
        for sort in VECTOR_SORTS
    ]
    return replace(layer, vector=Vector(*counts))


def _kernel(row: Row) -> tuple[int, int]:
    """Kernel of a row: a number for a square one, or [height, width]."""
    if isinstance(row.content.get("kernel"), list):
        sides = row.sides("kernel", 2, "height, width")
        return (sides[0], sides[1]) if sides else (1, 1)
    side = row.whole("kernel", 1, low=1)
    return side, side


def _check_layer(row: Row, layer: Layer, layout: str) -> None:
    """Rules that join the fields of one layer."""
    if layer.kind == "fc":
        plain = Layer(layer.name, "fc", (1, 1, layer.ifm[2]), (1, 1), layer.out)
        for key in ("ifm", "kernel", "stride", "padding", "groups"):
            if getattr(layer, key) != getattr(plain, key):
                got = row.content[key]
                row.fault(key, got, "an fc layer is a 1 x 1 kernel on a [1, 1, inputs] map; leave the others out")
        return
    for side, kernel, name in zip(layer.ifm, layer.kernel, ("height", "width"), strict=False):
        if layout == "true_shape" and layer.ofm is None and conv_side(side, kernel, 1, layer.padding) < 1:
            rule = f"exceeds the padded input: {name} {side} + 2 x padding {layer.padding}; mend ifm, kernel or padding"
            row.fault("kernel", row.content["kernel"], rule)
    for field, channels in (("ifm channels", layer.ifm[2]), ("out", layer.out)):
        if channels % layer.groups:
            row.fault("groups", layer.groups, f"must divide {field} = {channels}")
    if is_too_large(layer):
        row.fault("out", layer.out, TOO_LARGE)


def is_too_large(layer: Layer) -> bool:
    """Whether a layer's multiply-accumulates, or its input map, are too many to be added up in 64-bit integers."""
    height, width = layer.output_map
    macs = layer.kernel[0] * layer.kernel[1] * layer.ifm[2] * layer.out * max(height, 1) * max(width, 1)
    return max(macs, layer.ifm[0] * layer.ifm[1] * layer.ifm[2]) > _MOST_MACS


def _pool(row: Row, layer: Layer) -> Pool:
    """Pooling of a row: {max: WINDOW, stride: S, padding: P}; {avg: global} takes the whole map."""
    inner = row.sub_row("pool")
    if inner is None:
        return Pool()
    inner.check_keys(("max", "avg", "stride", "padding"))
    kinds = [kind for kind in ("max", "avg") if kind in inner]
    if len(kinds) != 1:
        row.fault("pool", inner.content, "must have either max or avg, such as {max: 2} or {avg: global}")
        return Pool()
    height, width = layer.output_map
    is_global = inner.content[kinds[0]] == "global"
    window = max(height, width) if is_global else inner.whole(kinds[0], 1, low=1)
    padding = inner.whole("padding", 0, low=0)
    if min(height, width) < 1:
        return Pool()
    if window > max(height, width) + 2 * padding:
        inner.fault(kinds[0], window, f"exceeds the padded output map {height} x {width}; write global for all of it")
    return Pool(kinds[0], window, inner.whole("stride", window, low=1), padding)
