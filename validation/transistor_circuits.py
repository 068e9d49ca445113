"""Random circuits of 5 to 200 transistors, in the ways that people connect them: what `transistors` solves. A kind and a
seed tell all of a circuit.

Each kind is a function of a Deck, which takes cards; sizes come from its random numbers."""
import random

BIPOLAR = (".model n1 npn bf={bf} is={is_} vaf=80 rb=50 rc=5 re=0.5 ikf=20m ise=1e-14 ne=1.6",
           ".model n2 npn bf={bf} is={is_}",
           ".model p1 pnp bf={bp} is={is_} vaf=50 rb=80 rc=8 ikf=10m",
           ".model p2 pnp bf={bp} is={is_}")
MOS = (".model m1 nmos vto={vt} kp={kn} lambda=0.02 gamma=0.4 phi=0.65",
       ".model m2 pmos vto=-{vt} kp={kp} lambda=0.03 gamma=0.5 phi=0.65")
JUNCTION = (".model j1 njf vto=-2 beta=1m lambda=0.01", ".model j2 pjf vto=-1.5 beta=0.6m lambda=0.02")
DIODES = (".model d1 d is=1e-14 n=1.05 rs=2", ".model z1 d is=1e-14 bv=5.1 ibv=1m rs=1")


class Deck:
    def __init__(self, kind, seed):
        self.draw = random.Random(f"{kind} {seed}")
        self.cards, self.transistors, self.number = [], 0, 0
        self.supply = self.draw.choice((3.3, 5.0, 9.0, 12.0, 15.0))
        self.title = f"{kind} {seed}"

    def name(self, letter):
        self.number += 1
        return f"{letter}{self.number}"

    def add(self, letter, *words):
        name = self.name(letter)
        self.transistors += letter in "qmj"
        self.cards.append(" ".join((name, *map(str, words))))
        return name

    def node(self, stem="n"):
        self.number += 1
        return f"{stem}{self.number}"

    def ohms(self, low=100, high=1e5):
        return f"{low * (high / low) ** self.draw.random():.4g}"

    def resistor(self, a, k, low=100, high=1e5):
        self.add("r", a, k, self.ohms(low, high))

    def bipolar(self, c, b, e, p=False):
        self.add("q", c, b, e, self.draw.choice(("p1", "p2") if p else ("n1", "n2")),
                 self.draw.choice(("", "", "area=2", "area=10")))

    def mos(self, d, g, s, p=False):
        size = f"w={self.draw.choice((2, 5, 10, 50))}u l={self.draw.choice((1, 2))}u"
        self.add("m", d, g, s, "vdd" if p else "0", "m2" if p else "m1", size)

    def lines(self):
        draw = random.Random(self.title + " models")
        values = dict(bf=draw.choice((50, 100, 300)), bp=draw.choice((20, 60)), is_=draw.choice(("1e-16", "1e-15", "5e-14")),
                      vt=draw.choice((0.4, 0.7, 1.0)), kn=draw.choice(("50u", "120u")), kp=draw.choice(("20u", "40u")))
        models = [line.format(**values) for line in (*BIPOLAR, *MOS, *JUNCTION, *DIODES)]
        return [self.title, f"vdd vdd 0 {self.supply}", *self.cards, *models, ".op", ".end"]


# ---- kinds -----------------------------------------------------------------------------------------------------------

def amplifiers(deck, size):
    """Common emitter and source stages in a chain, direct or by dividers, with feedback over some."""
    before, stages = deck.node("i"), []
    deck.add("v", before, 0, f"{deck.draw.uniform(0, deck.supply / 2):.3f}")
    while deck.transistors < size:
        p, out, leg, base = deck.draw.random() < 0.4, deck.node(), deck.node(), deck.node("b")
        top, bottom = ("0", "vdd") if p else ("vdd", "0")
        deck.resistor(before, base, 500, 2e4)
        if deck.draw.random() < 0.5:
            deck.resistor(base, bottom, 5e3, 1e5)
        deck.resistor(top, out, 500, 2e4)
        deck.resistor(leg, bottom, 50, 3e3)
        if deck.draw.random() < 0.6:
            deck.bipolar(out, base, leg, p)
        elif deck.draw.random() < 0.7:
            deck.mos(out, base, leg, p)
        else:
            deck.add("j", out, base, leg, "j2" if p else "j1")
        if stages and deck.draw.random() < 0.2:
            deck.resistor(out, deck.draw.choice(stages), 1e4, 1e6)
        stages.append(base)
        before = out


