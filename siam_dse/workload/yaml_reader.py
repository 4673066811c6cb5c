"""Reader of a network in YAML: a header, a table with one row a layer, and the edges.

::

    name: resnet_block
    dataset: cifar10                # free text
    classes: 10                     # default: outputs of the last layer; 1 = one logit for two classes
    source: "where the architecture is described"
    int8_top1: {value: 0.91, status: assumed, source: "where the accuracy is from"}   # of classifiers only
    published: {parameters: 270.0e+3, macs: 40.8e+6, source: "totals printed by", note: "what they include"}
    layers:                         # in order of execution
    - {name: stem, ifm: [32, 32, 3], kernel: 3, out: 16, padding: 1}
    - {name: a,    ifm: [32, 32, 16], kernel: 3, out: 16, padding: 1}
    - {name: b,    ifm: [32, 32, 16], kernel: 3, out: 16, padding: 1, pool: {avg: global}}
    - {name: fc, kind: fc, ifm: [1, 1, 16], out: 10}
    edges:                          # left out: a chain
    - {to: stem, from: input}       # input = the host
    - {to: a, from: stem}
    - {to: b, from: a, residual: stem}
    - {to: fc, from: b}

``from`` lists several producers where their maps are concatenated. ``residual`` producers are added to the consumer's
output before its pool; whoever reads the sum reads the consumer. ``read_as: [h, w, channels]`` in
``{layer: NAME, read_as: ...}`` is for a map that one consumer reads otherwise than its producer puts it out: pooled on
one branch only, cut, or subsampled by a shortcut without weights whose missing channels are zeros. An fc layer reads
maps flattened, or averaged to one value a channel, whichever makes its inputs. Producers whose positions, not channels,
stand side by side each give ``read_as``; their values add up to the input.

Other windows and kinds of layers::

    layers:
    - {name: c, ifm: [1, 3600, 1], kernel: [1, 7], out: 8, stride: [1, 2], padding: [0, 3]}   # height, width
    - {name: d, ifm: [1, 1800, 8], kernel: [1, 3], out: 8, dilation: [1, 2], padding: [0, 4, 0, 0]}
    - {name: e, ifm: [1, 1800, 8], kernel: [1, 1], out: 8, resize: [1, 3600], norm: true}
    - {name: f, kind: conv_transpose, ifm: [1, 3600, 8], kernel: [1, 2], out: 4, stride: [1, 2]}
    - {name: g, kind: matmul, ifm: [1, 7200, 4], out: 16}
    - {name: h, kind: lstm, ifm: [1, 7200, 16], out: 32}

``stride``, ``padding`` and ``dilation`` are a number or a list of one for each axis; ``padding`` may have one for each
side too: top, left, bottom, right. It is below the kernel, unless ``ofm`` states the map. A map with a depth has four
numbers in ``ifm`` (depth, height, width, channels) and three elsewhere. ``resize: 2`` enlarges what the layer leaves by
that factor, ``resize: [h, w]`` to that map; ``norm: true`` normalises it. ``matmul`` multiplies the channels of every
position by one matrix. ``lstm``, ``gru`` and ``rnn`` run along all positions of their map and give ``out`` states.
``gate`` in a row of edges, ``{to: b, from: a, gate: s}``, multiplies what ``b`` reads by what ``s`` puts out. Such rows
stand for others: ``networks show FILE --as-yaml`` prints those.

What crossbars do not do::

    tokens: 128                     # of a sequence: positions of a map of tokens x 1
    layers:
    - {name: qkv, ifm: [128, 1, 768], kernel: 1, out: 2304}
    - {name: scores, kind: product, product: {heads: 12, m: 128, k: 64, n: 128}, vector: {softmax: output}}
    - {name: mixed, kind: product, product: {heads: 12, m: 128, k: 128, n: 64}}
    - {name: up, ifm: [128, 1, 768], kernel: 1, out: 3072, vector: {special: output}}
    edges:
    - {to: qkv, from: input}
    - {to: scores, from: {layer: qkv, read_as: [128, 1, 768]}, operand: {layer: qkv, read_as: [128, 1, 768]}}
    - {to: mixed, from: scores, operand: {layer: qkv, read_as: [128, 1, 768]}}
    - {to: up, from: mixed}

A ``product`` of two activations reads m x k of each head along ``from`` and k x n of each of ``kv_heads`` (default
``heads``) along ``operand``; ``causal`` is the share of it that is needed; ``cached: true`` keeps the second operand
for the tokens to come, of which edges then bring what is new. ``vector`` counts the values that the vector unit works
on after the layer: ``simple`` (additions, multiplications, comparisons), ``special`` (exponential, GELU, SiLU, sigmoid,
tanh), ``softmax``, ``norm``; rectifiers, pools and residual sums are not to be counted, tiles have units for those. An
``operand`` of another layer is what the vector unit combines with its output: a gate. ``gives: [h, w, channels]`` is
the shape readers see where output and pool do not give it (resized, shuffled, overlapped and added). Experts are the
``groups`` of a 1 x 1 convolution on the tokens of the busiest; ``routed`` counts those of all of them together.
``weights_of: NAME`` shares a layer's weights, ``sequential: true`` says that its positions wait for each other; its
``ifm`` may count the state, which no edge brings. ``looked_up`` counts parameters in tables of embeddings.

A whole transformer in a few lines (:mod:`siam_dse.workload.transformer`)::

    name: decoder_70b
    tokens: 512                     # another number on the command line: --tokens
    transformer: {layers: 80, hidden: 8192, heads: 64, kv_heads: 8, ffn: 28672, gated: true, function: silu,
                  decoder: true, rotary: true, vocabulary: 32000}

Others: ``head_dim`` (default hidden / heads), ``tied`` (the last matrix is the table of words), ``embeddings`` (rows of
tables that no layer shares: places, an encoder's words), ``experts``, ``experts_per_token``, ``imbalance`` (busiest
expert / mean). Rows of ``stem`` stand in front, a chain whose last gives tokens x 1 x hidden; rows of ``head`` behind,
on the first token.

``int8_top1`` says that the network is a classifier: designs then lose points of it. Without it (regression, detection,
super-resolution) there is no ``accuracy_loss_pct``, only ``sqnr_db``.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.core.text import read_text, short, shown
from siam_dse.core.yaml_text import parse_yaml
from siam_dse.workload.build import to_network
from siam_dse.workload.gating import with_gates
from siam_dse.workload.graph import Header, Layer, siam_chain, with_siam_map
from siam_dse.workload.network import PHASES, Network
from siam_dse.workload.recurrent import GATES
from siam_dse.workload.transformer import head_edges, transformer_rows
from siam_dse.workload.wiring import HOST_NAME, Wire, chain_of, shared_weight_faults, wire_up
from siam_dse.workload.yaml_row import Row
from siam_dse.workload.yaml_rows import LAYOUTS, layer_from_row, transformer_from_row

STATUSES = ("sourced", "measured", "fitted", "derived", "assumed", "unknown")
_TOP_KEYS = ("name", "dataset", "classes", "source", "int8_top1", "published", "layout", "layers", "edges",
             "tokens", "phase", "looked_up", "transformer", "stem", "head")  # fmt: skip


def read_yaml_network(path: Path, tokens: int | None = None, phase: str | None = None) -> Network:
    """Network of a YAML file; every fault in it is named in one error."""
    return parse_network(read_text(path), str(path), tokens, phase)


def published_totals(path: Path) -> dict[str, Any]:
    """Field ``published`` of a network file: totals printed by its source, to compare with."""
    return dict(parse_yaml(read_text(path), str(path)).get("published") or {})


def parse_network(text: str, where: str, tokens: int | None = None, phase: str | None = None) -> Network:
    """Network of YAML text.

    Parameters
    ----------
    text : str
    where : str
        Name of the file, for errors.
    tokens, phase : optional
        Of a sequence and of a decoder, instead of those in the file.

    Raises
    ------
    InputError
        With every fault: unknown and missing keys, wrong types and values, layers whose shapes do not fit together.
    """
    content = parse_yaml(text, where)
    if not isinstance(content, dict):
        raise InputError(where, "must be a mapping with the keys name, layers, ...")
    problems: list[str] = []
    top = Row("", content, problems)
    top.check_keys(_TOP_KEYS, required=("name", "transformer" if "transformer" in content else "layers"))
    header = _header(top, problems)
    if "transformer" in content:
        return _generated(top, header, tokens, phase, problems, where)
    if tokens is not None or phase is not None:
        problems.append("tokens and phase: those of this network are fixed by its rows; leave them out")
    names, layers = _layers(content, "layers", header.layout, problems)
    problems += shared_weight_faults([layer for layer in layers if layer is not None])
    if "edges" in content and header.layout == "siam":
        problems.append("edges: layout siam is a plain chain; leave edges out")
    layers, wires = with_gates(names, layers, _wires(content, names, problems), problems)
    wires = _without_states(content, layers, wires)
    if header.layout == "siam":
        sound = [layer for layer in layers if layer is not None]
        edges = siam_chain(sound)
    elif names:
        edges, faults = wire_up(names, layers, wires)
        problems += faults
    if problems:
        raise InputError(where, problems)
    return to_network(header, [layer for layer in layers if layer is not None], edges, where=where)


def _generated(
    top: Row, header: Header, tokens: int | None, phase: str | None, problems: list[str], where: str
) -> Network:
    """Network of a ``transformer`` block, between the rows of ``stem`` and ``head``."""
    content = top.content
    problems += [f"{key}: a transformer block makes its own; leave it out" for key in ("layers", "edges", "looked_up")
                 if key in content]  # fmt: skip
    block = top.sub_row("transformer")
    if block is None:
        raise InputError(where, problems)
    sizes = transformer_from_row(block)
    if header.tokens < 1:
        problems.append("tokens: is missing; add how many tokens a sequence has")
    phase = phase or header.phase or ("prefill" if sizes.decoder else "")
    if phase and not sizes.decoder:
        problems.append(
            f"phase: got {phase!r}; only a decoder has one; leave it out, or set transformer: decoder: true"
        )
    if phase not in ("", *PHASES):
        problems.append(f"phase: got {phase!r}; must be one of {', '.join(PHASES)}")
    if tokens is not None and ("stem" in content or tokens < 1):
        rule = "follow from its input map; leave them out" if "stem" in content else "must be at least 1"
        problems.append(f"tokens: got {tokens}; those of this network {rule}")
    stem, head = (_layers(content, key, "true_shape", problems) for key in ("stem", "head"))
    before, behind = ([layer for layer in layers if layer is not None] for _, layers in (stem, head))
    edges, faults = wire_up(stem[0], stem[1], chain_of(stem[0])) if before else ([], [])
    problems += faults
    n_tokens = tokens or header.tokens
    if before and before[-1].pooled != (n_tokens, 1, sizes.hidden):
        problems.append(
            f"stem: its last layer gives {list(before[-1].pooled)}; must give [{n_tokens}, 1, {sizes.hidden}]: tokens "
            "and hidden; set gives: of its last row"
        )
    if problems:
        raise InputError(where, problems)
    layers, edges = transformer_rows(sizes, n_tokens, phase, before, edges)
    edges += head_edges(len(layers), behind)
    header = replace(header, tokens=n_tokens, phase=phase, looked_up=sizes.looked_up)
    return to_network(header, [*layers, *behind], edges, where=where)


def _header(top: Row, problems: list[str]) -> Header:
    """The header's fields; a faulty one is left at its default."""
    layout = top.choice("layout", LAYOUTS, "true_shape")
    value, source, status = float("nan"), "", "unknown"
    if "int8_top1" in top:
        accuracy = top.sub_row("int8_top1")
        if accuracy is not None:
            accuracy.check_keys(("value", "source", "status"), required=("value", "status"))
            value = accuracy.fraction("value", float("nan"), nan_allowed=True)
            source = accuracy.text("source", "")
            status = accuracy.choice("status", STATUSES, "unknown")
    if "published" in top:
        published = top.sub_row("published")
        if published is not None:
            published.check_keys(("parameters", "macs", "source", "note"), required=("source",))
            for total in ("parameters", "macs"):
                published.positive(total)
    return Header(
        name=top.text("name", ""),
        dataset=top.text("dataset", "unknown"),
        classes=top.whole("classes", 0, low=1),
        int8_top1=value,
        int8_top1_source=source,
        int8_top1_status=status,
        source=top.text("source", ""),
        layout=layout,
        tokens=top.whole("tokens", 0, low=0),
        phase=top.choice("phase", ("", *PHASES), ""),
        looked_up=top.whole("looked_up", 0, low=0, most=2**50),
    )


