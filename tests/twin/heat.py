"""Twin of the thermal engine: one package as conductances between cells of spreader and sink, their rims and the dies.

The figures of a package are solved as sets of linear equations, not as modes; the two sweeps between dies and plates
and the grid of ten cells an axis are the engine's own way of approximating, and so are taken over.
"""

import math

import numpy as np
from twin.data import constant, row

CELLS = 10
SIDES = ("west", "east", "south", "north")


def of(name):
    return constant("thermal", name)


def columns(d, dies, mapping, layers_w, leakage_w, places=None):
    """Hottest chiplet, of power by layer and of leakage; the same once leakage has grown with its own heat.

    ``places`` are column and row of the chiplets with weights, where they do not stand row by row.
    """
    n = mapping["n_chiplets"]
    dynamic = [0.0] * n
    for layer, watts in enumerate(layers_w):
        first, run = mapping["first_chiplet"][layer], mapping["spanned_chiplets"][layer]
        for chiplet in range(first, first + run):
            dynamic[chiplet % n] += watts / run  # streamed weights start anew round after round
    edge = math.sqrt(sum(area * count for area, count in dies) / sum(count for _, count in dies))
    # places without a chiplet are in the mesh, not in the mean
    order = in_field(n, places)
    dynamic_k, leakage_k = (rises(d, edge, power, order) for power in (dynamic, [leakage_w / n] * n))
    factor = warm_leakage(d, dynamic_k.mean(), leakage_k.mean())
    return {
        "temperature_nominal_c": d["ambient_c"] + max(dynamic_k + leakage_k),
        "temperature_max_c": d["ambient_c"] + max(dynamic_k + factor * leakage_k),
        "leakage_settled_factor": factor,
    }


def warm_leakage(d, dynamic_k, leakage_k):
    """Leakage over that of the tables: warmed by itself again and again, until nothing changes or it is too hot.

    It begins with none, as a package does that is switched on: where it could stay cold or burn out, it stays cold.
    """
    a_kelvin = row("siam_temperature", node_nm=d["node_nm"], roadmap=d["roadmap"])["leakage_factor"]
    most_k = of("hottest_leakage") - of("leakage_temperature")
    factor = 0.0
    for _ in range(100_000):
        warmer_k = d["ambient_c"] + 273.15 - of("leakage_temperature") + dynamic_k + factor * leakage_k
        warmer = a_kelvin ** min(warmer_k, most_k)
        if abs(warmer - factor) <= 1e-14 * factor:
            break
        factor = warmer
    return factor


def in_field(n, places):
    """Number of each chiplet's place, row by row; those without weights take what is left."""
    columns = math.ceil(math.sqrt(n))
    taken = [x + columns * y for x, y in places or ()]
    left = [place for place in range(columns * math.ceil(n / columns)) if place not in taken]
    return (taken + left)[:n]


def rises(d, edge, of_chiplets, order=None):
    """Rise in the middle of each chiplet, square, in rows as long as the package's mesh is wide, or in an order."""
    order = in_field(len(of_chiplets), None) if order is None else order
    columns = math.ceil(math.sqrt(len(of_chiplets)))
    rows = math.ceil(len(of_chiplets) / columns)
    power = np.zeros(rows * columns)
    power[order] = of_chiplets
    fields = {"base": "package", "bump": "package", "tim": "tim", "spreader": "spreader", "sink": "sink"}
    stack = {layer: row("thermal_layers", layer=layer, name=d[field]) for layer, field in fields.items()}
    gap = of("die_gap")
    field = {"x": columns * (edge + gap) + gap, "y": rows * (edge + gap) + gap}
    side = of("spreader_ratio") * field["x"]
    matrix = plates(field, side, stack, d["r_convec_k_per_w"])
    under, around, middle = patterns(edge, gap, rows, columns, field)
    network = Network(edge, gap, rows, columns, field, stack)

    def spreader_for(up, beside):
        flow = np.zeros(len(matrix))
        flow[: CELLS**2] = under.T @ up + around.T @ beside
        return np.linalg.solve(matrix, flow)[: CELLS**2]

    up, beside = power, 0 * power
    for share in (1, 0.5):
        spreader = spreader_for(up, beside)
        new_up, new_beside = network.flows(power, under @ spreader, around @ spreader)
        up, beside = up + share * (new_up - up), beside + share * (new_beside - beside)
    spreader = spreader_for(up, beside)
    below = under @ spreader
    return (below + up / network.up + network.levelled * (middle @ spreader - below))[order]


