#!/usr/bin/env python3
"""Generated netlists: random circuits, resistor grids, deep resistive networks, chains of diodes, sweeps.

    decks.py random NODES SEED [DECADES [DIODES [ideal]]]      decks.py grid K [SEED]
    decks.py drn [SEED [INPUTS [HIDDEN [OUTPUTS]]]]            decks.py ladder SECTIONS
    decks.py supply K [SEED]                                   decks.py crossbar K [SEED]
    decks.py sweep K POINTS [DIODES [all]]                     decks.py rectifiers LAW POINTS | solar POINTS
    decks.py ten [linear | diodes] | three [diode]             decks.py chain COUNT [KIND]
    decks.py cells INSTANCES CARDS
    decks.py stages COUNT | amplifiers COUNT POINTS            decks.py transconductances K COUNT | beside K COUNT
    decks.py within K COUNT

writes the netlist to standard output. The same arguments give the same text. LAW: ideal, piecewise or exponential.
KIND: forward, open, reverse, drops or tapped."""
import random
import inspect
import sys

IDEAL = ".model ideal D(Ron=0)"
DROP = ".model drop D(Ron=0 Vfwd=0.5)"
ZENER = ".model zener D(Ron=10 Roff=1meg Vfwd=0.7 Vrev=4.7 Rrev=20)"


class Forest:
    """Union-find: which nodes are already joined."""

    def __init__(self, count):
        self.parent = list(range(count))

    def find(self, node):
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        self.parent[a] = b
        return a != b