def _layers(file: dict[str, Any], key: str, layout: str, problems: list[str]) -> tuple[list[str], list[Layer | None]]:
    """Names and layers of a table, if there is one; None for a row with faults."""
    if key not in file:
        return [], []
    rows = file[key]
    if not isinstance(rows, list) or not rows:
        problems.append(
            f"{key}: must be a list with at least one row, such as - {{name: conv1, ifm: [32, 32, 3], ...}}"
        )
        return [], []
    names: list[str] = []
    layers: list[Layer | None] = []
    for i, content in enumerate(rows):
        place = f"{key} row {i + 1}"
        if not isinstance(content, dict):
            problems.append(
                f"{place}: got {shown(content)}; must be a mapping such as {{name: conv1, ifm: [32, 32, 3], ...}}"
            )
            continue
        name = content.get("name")
        row = Row(f"{place} ({short(name)})" if name is not None else place, content, problems)
        before = len(problems)
        layer = layer_from_row(row, layout)
        layers.append(None if len(problems) > before else with_siam_map(layer) if layout == "siam" else layer)
        if layer.name in names:
            problems.append(
                f"{row.place}: name: is that of row {names.index(layer.name) + 1} too; names must differ; rename one"
            )
        if layer.name == HOST_NAME:
            problems.append(f"{row.place}: name: 'input' means the host; give the layer another name")
        names.append(layer.name)
    return names, layers