# --- spreader and sink -----------------------------------------------------------------------------------------------


def plates(field, side, stack, convection):
    """Conductances between cells of the spreader, of the sink, and the rim's sides in each."""
    outer = of("sink_ratio") * side
    step = {axis: length / CELLS for axis, length in field.items()}
    cell = step["x"] * step["y"]
    air = convection * outer**2 + stack["sink"]["thickness"] / stack["sink"]["conductivity"]
    through = sum(stack[name]["thickness"] / stack[name]["conductivity"] / 2 for name in ("spreader", "sink"))
    matrix = np.zeros((2 * CELLS**2 + 2 * len(SIDES),) * 2)

    def join(a, b, conductance):
        for one, other in ((a, b), (b, a)):
            matrix[one, one] += conductance
            matrix[one, other] -= conductance

    def at(plate, i, j):
        return plate * CELLS**2 + j * CELLS + i

    def rim(plate, number):
        return 2 * CELLS**2 + plate * len(SIDES) + number

    for plate, name in enumerate(("spreader", "sink")):
        sheet = stack[name]["thickness"] * stack[name]["conductivity"]
        for j in range(CELLS):
            for i in range(CELLS):
                if i + 1 < CELLS:
                    join(at(plate, i, j), at(plate, i + 1, j), sheet * step["y"] / step["x"])
                if j + 1 < CELLS:
                    join(at(plate, i, j), at(plate, i, j + 1), sheet * step["x"] / step["y"])
        for number, name_of_side in enumerate(SIDES):
            out, along = ("x", "y") if name_of_side in ("west", "east") else ("y", "x")
            depth, width = (side - field[out]) / 2, (side + 3 * field[along]) / 4
            resistance = depth / 2 / (sheet * width) * CELLS + step[out] / 2 / (sheet * step[along])
            for k in range(CELLS):
                cells = {"west": (0, k), "east": (CELLS - 1, k), "south": (k, 0), "north": (k, CELLS - 1)}
                join(at(plate, *cells[name_of_side]), rim(plate, number), 1 / resistance)
    for j in range(CELLS):
        for i in range(CELLS):
            join(at(0, i, j), at(1, i, j), cell / through)
            matrix[at(1, i, j), at(1, i, j)] += cell / air
    sheet = stack["sink"]["thickness"] * stack["sink"]["conductivity"]
    for number, name_of_side in enumerate(SIDES):
        out, along = ("x", "y") if name_of_side in ("west", "east") else ("y", "x")
        area = (side - field[out]) / 2 * (side + field[along]) / 2
        join(rim(0, number), rim(1, number), area * stack["spreader"]["conductivity"] / stack["spreader"]["thickness"])
        half = (side - field[out]) / 4 / (sheet * (3 * side + field[along]) / 4)
        ring = (outer - side) / 4 / (sheet * (outer + 3 * side) / 4)
        beyond = 1 / (half + ring + air / ((outer**2 - side**2) / 4))
        matrix[rim(1, number), rim(1, number)] += area / air + beyond
    return matrix


