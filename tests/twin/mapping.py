"""Twin of the mapping: crossbar and tile blocks, widths of sums, copies and the fill of chiplets, one design at a time.

A layer is a dict with ``rows`` (of one group), ``channels_out``, ``groups``, ``positions`` and ``output_values``.
"""

import math

from twin.package import fields


def ceil_div(a, b):
    return -(-a // b)


def ceil_sqrt(n):
    """Smallest whole number whose square is not below n."""
    return 0 if n == 0 else math.isqrt(n - 1) + 1


# --- weights on crossbars and tiles ---------------------------------------------------------------------------------


def cells_per_magnitude(d):
    """Cells that hold one weight (offset), or its magnitude on one of two columns (differential)."""
    if d["weight_mapping"] == "differential":
        return ceil_div(max(d["weight_bits"] - 1, 1), d["cell_bits"])
    return ceil_div(d["weight_bits"], d["cell_bits"])


def columns_per_weight(d):
    return cells_per_magnitude(d) * (2 if d["weight_mapping"] == "differential" else 1)


def reads_rows_alone(d):
    """A row after another: single bits and single columns, whatever the fields of parallel reads."""
    return d["read_mode"] == "row_by_row"


def sums_digitally(d):
    """Adders in the place of converters: single bits and single columns, all rows of a read at once."""
    return d["cell"] == "digital_cim" and not reads_rows_alone(d)


def code_bits(d):
    """Most bits of a code: of the ADC, or of a sum of as many ones as there are rows."""
    return read_rows(d).bit_length() if sums_digitally(d) else max(d["adc_bits"], d["adc_bits_first_last"])


def read_rows(d):
    """Rows driven at once."""
    if reads_rows_alone(d) or d["rows_per_read"] == 0:
        return d["crossbar_rows"]
    return min(d["rows_per_read"], d["crossbar_rows"])


def row_reads(d):
    """Groups of rows, one after another."""
    return len(range(0, d["crossbar_rows"], read_rows(d)))


def read_bits(d):
    """Bits of an input that a read takes."""
    return 1 if reads_rows_alone(d) or sums_digitally(d) else min(d["input_bits_per_read"], d["activation_bits"])


def input_reads(d):
    """Bit-vectors of a position."""
    return len(range(0, d["activation_bits"], read_bits(d)))


def joined_columns(d):
    """Cells of a weight that one conversion takes."""
    return 1 if reads_rows_alone(d) or sums_digitally(d) else min(d["columns_combined"], cells_per_magnitude(d))


def weight_codes(d):
    """Conversions of a weight's cells, or of a magnitude's."""
    return len(range(0, cells_per_magnitude(d), joined_columns(d)))


def adc_columns(d):
    """Columns that share an ADC: at least those of a conversion."""
    return 1 if sums_digitally(d) else min(max(d["columns_per_adc"], joined_columns(d)), d["crossbar_cols"])


def adc_steps(d):
    """Conversions of an ADC in a read."""
    return ceil_div(adc_columns(d) * weight_codes(d), cells_per_magnitude(d))


def tile_side(d):
    """Crossbars along one side of a tile."""
    return math.isqrt(d["crossbars_per_tile"])


def blocks(d, layer, unit_rows, unit_cols):
    """Row and column blocks of a layer on units of so many cells: groups lie along a diagonal."""
    if layer["is_product"]:
        return 0, 0
    columns = layer["channels_out"] * columns_per_weight(d)
    row_blocks = ceil_div(layer["rows"], unit_rows)
    if layer["groups"] == 1:
        return row_blocks, ceil_div(columns, unit_cols)
    group_columns = columns // layer["groups"]
    fit = min(unit_rows // layer["rows"], unit_cols // group_columns)
    if fit >= 1:
        return row_blocks, ceil_div(layer["groups"], fit)
    return row_blocks, layer["groups"] * ceil_div(group_columns, unit_cols)


def tile_blocks(d, layer):
    side = tile_side(d)
    return blocks(d, layer, side * d["crossbar_rows"], side * d["crossbar_cols"])


def crossbar_blocks(d, layer):
    return blocks(d, layer, d["crossbar_rows"], d["crossbar_cols"])


# --- width of sums ---------------------------------------------------------------------------------------------------


def result_bits(d, crossbars):
    """Bits of the largest sum over ``crossbars`` of one output, shifted and added over cells and input bits.

    Of a crossbar read row by row all rows are counted, each at most a cell's highest level.
    """
    largest_code = row_reads(d) * (2 ** code_bits(d) - 1)
    if reads_rows_alone(d):
        largest_code = sum(2 ** d["cell_bits"] - 1 for _ in range(d["crossbar_rows"]))
    inputs = sum(2 ** (read_bits(d) * j) for j in range(input_reads(d)))
    cells = sum(2 ** (d["cell_bits"] * joined_columns(d) * k) for k in range(weight_codes(d)))
    bits = (largest_code * inputs * cells * crossbars).bit_length()
    return bits + 1 if d["weight_mapping"] == "differential" else bits


def partial_sum_bits(d, layer):
    """Of one tile: its own row crossbars are added in it."""
    return result_bits(d, min(crossbar_blocks(d, layer)[0], tile_side(d)))


def full_sum_bits(d, layer):
    return result_bits(d, crossbar_blocks(d, layer)[0])


# --- chiplets --------------------------------------------------------------------------------------------------------


def partition(tiles, capacity):
    """First chiplet, chiplets and first tile of each layer, and the chiplets filled."""
    first_chiplet, spanned, first_tile = [], [], []
    chiplets = open_tiles = 0  # chiplets begun; tiles in the last of them
    can_join = False
    for count in tiles:
        if count > capacity:
            needed, start, can_join = ceil_div(count, capacity), 0, False
            first_chiplet.append(chiplets)
            chiplets += needed
        elif can_join and open_tiles + count <= capacity:
            needed, start = 1, open_tiles
            first_chiplet.append(chiplets - 1)
            open_tiles += count
        else:
            needed, start, can_join = 1, 0, True
            first_chiplet.append(chiplets)
            chiplets += 1
            open_tiles = count
        spanned.append(needed)
        first_tile.append(start)
    return first_chiplet, spanned, first_tile, chiplets


def copies_along(d, layer):
    """Copies of a layer in its own tiles, along their rows and along their columns."""
    if not d["in_tile_copies"] or layer["groups"] > 1 or layer["sequential"]:
        return 1, 1
    return tuple(max(tile_side(d) // taken, 1) for taken in crossbar_blocks(d, layer))


def in_tile_copies(d, layer):
    """Copies of a layer in the tiles of one copy, at most one a position."""
    above, beside = copies_along(d, layer)
    return min(above * beside, layer["positions"])


def copies_per_layer(d, tiles, positions, allowed):
    """Copies of each layer that fill at most ``allowed`` chiplets: one scale for all, single ones, what is left over.

    The scales are found by halving, as documented: a few copies of a large layer hang on where the halving stops.
    """
    n_layers, capacity = len(tiles), d["tiles_per_chiplet"]
    if d["duplication"] == "none":
        return [1] * n_layers
    if d["duplication"] == "serial":
        weight = [math.sqrt(p / t) for p, t in zip(positions, tiles, strict=True)]
    else:
        weight = [float(p) for p in positions]
    copies = _scaled_copies(tiles, positions, weight, capacity, allowed)
    copies = _single_copies(copies, tiles, positions, capacity, allowed)
    return _copies_left_over(copies, tiles, positions, weight, capacity)


def _at_scale(log_scale, weight, most, least):
    return max(least, min(most, math.floor(math.exp(log_scale) * weight)))


def _fits(tiles, copies, capacity, allowed):
    return partition([t * c for t, c in zip(tiles, copies, strict=True)], capacity)[3] <= allowed


def _scaled_copies(tiles, positions, weight, capacity, allowed):
    low, high = (
        min(math.log(1 / w) for w in weight),
        max(math.log(p / w) for p, w in zip(positions, weight, strict=True)),
    )
    best = [1] * len(tiles)
    while high - low >= 1e-4:
        middle = (low + high) / 2
        trial = [_at_scale(middle, w, p, 1) for w, p in zip(weight, positions, strict=True)]
        if _fits(tiles, trial, capacity, allowed):
            best, low = trial, middle
        else:
            high = middle
    return best


def _single_copies(copies, tiles, positions, capacity, allowed):
    """One more copy of those that gain most a tile, until the next one does not fit."""
    gain = [p / (c * (c + 1)) / t if c < p else 0 for c, p, t in zip(copies, positions, tiles, strict=True)]
    for layer in sorted(range(len(tiles)), key=lambda layer: -gain[layer]):
        if gain[layer] == 0:
            break
        trial = [c + (i == layer) for i, c in enumerate(copies)]
        if not _fits(tiles, trial, capacity, allowed):
            break
        copies = trial
    return copies


def _copies_left_over(copies, tiles, positions, weight, capacity):
    """Copies from the tiles that each chiplet, or a split layer's chiplets, still have."""
    copies = list(copies)
    first_chiplet, spanned, _, _ = partition([t * c for t, c in zip(tiles, copies, strict=True)], capacity)
    start = min(math.log(c / w) for c, w in zip(copies, weight, strict=True))
    span = math.log(max(p / w for p, w in zip(positions, weight, strict=True)) / min(1 / w for w in weight))
    for chiplet in sorted(set(first_chiplet)):
        group = [layer for layer, first in enumerate(first_chiplet) if first == chiplet]
        room = spanned[group[0]] * capacity

        def spare(trial, group=group, room=room):
            return room - sum(tiles[layer] * count for layer, count in zip(group, trial, strict=True))

        now = [copies[layer] for layer in group]
        can_grow = any(tiles[layer] <= spare(now) and copies[layer] < positions[layer] for layer in group)
        if len(group) > 1 and can_grow:
            low, high = 0.0, span
            best = now
            for _ in range(20):
                middle = (low + high) / 2
                trial = [_at_scale(start + middle, weight[layer], positions[layer], copies[layer]) for layer in group]
                if spare(trial) >= 0:
                    best, low = trial, middle
                else:
                    high = middle
            now = best
        for i, layer in enumerate(group):
            now[i] += min(positions[layer] - now[i], spare(now) // tiles[layer])
            copies[layer] = now[i]
    return copies


def map_network(d, layers, edges):
    """Every attribute of ``siam_dse.mapping.mapping.Mapping``, of one design.

    Products take place where the weight layer before them lies, without tiles of their own; layers that use the weights
    of another in its tiles.
    """
    places = place_of(layers)
    weighty = sorted(set(places))
    uses = [
        [layer for number, layer in enumerate(layers) if places[number] == own and not layer["is_product"]]
        for own in weighty
    ]
    mapping = _map_weights(d, uses)
    host = [weighty.index(place) for place in places]
    at_once = {"columns": 0, "row_blocks": 0, "column_blocks": 0, "tiles": 0, "crossbars": 0, "copies": 1,
               "in_tile_copies": 1, "group_tiles": 0, "by_columns": False}  # fmt: skip
    for name, values in mapping.items():
        if isinstance(values, list):
            mapping[name] = [
                at_once[name] if name in at_once and layer["is_product"] else values[host[number]]
                for number, layer in enumerate(layers)
            ]
    mapping["group_tiles"] = [
        0 if layer["weights_of"] >= 0 else tiles for layer, tiles in zip(layers, mapping["group_tiles"], strict=True)
    ]
    mapping["by_columns"] = [
        sends_less_by_columns(d, layers, edges, mapping, layer if own["weights_of"] < 0 else own["weights_of"])
        for layer, own in enumerate(layers)
    ]
    return mapping


def place_of(layers):
    """Layer in whose tiles each one takes place."""
    out = []
    for number, layer in enumerate(layers):
        if layer["is_product"]:
            out.append(out[-1])
        else:
            out.append(number if layer["weights_of"] < 0 else layer["weights_of"])
    return out


def _map_weights(d, uses):
    """The mapping of weights, all of them row block by row block; ``uses`` are the layers that use each, first it."""
    layers = [own[0] for own in uses]
    is_custom = d["chiplet_style"] == "custom"
    spares = 0 if is_custom else d["spare_chiplets"]
    capacity, given = d["tiles_per_chiplet"], max(d["n_chiplets"] - spares, 1) if d["n_chiplets"] else 0
    on_tiles = [tile_blocks(d, layer) for layer in layers]
    on_crossbars = [crossbar_blocks(d, layer) for layer in layers]
    tiles = [rows * columns for rows, columns in on_tiles]
    needed = chiplets_dealt(layers, on_tiles, capacity) if is_spread(d) else partition(tiles, capacity)[3]
    allowed = max(given, needed)
    limit = min(max(d["copy_chiplets"], needed), allowed) if d["copy_chiplets"] else allowed
    in_tile = [in_tile_copies(d, layer) for layer in layers]
    of_uses = [
        [1 if layer["sequential"] else ceil_div(layer["positions"], count) for layer in own]
        for own, count in zip(uses, in_tile, strict=True)
    ]
    positions = [sum(own) for own in of_uses]
    if is_spread(d):
        units = units_of(layers, on_tiles, capacity)
        limit = limit if deal(units, [1] * len(layers), limit)[4] <= capacity else needed
        copies = copies_dealt(d, units, tiles, positions, capacity, limit)
    else:
        copies = copies_per_layer(d, tiles, positions, limit)
    copies = [min(count, max(own)) for count, own in zip(copies, of_uses, strict=True)]
    layer_tiles = [t * c for t, c in zip(tiles, copies, strict=True)]
    first_chiplet, spanned, first_tile, used = partition(layer_tiles, capacity)
    on_chiplet = [ceil_div(t, n) for t, n in zip(layer_tiles, spanned, strict=True)]
    group_tiles = [0] * len(layers)
    for layer, chiplet in enumerate(first_chiplet):
        group_tiles[first_chiplet.index(chiplet)] += on_chiplet[layer]
    if is_spread(d):
        first_chiplet, spanned, first_tile, on_chiplet, height = deal(units, copies, limit)
        used = max(first + run for first, run in zip(first_chiplet, spanned, strict=True))
        group_tiles = [height] + [0] * (len(layers) - 1)
    if is_custom:
        working = n_chiplets = used
        mono_tiles = sum(t * n for t, n in zip(group_tiles, spanned, strict=True))
        die_tiles = max(group_tiles) + d["spare_tiles"]
        package_tiles = sum((t + d["spare_tiles"]) * n for t, n in zip(group_tiles, spanned, strict=True) if t)
    else:
        working = given if d["weights"] == "streamed" and given else max(given, used)
        n_chiplets, die_tiles = working + spares, capacity + d["spare_tiles"]
        package_tiles, mono_tiles = n_chiplets * die_tiles, working * capacity
    group_tiles = [t + d["spare_tiles"] if t else 0 for t in group_tiles]
    cells = sum(
        c * t * layer["rows"] * layer["channels_out"] for c, t, layer in zip(copies, in_tile, layers, strict=True)
    )
    cells *= columns_per_weight(d)
    cells_per_tile = d["crossbars_per_tile"] * d["crossbar_rows"] * d["crossbar_cols"]
    return {
        "columns": [layer["channels_out"] * columns_per_weight(d) for layer in layers],
        "row_blocks": [rows for rows, _ in on_tiles],
        "column_blocks": [columns for _, columns in on_tiles],
        "tiles": tiles,
        "crossbars": [rows * columns for rows, columns in on_crossbars],
        "copies": copies,
        "in_tile_copies": in_tile,
        "by_columns": [False] * len(layers),
        "first_chiplet": first_chiplet,
        "spanned_chiplets": spanned,
        "first_tile": first_tile,
        "tiles_on_chiplet": on_chiplet,
        "group_tiles": group_tiles,
        "chiplet_side": ceil_sqrt(die_tiles),
        "chiplet_rows": math.ceil(die_tiles / ceil_sqrt(die_tiles)),
        "package_side": ceil_sqrt(n_chiplets),
        "mesh_side": ceil_sqrt(used),
        "n_chiplets": n_chiplets,
        "working_chiplets": working,
        "mono_tiles": mono_tiles,
        "chiplets_needed": needed,
        "rounds": ceil_div(used, working),
        "chiplets_used": min(used, working),
        "chiplets_given": given,
        "total_tiles": sum(layer_tiles),
        "package_tiles": package_tiles,
        "die_tiles": die_tiles,
        "utilisation": cells / (package_tiles * ceil_div(used, working) * cells_per_tile),
        "is_custom": is_custom,
        "is_spread": is_spread(d),
    }


# --- layers dealt out over chiplets ----------------------------------------------------------------------------------


def is_spread(d):
    return d["layer_placement"] == "spread" and d["chiplet_style"] == "homogeneous" and d["weights"] == "resident"


def units_of(layers, on_tiles, capacity):
    """Units of each layer, and tiles of one: column blocks, or a copy where groups take several row blocks.

    A unit has column blocks up to a row of the chiplet's tiles, but one at least, and the same number as all others.
    """
    out = []
    for layer, (rows, columns) in zip(layers, on_tiles, strict=True):
        fit = [n for n in range(1, columns + 1) if columns % n == 0 and n * rows <= ceil_sqrt(capacity)]
        size = rows * columns if layer["groups"] > 1 and rows > 1 else rows * max(fit, default=1)
        size = min(size, capacity)
        out.append((ceil_div(rows * columns, size), size))
    return out


def deal(units, copies, chiplets):
    """First chiplet, chiplets, first tile and tiles on each chiplet of every layer, and the height of all shelves."""
    shelves = [[]]  # of runs: chiplets, tiles
    places = []
    for (number, size), count in zip(units, copies, strict=True):
        on_each = ceil_div(number * count, chiplets)
        run = ceil_div(number * count, on_each)
        if sum(length for length, _ in shelves[-1]) + run > chiplets:
            shelves.append([])
        places.append((sum(length for length, _ in shelves[-1]), run, len(shelves) - 1, on_each * size))
        shelves[-1].append((run, on_each * size))
    heights = [max((tiles for _, tiles in shelf), default=0) for shelf in shelves]
    first, spanned, shelf, on_chiplet = (list(values) for values in zip(*places, strict=True))
    return first, spanned, [sum(heights[:number]) for number in shelf], on_chiplet, sum(heights)


def chiplets_dealt(layers, on_tiles, capacity):
    """The fewest chiplets found by halving between too few for the tiles and one for each unit."""
    units = units_of(layers, on_tiles, capacity)
    low = max(ceil_div(sum(number * size for number, size in units), capacity) - 1, 0)
    high = max(sum(number for number, _ in units), low + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if deal(units, [1] * len(units), middle)[4] <= capacity:
            high = middle
        else:
            low = middle
    return high


def copies_dealt(d, units, tiles, positions, capacity, chiplets):
    """Copies of one scale, found by halving, and what they leave at the end of each shelf to its last layer."""
    if d["duplication"] == "none":
        return [1] * len(units)
    weight = [math.sqrt(p / t) if d["duplication"] == "serial" else p for p, t in zip(positions, tiles, strict=True)]
    low = min(math.log(1 / w) for w in weight)
    high = max(math.log(p / w) for p, w in zip(positions, weight, strict=True))
    copies = [1] * len(units)
    for _ in range(32):
        middle = (low + high) / 2
        trial = [_at_scale(middle, w, p, 1) for w, p in zip(weight, positions, strict=True)]
        if deal(units, trial, chiplets)[4] <= capacity:
            copies, low = trial, middle
        else:
            high = middle
    first, spanned, level, on_chiplet, _ = deal(units, copies, chiplets)
    for layer, (number, size) in enumerate(units):
        if layer == len(units) - 1 or level[layer + 1] != level[layer]:
            left = (chiplets - first[layer] - spanned[layer]) * (on_chiplet[layer] // size)
            copies[layer] += min(positions[layer] - copies[layer], left // number)
    return copies


# --- layers split over chiplets --------------------------------------------------------------------------------------


def exceeds_chiplet(mapping, layer):
    """Whether sums of a layer cross the package: one copy exceeds a chiplet and has several row blocks."""
    return mapping["tiles"][layer] > mapping["tiles_on_chiplet"][layer] and mapping["row_blocks"][layer] > 1


def sums_over_package(mapping, layer, by_columns):
    """Sums that all chiplets send for an output, on average, and the share of outputs that they are for."""
    if not exceeds_chiplet(mapping, layer):
        return 0, 0
    here, columns = mapping["tiles_on_chiplet"][layer], mapping["column_blocks"][layer]
    if not by_columns:
        return ceil_div(mapping["tiles"][layer], here) * min(here, columns) / columns, 1
    borders = (here * chiplet for chiplet in range(1, mapping["spanned_chiplets"][layer]))
    cuts = sum(border % mapping["row_blocks"][layer] > 0 for border in borders)
    of_all_copies = mapping["copies"][layer] * columns
    cut_columns = min(cuts, of_all_copies)
    return (cut_columns + cuts) / of_all_copies, cut_columns / of_all_copies


def row_blocks_added(mapping, layer, by_columns):
    """Row blocks that a chiplet adds up before it sends a sum, at most: cuts lie anywhere that borders can fall."""
    here, rows = mapping["tiles_on_chiplet"][layer], mapping["row_blocks"][layer]
    if not by_columns:
        return min(ceil_div(here, mapping["column_blocks"][layer]), rows)
    cuts = {here * border % rows for border in range(rows)}  # tiles of a column block before a border, all there are
    return max(min(max(rows - cut for cut in cuts if cut), here), 1) if cuts > {0} else 1


def chiplet_sum_bits(d, layers, mapping, layer):
    """Width of a sum that a chiplet sends: all row crossbars of what it adds up."""
    row_blocks = row_blocks_added(mapping, layer, mapping["by_columns"][layer])
    return result_bits(d, min(crossbar_blocks(d, layers[layer])[0], row_blocks * tile_side(d)))


def readers(d, layers, mapping, layer):
    """Column blocks of tiles that read each input value: of a grouped layer those of one group."""
    groups = layers[layer]["groups"]
    if layers[layer]["is_product"]:
        return 1
    if groups == 1:
        return mapping["column_blocks"][layer]
    group_columns = layers[layer]["channels_out"] // groups * columns_per_weight(d)
    return ceil_div(group_columns, tile_side(d) * d["crossbar_cols"])


def input_share(d, layers, mapping, layer, by_columns):
    """Share of a layer's input that each of its chiplets reads."""
    here, copies, tiles = (mapping[name][layer] for name in ("tiles_on_chiplet", "copies", "tiles"))
    if layers[layer]["is_product"]:  # its heads are spread over the chiplets
        return 1 / mapping["spanned_chiplets"][layer]
    if not by_columns:
        return min(max(here, readers(d, layers, mapping, layer)) / (copies * tiles), 1)
    chiplets, rows = mapping["spanned_chiplets"][layer], mapping["row_blocks"][layer]
    parts = chiplets + sum(copy * tiles % here > 0 for copy in range(1, copies))  # copies that end within a chiplet
    return min(min(here, rows) / rows * parts / (chiplets * copies), 1)


def sends_less_by_columns(d, layers, edges, mapping, layer):
    """Whether fewer bits cross the package with the tiles ordered column block by column block."""
    has_choice = exceeds_chiplet(mapping, layer) and mapping["column_blocks"][layer] > 1
    if mapping["is_spread"]:
        return has_choice and layers[layer]["groups"] == 1
    if d["tile_order"] != "least_traffic" or layers[layer]["groups"] > 1 or not has_choice:
        return False
    defaults = fields()
    activation_bits, adc_bits = defaults["activation_bits"].default, defaults["adc_bits"].default
    sum_bits = activation_bits + adc_bits + d["cell_bits"] * (cells_per_magnitude(d) - 1)
    added_by_columns, added = (row_blocks_added(mapping, layer, by_columns) for by_columns in (True, False))
    wider = ceil_div(added_by_columns, added) - 1
    values = sum(edge["values"] for edge in edges if edge["consumer"] == layer and edge["kind"] == "input")
    bits = []
    for by_columns in (True, False):
        read = values * input_share(d, layers, mapping, layer, by_columns) * mapping["spanned_chiplets"][layer]
        sent = layers[layer]["output_values"] * sums_over_package(mapping, layer, by_columns)[0]
        bits.append(read * activation_bits + sent * (sum_bits + (wider.bit_length() if by_columns else 0)))
    return bits[0] < bits[1]
