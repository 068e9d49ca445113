"""The operating point of a network in some hundred digits, and what of it is determined: the oracle of `exact`.

Values are the doubles nearest to the text. The laws are those that opspice's headers state, written here once more.
Voltage sources and conducting ideal diodes have a resistance of 10^-K ohm, what blocks without a resistance has 10^-K
siemens, so that every circuit is one of monotone branches; K is so large, and the arithmetic so much longer, that no
digit that is compared knows of it. Segments of piecewise-linear diodes are found by principal pivoting (Judice and
Pires 1994: all that object change sides while their number falls, else one alone, which ends since the matrix is a
P-matrix); exponential diodes by Newton's method with SPICE's limiting. Linear systems are solved by star-mesh
elimination, which subtracts nothing: each number is right to rounding, however far the conductances are apart.

A second solution with another K and more digits tells whether the first is right, and a third one by fractions where
the network is small and no junction is in it. A quantity is determined where changes of all laws by 8 units of rounding
of double precision, and of all 10^-K by themselves, leave it where it is: currents of loops without resistance are not, nor
are potentials of floating parts or between blocking junctions."""
from fractions import Fraction

try:
    import gmpy2 as mp
    number, rational = mp.mpfr, mp.mpq

    def set_bits(bits):
        context = mp.get_context()
        context.precision, context.emax, context.emin = bits, mp.get_emax_max(), mp.get_emin_min()
except ImportError:  # mpmath, several times slower
    import mpmath as mp
    rational = Fraction

    def number(x):
        return mp.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mp.mpf(x)

    def set_bits(bits):
        mp.mp.prec = bits

UNIT = 8 * 2.0 ** -52
BOLTZMANN, CHARGE, CELSIUS = 1.38064852e-23, 1.6021766208e-19, 273.15  # as ngspice 39 has them
LEAST_SATURATION = 1e-28
RAMP = 1e-6  # of n Vt: what replaces the step of the law at the breakdown voltage


class Undecided(Exception):
    """The oracle found no answer."""


# ---- laws: i(u) = i + g (u - at) near the state that is taken ------------------------------------------------------

class Straight:
    """g (u - emf)."""

    def __init__(self, g, emf=0, vague=False):
        self.g, self.emf, self.vague = g, number(emf), vague

    def line(self):
        return self.g, -self.g * self.emf

    def noise(self, u):
        i = abs(self.g * (u - self.emf))
        return i if self.vague else UNIT * (i + abs(u) * self.g)


class Source:
    """A current."""

    def __init__(self, amperes):
        self.amperes = number(amperes)

    def line(self):
        return number(0), self.amperes

    def noise(self, _):
        return number(0)


class Idealised:
    """LTspice's idealised diode: straight segments from the left to the right, with their corners; `vague` are those
    with 10^K or 10^-K siemens."""

    def __init__(self, card, gmin, k, number=number):
        ron, vfwd, vrev = card.get("ron", 1.0), card.get("vfwd", 0.0), card.get("vrev")
        rrev = card.get("rrev", ron)
        off = 1 / number(card["roff"]) if "roff" in card else number(gmin if ron > 0 else 0)
        tiny = number(10) ** -k
        self.vague, self.corners, slopes = set(), [number(vfwd)], []
        for r in ([rrev] if vrev is not None else []) + [None, ron]:
            g = off if r is None else 1 / number(r) if r > 0 else 1 / tiny
            if g == 0 or r == 0:
                self.vague.add(len(slopes))
            slopes.append(g if g > 0 else tiny)
        if vrev is not None:
            self.corners.insert(0, -number(vrev))
        middle = len(slopes) - 2
        self.lines = [(g, (slopes[middle] - g) * self.corners[max(s - 1, 0)]) for s, g in enumerate(slopes)]
        self.middle = self.segment = middle

    def line(self):
        return self.lines[self.segment]

    def start(self, amperes):
        """The segment that carries such a current."""
        self.segment = self.middle
        g, i = self.lines[self.middle]
        bounds = [g * u + i for u in self.corners]
        if amperes > bounds[-1] + UNIT * abs(bounds[-1]):
            self.segment = self.middle + 1
        elif len(bounds) > 1 and amperes < bounds[0] - UNIT * abs(bounds[0]):
            self.segment = 0

    def move(self, u):
        """-1, 0, 1: to which side the voltage is off the segment."""
        if self.segment > 0 and u < self.corners[self.segment - 1]:
            return -1
        return 1 if self.segment < len(self.corners) and u > self.corners[self.segment] else 0

    def noise(self, u):
        g, i = self.line()
        return abs(g * u + i) if self.segment in self.vague else UNIT * (abs(g * u + i) + abs(u) * g)