def _without_states(content: dict[str, Any], layers: list[Layer | None], wires: list[Wire]) -> list[Wire]:
    """Edges from the host with what it sends to a recurrent layer in the first row, whose input counts its states."""
    first = content["layers"][0] if layers and layers[0] is not None else None
    if not isinstance(first, dict) or first.get("kind") not in GATES:  # a row that is none is told with the others
        return wires
    height, width, channels = first["ifm"]
    sent = (height, width, channels)
    return [replace(w, read_as=w.read_as or sent) if w.producer == HOST_NAME else w for w in wires]


def _wires(content: dict[str, Any], names: list[str], problems: list[str]) -> list[Wire]:
    """The edges as written, or the chain that no edges mean."""
    rows = content.get("edges")
    if "edges" not in content:
        return chain_of(names)
    if not isinstance(rows, list) or not rows:
        problems.append("edges: must be a list of rows such as - {to: conv2, from: conv1}; leave edges out for a chain")
        return chain_of(names)
    wires: list[Wire] = []
    seen: dict[str, int] = {}
    for i, entry in enumerate(rows):
        place = f"edges row {i + 1}"
        if not isinstance(entry, dict):
            problems.append(f"{place}: got {shown(entry)}; must be a mapping such as {{to: conv2, from: conv1}}")
            continue
        row = Row(f"{place} (to {short(entry['to'])})" if "to" in entry else place, entry, problems)
        row.check_keys(("to", "from", "residual", "operand", "gate"), required=("to", "from"))
        consumer = row.text("to", "")
        if consumer in seen:
            problems.append(f"{row.place}: to: row {seen[consumer]} has it too; give one row a consumer; merge the two")
        seen.setdefault(consumer, i + 1)
        for key, kind in (("from", "input"), ("residual", "residual"), ("operand", "operand"), ("gate", "gate")):
            found: list[str] = []
            for producer, read_as in row.producers(key):
                if producer in found:
                    problems.append(f"{row.place}: {key}: names {producer!r} twice; name each producer once")
                found.append(producer)
                wires.append(Wire(producer, consumer, kind, row.place, read_as))
    return wires
