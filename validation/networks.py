"""Random networks whose resistances span a given range: what `exact` solves. One number tells all of a network."""
import copy
import math
import random
from collections import namedtuple

import circuits
import decks

Sweep = namedtuple("Sweep", "source values card")
Element = namedtuple("Element", "name kind a k value")  # kind r, v, i, d; value: a double, or (model, size) of a diode

KINDS = ("linear", "ideal", "piecewise", "exponential", "mixed")
TOPOLOGIES = tuple(getattr(circuits, name) for name in ("tree", "chain", "star", "grid", "layers", "bridges", "bundle",
                                                        "ring", "anything"))
LARGE = (circuits.chain, circuits.grid, circuits.bridges, circuits.ring, circuits.tree)  # of little fill
IDEALISED = {"ron", "roff", "vfwd", "vrev", "rrev"}


class Network:
    """elements and models with the doubles of their text; lines(gmin): the deck."""

    def __init__(self, seed, kind, nodes, low, high):
        draw = self.draw = random.Random(f"{seed} {kind} {nodes}")
        self.seed, self.kind, self.n, self.low, self.high = seed, kind, nodes, math.log10(low), math.log10(high)
        self.elements, self.models, self.cards = [], {}, []
        self.potential = [0.0] + [draw.randint(-160, 160) / 16 for _ in range(nodes)]
        # ties: joined by resistors and voltage sources; hard: by voltage sources; stiff: by anything without resistance
        self.ties, self.hard, self.stiff = (decks.Forest(nodes + 1) for _ in range(3))
        topology = draw.choice(LARGE if nodes > 100 else TOPOLOGIES)
        self.fill(topology(draw, nodes))
        draw.shuffle(self.elements)

    @staticmethod
    def is_idealised(card):
        return bool(IDEALISED & card.keys())

    # -- what is drawn

    def power(self, low, high):
        return float(f"{10 ** self.draw.uniform(low, high):.6g}")

    def ohms(self):
        return self.power(self.low, self.high)

    def add(self, kind, a, k, value):
        self.elements.append(Element(f"{kind}{len(self.elements)}", kind, self.node(a), self.node(k), value))

    @staticmethod
    def node(number):
        return "0" if number == 0 else f"n{number}"

    def resistor(self, a, b):
        self.add("r", a, b, self.ohms())
        self.tie(a, b)

    def tie(self, a, b):
        if max(a, b) <= self.n:
            self.ties.join(a, b)

    def closes(self, a, b):
        """Would a branch without resistance close a loop of such? In circuits with junctions only."""
        return not self.stiff.join(a, b) and self.kind in ("exponential", "mixed")

    def source(self, a, b):
        """As the potentials ask for, where it closes no loop."""
        if self.hard.find(a) == self.hard.find(b) or self.closes(a, b):
            return self.resistor(a, b)
        self.hard.join(a, b)
        self.tie(a, b)
        return self.add("v", a, b, self.potential[a] - self.potential[b])

    def current(self, a, b):
        self.add("i", a, b, self.draw.choice((1, -1)) * self.power(-9, 0))

    def model(self, card):
        name = f"m{len(self.models)}"
        self.models[name] = card
        return name

    def ideal(self, a, b):
        """So that it blocks, or just conducts, at the potentials."""
        if self.potential[a] > self.potential[b]:
            a, b = b, a
        if self.closes(a, b):
            return self.piecewise(a, b)
        draw, card = self.draw, {"ron": 0.0}
        if draw.random() < 0.3:
            card["vfwd"] = draw.choice((0.25, 0.5, 0.7))
        if draw.random() < 0.2:
            card["roff"] = self.power(max(self.low, 0), self.high)
        name = self.model(card)
        for _ in range(1 + (draw.random() < 0.15)):  # two share their current
            self.add("d", a, b, (name, 1.0))
        return None

    def piecewise(self, a, b):
        draw = self.draw
        a, b = draw.sample((a, b), 2)
        ron = self.power(self.low, min(self.high, 3))
        card = {"ron": ron}
        if draw.random() < 0.7:
            card["roff"] = self.power(max(math.log10(ron), 0), self.high)
        if draw.random() < 0.6:
            card["vfwd"] = draw.choice((0.3, 0.6, 0.7))
        if draw.random() < 0.4:
            card["vrev"] = draw.choice((3.3, 4.7, 30.0))
            if draw.random() < 0.5:
                card["rrev"] = self.power(self.low, min(self.high, 3))
        return self.add("d", a, b, (self.model(card), 1.0))

    def exponential(self, a, b):
        draw = self.draw
        a, b = draw.sample((a, b), 2)
        card = {"is": self.power(-18, -6), "n": float(f"{draw.uniform(0.8, 3):.3g}")}
        if not self.stiff.join(a, b) or draw.random() < 0.4:
            card["rs"] = self.power(self.low, min(self.high, 3))
        if draw.random() < 0.2:
            card["bv"], card["ibv"] = float(f"{draw.uniform(2, 60):.3g}"), self.power(-5, -3)
        size = draw.choice((1.0, 1.0, 1.0, 2.5))
        name = self.model(card)
        self.add("d", a, b, (name, size))
        if draw.random() < 0.15:
            self.add("d", b, a, (name, size))

    def diode(self, a, b):
        make = {"ideal": self.ideal, "piecewise": self.piecewise, "exponential": self.exponential}
        kind = self.draw.choice(tuple(make)) if self.kind == "mixed" else self.kind
        make[kind](a, b)

    def fill(self, edges):
        draw = self.draw
        edges = [(a, b) for a, b in edges if a != b]
        for a, b in edges:
            chance = draw.random()
            if chance < 0.12:
                self.source(a, b)
            elif chance < 0.42 and self.kind != "linear":
                self.diode(a, b)
            else:
                self.resistor(a, b)
        if not any(e.kind == "v" for e in self.elements):
            self.source(0, draw.randint(1, self.n))
        for a, b in draw.sample(edges, len(edges)) + [(0, node) for node in range(1, self.n + 1)]:
            if self.ties.find(a) != self.ties.find(b):
                self.resistor(a, b)
        for _ in range(draw.randint(0, 1 + self.n // 6)):
            a, b = draw.sample(range(self.n + 1), 2)
            self.current(a, b)
        if not any(e.kind in "vi" for e in self.elements):
            self.current(0, draw.randint(1, self.n))
        self.outgrowths()

    def outgrowths(self):
        """Trees of resistors where no current flows; nodes between two diodes."""
        draw, last = self.draw, self.n
        while draw.random() < 0.4:
            last += 1
            self.add("r", draw.randint(0, last - 1), last, self.ohms())
        while self.kind != "linear" and draw.random() < 0.3:
            last += 1
            self.potential += [0.0] * (last + 1 - len(self.potential))
            a, b = draw.sample(range(self.n + 1), 2)
            name = self.model({"exponential": {"is": self.power(-16, -9), "rs": self.power(self.low, 0)},
                               "piecewise": {"ron": self.power(self.low, 0)}}.get(self.kind, {"ron": 0.0}))
            ends = (a, b) if self.potential[a] <= self.potential[b] else (b, a)
            back = draw.random() < 0.5 and self.kind in ("exponential", "piecewise")
            self.add("d", ends[0], last, (name, 1.0))
            self.add("d", *((ends[1], last) if back else (last, ends[1])), (name, 1.0))

    # -- the deck

    def sweep(self):
        """Of a current source to its opposite and back, or a voltage source by 1 V up and down where no ideal diode
        could be forced forward; the values are doubles without rounding. None where there is no such source."""
        for source in self.elements:
            if source.kind == "i":
                return self.steps(source, -source.value, source.value / 2)
        for source in self.elements:
            if source.kind == "v" and self.kind in ("linear", "piecewise", "exponential"):
                return self.steps(source, source.value - 1, 0.5)
        return None

    @staticmethod
    def steps(source, start, step):
        values = [start + step * point for point in range(5)]
        return Sweep(source, values, f".dc {source.name} {start!r} {values[-1]!r} {step!r}")

    def at(self, source, value):
        """The network with another value of the source."""
        there = copy.copy(self)
        there.elements = [e._replace(value=value) if e.name == source.name else e for e in self.elements]
        return there

    def lines(self, gmin, sweep=None):
        lines = [f"network {self.seed}: {self.kind}, {self.n} nodes, 1e{self.low:g} to 1e{self.high:g} ohm"]
        for name, kind, a, k, value in self.elements:
            if kind == "d":
                value = value[0] + ("" if value[1] == 1 else f" {value[1]!r}")
            else:
                value = repr(value)
            lines.append(f"{name} {a} {k} {value}")
        for name, card in self.models.items():
            lines.append(f".model {name} d({' '.join(f'{key}={value!r}' for key, value in card.items())})")
        analysis = [".options savecurrents", sweep.card] if sweep else [".op"]
        return lines + [f".options gmin={gmin!r}", *analysis, ".end"]