def random_circuit(nodes, seed, decades=4, diodes=None, piecewise=True):
    """A circuit with an operating point by construction; returns its lines.

    Potentials are drawn first. The voltage sources, trees of them between any nodes, have the values these
    potentials ask for, and every ideal diode blocks or just conducts at them: so the constraints have a common
    point. Resistors join all the trees to ground: so the minimum exists and is unique. Potentials are sixteenths
    of a volt, which decimal text and double precision hold exactly."""
    draw = random.Random(seed)
    potential = [0.0] + [draw.randint(-160, 160) / 16 for _ in range(nodes)]
    forest, cards = Forest(nodes + 1), []

    def pair():
        a = draw.randrange(nodes + 1)
        return a, (a + 1 + draw.randrange(nodes)) % (nodes + 1)

    def resistor(a, b):
        cards.append(f"r{len(cards)} {a} {b} {10 ** draw.uniform(0, decades):.6g}")

    for _ in range(1 + draw.randrange(1 + nodes // 4)):
        a, b = pair()
        if forest.join(a, b):
            cards.append(f"v{len(cards)} {a} {b} {potential[a] - potential[b]!r}")
    for node in draw.sample(range(1, nodes + 1), nodes):
        other = draw.randrange(nodes + 1)
        if forest.find(node) == forest.find(other):
            other = 0
        if forest.join(node, other):
            resistor(node, other)
    for _ in range(nodes):
        resistor(*pair())
    for _ in range(nodes // 8):
        a, b = pair()
        cards.append(f"i{len(cards)} {a} {b} {draw.uniform(-1, 1) * 10 ** draw.uniform(-decades, 0):.6g}")
    for _ in range(nodes * 3 // 5 if diodes is None else diodes):
        a, b = pair()
        if potential[a] > potential[b]:
            a, b = b, a
        model = draw.choice(("ideal", "ideal", "ideal", "drop", "zener")) if piecewise else "ideal"
        cards.append(f"d{len(cards)} {a} {b} {model}")
    draw.shuffle(cards)
    title = f"random circuit: {nodes} nodes, seed {seed}, {decades:g} decades"
    return [title, *cards, IDEAL, *((DROP, ZENER) if piecewise else ()), ".op", ".end"]


def grid(k, seed=1):
    """Resistors of 0.5 to 2 ohm between the neighbours of k x k nodes, 1 V at one corner, a load at the other."""
    draw = random.Random(seed).random
    yield f"resistor grid {k} x {k}"
    yield "v1 n0_0 0 1"
    for row in range(k):
        here = [f"n{row}_{column}" for column in range(k)]
        for column in range(k):
            if column + 1 < k:
                yield f"rh{row}_{column} {here[column]} {here[column + 1]} {0.5 + 1.5 * draw():.7f}"
            if row + 1 < k:
                yield f"rv{row}_{column} {here[column]} n{row + 1}_{column} {0.5 + 1.5 * draw():.7f}"
    yield f"rload n{k - 1}_{k - 1} 0 1"
    yield ".op"
    yield ".end"


def crossbar(k, seed=1):
    """k word lines with a source each across k bit lines that end at ground, wires of 1 ohm from cell to cell, in each
    cell a resistor of 1 to 100 kohm between the two lines."""
    draw = random.Random(seed).uniform
    yield f"crossbar of {k} x {k}"
    for row in range(k):
        yield f"v{row} in{row} 0 {draw(0.1, 1):.6g}"
    for row in range(k):
        for column in range(k):
            before = f"w{row}_{column - 1}" if column else f"in{row}"
            below = f"b{row + 1}_{column}" if row + 1 < k else "0"
            yield f"rw{row}_{column} {before} w{row}_{column} 1"
            yield f"rb{row}_{column} b{row}_{column} {below} 1"
            yield f"r{row}_{column} w{row}_{column} b{row}_{column} {draw(1e3, 1e5):.6g}"
    yield from (".op", ".end")


def supply(k, seed=1):
    """The supply net of a chip, 1.1 V: k x k nodes in rails of m1 with a load each, every eighth column a strap of m4,
    every sixteenth row one of m7, vias where they cross, pads in m7. A few blocks of the chip draw much more."""
    draw = random.Random(seed).random
    cell, straps, rows = 10, range(0, k, 8), range(0, k, 16)
    blocks = [(k * draw(), k * draw(), k * (0.05 + 0.1 * draw()), 4 + 12 * draw()) for _ in range(4)]
    name = lambda layer, row, column: f"n1_{layer}_{column * cell}_{row * cell}"
    yield f"supply net of a chip, {k} x {k} cells"
    for row in range(k):
        for column in range(k):
            here = name("m1", row, column)
            if column + 1 < k:
                yield f"rm1_{row}_{column} {here} {name('m1', row, column + 1)} {1.5 + 0.5 * draw():.4f}"
            load = 0.5 + draw() + sum(much * draw() for x, y, size, much in blocks
                                      if abs(column - x) < size and abs(row - y) < size)
            yield f"i{row}_{column} {here} 0 {20 * load:.3f}u"
        for column in straps:
            yield f"rv14_{row}_{column} {name('m1', row, column)} {name('m4', row, column)} 1"
            if row + 1 < k:
                yield f"rm4_{row}_{column} {name('m4', row, column)} {name('m4', row + 1, column)} 0.3"
    for row in rows:
        for column in straps:
            yield f"rv47_{row}_{column} {name('m4', row, column)} {name('m7', row, column)} 0.5"
            if column + 8 < k:
                yield f"rm7_{row}_{column} {name('m7', row, column)} {name('m7', row, column + 8)} 0.1"
            if (row // 16 + column // 8) % 6 == 3:
                yield f"vdd_{row}_{column} {name('m7', row, column)} 0 1.1"
    yield ".op"
    yield ".end"


def drn(seed=1, inputs=784, hidden=100, outputs=10, gain=100.0):
    """Layers 1568-100-10, the smallest of the literature: doubled inputs as voltage sources, hidden units with ideal
    diodes to ground.

    All conductances are positive here, uniform up to gain / sqrt(fan-in), so that every one is a card."""
    draw = random.Random(seed).random
    yield f"deep resistive network {2 * inputs}-{hidden}-{outputs}"
    for unit in range(inputs):
        pixel = draw() if draw() < 0.19 else 0.0  # as many pixels of a digit are not black
        yield f"vp{unit} x{unit} 0 {gain * pixel:.6g}"
        yield f"vn{unit} x{inputs + unit} 0 {-gain * pixel:.6g}"
    for name, pre, post, sources, targets in (("a", "x", "h", 2 * inputs, hidden), ("b", "h", "y", hidden, outputs)):
        largest = sources ** -0.5
        for i in range(sources):
            for j in range(targets):
                yield f"r{name}{i}_{j} {pre}{i} {post}{j} {1 / (largest * max(draw(), 1e-9)):.6g}"
    for unit in range(hidden):  # the first half excitatory (v >= 0), the second inhibitory (v <= 0)
        yield f"d{unit} 0 h{unit} ideal" if unit < hidden // 2 else f"d{unit} h{unit} 0 ideal"
    yield from (IDEAL, ".op", ".end")


def sweep(k=100, points=10000, diodes=100, seed=1, saved="few"):
    """A grid of k x k nodes with piecewise-linear diodes, to ground and between nodes, in millivolt steps from 0 V:
    most of the diodes begin to conduct within 10,000 points. Saved are a few numbers, or all."""
    draw = random.Random(seed)
    lines = list(grid(k, seed))
    yield f"sweep of {points} points, grid {k} x {k}, {diodes} diodes"
    yield from lines[1:-2]
    for number in range(diodes):
        a, b = (f"n{draw.randrange(k)}_{draw.randrange(k)}" for _ in range(2))
        yield f"d{number} {a} {b if number % 2 else 0} d"
    yield ".model d D(Ron=0.1 Roff=1e9 Vfwd=0.3)"
    yield f".dc v1 0 {(points - 1) / 1000:g} 1m"
    if saved != "all":
        yield f".save v(n0_1) v(n{k // 2}_{k // 2}) v(n{k - 1}_{k - 1}) i(v1)"
    yield ".end"


LAWS = {"ideal": "Ron=0 Roff=1e9 Vfwd=0.6", "piecewise": "Ron=0.5 Roff=1e9 Vfwd=0.6", "exponential": "is=1e-14"}


def rectifiers(law, points, count=100):
    """A line of resistors, at each node a diode of the law into a load of its own, swept to 50 V."""
    yield f".dc of {points} points over {count} rectifiers, {law}"
    yield "v1 n0 0 50"
    for n in range(1, count + 1):
        yield from (f"r{n} n{n - 1} n{n} 100", f"d{n} n{n} m{n} d", f"rl{n} m{n} 0 {500 + 10 * n}")
    yield f".model d D({LAWS[law]})"
    yield f".dc v1 0 50 {50 / (points - 1):.10g}"
    yield ".end"


def solar(points, cells=28, strings=4):
    """A module of so many solar cells in series, a bypass diode over each string of them, swept from short circuit to
    18 V. A cell is a photo-current, which differs by the cell, a diode, a shunt and a series resistance."""
    yield f".dc of {points} points over a module of {cells} solar cells"
    for n in range(cells):
        yield f"i{n} p{n} j{n} {8 - 0.05 * (n % 7):g}"
        yield f"d{n} j{n} p{n} cell"
        yield from (f"rp{n} j{n} p{n} 100", f"rs{n} j{n} p{n + 1} 5m")
    each = cells // strings
    for n in range(strings):
        yield f"db{n} p{n * each} p{(n + 1) * each} bypass"
    yield from (f"v1 p{cells} 0 0", "rg p0 0 1u")
    yield from (".model cell d(is=1e-9 n=1.3)", ".model bypass d(is=1e-6 n=1.05)")
    step = 18 / (points - 1)
    yield f".dc v1 0 {18 + step / 2:.10g} {step:.10g}"  # half a step more: the sum of the steps is rounded
    yield ".end"


CHAINS = ("forward", "open", "reverse", "drops", "tapped")


def chain(count, kind="forward"):
    """So many ideal diodes in series on a source, with 1 kohm at the end. open: without that, so that nothing flows;
    reverse: blocked; drops: half of them, drawn at random, with 0.5 V; tapped: 1 Mohm to ground at each hundredth
    node."""
    draw = random.Random(1).random
    yield f"chain of {count} ideal diodes, {kind}"
    yield f"v1 n0 0 {dict(reverse=-10, drops=count).get(kind, 10)}"
    for n in range(1, count + 1):
        yield f"d{n} n{n - 1} n{n} {'drop' if kind == 'drops' and draw() < 0.5 else 'ideal'}"
        if kind == "tapped" and n % 100 == 0:
            yield f"rt{n} n{n} 0 1meg"
    if kind != "open":
        yield f"r1 n{count} 0 1k"
    yield from (IDEAL, DROP, ".op", ".end")


def ten():
    """Ten nodes, two sources v1 and v2, diodes that switch as these go from 0 to 5 V."""
    yield "ten nodes"
    yield from ("v1 n1 0 5", "v2 n10 0 1")
    for n, ohms in enumerate((1, 2, 1, 3, 1, 2, 1, 1, 2), 1):
        yield f"r{n} n{n} n{n + 1} {ohms}k"
    yield from ("r10 n5 0 10k", "d1 n3 0 pw", "d2 n7 n4 ideal", "d3 n6 0 pw")
    yield ".model pw D(Ron=0.1 Roff=1e9 Vfwd=0.7)"
    yield from (IDEAL, ".end")


def linked(kind):
    """Ten nodes, the first on a source, each further one with a resistor to the one before, to ground and to some other
    node. diodes: and with an exponential diode to ground; linear: without."""
    draw = random.Random(3).uniform
    yield f"ten nodes, {kind}"
    yield "v1 n0 0 1"
    for n, other in enumerate((7, 4, 1, 8, 0, 2, 9, 6, 3), 1):
        yield f"r{n} n{n} n{n - 1} {draw(10, 1000):.5g}"
        yield f"rg{n} n{n} 0 {draw(100, 5000):.5g}"
        yield f"rx{n} n{n} n{other} {draw(100, 5000):.5g}"
        if kind == "diodes":
            yield f"d{n} n{n} 0 d"
    yield from (".model d d(is=1e-14)", ".op", ".end")


def three(last="resistor"):
    """The smallest deck: a divider, of two resistors or of a resistor and an exponential diode."""
    ends = ("d1 b 0 d", ".model d d(is=1e-14)") if last == "diode" else ("r2 b 0 2k",)
    yield from ("three cards", "v1 a 0 5", "r1 a b 1k", *ends, ".op", ".end")


def ladder(sections):
    """Two resistors a section, thirty-seven bytes a card: all reading, with next to nothing to factor."""
    draw = random.Random(1).random
    yield f"ladder of {sections} sections"
    yield "v1 n0000000 0 1"
    for n in range(sections):
        yield f"rs{n:07d} n{n:07d} n{n + 1:07d} {1 + draw():.6f}"
        yield f"rp{n:07d} n{n + 1:07d} 0 {1000000 * (1 + draw()):.7f}"
    yield ".op"
    yield ".end"


def cells(instances, cards):
    """Instances of a subcircuit of so many cards, in chains of a hundred, with parameters in all values."""
    yield f"{instances} instances of {cards} cards"
    yield from (".param rload=10k", ".subckt cell in out rs=1k scale=1")
    nodes = ["in"] + [f"n{n}" for n in range(1, cards // 2)] + ["out"]
    for n, (a, b) in enumerate(zip(nodes, nodes[1:])):
        yield f"rs{n} {a} {b} {{rs}}"
        yield f"rp{n} {b} 0 {{rload*scale}}"
    yield ".ends"
    yield "v1 n0 0 1"
    for x in range(instances):
        yield f"x{x} n{x if x % 100 else 0} n{x + 1} cell scale={1 + x % 7}"
    yield ".op"
    yield ".end"


def junction(draw, saturation, emission, series, breakdown, knee):
    """Parameters of an exponential diode: Is between two powers of ten; N by a call; Rs, Ibv (with Bv of 2 to 60 V) and
    Ikf each with a probability, between two powers of ten."""
    def power(low, high):
        return 10 ** draw.uniform(low, high)

    words = [f"is={power(*saturation):.4g}", f"n={emission():.4g}"]
    if draw.random() < series[0]:
        words.append(f"rs={power(*series[1:]):.4g}")
    if draw.random() < breakdown[0]:
        words.append(f"bv={draw.uniform(2, 60):.4g} ibv={power(*breakdown[1:]):.3g}")
    if draw.random() < knee[0]:
        words.append(f"ikf={power(*knee[1:]):.3g}")
    return " ".join(words)


def exponential(seed):
    """A circuit of up to 40 nodes with exponential diodes of every size between any of them; returns its lines."""
    draw = random.Random(seed)
    nodes, cards = draw.randint(2, 40), []

    def pair():
        a = draw.randrange(nodes + 1)
        return a, (a + 1 + draw.randrange(nodes)) % (nodes + 1)

    def ohms():
        return f"{10 ** draw.uniform(-2, 8):.5g}"

    for node in range(1, nodes + 1):
        cards.append(f"r{len(cards)} {node} {draw.randrange(node)} {ohms()}")
    for _ in range(draw.randint(0, nodes)):
        a, b = pair()
        cards.append(f"r{len(cards)} {a} {b} {ohms()}")
    for _ in range(1 + nodes // 6):
        node, number = draw.randint(1, nodes), len(cards)
        cards.append(f"v{number} s{number} 0 {draw.choice([1, 5, 12, 30, -5, 100]) * draw.uniform(.1, 1):.5g}")
        cards.append(f"r{number + 1} s{number} {node} {ohms()}")
    for _ in range(nodes // 6):
        a, b = pair()
        cards.append(f"i{len(cards)} {a} {b} {10 ** draw.uniform(-9, -1):.5g}")
    models = []
    for model in range(draw.randint(1, 4)):
        words = junction(draw, (-18, -6), lambda: 10 ** draw.uniform(-.301, 1.602), (.5, -3, 3), (.5, -6, -2),
                         (.3, -4, -1))
        models.append(f".model m{model} d({words})")
    for _ in range(draw.randint(1, 2 * nodes)):
        a, b = pair()
        cards.append(f"d{len(cards)} {a} {b} m{draw.randrange(len(models))}")
    draw.shuffle(cards)
    return [f"exponential diodes, seed {seed}", *cards, *models, ".op", ".end"]


def layered(sizes, seed=1, gain=480.0, offset=0.8):
    """Layers that are densely joined: doubled inputs as voltage sources, and between layers units with antiparallel
    exponential diodes to +-offset (Is 1e-6, n Vt 0.05)."""
    draw = random.Random(seed).random
    yield "layered network " + "-".join(map(str, sizes))
    for unit in range(sizes[0] // 2):
        pixel = draw() if draw() < 0.19 else 0.0
        yield f"vp{unit} l0_{unit} 0 {gain * pixel:.6g}"
        yield f"vn{unit} l0_{sizes[0] // 2 + unit} 0 {-gain * pixel:.6g}"
    for layer in range(1, len(sizes)):
        largest = sizes[layer - 1] ** -.5
        for i in range(sizes[layer - 1]):
            for j in range(sizes[layer]):
                yield f"r{layer}_{i}_{j} l{layer - 1}_{i} l{layer}_{j} {1 / (largest * max(draw(), 1e-9)):.6g}"
    for layer in range(1, len(sizes) - 1):
        for unit in range(sizes[layer]):
            yield f"vu{layer}_{unit} u{layer}_{unit} 0 {offset}"
            yield f"vd{layer}_{unit} d{layer}_{unit} 0 -{offset}"
            yield f"du{layer}_{unit} l{layer}_{unit} u{layer}_{unit} ex"
            yield f"dd{layer}_{unit} d{layer}_{unit} l{layer}_{unit} ex"
    yield from (".model ex d(is=1e-6 n=1.9332)", ".op", ".end")


def wide(kind, size, drive, beside=None, seed=1):
    """Twelve decades of resistance, 1 V or 1 A: a line of `size` nodes (resistors by turns 1e-6 and 1e6 ohm, or drawn),
    a star of so many arms, a grid of so many nodes; beside: diodes `ideal` or `ex` (exponential) across or in series
    with some of them."""
    draw = random.Random(seed)

    def ohms():
        return f"{10 ** draw.uniform(-6, 6):.6g}"

    yield f"{kind}, {size}, driven by {drive}, {beside or 'resistors only'}"
    yield "v1 n0 0 1" if drive == "v" else "i1 0 n0 1"
    if kind == "star":
        for arm in range(size):
            yield f"ra{arm} n0 a{arm} {ohms()}"
            yield f"d{arm} a{arm} b{arm} {beside}" if beside else f"rd{arm} a{arm} b{arm} {ohms()}"
            yield f"rb{arm} b{arm} 0 {ohms()}"
    elif kind == "grid":
        side = max(round(size ** 0.5), 2)
        yield f"rload n{side * side - 1} 0 1"
        for node in range(side * side):
            right, below = node + 1, node + side
            for other in ([right] if right % side else []) + ([below] if below < side * side else []):
                yield f"r{node}_{other} n{node} n{other} {ohms()}"
                if beside and draw.random() < 0.1:
                    yield f"d{node}_{other} n{node} n{other} {beside}"
    else:
        for node in range(size):
            yield f"r{node} n{node} n{node + 1} " + (ohms() if kind == "drawn line" else ("1u", "1meg")[node % 2])
            if beside and node % 7 == 3:  # every second one blocks
                ends = (node, node + 1) if node % 2 else (node + 1, node)
                yield f"d{node} n{ends[0]} n{ends[1]} {beside}"
        yield f"rload n{size} 0 1"
    yield from (IDEAL, ".model ex d(is=1e-14)", ".op", ".end")


def stage(n, source, gain="100k", load="20k"):
    """An inverting stage of gain 1 by an operational amplifier."""
    yield f"ri{n} {source} m{n} 10k"
    yield f"rf{n} m{n} o{n} 10k"
    yield f"e{n} o{n} 0 0 m{n} {gain}"
    yield f"rl{n} o{n} 0 {load}"


def stages(count):
    """A chain of inverting stages."""
    yield f"chain of {count} amplifiers"
    yield "v1 o0 0 1"
    for n in range(1, count + 1):
        yield from stage(n, f"o{n - 1}")
    yield from (".op", ".end")


def beside(k, count):
    """A grid, and a chain of so many amplifiers beside it: the fourth part of a volt that a node of the grid has."""
    *lines, _, _ = grid(k)
    yield from lines
    for n in range(1, count + 1):
        yield from stage(n, f"n{k // 2}_{k // 2}" if n == 1 else f"o{n - 1}")
    yield from (".op", ".end")


def within(k, count):
    """A grid, and so many amplifiers in its midst: each turns round what it finds at a node, and drives another."""
    *lines, _, _ = grid(k)
    yield from lines
    for n in range(1, count + 1):
        row = k * n // (count + 1)
        yield from stage(n, f"n{row}_{k // 3}")
        yield f"rd{n} o{n} n{row}_{2 * k // 3} 1k"
    yield from (".op", ".end")


def transconductances(k, count, seed=1):
    """A grid, and so many weak transconductances between its nodes."""
    draw = random.Random(seed)
    *lines, _, _ = grid(k, seed)
    yield from lines
    for n in range(count):
        nodes = " ".join(f"n{draw.randrange(k)}_{draw.randrange(k)}" for _ in range(4))
        yield f"g{n} {nodes} {draw.uniform(-0.1, 0.1):.5g}"
    yield from (".op", ".end")


def amplifiers(count, points):
    """A chain of inverting stages, each with two junctions beside its feedback that limit it, swept."""
    yield f".dc of {points} points over {count} amplifiers with diodes"
    yield "v1 o0 0 0"
    for n in range(1, count + 1):
        yield from stage(n, f"o{n - 1}")
        yield f"da{n} m{n} o{n} limit"
        yield f"db{n} o{n} m{n} limit"
    yield ".model limit d(is=1e-14)"
    yield f".dc v1 -2 2 {4 / (points - 1):.10g}"
    yield f".save v(o1) v(o{count})"
    yield ".end"


def write(lines, path):
    with open(path, "w") as out:
        out.writelines(line + "\n" for line in lines)
    return path


def one_of(word, *words):
    if word is not None and word not in words:
        raise ValueError(f"{word} is none of {', '.join(words)}")
    return word


def main(argv):
    makers = {"random": lambda n, s, decades=4, diodes=None, kind=None: random_circuit(
                  int(n), int(s), float(decades), diodes and int(diodes), one_of(kind, "ideal") is None),
              "grid": lambda k, s="1": grid(int(k), int(s)),
              "supply": lambda k, s="1": supply(int(k), int(s)),
              "crossbar": lambda k, s="1": crossbar(int(k), int(s)),
              "drn": lambda *numbers: drn(*map(int, numbers)),
              "sweep": lambda k, points, diodes="100", saved="few": sweep(
                  int(k), int(points), int(diodes), saved=one_of(saved, "few", "all")),
              "rectifiers": lambda law, points: rectifiers(one_of(law, *LAWS), int(points)),
              "solar": lambda n: solar(int(n)),
              "chain": lambda n, kind="forward": chain(int(n), one_of(kind, *CHAINS)),
              "ten": lambda kind=None: linked(kind) if one_of(kind, "linear", "diodes") else ten(),
              "three": lambda last="resistor": three(one_of(last, "resistor", "diode")),
              "cells": lambda instances, cards: cells(int(instances), int(cards)),
              "ladder": lambda n: ladder(int(n)), "stages": lambda n: stages(int(n)),
              "beside": lambda k, n: beside(int(k), int(n)), "within": lambda k, n: within(int(k), int(n)),
              "amplifiers": lambda n, p: amplifiers(int(n), int(p)),
              "transconductances": lambda k, n: transconductances(int(k), int(n))}
    try:
        kind, *words = argv[1:] or [None]
        maker = makers.get(kind)
        if not maker:
            raise ValueError(f"{kind or 'nothing'} is none of {', '.join(makers)}")
        arity = inspect.signature(maker)
        try:
            arity.bind(*words)
        except TypeError as wrong:
            raise ValueError(f"{kind}: {wrong}") from wrong
        lines = maker(*words)
    except ValueError as wrong:
        print(f"decks.py: {wrong}\n\n{__doc__}", file=sys.stderr)
        return 2
    sys.stdout.writelines(line + "\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
