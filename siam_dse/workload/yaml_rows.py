"""Rows of a YAML network file as layers."""

from dataclasses import fields, replace
from math import prod

from siam_dse.workload.graph import Layer, Pool, Product, Vector, product_layer, volume
from siam_dse.workload.network import LAYER_KINDS, VECTOR_SORTS
from siam_dse.workload.recurrent import GATES, recurrent_layer
from siam_dse.workload.shapes import as_map
from siam_dse.workload.transformer import FUNCTIONS, Transformer
from siam_dse.workload.yaml_row import MOST_VALUES, Row, as_shape
from siam_dse.workload.yaml_windows import AXES, Window, check_window, window_from_row

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
    "dilation",
    "product",
    "vector",
    "norm",
    "gives",
    "resize",
    "weights_of",
    "sequential",
    "routed",
)
_KINDS = (*LAYER_KINDS, "matmul", "conv_transpose", *GATES)
_OF_PRODUCTS = ("name", "kind", "product", "out", "ofm", "vector", "norm", "gives", "resize")
_OF_WINDOWS = ("kernel", "stride", "padding", "dilation", "ofm")
_MOST_MACS = 2**60  # of one layer: totals stay within 64-bit integers
TOO_LARGE = "makes more than 2^60 multiply-accumulates or inputs; check ifm, kernel and out"


def layer_from_row(row: Row, layout: str) -> Layer:
    """Layer of a row of the table; faulty fields are noted and left at their default."""
    kind = row.choice("kind", _KINDS, "conv")
    if kind == "product":
        return _product_from_row(row)
    has_kernel = kind in ("conv", "conv_transpose")
    row.check_keys(LAYER_KEYS, required=("name", "ifm", *(["kernel"] if has_kernel else []), "out"))
    before = len(row.problems)
    sides, channels = _map(row)
    window = window_from_row(row, len(sides))
    ofm = row.sides("ofm", len(sides), AXES[len(sides)]) if "ofm" in row else None
    layer = Layer(
        name=row.text("name", ""),
        kind="fc" if kind == "fc" else "conv",
        ifm=(*as_map(sides), channels),
        kernel=as_map(window.kernel),
        out=row.whole("out", 1, low=1),
        stride=max(window.stride),
        padding=max(*window.before, *window.after),
        groups=row.whole("groups", 1, low=1),
        ofm=None if ofm is None else as_map(ofm),
        sparsity=row.fraction("sparsity", 0.0, below_one=True),
        input_activity=row.fraction("input_activity", float("nan"), nan_allowed=True),
    )
    if "product" in row:
        row.fault("product", row.content["product"], "only a row of kind product has one")
    if kind in GATES or kind == "conv_transpose":
        _refuse(row, kind)
    elif kind == "matmul" and window != Window(*((1,) * len(sides),) * 3, *((0,) * len(sides),) * 2):
        row.fault("kind", kind, "has no kernel, stride, padding or dilation; a convolution is of kind conv")
    if len(row.problems) == before:
        layer = _of_kind(row, kind, layer, window, sides, layout)
    if "pool" in row and len(row.problems) == before:
        layer = replace(layer, pool=_pool(row, layer))
    layer = replace(
        layer,
        sequential=row.flag("sequential") or layer.sequential,
        weights_of=row.text("weights_of", ""),
        routed=row.whole("routed", 0, low=1),
    )
    height, width = layer.output_map
    if layer.routed > max(height * width, 0) * layer.groups and len(row.problems) == before:
        row.fault("routed", layer.routed, f"exceeds {height * width} positions x {layer.groups} groups")
    return _with_vector(row, layer)


def _map(row: Row) -> tuple[tuple[int, ...], int]:
    """Sides and channels of a row's input map, which has a depth too where its kernel has one."""
    value = row.content.get("ifm")
    rank = 3 if isinstance(value, list) and len(value) == 4 else 2
    ifm = row.sides("ifm", rank + 1, f"{AXES[rank]}, channels") if "ifm" in row else None
    return ((1,) * rank, 1) if ifm is None else (ifm[:-1], ifm[-1])