class Junction:
    """SPICE's diode without its series resistance, gmin across it."""

    def __init__(self, card, size, gmin):
        vt = BOLTZMANN / CHARGE * (CELSIUS + 27)
        self.saturation = number(max(card.get("is", 1e-14), LEAST_SATURATION) * size)
        self.vt, self.gmin, self.w = number(card.get("n", 1.0) * vt), number(gmin), number(0)
        self.bv = self.breakdown(card["bv"], card.get("ibv", 1e-3), number(vt)) if "bv" in card else None

    def breakdown(self, bv, ibv, vt):
        """Where the breakdown exponential begins, so that ibv flows at bv."""
        bv, ratio = number(bv), number(ibv) / self.saturation
        if ratio < bv / vt:
            return bv
        x = bv - self.vt * mp.log1p(ratio)
        for _ in range(2000):
            after = bv - self.vt * mp.log(ratio + 1 - x / vt)
            if abs(after - x) <= abs(x) * number(2) ** -200:
                break
            x = after
        return after

    def current(self, w):
        """J(w) and its slope, without gmin."""
        edge = -3 * self.vt
        if w >= edge:
            e = mp.exp(w / self.vt)
            return self.saturation * mp.expm1(w / self.vt), self.saturation * e / self.vt
        if self.bv is None or w >= -self.bv:
            cube = (-edge / (w * mp.exp(number(1)))) ** 3
            return -self.saturation * (1 + cube), 3 * self.saturation * cube / w
        edge = min(edge, -self.bv)
        deep = edge - RAMP * self.vt
        e = self.saturation * mp.exp(-(self.bv + min(w, deep)) / self.vt)
        if w <= deep:
            return -e, e / self.vt
        above, _ = Junction.current(self, edge)
        slope = (above + e) / (edge - deep)
        return slope * (w - deep) - e, slope

    def line(self):
        i, g = self.current(self.w)
        g += self.gmin
        return g, i + self.gmin * self.w - g * self.w

    def start(self, amperes):
        """The voltage at which about such a current flows."""
        amperes = number(amperes)
        if amperes > 0:
            self.w = self.vt * mp.log1p(amperes / self.saturation)
        elif self.gmin > 0 and amperes < -2 * self.saturation:
            self.w = max((amperes + self.saturation) / self.gmin, -self.bv if self.bv else -number(10) ** 12)
        else:
            self.w = -5 * self.vt

    def limited(self, w):
        """The next voltage after Newton's method has asked for w: steps up an exponential in its logarithm."""
        top = 5 * self.vt
        if w > top and w > self.w:
            base = max(self.w, top)
            return base + self.vt * mp.log1p((w - base) / self.vt)
        if self.bv is not None and w < -self.bv - top and w < self.w:
            base = min(self.w, -self.bv - top)
            return base - self.vt * mp.log1p((base - w) / self.vt)
        return w

    def noise(self, u):
        i, g = self.current(u)
        return UNIT * (abs(i) + self.gmin * abs(u) + abs(u) * (g + self.gmin))


# ---- linear systems --------------------------------------------------------------------------------------------------