def patterns(edge, gap, rows, columns, field):
    """Shares of each cell in the mean below a die, round a die, and below its middle; a row a die."""
    step = {axis: length / CELLS for axis, length in field.items()}

    def shares(low, high, axis):
        cells = [(i * step[axis], (i + 1) * step[axis]) for i in range(CELLS)]
        return np.array([max(0.0, min(high, end) - max(low, start)) / (high - low) for start, end in cells])

    def at(place, axis):
        """Shares of the two cells between whose middles a place lies."""
        place = min(max(place / step[axis] - 1 / 2, 0), CELLS - 1)
        return np.array([max(0.0, 1 - abs(place - i)) for i in range(CELLS)])

    def ends(number, count, axis):
        low = gap + number * (edge + gap)
        high = low + edge
        return low, high, low - gap / 2 if number else 0.0, high + gap / 2 if number + 1 < count else field[axis]

    under, around, middle = [], [], []
    for j in range(rows):
        for i in range(columns):
            x, y = ends(i, columns, "x"), ends(j, rows, "y")
            under.append(np.outer(shares(*y[:2], "y"), shares(*x[:2], "x")).ravel())
            around.append(np.outer(shares(*y[2:], "y"), shares(*x[2:], "x")).ravel())
            middle.append(np.outer(at((y[0] + y[1]) / 2, "y"), at((x[0] + x[1]) / 2, "x")).ravel())
    return np.array(under), np.array(around), np.array(middle)


# --- dies ------------------------------------------------------------------------------------------------------------


class Network:
    """Dies and the base below each, joined to their neighbours."""

    def __init__(self, edge, gap, rows, columns, field, stack):
        n = rows * columns
        thick, good = of("die_thickness"), of("die_conductivity")
        layer = {name: (one["thickness"], one["conductivity"]) for name, one in stack.items()}
        through = {name: t / k for name, (t, k) in layer.items()}
        sheet = {name: t * k for name, (t, k) in layer.items()}
        round_area = field["x"] * field["y"] / n
        extent = (math.sqrt(round_area) - edge) / 2
        half_die, half_tim, half_spreader = thick / good / 2, through["tim"] / 2, through["spreader"] / 2
        fin = math.sqrt(sheet["tim"] * (half_tim + half_spreader))
        fin *= math.tanh(extent / fin)
        self.up = 1 / ((half_die + half_tim) / edge**2 + (half_tim + half_spreader) / (edge + 2 * fin) ** 2)
        to_base = through["base"] / 2 + through["bump"]
        gap_path = to_base + thick / of("gap_conductivity") + through["tim"] + half_spreader
        reach = math.sqrt(sheet["base"] * gap_path)
        self.beside = (round_area - edge**2) / gap_path * reach * math.tanh(extent / reach) / extent
        down = edge**2 / (to_base + half_die)
        between = edge * thick / (edge / good + gap / of("gap_conductivity"))
        self.n, self.matrix = n, np.zeros((2 * n, 2 * n))
        for j in range(rows):
            for i in range(columns):
                here = j * columns + i
                self._join(here, n + here, down)
                self.matrix[here, here] += self.up
                self.matrix[n + here, n + here] += self.beside
                for there in ([here + 1] if i + 1 < columns else []) + ([here + columns] if j + 1 < rows else []):
                    self._join(here, there, between)
                    self._join(n + here, n + there, sheet["base"])
        wave = (2 * math.pi / edge) ** 2
        base = sheet["base"] / (1 + (to_base + half_die) * sheet["base"] * wave)
        within = thick * good + base + sheet["tim"] / 2
        self.levelled = 1 / (1 + within * (half_die + through["tim"] + half_spreader) * wave)

    def _join(self, a, b, conductance):
        for one, other in ((a, b), (b, a)):
            self.matrix[one, one] += conductance
            self.matrix[one, other] -= conductance

    def flows(self, power, under, around):
        """Flow up from each die, and round it."""
        found = np.linalg.solve(self.matrix, np.concatenate([power + self.up * under, self.beside * around]))
        return (found[: self.n] - under) * self.up, (found[self.n :] - around) * self.beside
