"""Random circuits with couplings: what `couplings` solves. A seed and a kind tell all of a circuit.

An element is R, V, I, D, S or a source that others control: its value is a constant and a sum of functions of one
control each, a voltage between two nodes or the current of a branch. One linear term makes an E, G, F or H card, any
other sum a B card."""
import math
import random
from collections import namedtuple

import circuits
import decks

# kind: r, v, i; d (ideal diode), j (junction: is, n), s (switch: ron, roff, vt, vh, on); e (voltage), g (current)
Element = namedtuple("Element", "name kind a k value terms")
Term = namedtuple("Term", "function control")
Control = namedtuple("Control", "kind p q")  # "v": between nodes p and q; "i": current of element p

TOPOLOGIES = tuple(getattr(circuits, name) for name in ("tree", "chain", "star", "grid", "layers", "bridges", "bundle",
                                                        "ring", "anything"))
LARGE = (circuits.chain, circuits.grid, circuits.bridges, circuits.ring, circuits.tree)  # of little fill


# ---- functions of one variable, for whatever arithmetic x is in ------------------------------------------------------

class Linear:
    def __init__(self, gain):
        self.gain = gain

    def at(self, x, number, mp):
        return number(self.gain) * x, number(self.gain)

    def text(self, x):
        return f"{self.gain!r}*{x}"


class Tanh:
    """height tanh(gain x)"""

    def __init__(self, height, gain):
        self.height, self.gain = height, gain

    def at(self, x, number, mp):
        t = mp.tanh(number(self.gain) * x)
        return number(self.height) * t, number(self.height) * number(self.gain) * (1 - t * t)

    def text(self, x):
        return f"{self.height!r}*tanh({self.gain!r}*{x})"


class Clip:
    """gain x, from low to high"""

    def __init__(self, gain, low, high):
        self.gain, self.low, self.high = gain, low, high

    def at(self, x, number, mp):
        y = number(self.gain) * x
        inside = self.low < y < self.high
        return (y if inside else number(self.low if y <= self.low else self.high)), number(self.gain if inside else 0)

    def text(self, x):
        return f"min({self.high!r},max({self.low!r},{self.gain!r}*{x}))"


class Cubic:
    """first x + third x^3"""

    def __init__(self, first, third):
        self.first, self.third = first, third

    def at(self, x, number, mp):
        a, b = number(self.first), number(self.third)
        return (a + b * x * x) * x, a + 3 * b * x * x

    def text(self, x):
        return f"{self.first!r}*{x}+{self.third!r}*{x}*{x}*{x}"  # ^3 of ngspice 39 forgets the sign


class Ramp:
    """gain max(x - at, 0)"""

    def __init__(self, gain, corner):
        self.gain, self.corner = gain, corner

    def at(self, x, number, mp):
        beyond = x - number(self.corner)
        return (number(self.gain) * beyond, number(self.gain)) if beyond > 0 else (number(0), number(0))

    def text(self, x):
        return f"{self.gain!r}*max({x}-{self.corner!r},0)"


# ---- circuits --------------------------------------------------------------------------------------------------------

def node_name(number):
    return "0" if number == 0 else f"n{number}"