class StarMesh:
    """A plan of elimination for the pairs of nodes that branches join: always the node of fewest neighbours. Node 0 is
    ground."""

    def __init__(self, count, pairs):
        neighbours = [set() for _ in range(count)]
        self.place = {}
        for a, k in pairs:
            if a != k:
                self.edge(a, k)
                neighbours[a].add(k)
                neighbours[k].add(a)
        left, self.steps = set(range(1, count)), []
        while left:
            node = min(left, key=lambda at: (len(neighbours[at]), at))
            left.remove(node)
            near = sorted(neighbours[node])
            spokes = [self.edge(node, at) for at in near]
            mesh = []
            for p, a in enumerate(near):
                neighbours[a].discard(node)
                for q in range(p):
                    mesh.append((self.edge(a, near[q]), spokes[p], spokes[q]))
                    neighbours[a].add(near[q])
                    neighbours[near[q]].add(a)
            self.steps.append((node, list(zip(near, spokes)), mesh))

    def edge(self, a, k):
        return self.place.setdefault((a, k) if a < k else (k, a), len(self.place))

    def factor(self, conductance):
        """conductance: by pair. Returns what solve needs."""
        g = [number(0)] * len(self.place)
        for (a, k), value in conductance.items():
            g[self.edge(a, k)] += value
        totals = []
        for _, spokes, mesh in self.steps:
            total = sum(g[at] for _, at in spokes)
            if not total > 0:
                raise Undecided("a node without any conductance")
            share = {at: g[at] / total for _, at in spokes}
            for to, one, other in mesh:
                g[to] += share[one] * g[other]
            totals.append(total)
        return g, totals

    def solve(self, factor, current):
        """Potentials from the currents into the nodes."""
        (g, totals), b = factor, list(current)
        for (node, spokes, _), total in zip(self.steps, totals):
            part = b[node] / total
            for at, spoke in spokes:
                b[at] += part * g[spoke]
        v = [number(0)] * len(b)
        for (node, spokes, _), total in zip(reversed(self.steps), reversed(totals)):
            v[node] = (b[node] + sum(g[spoke] * v[at] for at, spoke in spokes)) / total
        return v


# ---- the operating point ---------------------------------------------------------------------------------------------

