"""Random circuits of every law and topology, also such that have no operating point by construction. One number tells
all of a circuit."""
import os
import random

import decks

NEAR_RON, NEAR_ROFF = 1e-4, 1e10  # what stands for an ideal diode where ngspice is asked too

IDEAL_MODELS = {"ideal": "Ron=0", "drop": "Ron=0 Vfwd=0.5", "zideal": "Ron=0 Vfwd=0.25 Vrev=30"}
PIECEWISE_MODELS = {"zener": "Ron=10 Roff=1meg Vfwd=0.7 Vrev=4.7 Rrev=20", "soft": "Ron=50 Roff=10k",
                    "plain": "Vfwd=0.4 Roff=1g"}
LIMITED_MODELS = {"round": "Ron=2 Roff=1meg Vfwd=0.6 Epsilon=0.2", "limit": "Ron=1 Roff=10meg Ilimit=0.5",
                  "both": "Ron=0.5 Roff=100k Vfwd=0.3 Epsilon=0.1 Ilimit=2 Vrev=5 Rrev=3 Revepsilon=0.2 Revilimit=1"}

FAMILIES = ("linear", "ideal", "piecewise", "limited", "exponential", "table", "behavioural", "subcircuits",
            "everything", "ten decades")
FLAWS = ("loop", "agreeing loop", "self loop", "open node", "blocked current", "pulled current", "forced forward",
         "diode ring", "floating part", "between parts", "no ground", "forced breakdown")
EXPECTED = {"loop": "loop", "self loop": "loop", "open node": "cut", "blocked current": "cut", "pulled current": "cut",
            "forced forward": "forward", "between parts": "cut", "no ground": "no ground",
            "forced breakdown": "forward"}


# ---- topologies: pairs of nodes 0..n, 0 is ground --------------------------------------------------------------------

def tree(draw, n):
    return [(node, draw.randrange(node)) for node in range(1, n + 1)]


def chain(draw, n):
    return [(node, node - 1) for node in range(1, n + 1)]


def star(draw, n):
    hub = draw.choice((0, 1))
    return [(node, hub) for node in range(n + 1) if node != hub] + [(0, 1)] * (hub == 1)


def grid(draw, n):
    side = max(int((n + 1) ** 0.5), 1)
    return [(node, other) for node in range(n + 1)
            for other in (node + 1 if (node + 1) % side else n + 1, node + side) if other <= n]


def layers(draw, n):
    sizes, left = [], list(range(n + 1))
    while left:
        sizes.append([left.pop(0) for _ in range(min(len(left), draw.randint(1, 8)))])
    return [(a, b) for one, other in zip(sizes, sizes[1:]) for a in one for b in other] or [(0, n)]


def complete(draw, n):
    few = min(n, 12)
    return ([(a, b) for a in range(few + 1) for b in range(a)] +
            [(node, draw.randrange(node)) for node in range(few + 1, n + 1)])