def _of_kind(row: Row, kind: str, layer: Layer, window: Window, sides: tuple[int, ...], layout: str) -> Layer:
    """The layer of a kind, from its fields as a convolution has them."""
    if kind in GATES:
        layer = recurrent_layer(layer.name, GATES[kind], layer.ifm[:2], layer.ifm[2], layer.out)
    elif kind == "conv_transpose":
        layer = _transposed(row, layer, window, sides)
    elif kind == "fc":
        _check_fc(row, layer)
    elif layout == "true_shape" and layer.ofm is None:
        check_window(row, window, sides)
        after = as_map(window.positions(sides))
        layer = layer if layer.output_map == after else replace(layer, ofm=after)
    for field, channels in (("ifm channels", layer.ifm[2]), ("out", layer.out)):
        if channels % layer.groups:
            row.fault("groups", layer.groups, f"must divide {field} = {channels}")
    if is_too_large(layer):
        row.fault("out", layer.out, TOO_LARGE)
    return layer


def _refuse(row: Row, kind: str) -> None:
    """Note fields that rows of a kind do not have."""
    others = ("pool", "gives", "resize") if kind == "conv_transpose" else (*_OF_WINDOWS, "pool", "gives", "groups")
    for key in others:
        if key in row:
            row.fault(key, row.content[key], f"a row of kind {kind} has none; leave it out")


def _transposed(row: Row, layer: Layer, window: Window, sides: tuple[int, ...]) -> Layer:
    """A transposed convolution: each position of the input makes a patch of the output, patches overlap and add."""
    after = layer.ofm or as_map(window.spread(sides))
    columns = layer.out * prod(window.kernel)
    if min(after) < 1:
        row.fault("padding", row.content.get("padding"), f"leaves a map of {list(after)}; mend padding or kernel")
        return layer
    return replace(
        layer,
        kernel=(1, 1),
        stride=1,
        padding=0,
        ofm=None,
        out=columns,
        gives=(*after, layer.out),
        vector=Vector(simple=layer.ifm[0] * layer.ifm[1] * columns),
    )


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

    ``gives: [h, w, channels]`` is the shape it leaves, ``resize`` a factor or [height, width] of its map;
    ``vector: {softmax: output}`` counts values by sort of operation: a number, or ``output``, as many as the layer puts
    out; ``norm: true`` normalises what it leaves.
    """
    if "gives" in row:
        gives = row.sides("gives", 3, "height, width, channels")
        layer = replace(layer, gives=as_shape(gives))
    if "resize" in row:
        layer = _resized(row, layer)
    if row.flag("norm"):
        layer = replace(layer, vector=replace(layer.vector, norm=layer.vector.norm + volume(layer.pooled)))
    inner = row.sub_row("vector") if "vector" in row else None
    if inner is None:
        return layer
    inner.check_keys(VECTOR_SORTS)
    outputs = volume(layer.output) if min(layer.output) > 0 else 0
    counts = {
        sort: getattr(layer.vector, sort)
        + (outputs if inner.content.get(sort) == "output" else inner.whole(sort, 0, low=0, most=MOST_VALUES))
        for sort in VECTOR_SORTS
    }
    return replace(layer, vector=Vector(**counts))


def _resized(row: Row, layer: Layer) -> Layer:
    """The layer with its map in another size: ``resize: 2`` doubles both sides, ``resize: [64, 64]`` states them."""
    value = row.content["resize"]
    height, width, channels = layer.pooled
    if isinstance(value, list):
        sides = row.sides("resize", 2, "height, width") or (height, width)
    else:
        factor = row.whole("resize", 1, low=1)
        sides = (height * factor, width * factor)
    if "gives" in row:
        row.fault("resize", value, "stands with gives; leave one of them out")
    gives = (sides[0], sides[1], channels)
    simple = layer.vector.simple + max(volume(gives), 0)
    return replace(layer, gives=gives, vector=replace(layer.vector, simple=simple))


def _check_fc(row: Row, layer: Layer) -> None:
    """A fully connected layer has nothing but inputs and outputs."""
    plain = Layer(layer.name, "fc", (1, 1, layer.ifm[2]), (1, 1), layer.out)
    for key in ("ifm", "kernel", "stride", "padding", "groups"):
        if getattr(layer, key) != getattr(plain, key):
            got = row.content[key]
            row.fault(key, got, "an fc layer is a 1 x 1 kernel on a [1, 1, inputs] map; leave the others out")


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