class Answer:
    """volts by node name, amperes by element name; `branches` are (law, a, k), several of them for an element with a
    series resistance, which `of` has the first of."""

    def __init__(self, network, gmin, k, bits):
        set_bits(bits)
        self.k, self.bits, self.gmin = k, bits, gmin
        self.index = {"0": 0}
        self.branches, self.of = [], {}
        for element in network.elements:
            self.add(element, network)
        self.pairs = [(min(a, k), max(a, k)) for _, a, k in self.branches]
        leak = Straight(number(10) ** -k / 1000, vague=True)
        self.branches += [(leak, node, 0) for node in range(1, len(self.index))]
        self.pairs += [(0, node) for node in range(1, len(self.index))]
        self.mesh = StarMesh(len(self.index), self.pairs)

    def node(self, name):
        return self.index.setdefault(name, len(self.index))

    def add(self, element, network):
        name, kind, a, k, value = element
        a, k = self.node(a), self.node(k)
        self.of[name] = len(self.branches)
        if kind == "r":
            law = Straight(1 / number(value))
        elif kind == "v":
            law = Straight(number(10) ** self.k, value, True)
        elif kind == "i":
            law = Source(value)
        else:
            card, size = network.models[value[0]], value[1]
            if network.is_idealised(card):
                law = Idealised(card, self.gmin, self.k)
            else:
                if card.get("rs", 0) > 0:
                    inner = self.node((name, "inner"))
                    self.branches.append((Straight(1 / number(card["rs"] / size)), a, inner))
                    a = inner
                law = Junction(card, size, self.gmin)
        self.branches.append((law, a, k))

    def start(self, amperes):
        """Segments and junctions as these currents have them, by element name."""
        owner = {}
        for name, first in self.of.items():
            owner[first] = name
        name = None
        for at, (law, _, _) in enumerate(self.branches):
            name = owner.get(at, name)
            if name in amperes and hasattr(law, "start"):
                law.start(amperes[name])

    def start_as(self, other):
        for (law, _, _), (theirs, _, _) in zip(self.branches, other.branches):
            if isinstance(law, Junction):
                law.w = theirs.w
            elif isinstance(law, Idealised):
                law.segment = theirs.segment

    def linear(self):
        conductance, current = {}, [number(0)] * len(self.index)
        for (law, a, k), pair in zip(self.branches, self.pairs):
            g, i = law.line()
            if a != k:
                if g > 0:
                    conductance[pair] = conductance.get(pair, 0) + g
                current[a] -= i
                current[k] += i
        self.factor = self.mesh.factor(conductance)
        self.v = self.mesh.solve(self.factor, current)

    def pivot(self):
        """The segments, for the junctions' tangents."""
        diodes = [(law, a, k) for law, a, k in self.branches if isinstance(law, Idealised)]
        least, patience = len(diodes) + 1, 10
        for _ in range(40 * len(diodes) + 100):
            self.linear()
            moves = [(law, way) for law, a, k in diodes for way in [law.move(self.v[a] - self.v[k])] if way]
            if not moves:
                return
            if len(moves) < least:
                least, patience = len(moves), 10
            else:
                patience -= 1
            for law, way in moves if patience > 0 else moves[-1:]:
                law.segment += way
        raise Undecided("segments")

    def solve(self):
        junctions = [(law, a, k) for law, a, k in self.branches if isinstance(law, Junction)]
        near = number(2) ** (-self.bits // 3)  # the step after it squares that
        for _ in range(300):
            self.pivot()
            far = 0
            for law, a, k in junctions:
                w = self.v[a] - self.v[k]
                far = max(far, abs(w - law.w) / max(abs(w), law.vt))
                law.w = law.limited(w)
            if far <= near:
                break
        else:
            raise Undecided("junctions")
        if junctions:
            self.linear()
        self.read()
        self.check()
        return self

    def read(self):
        self.loose = None
        self.u = [self.v[a] - self.v[k] for _, a, k in self.branches]
        self.i = []
        for (law, _, _), u in zip(self.branches, self.u):
            g, i = law.line()
            self.i.append(g * (u - law.emf) if isinstance(law, Straight) else g * u + i)
        self.zero = number(10) ** (20 - self.k)
        self.i = [i if abs(i) > self.zero else number(0) for i in self.i]
        self.volts = {name: self.v[at] if abs(self.v[at]) > self.zero else number(0)
                      for name, at in self.index.items() if isinstance(name, str)}
        self.amperes = {name: self.i[at] for name, at in self.of.items()}
        self.largest = [number(0)] * len(self.index)
        for (_, a, k), i in zip(self.branches, self.i):
            for node in (a, k):
                self.largest[node] = max(self.largest[node], abs(i))

    def check(self):
        """Kirchhoff's current law by the laws themselves."""
        total = [number(0)] * len(self.index)
        for (law, a, k), u, i in zip(self.branches, self.u, self.i):
            if isinstance(law, Junction):
                i = law.current(u)[0] + law.gmin * u
            total[a] += i
            total[k] -= i
        floor = number(10) ** (25 - self.k)
        for left, most in list(zip(total, self.largest))[1:]:
            if abs(left) > most * number(10) ** -30 + floor:
                raise Undecided("Kirchhoff")

    # -- what is determined

    def response(self, a, k):
        """The potentials that 1 A from node k to node a makes; and so, by reciprocity, what a current anywhere does to
        the voltage between the two."""
        if self.loose is None:
            conductance = {}
            for at, pair in enumerate(self.pairs):
                if pair[0] != pair[1]:
                    conductance[pair] = conductance.get(pair, 0) + self.slope(at)
            self.loose = self.mesh.factor(conductance)
        current = [number(0)] * len(self.index)
        current[a] += 1
        current[k] -= 1
        return self.mesh.solve(self.loose, current)

    def slope(self, at):
        """Of a branch; of a diode that conducts no current, the one on its blocking side, whence it could go."""
        law = self.branches[at][0]
        if isinstance(law, Idealised) and self.i[at] == 0 and law.middle in law.vague:
            return law.lines[law.middle][0]
        return law.line()[0]

    def vagueness_of_node(self, name):
        set_bits(self.bits)
        v = self.response(self.index[name], 0)
        return sum(abs(v[a] - v[k]) * law.noise(u) for (law, a, k), u in zip(self.branches, self.u))

    def vagueness_of_current(self, name):
        set_bits(self.bits)
        at = self.of[name]
        _, a, k = self.branches[at]
        g = self.slope(at)
        v, total = self.response(a, k), number(0)
        for q, ((other, b, c), u) in enumerate(zip(self.branches, self.u)):
            share = -g * (v[b] - v[c])
            total += abs(share + (q == at)) * other.noise(u)
        return total


# ---- by fractions ----------------------------------------------------------------------------------------------------

def rational_branches(network, answer):
    """The branches that a voltage holds, (element, voltage), and the lines (g, i0) of the others by name, for the
    segments of the answer."""
    held, lines = [], {}
    for element in network.elements:
        name, kind, _, _, value = element
        if kind == "v":
            held.append((element, rational(value)))
        elif kind == "i":
            lines[name] = (0, rational(value))
        elif kind == "r":
            lines[name] = (1 / rational(value), 0)
        else:
            law = Idealised(network.models[value[0]], answer.gmin, answer.k, rational)
            law.segment = answer.branches[answer.of[name]][0].segment
            line = law.line()
            if law.segment not in law.vague:
                lines[name] = line
            elif line[0] < 1:
                lines[name] = (0, 0)
            else:
                held.append((element, law.corners[min(law.segment, len(law.corners) - 1)]))
    return held, lines


def tableau(network, index, held, lines):
    """Rows of coefficients by column: a node's Kirchhoff's law, a held branch's voltage. The unknowns are potentials by
    the node's index, then the currents of the held branches; the last column is the right-hand side."""
    last = len(index) + len(held)
    rows = [{} for _ in range(last)]

    def put(row, column, value):
        if row and column and value:
            rows[row][column] = rows[row].get(column, rational(0)) + value

    for element in network.elements:
        if element.name in lines:
            (g, i), a, k = lines[element.name], index[element.a], index[element.k]
            for row, column, sign in ((a, a, 1), (a, k, -1), (k, a, -1), (k, k, 1)):
                put(row, column, sign * g)
            put(a, last, -i)
            put(k, last, i)
    for branch, (element, u) in enumerate(held, len(index)):
        for node, sign in ((index[element.a], 1), (index[element.k], -1)):
            put(node, branch, sign)
            put(branch, node, sign)
        put(branch, last, u)
    return rows[1:], last


def by_fractions(network, answer):
    """Potentials and currents for the segments of the answer, by name, as fractions; None where they are not unique."""
    held, lines = rational_branches(network, answer)
    x = eliminate(*tableau(network, answer.index, held, lines))
    if x is None:
        return None
    volts = {name: x.get(at, 0) for name, at in answer.index.items()}
    amperes = {element.name: x[at] for at, (element, _) in enumerate(held, len(answer.index))}
    for element in network.elements:
        if element.name in lines:
            g, i = lines[element.name]
            amperes[element.name] = g * (volts[element.a] - volts[element.k]) + i
    return volts, amperes


def eliminate(rows, last):
    """Gauss and Jordan; None where the matrix is singular."""
    found = {}
    for row in rows:
        for column in [c for c in row if c in found]:
            factor, other = row[column], found[column]
            for c, value in other.items():
                row[c] = row.get(c, 0) - factor * value
        row = {c: value for c, value in row.items() if value != 0}
        pivot = next((c for c in row if c != last), None)
        if pivot is None:
            return None
        scale = row[pivot]
        row = {c: value / scale for c, value in row.items()}
        for other in found.values():
            factor = other.pop(pivot, 0)
            if factor:
                for c, value in row.items():
                    if c != pivot:
                        other[c] = other.get(c, 0) - factor * value
        found[pivot] = row
    return {column: row.get(last, 0) for column, row in found.items()}


def agree(network, answer):
    """Do fractions say the same? None where they cannot tell."""
    exact = by_fractions(network, answer)
    if exact is None:
        return None
    near = number(10) ** -60
    volts, amperes = exact
    scale = max(abs(v) for v in answer.volts.values())
    if any(abs(number(volts[name]) - v) > near * scale for name, v in answer.volts.items()):
        return False
    return all(abs(number(amperes[e.name]) - answer.amperes[e.name]) <= answer.zero + near * max(
        answer.largest[answer.index[e.a]], answer.largest[answer.index[e.k]]) for e in network.elements)


# ---- all of it -------------------------------------------------------------------------------------------------------

DIGITS = ((200, 1400), (230, 1700))          # K, bits; and for the second solution
MORE_DIGITS = ((300, 2300), (330, 2600))     # for resistances more than 30 decades apart
FEW = 50                                     # nodes for which fractions are tried too


def solve(network, gmin, amperes=None, wide=False):
    """Two answers, the second one for the check of the first; amperes: where to start."""
    (k, bits), (more_k, more_bits) = MORE_DIGITS if wide else DIGITS
    answer = Answer(network, gmin, k, bits)
    if amperes:
        answer.start(amperes)
    try:
        answer.solve()
    except Undecided:
        answer = Answer(network, gmin, k, bits).solve()
    answer.fractions = None
    if len(answer.index) <= FEW and not any(isinstance(law, Junction) for law, _, _ in answer.branches):
        answer.fractions = agree(network, answer)
        if answer.fractions is False:
            raise Undecided("fractions differ")
    second = Answer(network, gmin, more_k, more_bits)
    second.start_as(answer)
    return answer, second.solve()