class Circuit:
    """elements in the order of their cards; nodesets: {node: volts} one for each state that is asked for."""

    def __init__(self, title, draw):
        self.title, self.draw, self.elements, self.last = title, draw, [], 0
        self.ties, self.hard = decks.Forest(4000), decks.Forest(4000)
        self.flaw, self.nodesets, self.gain, self.feature = None, [], "", ""

    # -- cards

    def new_node(self):
        self.last += 1
        return self.last

    def add(self, letter, kind, a, k, value, terms=()):
        name = f"{letter}{len(self.elements)}"
        self.elements.append(Element(name, kind, node_name(a), node_name(k), value, tuple(terms)))
        return name

    def resistor(self, a, b, ohms):
        self.ties.join(a, b)
        return self.add("r", "r", a, b, ohms)

    def source(self, a, b, volts):
        self.ties.join(a, b)
        self.hard.join(a, b)
        return self.add("v", "v", a, b, volts)

    def current(self, a, b, amperes):
        return self.add("i", "i", a, b, amperes)

    def voltage(self, p, q):
        return Control("v", node_name(p), node_name(q))

    def branch(self, name):
        return Control("i", name, None)

    def controlled(self, kind, a, k, terms, value=0.0):
        """A source of volts ("e") or amperes ("g"), with the letter that its card has."""
        if kind == "e":
            self.ties.join(a, k)
            self.hard.join(a, k)
        plain = len(terms) == 1 and value == 0 and isinstance(terms[0].function, Linear)
        letter = {"ev": "e", "ei": "h", "gv": "g", "gi": "f"}[kind + terms[0].control.kind] if plain else "b"
        return self.add(letter, kind, a, k, value, terms)

    def voltage_source(self, kind, a, k, terms, value=0.0, ohms=None):
        """The same, with a node of its own behind a resistor where it would close a loop of such sources."""
        if kind == "e" and (a == k or self.hard.find(a) == self.hard.find(k)):
            node = self.new_node()
            self.resistor(node, a, ohms or self.ohms())
            a = node
        return self.controlled(kind, a, k, terms, value)

    # -- what is drawn

    def power(self, low, high):
        return float(f"{10 ** self.draw.uniform(low, high):.6g}")

    def sign(self):
        return self.draw.choice((1, -1))

    def ohms(self):
        return self.power(1, 5.5)

    def any_node(self):
        return self.draw.randint(0, self.last)

    def pair(self):
        a, b = self.draw.sample(range(self.last + 1), 2)
        return a, b

    def ammeter(self):
        """The name of a branch whose current may control: of a voltage source, or one put in series with a resistor."""
        named = [e.name for e in self.elements if e.kind in "ve"]
        resistors = [at for at, e in enumerate(self.elements) if e.kind == "r"]
        if named and (self.draw.random() < 0.4 or not resistors):
            return self.draw.choice(named)
        at = self.draw.choice(resistors)
        e, node = self.elements[at], self.new_node()
        self.elements[at] = e._replace(k=node_name(node))
        number = 0 if e.k == "0" else int(e.k[1:])
        self.ties.join(node, number)
        return self.source(node, number, 0.0)

    def control(self, current=None):
        if current if current is not None else self.draw.random() < 0.35:
            return self.branch(self.ammeter())
        return self.voltage(*self.pair())

    def connect(self, volts=10, amperes=(-6, -1), negative=0.0, sources=0.1):
        """Resistors, sources, and a way from every node to ground by resistors or voltage sources."""
        draw, n = self.draw, self.last
        edges = [(a, b) for a, b in draw.choice(LARGE if n > 100 else TOPOLOGIES)(draw, n) if a != b]
        for a, b in edges:
            if draw.random() < sources and self.hard.find(a) != self.hard.find(b):
                self.source(a, b, float(f"{draw.uniform(-volts, volts):.5g}"))
            else:
                self.resistor(a, b, self.ohms() * (-1 if draw.random() < negative else 1))
        for a, b in draw.sample(edges, len(edges)) + [(0, node) for node in range(1, n + 1)]:
            if self.ties.find(a) != self.ties.find(b):
                self.resistor(a, b, self.ohms())
        for _ in range(draw.randint(0, 1 + n // 6)):
            self.current(*self.pair(), self.sign() * self.power(*amperes))
        if not any(e.kind == "i" or (e.kind == "v" and e.value) for e in self.elements):
            node = draw.randint(1, n)
            if self.hard.find(node) == self.hard.find(0):
                self.current(0, node, self.power(*amperes))
            else:
                self.source(node, 0, float(f"{draw.uniform(1, volts):.5g}"))

    def linear_couplings(self, count, low, high):
        """So many controlled sources, gains from 10^low to 10^high."""
        draw = self.draw
        for _ in range(count):
            kind, current, gain = draw.choice("eg"), draw.random() < 0.4, self.sign() * self.power(low, high)
            if kind == "g" and not current:
                gain = float(f"{gain / self.power(2, 5):.6g}")
            elif kind == "e" and current:
                gain = float(f"{gain * self.power(1, 4):.6g}")
            self.voltage_source(kind, *self.pair(), [Term(Linear(gain), self.control(current))])

    # -- the deck

    def card(self, e):
        name, kind, a, k, value, terms = e
        if kind in "rvi":
            return f"{name} {a} {k} {value!r}"
        if kind == "d":
            return f"{name} {a} {k} ideal"
        if kind == "j":
            return f"{name} {a} {k} j{name}"
        if kind == "s":
            on = " on" if value["on"] else ""
            return f"{name} {a} {k} {terms[0].control.p} {terms[0].control.q} s{name}{on}"
        if name[0] in "eg":
            control = terms[0].control
            return f"{name} {a} {k} {control.p} {control.q} {terms[0].function.gain!r}"
        if name[0] in "fh":
            return f"{name} {a} {k} {terms[0].control.p} {terms[0].function.gain!r}"
        text = "".join(f"+{term.function.text(self.control_text(term.control))}" for term in terms)
        return f"{name} {a} {k} {'v' if kind == 'e' else 'i'}={value!r}{text}"

    @staticmethod
    def control_text(control):
        if control.kind == "i":
            return f"i({control.p})"
        if control.q == "0":
            return f"v({control.p})"
        return f"(0-v({control.q}))" if control.p == "0" else f"v({control.p},{control.q})"

    def lines(self, nodeset=None, near_ideal=None):
        """The deck; near_ideal: (Ron, Roff) in place of ideal diodes."""
        lines = [self.title, *map(self.card, self.elements)]
        for e in self.elements:
            if e.kind == "j":
                lines.append(f".model j{e.name} d(is={e.value['is']!r} n={e.value['n']!r})")
            if e.kind == "s":
                lines.append(f".model s{e.name} sw(ron={e.value['ron']!r} roff={e.value['roff']!r} "
                             f"vt={e.value['vt']!r} vh={e.value['vh']!r})")
        if any(e.kind == "d" for e in self.elements):
            lines.append(f".model ideal d(ron={near_ideal[0]:g} roff={near_ideal[1]:g} vfwd=0)" if near_ideal
                         else ".model ideal d(ron=0)")
        if nodeset:
            lines.append(".nodeset " + " ".join(f"v({node})={volts!r}" for node, volts in nodeset.items()))
        return lines + [".op", ".end"]


# ---- linear ----------------------------------------------------------------------------------------------------------

def op_amp(circuit):
    """An inverting, a not inverting or a summing stage behind some node; its output is a node of its own."""
    draw, a = circuit.draw, circuit.any_node()
    gain, minus, out = circuit.power(3, 5), circuit.new_node(), circuit.new_node()
    circuit.resistor(minus, out, circuit.power(3, 5))
    circuit.resistor(minus, a if draw.random() < 0.7 else 0, circuit.power(3, 5))
    plus = 0 if draw.random() < 0.5 else circuit.any_node()
    circuit.controlled("e", out, 0, [Term(Linear(gain), circuit.voltage(plus, minus))])


def gyrator(circuit):
    (a, b), g = circuit.pair(), circuit.power(-5, -2)
    circuit.controlled("g", a, 0, [Term(Linear(g), circuit.voltage(b, 0))])
    circuit.controlled("g", 0, b, [Term(Linear(g), circuit.voltage(a, 0))])


def mirror(circuit):
    """The current of an ammeter, again."""
    gain = float(f"{circuit.draw.choice((1, 1, 2, 0.5)) * (1 + circuit.draw.uniform(-.01, .01)):.6g}")
    circuit.controlled("g", *circuit.pair(), [Term(Linear(gain), circuit.branch(circuit.ammeter()))])


def converter(circuit):
    """Negative impedance by an op-amp: the node sees -R."""
    a, out, minus, r = circuit.any_node(), circuit.new_node(), circuit.new_node(), circuit.power(2, 4)
    circuit.controlled("e", out, 0, [Term(Linear(circuit.power(4, 5)), circuit.voltage(a, minus))])
    circuit.resistor(out, minus, r)
    circuit.resistor(minus, 0, r)
    circuit.resistor(a, out, circuit.power(2, 5))


def hinge(circuit):
    """R and -R in series: the node between has no conductance of its own, and ties its neighbours together."""
    (a, b), middle, r = circuit.pair(), circuit.new_node(), circuit.ohms()
    if circuit.hard.find(a) != circuit.hard.find(b):
        circuit.hard.join(a, b)
        circuit.resistor(a, middle, r)
        circuit.resistor(middle, b, -r)


BLOCKS = (op_amp, gyrator, mirror, converter, hinge)


def without_conductance(circuit):
    """R beside -R: nothing is left, and a current has nowhere to go."""
    node, r = circuit.new_node(), circuit.ohms()
    a = circuit.any_node() % node
    circuit.resistor(node, a, r)
    circuit.resistor(node, a, -r)
    if circuit.draw.random() < 0.7:
        circuit.current(0, node, circuit.power(-4, -2))


def follows_itself(circuit):
    """v = v."""
    node = circuit.new_node()
    circuit.controlled("e", node, 0, [Term(Linear(1.0), circuit.voltage(node, 0))])
    circuit.resistor(node, circuit.any_node() % node, circuit.ohms())


def unity_loop(circuit):
    """Two gains of product 1."""
    p, q, gain = circuit.new_node(), circuit.new_node(), 2.0 ** circuit.draw.randint(-3, 3) * circuit.sign()
    circuit.controlled("e", p, 0, [Term(Linear(gain), circuit.voltage(q, 0))])
    circuit.controlled("e", q, 0, [Term(Linear(1 / gain), circuit.voltage(p, 0))])
    circuit.resistor(p, circuit.any_node() % p, circuit.ohms())


def cancelled(circuit):
    """A conductance beside a controlled current that takes it away."""
    node, power = circuit.new_node(), circuit.draw.randint(4, 14)
    circuit.resistor(node, 0, 2.0 ** power)
    circuit.controlled("g", node, 0, [Term(Linear(-(2.0 ** -power)), circuit.voltage(node, 0))])
    circuit.current(0, node, circuit.power(-4, -2))


def beside_source(circuit):
    """A controlled voltage beside a voltage source."""
    node = circuit.new_node()
    circuit.source(node, 0, 5.0)
    circuit.controlled("e", node, 0, [Term(Linear(circuit.power(-1, 1)), circuit.voltage(*circuit.pair()))])


def floating_control(circuit):
    """What controls floats."""
    p, q, r = circuit.new_node(), circuit.new_node(), circuit.ohms()
    circuit.resistor(p, q, r)
    circuit.voltage_source("e", circuit.any_node() % p, circuit.new_node(),
                           [Term(Linear(circuit.power(-1, 1)), circuit.voltage(p, 0))])
    circuit.resistor(circuit.last, 0, circuit.ohms())


def feeds_itself(circuit):
    """i = i: a controlled current whose ammeter carries nothing else."""
    node = circuit.new_node()
    name = circuit.source(node, 0, 0.0)
    circuit.controlled("g", 0, node, [Term(Linear(1.0), circuit.branch(name))])


def nearly_cancelled(circuit):
    """Conductances beside controlled currents that take them away but for rounding, one behind the other: each makes
    the condition 1e16 times as large."""
    before = circuit.any_node()
    for _ in range(circuit.draw.randint(1, 2)):
        node, power = circuit.new_node(), circuit.draw.randint(1, 5)
        circuit.resistor(node, 0, 10.0 ** power)
        circuit.controlled("g", node, 0, [Term(Linear(-float(f"1e-{power}")), circuit.voltage(node, 0))])
        circuit.controlled("g", 0, node, [Term(Linear(float(f"1e-{power}")), circuit.voltage(before, 0))])
        before = node


FLAWS = (without_conductance, follows_itself, unity_loop, cancelled, beside_source, floating_control, feeds_itself)


def linear(seed):
    draw = random.Random(f"linear {seed}")
    circuit = Circuit(f"linear with couplings, seed {seed}", draw)
    large = seed % 50 == 49
    circuit.last = 500 if large else round(3 * 20 ** draw.random())
    circuit.connect(negative=draw.choice((0, 0, 0.05, 0.2)), sources=draw.choice((0.03, 0.1)))
    for _ in range(draw.randint(0, 1 + circuit.last // 10)):
        draw.choice(BLOCKS)(circuit)
    high = draw.choice((0, 2, 5))
    circuit.linear_couplings(draw.randint(0, 1 + circuit.last // draw.choice((4, 10))), -3, high)
    circuit.gain = f"gains to 1e{high}"
    first = len(circuit.elements)
    if draw.random() < 0.08:
        flaw = draw.choice(FLAWS)
        flaw(circuit)
        circuit.flaw = flaw.__name__.replace("_", " ")
    circuit.culprits = {e.name for e in circuit.elements[first:]}
    draw.shuffle(circuit.elements)
    if not circuit.flaw and draw.random() < 0.03:
        nearly_cancelled(circuit)
    return circuit


# ---- ideal diodes ----------------------------------------------------------------------------------------------------

def ideal(seed):
    draw = random.Random(f"ideal {seed}")
    circuit = Circuit(f"ideal diodes with couplings, seed {seed}", draw)
    large = draw.random() < 0.1
    circuit.last = draw.randint(30, 60) if large else round(3 * 10 ** draw.random())
    high = (0, 0, 3)[seed % 3]
    circuit.gain = f"gains to {10 ** high}"
    circuit.connect(negative=draw.choice((0, 0, 0.1)) if high else 0, sources=0.1)
    if high:
        for _ in range(draw.randint(0, 1 + circuit.last // 10)):
            draw.choice((op_amp, gyrator, mirror))(circuit)
    circuit.linear_couplings(draw.randint(1, 2 + circuit.last // 4), -3, high)
    loops = draw.random() < 0.25  # of diodes and sources, where a diode may be forced forward
    for _ in range(draw.randint(13, 40) if large else draw.randint(1, 12)):
        a, b = circuit.pair()
        if circuit.hard.join(a, b) or loops:
            circuit.add("d", "d", a, b, None)
    if not any(e.kind == "d" for e in circuit.elements):
        circuit.add("d", "d", 0, circuit.new_node(), None)
        circuit.resistor(circuit.last, circuit.last - 1, circuit.ohms())
    draw.shuffle(circuit.elements)
    return circuit


# ---- smooth ----------------------------------------------------------------------------------------------------------

def any_function(circuit, current, kind):
    """A bounded or a steep function, for a control of volts or amperes and a value of volts or amperes."""
    draw = circuit.draw
    scale = (1e3 if current else 1.0) * draw.choice((0.3, 1.0, 3.0))  # of the control, to about 1
    height = circuit.sign() * (circuit.power(-0.5, 1) if kind == "e" else circuit.power(-5, -2))
    low, high = sorted((float(f"{height * draw.uniform(-1, 0):.4g}"), float(f"{height * draw.uniform(0.1, 1):.4g}")))
    gain = float(f"{height * scale * circuit.power(-1, 1):.4g}")
    return draw.choice((Tanh(float(f"{height:.4g}"), float(f"{scale * circuit.power(-1, 1):.4g}")),
                        Clip(gain, low, high), Linear(gain),
                        Ramp(gain, float(f"{draw.uniform(-1, 1) / scale:.4g}"))))


def smooth(seed):
    draw = random.Random(f"smooth {seed}")
    circuit = Circuit(f"junctions, nonlinear sources and switches, seed {seed}", draw)
    circuit.last = round(3 * 10 ** draw.random())
    circuit.connect(volts=draw.choice((2, 10)), amperes=(-6, -2))
    for _ in range(draw.randint(1, 1 + circuit.last // 3)):
        card = {"is": circuit.power(-16, -9), "n": float(f"{draw.uniform(1, 2):.3g}")}
        a, b = circuit.pair()
        if not circuit.hard.join(a, b):  # in no loop of voltage sources and junctions: a resistor limits its current
            a, node = circuit.new_node(), a
            circuit.resistor(node, a, circuit.ohms())
            circuit.hard.join(a, b)
        circuit.add("d", "j", a, b, card)
    for _ in range(draw.randint(1, 1 + circuit.last // 4)):
        kind, current, terms = draw.choice("eg"), draw.random() < 0.2, []
        for _ in range(draw.choice((1, 1, 1, 2))):
            terms.append(Term(any_function(circuit, current, kind), circuit.control(current)))
        value = draw.choice((0.0, 0.0, float(f"{draw.uniform(-1, 1) * (1 if kind == 'e' else 1e-3):.3g}")))
        circuit.voltage_source(kind, *circuit.pair(), terms, value)
    for _ in range(draw.choice((0, 0, 1, 2))):
        card = {"ron": circuit.power(0, 2), "roff": circuit.power(5, 9), "on": draw.random() < 0.3,
                "vt": float(f"{draw.uniform(-2, 2):.3g}"), "vh": draw.choice((0.0, 0.1, 0.5))}
        circuit.add("s", "s", *circuit.pair(), card, [Term(Linear(1.0), circuit.voltage(*circuit.pair()))])
    circuit.linear_couplings(draw.randint(0, 2), -2, 1)
    draw.shuffle(circuit.elements)
    return circuit


# ---- several states --------------------------------------------------------------------------------------------------

def inverter(circuit, a, out, gain, kind, ohms=1e3):
    """out near 5 V where a is below 2.5 V, else near 0; behind a resistance."""
    node = circuit.new_node()
    height = 2.5
    middle = circuit.middle
    if kind == "tanh":
        function = Tanh(-height, gain)
    else:
        function = Clip(-height * gain, -height, height)
    circuit.controlled("e", node, 0, [Term(function, circuit.voltage(a, middle))], 2.5)
    circuit.resistor(node, out, ohms)


def half_supply(circuit):
    circuit.middle = circuit.new_node()
    circuit.source(circuit.middle, 0, 2.5)


def loop_of(circuit, number, gain, kind):
    """A ring of inverters; returns its nodes."""
    nodes = [circuit.new_node() for _ in range(number)]
    for at, node in enumerate(nodes):
        inverter(circuit, nodes[at - 1], node, gain, kind)
        if circuit.draw.random() < 0.3:
            circuit.resistor(node, 0 if circuit.draw.random() < 0.5 else circuit.middle, circuit.power(5, 6))
    return nodes


def ring_state(nodes, high):
    return {node_name(node): (5.0 if (at % 2 == 0) == high else 0.0) for at, node in enumerate(nodes)}


def flip_flop(circuit):
    nodes = loop_of(circuit, 2, circuit.power(0.3, 2), circuit.draw.choice(("tanh", "clip")))
    circuit.nodesets = [ring_state(nodes, True), ring_state(nodes, False)]


def ring(circuit):
    """Of an even number of comparators."""
    nodes = loop_of(circuit, 2 * circuit.draw.randint(2, 10), circuit.power(0.3, 1.5),
                    circuit.draw.choice(("tanh", "clip")))
    circuit.nodesets = [ring_state(nodes, True), ring_state(nodes, False)]


def chained_latches(circuit):
    """Each drives the next weakly."""
    states, before = [{}, {}], None
    for at in range(circuit.draw.randint(2, 6)):
        nodes = loop_of(circuit, 2, circuit.power(0.5, 1.5), circuit.draw.choice(("tanh", "clip")))
        if before is not None:
            circuit.resistor(before, nodes[0], circuit.power(4.8, 6))
        before = nodes[1]
        for state in range(2):
            states[state].update(ring_state(nodes, (at + state) % 2 == 0))
    circuit.nodesets = states


def schmitt_trigger(circuit):
    """An op-amp with a limited output and resistors back to its + input; in its window both states hold."""
    draw = circuit.draw
    plus, out, inp, inner = (circuit.new_node() for _ in range(4))
    limit, gain, r1, r2 = draw.choice((5.0, 12.0)), circuit.power(2, 5), circuit.power(3, 4), circuit.power(3.3, 4.5)
    circuit.resistor(plus, 0, r1)
    circuit.resistor(plus, out, r2)
    share = r1 / (r1 + r2)
    circuit.source(inp, 0, float(f"{draw.uniform(-0.7, 0.7) * share * limit:.4g}"))
    function = draw.choice((Tanh(limit, float(f"{gain / limit:.5g}")), Clip(gain, -limit, limit)))
    circuit.controlled("e", inner, 0, [Term(function, circuit.voltage(plus, inp))])
    circuit.resistor(inner, out, circuit.power(1, 2))
    circuit.nodesets = [{node_name(plus): sign * share * limit, node_name(out): sign * limit} for sign in (1, -1)]


def negative_resistance(circuit):
    """A load line through a cubic law: three crossings, those at the sides are stable."""
    node, supply = circuit.new_node(), circuit.new_node()
    first, third = circuit.power(-3, -2), circuit.power(-4, -3)
    circuit.source(supply, 0, float(f"{circuit.draw.uniform(-0.05, 0.05):.3g}"))
    circuit.resistor(supply, node, float(f"{circuit.draw.uniform(2, 20) / first:.5g}"))
    circuit.controlled("g", node, 0, [Term(Cubic(-first, third), circuit.voltage(node, 0))])
    side = math.sqrt(first / third)
    circuit.nodesets = [{node_name(node): float(f"{sign * side:.4g}")} for sign in (1, -1)]


def cross_coupled(circuit):
    """Transconductances that pull each other's node down, loads, and junctions that limit."""
    a, b, supply = (circuit.new_node() for _ in range(3))
    circuit.source(supply, 0, 5.0)
    for p, q in ((a, b), (b, a)):
        circuit.resistor(supply, p, 1000.0 * round(circuit.draw.uniform(0.97, 1.03), 4))
        circuit.controlled("g", p, 0, [Term(Tanh(2.5e-3, circuit.power(0.2, 1)), circuit.voltage(q, circuit.middle))],
                           2.5e-3)
        circuit.add("d", "j", 0, p, {"is": 1e-14, "n": 1.0})
    circuit.nodesets = [{node_name(a): 5.0, node_name(b): 0.0}, {node_name(a): 0.0, node_name(b): 5.0}]


SEVERAL = (flip_flop, ring, chained_latches, schmitt_trigger, negative_resistance, cross_coupled)


def states(seed):
    draw = random.Random(f"states {seed}")
    circuit = Circuit(f"several states, seed {seed}", draw)
    half_supply(circuit)
    make = SEVERAL[seed % len(SEVERAL)]
    circuit.feature = make.__name__.replace("_", " ")
    make(circuit)
    return circuit


KINDS = {"linear": linear, "ideal": ideal, "smooth": smooth, "states": states}