def mirrors(deck, size):
    """Trees of current mirrors."""
    rails, p, current = [("vdd", "0")], False, deck.node()
    deck.resistor("vdd", current, 2e3, 2e5)
    while deck.transistors < size:
        rail = "vdd" if p else "0"
        bipolar = deck.draw.random() < 0.6
        place = deck.bipolar if bipolar else deck.mos
        place(current, current, rail, p)
        outputs = [deck.node() for _ in range(deck.draw.randint(1, 4))]
        for out in outputs:
            place(out, current, rail, p)
        for out in outputs[1:]:
            deck.resistor(out, "0" if p else "vdd", 500, 5e4)
        current, p = outputs[0], not p
    deck.resistor(current, "vdd" if not p else "0", 1e3, 1e5)


def latches(deck, size):
    """Cross-coupled pairs, and what drives them."""
    while deck.transistors < size:
        a, b = deck.node("a"), deck.node("c")
        if deck.draw.random() < 0.5:
            x, y = deck.node(), deck.node()
            for out, other, base in ((a, b, x), (b, a, y)):
                deck.resistor("vdd", out, 1e3, 1e4)
                deck.resistor(other, base, 5e3, 5e4)
                deck.bipolar(out, base, "0")
        else:
            for out, other in ((a, b), (b, a)):
                deck.mos(out, other, "0")
                deck.mos(out, other, "vdd", True)
        if deck.draw.random() < 0.5:
            load = deck.node()
            deck.mos(load, a, "0")
            deck.resistor("vdd", load, 1e3, 1e5)


def inverters(deck, size):
    """Chains and rings of CMOS inverters and gates."""
    before = first = deck.node()
    ring, length = deck.draw.random() < 0.4, 0
    while deck.transistors < size - 1:
        out = deck.node()
        if deck.draw.random() < 0.7:
            deck.mos(out, before, "0")
            deck.mos(out, before, "vdd", True)
        else:
            middle, other = deck.node(), deck.draw.choice((before, "vdd"))
            deck.mos(out, before, middle)
            deck.mos(middle, other, "0")
            deck.mos(out, before, "vdd", True)
            deck.mos(out, other, "vdd", True)
        before, length = out, length + 1
    if ring:
        deck.resistor(before, first, 10, 1e3)
    else:
        deck.add("v", first, 0, f"{deck.draw.uniform(0, deck.supply):.3f}")


def differential(deck, size):
    """Differential pairs with mirrors as loads, followers, and feedback: operational amplifiers."""
    before = deck.node("i")
    deck.add("v", before, 0, f"{deck.supply * deck.draw.uniform(0.3, 0.7):.3f}")
    while deck.transistors < size:
        tail, left, right, out, back = (deck.node() for _ in range(5))
        bipolar = deck.draw.random() < 0.6
        place = deck.bipolar if bipolar else deck.mos
        place(left, back, tail)
        place(right, before, tail)
        place(left, left, "vdd", True)
        place(right, left, "vdd", True)
        deck.resistor(tail, "0", 2e3, 1e5)
        place("vdd", right, out)
        deck.resistor(out, "0", 1e3, 2e4)
        deck.resistor(out, back, 10, 1e4)
        if deck.draw.random() < 0.5:
            deck.resistor(back, "0", 1e4, 1e5)
        before = out


def mixed(deck, size):
    """Transistors, diodes and op-amps (E with feedback) at random nodes of a network of resistors."""
    nodes = [deck.node() for _ in range(max(4, size))]
    any_node = lambda: deck.draw.choice(nodes + ["0", "vdd"])
    for n, node in enumerate(nodes):
        deck.resistor(node, deck.draw.choice(nodes[:n] + ["0", "vdd"]), 300, 1e5)
        deck.resistor(node, deck.draw.choice(("0", "vdd")), 3e3, 3e5)
    while deck.transistors < size:
        three = deck.draw.sample(nodes + ["0", "vdd"], 3)
        kind = deck.draw.random()
        if kind < 0.55:
            deck.bipolar(*three, deck.draw.random() < 0.4)
        elif kind < 0.85:
            deck.mos(*three, deck.draw.random() < 0.4)
        else:
            deck.add("j", *three, deck.draw.choice(("j1", "j2")))
        if deck.draw.random() < 0.2:
            deck.add("d", *deck.draw.sample(nodes + ["0"], 2), deck.draw.choice(("d1", "z1")))
        if deck.draw.random() < 0.05:
            minus, out = deck.node(), deck.node("o")
            deck.add("e", out, 0, any_node(), minus, "1e4")
            deck.resistor(out, minus, 1e3, 1e5)
            deck.resistor(minus, any_node(), 1e3, 1e5)


KINDS = {f.__name__: f for f in (amplifiers, mirrors, latches, inverters, differential, mixed)}


def circuit(seed):
    """The deck of a seed: kinds take turns."""
    kind = list(KINDS)[seed % len(KINDS)]
    deck = Deck(kind, seed)
    KINDS[kind](deck, int(5 * 40 ** deck.draw.random()))
    return deck