def pieces(draw, n):
    """Several trees with chords; only the first has the ground."""
    start, edges = 0, []
    while start <= n:
        end = min(start + draw.randint(1, max(n // 2, 1)), n)
        edges += [(node, draw.randint(start, node - 1)) for node in range(start + 1, end + 1)]
        edges += [(draw.randint(start, end), draw.randint(start, end)) for _ in range((end - start) // 2)]
        start = end + 1
    return edges


def bridges(draw, n):
    """Wheatstone bridges one behind the other."""
    edges = []
    for at in range(0, n - 2, 3):
        a, b, c, d = range(at, at + 4)
        edges += [(a, b), (a, c), (b, c), (b, d), (c, d)]
    first = max(3 * ((n - 2) // 3) + 4, 1) if n > 2 else 1
    return edges + [(node, node - 1) for node in range(first, n + 1)] or [(n, 0)]


def bundle(draw, n):
    return [(node, max(node - 1, 0)) for node in range(1, n + 1) for _ in range(draw.randint(1, 4))]


def ring(draw, n):
    return [(node, (node + 1) % (n + 1)) for node in range(n + 1)]


def anything(draw, n):
    return [(draw.randint(0, n), draw.randint(0, n)) for _ in range(draw.randint(n, 3 * n))]


TOPOLOGIES = (tree, chain, star, grid, layers, complete, pieces, bridges, bundle, ring, anything)


# ---- the circuit -----------------------------------------------------------------------------------------------------

class Circuit:
    """lines(): the deck; lines(True): as ngspice gets it, with near-ideal diodes, which opspice reads too. expected:
    solved, or what is to be diagnosed: loop, forward, cut, no ground; None: the referee decides."""

    def __init__(self, seed, directory="."):
        draw = self.draw = random.Random(seed)
        self.seed, self.directory = seed, directory
        self.flaw = draw.choice(FLAWS) if draw.random() < 0.15 else None
        self.wild = self.flaw is None and draw.random() < 0.12
        self.family = "wild" if self.wild else draw.choice(FAMILIES)
        topology = draw.choice(TOPOLOGIES)
        self.topology = topology.__name__
        self.n = round(3 * (60 / 3) ** draw.random()) if draw.random() < 0.995 else draw.randint(100, 400)
        self.decades = 10 if self.family == "ten decades" else draw.choice((2, 3, 4, 6))
        self.cards, self.models, self.extra, self.count, self.near = [], {}, [], 0, False
        self.potential = [0.0] + [draw.randint(-160, 160) / 16 for _ in range(self.n)]
        self.gmin = 0 if seed % 2 else None  # S; None: the default of 1e-12
        self.ties = decks.Forest(self.n + 1)
        edges = topology(draw, self.n)
        (self.fill_wild if self.wild else self.fill)(edges)
        # the ring may be driven without a way to ground
        unsure = self.wild or (self.flaw == "diode ring" and topology is pieces)
        self.expected = None if unsure else EXPECTED.get(self.flaw, "solved")
        if self.flaw:
            self.add_flaw()
        draw.shuffle(self.cards)

    def lines(self, oracle=False):
        flaw = f", {self.flaw}" if self.flaw else ""
        lines = [f"circuit {self.seed}: {self.family}, {self.topology}, {self.n} nodes{flaw}"]
        for card in self.cards:
            card = card[oracle] if isinstance(card, tuple) else card
            lines += self.copies(card) if oracle else [card]
        lines += self.extra
        if self.gmin is not None:
            lines.append(f".options gmin={self.gmin}")
        for name, words in self.models.items():
            if isinstance(words, tuple):
                if words[oracle]:
                    lines.append(f".model {name} D({words[oracle]})")
                continue
            if oracle and "Ron=0 " in words + " ":
                words = words.replace("Ron=0", f"Ron={NEAR_RON}") + ("" if "Roff" in words else f" Roff={NEAR_ROFF:g}")
            lines.append(f".model {name} D({words})")
        return lines + [".op", ".end"]

    @staticmethod
    def copies(card):
        """m idealised diodes one by one: ngspice takes one for all."""
        words = card.split()
        if words[0][0] != "d" or words[3] not in {**IDEAL_MODELS, **PIECEWISE_MODELS,
                                                  **LIMITED_MODELS} or not words[-1].startswith("m="):
            return [card]
        return [" ".join([words[0] + "_" * copy, *words[1:-1]]) for copy in range(int(words[-1][2:]))]

    # -- cards

    def name(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    @staticmethod
    def node(number):
        return "0" if number == 0 else f"n{number}" if isinstance(number, int) else number

    def add(self, letter, a, k, rest):
        self.cards.append(f"{self.name(letter)} {self.node(a)} {self.node(k)} {rest}")

    def ohms(self):
        return f"{10 ** self.draw.uniform(-self.decades / 2, self.decades / 2) * 100:.6g}"

    def resistor(self, a, b):
        draw, extra = self.draw, ""
        if draw.random() < 0.1:
            extra = draw.choice((" tc1=1m", " tc1=2m tc2=1u", f" m={draw.randint(2, 5)}"))
        self.add("r", a, b, self.ohms() + extra)
        self.tie(a, b)

    def tie(self, a, b):
        if isinstance(a, int) and isinstance(b, int):
            self.ties.join(a, b)

    def current(self, a, b):
        word = self.draw.choice(("", "dc "))
        self.add("i", a, b, f"{word}{self.draw.uniform(-1, 1) * 10 ** self.draw.uniform(-4, 0):.6g}")

    def source(self, a, b):
        """A voltage source as the potentials ask for, where it closes no loop."""
        if a == b or not self.joined.join(a, b):
            return self.resistor(a, b)
        self.tie(a, b)
        return self.add("v", a, b, f"{self.potential[a] - self.potential[b]!r}")

    def diode(self, a, b, models):
        """So that it blocks, or just conducts, at the potentials."""
        if self.potential[a] > self.potential[b]:
            a, b = b, a
        model = self.draw.choice(list(models))
        self.models[model] = models[model]
        self.add("d", a, b, model + (f" m={self.draw.randint(2, 4)}" if self.draw.random() < 0.1 else ""))

    def ideal(self, a, b):
        self.near = True
        self.diode(a, b, IDEAL_MODELS)

    def piecewise(self, a, b):
        self.diode(*self.draw.sample((a, b), 2), PIECEWISE_MODELS)

    def limited(self, a, b):
        self.diode(*self.draw.sample((a, b), 2), LIMITED_MODELS)

    def exponential(self, a, b):
        draw, model = self.draw, f"e{self.draw.randint(0, 3)}"
        if model not in self.models:
            self.models[model] = decks.junction(draw, (-16, -7), lambda: draw.uniform(0.8, 3), (.5, -2, 2),
                                                (.3, -5, -2), (.2, -3, -1))
        a, b = draw.sample((a, b), 2)
        self.add("d", a, b, model + draw.choice(("", "", " 2.5", " m=3")))

    def points(self, most):
        draw = self.draw
        u, i = [draw.uniform(-8, -1)], 0.0
        for _ in range(draw.randint(2, 6)):
            u.append(u[-1] + draw.uniform(0.05, 3))
        points = []
        for volts in u:
            points.append((f"{volts:.6g}", f"{i:.6g}"))
            i += 10 ** draw.uniform(-5, most) * draw.choice((1, 1, 0.1))
        middle = float(points[len(points) // 2][1])
        return [(volts, f"{float(amperes) - middle:.6g}") for volts, amperes in points]

    def table(self, a, b):
        """A measured law from a file; in ngspice a source whose last pieces are long."""
        draw, name = self.draw, self.name("d")
        points, model = self.points(-1), f"t{self.count}"
        file = f"table-{self.seed}-{self.count}.txt"
        with open(os.path.join(self.directory, file), "w") as out:
            out.writelines(f"{volts} {amperes}\n" for volts, amperes in points)
        a, b = (b, a) if a == 0 else (a, b)
        long = [tuple(map(float, point)) for point in points]
        for end, next_one, reach in ((0, 1, -1e4), (-1, -2, 1e4)):
            steep = (long[end][1] - long[next_one][1]) / (long[end][0] - long[next_one][0])
            long.insert(0 if end == 0 else len(long), (reach, long[end][1] + steep * (reach - long[end][0])))
        text = ",".join(f"{volts!r},{amperes!r}" for volts, amperes in long)
        self.models[model] = (f"table={file}", "")
        u = self.own(a, b)
        self.cards.append((f"{name} {self.node(a)} {self.node(b)} {model}",
                           f"b{name} {self.node(a)} {self.node(b)} I={{pwl({u},{text})}}"))

    def own(self, a, b):
        return f"V({self.node(a)})" if b == 0 else f"V({self.node(a)},{self.node(b)})"

    def behavioural(self, a, b):
        draw = self.draw
        a, b = (b, a) if a == 0 else (a, b)
        if a == b:
            return self.resistor(a, b)
        u, g, v0 = self.own(a, b), 10 ** draw.uniform(-5, -1), draw.uniform(-2, 2)
        form = draw.randrange(8)
        if form == 0:
            self.add("b", a, b, f"I={{max(({u}-{v0:.4g})/1e9,({u}-{v0:.4g})/{1 / g:.5g})}}")
        elif form == 1:
            self.add("b", a, b, f"I={{{g:.5g}*{u}+{g / 50:.5g}*{u}*{u}*{u}}}")
        elif form == 2:
            self.add("b", a, b, f"I={{{g / 10:.5g}*(exp({u}/{draw.uniform(.5, 2):.4g})-1)}}")
        elif form == 3:
            self.add("b", a, b, f"I={{{g:.5g}*tanh({u}/{draw.uniform(.2, 3):.4g})+{g / 100:.5g}*{u}}}")
        elif form == 4:
            self.add("b", a, b, f"I={{({u}>0 ? {u}*{g:.5g} : {u}*{g / 20:.5g})}}")
        elif form == 5:
            self.add("g", a, b, f"{self.node(a)} {self.node(b)} {g:.5g}")
        elif form == 6:
            self.add("b", a, b, f"I={{{g:.5g}*{u}+{draw.uniform(-.01, .01):.4g}}}")
        else:
            points, name = self.points(-2), self.name("g")
            level = [("-1e4", points[0][1]), *points, ("1e4", points[-1][1])]
            text = ",".join(f"{volts},{amperes}" for volts, amperes in level)
            pairs = " ".join(f"({v},{i})" for v, i in points)
            self.cards.append((f"{name} {self.node(a)} {self.node(b)} TABLE {{{u}}} = {pairs}",
                               f"b{name} {self.node(a)} {self.node(b)} I={{pwl({u},{text})}}"))
        return None

    def instance(self, a, b):
        if not self.extra:
            self.near = True
            self.models["ideal"] = IDEAL_MODELS["ideal"]
            self.models["zener"] = PIECEWISE_MODELS["zener"]
            self.extra = [".param base=2k", ".subckt cell p q params: r=1k k=2", "r1 p m {r}", "r2 m q {r*k+base}",
                          "d1 m q ideal",
                          "d2 q m zener", "r3 m 0 {10*base}", ".ends", ".subckt pair p q r=500",
                           "x1 p m cell r={r} k=3",
                          "x2 m q cell r={2*r}", "b1 m 0 I={1e-5*V(m)}", "r1 m 0 {r*100}", ".ends"]
        kind = self.draw.choice(("cell", "pair"))
        self.cards.append(f"{self.name('x')} {self.node(a)} {self.node(b)} {kind} r={self.ohms()}")
        self.tie(a, b)

    # -- all of them

    def fill(self, edges):
        draw, chosen = self.draw, {"linear": (), "ideal": (self.ideal,), "piecewise": (self.piecewise, self.ideal),
                                   "limited": (self.limited,), "exponential": (self.exponential,),
                                   "table": (self.table,),
                                   "behavioural": (self.behavioural,), "subcircuits": (self.instance,)}
        everything = (self.ideal, self.piecewise, self.limited, self.exponential, self.table, self.behavioural,
                      self.instance)
        some = chosen.get(self.family, everything if self.family == "everything" else (self.ideal, self.piecewise))
        self.joined = decks.Forest(self.n + 1)
        linear = (self.resistor, self.resistor, self.resistor, self.source, self.current)
        for a, b in edges:
            if some and draw.random() < 0.45:
                draw.choice(some)(a, b)
            else:
                draw.choice(linear)(a, b)
        if self.family == "linear":
            self.extra.append(f".temp {draw.choice((27, 27, -40, 85))}")
        loose = self.topology == "pieces"
        for a, b in draw.sample(edges, len(edges)) + [(node, 0) for node in range(1, self.n + 1)] * (not loose):
            if self.ties.find(a) != self.ties.find(b):
                self.resistor(a, b)
        if draw.random() < 0.1:
            self.add("r", *[draw.randint(0, self.n)] * 2, self.ohms())
        if draw.random() < 0.1:
            self.add("c", draw.randint(0, self.n), draw.randint(0, self.n), "1n")

    def fill_wild(self, edges):
        """No thought of whether there is an operating point."""
        draw = self.draw
        kinds = draw.choice(("rrrvidd", "rdddi", "rvvd", "rrdddv", "riid", "rddddddv"))
        for a, b in edges:
            kind = draw.choice(kinds)
            if kind == "r":
                self.add("r", a, b, self.ohms())
            elif kind == "v":
                self.add("v", a, b, repr(draw.choice((0.0, 1.0, 1.0, draw.randint(-32, 32) / 16))))
            elif kind == "i":
                self.add("i", a, b, repr(draw.choice((1.0, -1.0, draw.randint(-32, 32) / 16))))
            else:
                model = draw.choice(("ideal", "ideal", "drop", "zideal"))
                self.models[model], self.near = IDEAL_MODELS[model], True
                self.add("d", a, b, model)
        if not any(" 0 " in card for card in self.cards):
            self.add("r", 1, 0, self.ohms())

    def add_flaw(self):
        draw = self.draw
        self.models["ideal"] = IDEAL_MODELS["ideal"]
        self.near = True
        start, volts, amperes = draw.randint(0, self.n), draw.randint(1, 32) / 16, f"{10 ** draw.uniform(-4, 0):.4g}"
        length = draw.randint(1, 6)
        path = [start] + [f"f{q}" for q in range(length)]
        steps = [draw.randint(-32, 32) / 16 for _ in range(length)]
        if self.flaw in ("loop", "agreeing loop"):
            for a, b, step in zip(path, path[1:], steps):
                self.add("v", b, a, repr(step))
            self.add("v", path[-1], start, repr(sum(steps) + (volts if self.flaw == "loop" else 0)))
        elif self.flaw == "self loop":
            self.add("v", start, start, repr(volts))
        elif self.flaw == "open node":
            self.add("i", start, "f0", amperes)
            if draw.random() < .5:
                self.add("c", "f0", draw.randint(0, self.n), "1u")
        elif self.flaw == "blocked current":
            for a, b in zip(path, path[1:]):
                self.add("d", a, b, "ideal")
            self.add("i", 0, path[-1], amperes)
        elif self.flaw == "pulled current":
            for a, b in zip(path, path[1:]):
                self.add("d", b, a, "ideal")
            self.add("i", path[-1], 0, amperes)
        elif self.flaw == "forced forward":
            for a, b in zip(path, path[1:]):
                self.add("d", a, b, "ideal")
            self.add("v", start, path[-1], repr(volts))
        elif self.flaw == "diode ring":
            ring = path[1:] + [start]
            for a, b in zip([start] + path[1:], ring):
                self.add("d", a, b, "ideal")
            self.add("i", 0, path[1], amperes)
        elif self.flaw == "floating part":
            for a, b in zip(path[1:], path[2:] + ["f0"] * (length > 1)):
                self.add(*draw.choice((("r", a, b, self.ohms()), ("i", a, b, amperes), ("r", a, b, self.ohms()))))
                self.add("r", a, b, self.ohms())
            self.add("c", "f0", start, "1n")
        elif self.flaw == "between parts":
            self.add("i", "f0", start, amperes)
            self.add("r", "f0", "g0", self.ohms())
        elif self.flaw == "forced breakdown":
            self.models["hard"] = "Ron=0 Vfwd=0.5 Vrev=2"
            self.add("v", start, "f0", repr(-2 - volts))
            self.add("d", start, "f0", "hard")
        else:  # no ground
            def lifted(card):
                words = card.split()
                return " ".join([words[0]] + ["up" if w == "0" else w for w in words[1:3]] + words[3:])
            self.cards = [lifted(c) if isinstance(c, str) else tuple(map(lifted, c))
                          for c in self.cards if not str(c).startswith("x")]
            self.extra = [line for line in self.extra if line.startswith(".temp")]
            self.cards = [c for c in self.cards if str(c)[0] in "rvdic"] or ["r0 up n1 1k"]
