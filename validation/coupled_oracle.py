"""Modified nodal equations of a circuit with couplings, in many digits: the oracle of `couplings`.

Unknowns are the potentials of all nodes but ground, then the currents of voltage sources, controlled voltages and
conducting ideal diodes. Values are the doubles nearest to the text. Linear systems are equilibrated (rows and columns
by powers of two, until their largest entries are near 1) and solved by sparse elimination with threshold pivoting; the
condition is that of the equilibrated matrix in the 1-norm, by Hager's estimate of its inverse (Higham 1988), which is
seldom off by more than a factor of three. Whether a matrix of rational numbers is singular is decided modulo two primes
of 127 and 107 bits: where it is not singular modulo one of them it is not singular."""
import math

import numpy

from multiprecision import mp, number, rational, set_bits

VT = 1.38064852e-23 / 1.6021766208e-19 * 300.15  # as ngspice 39 has it, at 27 degrees Celsius
PRIMES = (2 ** 127 - 1, 2 ** 107 - 1)
BITS = 256
TOLERANCE = 1e-9
UNIT = 8 * 2.0 ** -52
FLOOR = 1e-11  # of the largest current, or voltage on 1 kohm: nodes of less count as nodes of so much


class Singular(Exception):
    """No answer, or more than one."""


# ---- linear systems --------------------------------------------------------------------------------------------------

def exponent(x):
    return math.frexp(float(x))[1]


class Factor:
    """Of a square matrix, rows as {column: value}."""

    THRESHOLD = 1e-3

    def __init__(self, rows):
        self.n = len(rows)
        self.row_scale, self.column_scale = self.equilibrate(rows)
        self.rows = [{at: value * number(2) ** (self.row_scale[r] + self.column_scale[at]) for at, value in row.items()}
                     for r, row in enumerate(rows)]
        sums = [0.0] * self.n
        for row in self.rows:
            for at, value in row.items():
                sums[at] += abs(float(value))
        self.norm = max(sums, default=0.0)
        self.steps = self.eliminate([dict(row) for row in self.rows])

    def equilibrate(self, rows):
        row_scale, column_scale = [0] * self.n, [0] * self.n
        size = [{at: exponent(value) for at, value in row.items() if value} for row in rows]
        for _ in range(10):
            most = [-10 ** 9] * self.n
            for r, row in enumerate(size):
                if not row:
                    raise Singular("a row of zeros")
                row_scale[r] = -max(e + column_scale[at] for at, e in row.items())
                for at, e in row.items():
                    most[at] = max(most[at], e + row_scale[r] + column_scale[at])
            if min(most) == -10 ** 9:
                raise Singular("a column of zeros")
            shifts = [math.floor(-m / 2) if m else 0 for m in most]
            column_scale = [scale + shift for scale, shift in zip(column_scale, shifts)]
            if not any(shifts):
                break
        return row_scale, column_scale

    def eliminate(self, rows):
        """Steps of (row, column, pivot, rest of the row, [(other row, its factor)]): the pivot of least fill among
        those of the shortest rows that are not small in them."""
        columns = [set() for _ in range(self.n)]
        for r, row in enumerate(rows):
            for at in row:
                columns[at].add(r)
        left, steps = set(range(self.n)), []
        while left:
            r, at = self.pivot(rows, columns, left)
            row = rows[r]
            pivot = row.pop(at)
            columns[at].discard(r)
            for other in row:
                columns[other].discard(r)
            factors = []
            for below in columns[at]:
                target = rows[below]
                share = target.pop(at) / pivot
                if share:
                    factors.append((below, share))
                    for other, value in row.items():
                        if other in target:
                            target[other] -= share * value
                        else:
                            target[other] = -share * value
                            columns[other].add(below)
            columns[at] = set()
            left.remove(r)
            steps.append((r, at, pivot, row, factors))
        return steps

    def pivot(self, rows, columns, left):
        best, tried = None, 0
        for r in sorted(left, key=lambda r: len(rows[r])):
            row = rows[r]
            if best and (tried >= 4 or (len(row) - 1) ** 2 >= best[0]):
                break
            most = max(map(abs, row.values()), default=0)
            if most < self.norm * 2.0 ** (16 - mp.get_context().precision):
                raise Singular("a pivot of zero")
            tried += 1
            for at, value in row.items():
                if abs(value) >= self.THRESHOLD * most:
                    cost = (len(row) - 1) * (len(columns[at]) - 1)
                    if not best or cost < best[0]:
                        best = cost, r, at
        return best[1:]

    def solve_scaled(self, b):
        b, x = list(b), [number(0)] * self.n
        for r, _, _, _, factors in self.steps:
            if b[r]:
                for below, share in factors:
                    b[below] -= share * b[r]
        for r, at, pivot, row, _ in reversed(self.steps):
            x[at] = (b[r] - sum(value * x[other] for other, value in row.items())) / pivot
        return x

    def solve_transposed(self, c):
        c, y = list(c), [number(0)] * self.n
        for r, at, pivot, row, _ in self.steps:
            y[r] = c[at] / pivot
            for other, value in row.items():
                c[other] -= value * y[r]
        for r, _, _, _, factors in reversed(self.steps):
            for below, share in factors:
                y[r] -= share * y[below]
        return y

    def solve(self, b):
        y = self.solve_scaled([value * number(2) ** scale for value, scale in zip(b, self.row_scale)])
        return [value * number(2) ** scale for value, scale in zip(y, self.column_scale)]

    def condition(self):
        """Hager's estimate, of both 1-norms."""
        if self.n == 0:
            return 1.0
        x, estimate = [number(1) / self.n] * self.n, number(0)
        for _ in range(5):
            y = self.solve_scaled(x)
            norm = sum(map(abs, y))
            if norm <= estimate:
                break
            estimate = norm
            z = self.solve_transposed([number(-1 if value < 0 else 1) for value in y])
            most = max(range(self.n), key=lambda at: abs(z[at]))
            x = [number(0)] * self.n
            x[most] = number(1)
        return float(estimate) * self.norm


def is_singular(rows):
    """Of a matrix of rational numbers."""
    return all(is_singular_modulo(rows, prime) for prime in PRIMES)


def is_singular_modulo(rows, prime):
    rows = [{at: int(value.numerator) * pow(int(value.denominator), -1, prime) % prime for at, value in row.items()}
            for row in rows]
    rows = [{at: value for at, value in row.items() if value} for row in rows]
    columns = [set() for _ in rows]
    for r, row in enumerate(rows):
        for at in row:
            columns[at].add(r)
    left = set(range(len(rows)))
    while left:
        r = min(left, key=lambda r: len(rows[r]))
        row = rows[r]
        if not row:
            return True
        at = min(row, key=lambda at: len(columns[at]))
        inverse = pow(row[at], -1, prime)
        left.remove(r)
        for other in row:
            columns[other].discard(r)
        for below in list(columns[at]):
            target = rows[below]
            share = target[at] * inverse % prime
            for other, value in row.items():
                after = (target.get(other, 0) - share * value) % prime
                if after:
                    target[other] = after
                    columns[other].add(below)
                elif other in target:
                    del target[other]
                    columns[other].discard(below)
    return False


# ---- equations -------------------------------------------------------------------------------------------------------

def breakdown_free(w, saturation, vt):
    """SPICE's diode without breakdown, and its slope: J(w)."""
    if w >= -3 * vt:
        return saturation * mp.expm1(w / vt), saturation * mp.exp(w / vt) / vt
    cube = (3 * vt / (w * mp.exp(number(1)))) ** 3
    return -saturation * (1 + cube), 3 * saturation * cube / w


class Equations:
    """Of a circuit, with the ideal diodes that conduct and the switches that are on."""

    def __init__(self, circuit, conducting=(), on=(), kind=number, gmin=1e-12):
        self.elements, self.kind, self.on, self.gmin = circuit.elements, kind, set(on), gmin
        self.node, self.current, conducting = {}, {}, set(conducting)
        for e in self.elements:
            for name in [e.a, e.k] + [n for t in e.terms if t.control.kind == "v" for n in t.control[1:]]:
                if name != "0":
                    self.node.setdefault(name, len(self.node))
        for e in self.elements:
            if e.kind in "ve" or e.name in conducting:
                self.current[e.name] = len(self.node) + len(self.current)
        self.n = len(self.node) + len(self.current)

    def volts(self, x, name):
        return self.kind(0) if name == "0" else x[self.node[name]]

    def control(self, x, control):
        """Its value, and the unknowns that it is made of."""
        if control.kind == "i":
            at = self.current[control.p]
            return x[at], [(at, 1)]
        unknowns = [(self.node[name], sign) for name, sign in ((control.p, 1), (control.q, -1)) if name != "0"]
        return self.volts(x, control.p) - self.volts(x, control.q), unknowns

    def function(self, e, x):
        """Constant and terms of a controlled source: value, and {unknown: derivative}."""
        value, slopes = self.kind(e.value), {}
        for term in e.terms:
            c, unknowns = self.control(x, term.control)
            f, slope = term.function.at(c, self.kind, mp)
            value += f
            for at, sign in unknowns:
                slopes[at] = slopes.get(at, 0) + sign * slope
        return value, slopes

    def law(self, e, x):
        """Current of what is no voltage-defined branch: value, and {unknown: derivative}."""
        one = self.kind(1)
        if e.kind == "i":
            return self.kind(e.value), {}
        if e.kind == "d":
            return self.kind(0), {}
        if e.kind == "g":
            return self.function(e, x)
        u = self.volts(x, e.a) - self.volts(x, e.k)
        if e.kind == "r":
            g = one / self.kind(e.value)
            i = g * u
        elif e.kind == "s":
            g = one / self.kind(e.value["ron" if e.name in self.on else "roff"])
            i = g * u
        else:
            i, g = breakdown_free(u, number(e.value["is"]), number(e.value["n"]) * number(VT))
            i, g = i + number(self.gmin) * u, g + number(self.gmin)
        return i, {self.node[name]: sign * g for name, sign in ((e.a, 1), (e.k, -1)) if name != "0" and e.a != e.k}

    def at(self, x):
        """F and its derivatives, rows as {unknown: value}."""
        rows, f = [{} for _ in range(self.n)], [self.kind(0)] * self.n
        for e in self.elements:
            ends = [(self.node[name], sign) for name, sign in ((e.a, 1), (e.k, -1)) if name != "0"]
            if e.name in self.current:
                at = self.current[e.name]
                i, slopes = x[at], {at: self.kind(1)}
                value, of_value = self.function(e, x) if e.kind == "e" else (self.kind(e.value or 0), {})
                f[at] = self.volts(x, e.a) - self.volts(x, e.k) - value
                self.stamp(rows[at], {k: s for k, s in ends} if len(ends) < 2 or ends[0][0] != ends[1][0] else {}, 1)
                self.stamp(rows[at], of_value, -1)
            else:
                i, slopes = self.law(e, x)
            for row, sign in ends:
                f[row] += sign * i
                self.stamp(rows[row], slopes, sign)
        return f, [{at: value for at, value in row.items() if value} for row in rows]

    def stamp(self, row, slopes, sign):
        for at, value in slopes.items():
            row[at] = row.get(at, self.kind(0)) + sign * value

    def answer(self, x):
        volts = {name: x[at] for name, at in self.node.items()}
        amperes = {e.name: x[self.current[e.name]] if e.name in self.current else self.law(e, x)[0]
                   for e in self.elements}
        return volts, amperes

    def zero(self):
        return [self.kind(0)] * self.n


def largest_at(elements, amperes):
    """The largest current at each node."""
    most = {}
    for e in elements:
        for node in (e.a, e.k):
            most[node] = max(most.get(node, 0), abs(amperes[e.name]))
    return most


def off(circuit, said, exact, noise=None, exempt=()):
    """How far potentials are off, of the largest, and currents, of the largest at their nodes: the larger of both, and
    where. Currents that are not said are passed over. noise: what rounding of laws may do at each node, A. exempt: elements
    whose currents are undetermined."""
    (volts, amperes), (true_volts, true_amperes) = said, exact
    scale = max([abs(v) for v in true_volts.values()] + [1e-40])
    most = largest_at(circuit.elements, true_amperes)
    floor = FLOOR * max(scale / 1000, *map(abs, true_amperes.values()))
    worst = (0.0, "")
    for node, value in true_volts.items():
        worst = max(worst, (float(abs(volts[node] - value) / scale),
                            f"v({node}) is {float(value):.12g}, said to be {volts[node]:.12g}"))
    for e in circuit.elements:
        there, value = max(most[e.a], most[e.k], floor), true_amperes[e.name]
        there += max(noise[e.a], noise[e.k]) / TOLERANCE if noise else 0
        if e.name in amperes and there > 0 and e.name not in exempt:
            worst = max(worst, (float(abs(amperes[e.name] - value) / there),
                                f"i({e.name}) is {float(value):.12g}, said to be {amperes[e.name]:.12g}"))
    return worst


# ---- linear circuits -------------------------------------------------------------------------------------------------

class Exact:
    """volts and amperes by name, of a linear circuit; condition inf: it is singular."""

    def __init__(self, circuit):
        self.condition, bits = float("inf"), BITS
        while True:
            set_bits(bits)
            try:
                equations = Equations(circuit)
                f, rows = equations.at(equations.zero())
                factor = Factor(rows)
                condition = factor.condition()
            except Singular:
                condition = float("inf")
            if condition < 2.0 ** (bits - 156):
                break
            if bits == BITS:
                exact = Equations(circuit, kind=rational)
                if is_singular(exact.at(exact.zero())[1]):
                    return
            bits *= 4
        self.condition = condition
        self.volts, self.amperes = equations.answer([-value for value in factor.solve(f)])


# ---- ideal diodes ----------------------------------------------------------------------------------------------------

class Diodes:
    """The solutions of a linear circuit with ideal diodes: u = w + Z i, i >= 0, u <= 0, i u = 0, where the diodes are
    ports of the circuit without them."""

    MOST = 12

    def __init__(self, circuit):
        set_bits(BITS)
        self.circuit, self.diodes = circuit, [e for e in circuit.elements if e.kind == "d"]
        equations = Equations(circuit)
        f, rows = equations.at(equations.zero())
        factor = Factor(rows)
        self.condition = factor.condition()
        if self.condition > 1e20:
            raise Singular("without its diodes")

        def drops(x):
            return [equations.volts(x, e.a) - equations.volts(x, e.k) for e in self.diodes]

        alone = factor.solve([-value for value in f])
        self.w, columns = drops(alone), []
        for e in self.diodes:
            b = equations.zero()
            for name, sign in ((e.a, -1), (e.k, 1)):
                if name != "0":
                    b[equations.node[name]] += sign
            columns.append(drops(factor.solve(b)))
        self.z = [[column[row] for column in columns] for row in range(len(self.diodes))]
        self.noise = 1e-30 * float(max(abs(equations.volts(alone, node)) for node in equations.node))  # V, of drops

    def states(self):
        """Candidates of all sets of conducting diodes, by double arithmetic."""
        d = len(self.diodes)
        w, z = numpy.array(self.w, float), numpy.array(self.z, float)
        bits = (numpy.arange(1 << d)[:, None] >> numpy.arange(d)) & 1 == 1
        keep = bits[:, :, None] & bits[:, None, :]  # loops are singular, and one diode less says the same: 1e-13
        z = z / max(numpy.abs(z).max(), 1e-300)
        a = numpy.where(keep, z, 0) + numpy.eye(d) * (~bits[:, :, None] + 1e-13 * (1 + numpy.arange(d)))
        with numpy.errstate(all="ignore"):
            i = self.solve_all(a, numpy.where(bits, -w, 0)[..., None])[..., 0]
            u = w + i @ z.T
            near = 1e-6 * (numpy.abs(i).max(1, keepdims=True) + 1e-300)
            drop = 1e-6 * (numpy.abs(i) @ numpy.abs(z).T + numpy.abs(w) + 1e-300) + self.noise
            good = numpy.where(bits, i >= -near, u <= drop).all(1) | ~numpy.isfinite(i).all(1)
        return [frozenset(numpy.flatnonzero(row)) for row in bits[good]]

    @staticmethod
    def solve_all(a, b):
        """Of many systems; where one is singular to the last bit, all with a change of 1e-11: what comes out is but a
        list of candidates."""
        try:
            return numpy.linalg.solve(a, b)
        except numpy.linalg.LinAlgError:
            return numpy.linalg.solve(a + 1e-11 * numpy.random.default_rng(1).standard_normal(a.shape[1:]), b)

    def solve_state(self, conducting):
        """(volts, amperes) where these conduct and the state holds, else None."""
        names = {self.diodes[at].name for at in conducting}
        try:
            equations = Equations(self.circuit, names)
            f, rows = equations.at(equations.zero())
            factor = Factor(rows)
            if factor.condition() > 1e40:
                return None
        except Singular:
            return None
        volts, amperes = equations.answer([-value for value in factor.solve(f)])
        return (volts, amperes) if self.holds(volts, amperes, names) else None

    def holds(self, volts, amperes, names):
        small_u = number(10) ** -30 * max(map(abs, volts.values()))
        small_i = number(10) ** -30 * max(map(abs, amperes.values()))
        for e in self.diodes:
            u = volts.get(e.a, number(0)) - volts.get(e.k, number(0))
            if (amperes[e.name] < -small_i) if e.name in names else (u > small_u):
                return False
        return True

    def solutions(self):
        """All of them that differ, where there are few enough diodes; None where not."""
        if len(self.diodes) > self.MOST:
            return None
        found = []
        for state in self.states():
            answer = self.solve_state(state)
            if answer and not any(self.same(answer[0], other[0]) for other in found):
                found.append(answer)
        return found

    @staticmethod
    def same(one, other):
        scale = max([abs(v) for v in one.values()] + [number(1) / 10 ** 40])  # where all are 0 its digits are noise
        return all(abs(one[node] - other[node]) < scale / 10 ** 20 for node in one)

    def loops(self, volts):
        """The names of diodes at their threshold and voltage-defined branches that are in loops of such: their currents
        are undetermined."""
        scale = max([abs(v) for v in volts.values()] + [number(10) ** -100])
        held = [e for e in self.circuit.elements if e.kind in "ve" or
                (e.kind == "d" and abs(volts.get(e.a, 0) - volts.get(e.k, 0)) < scale / 10 ** 20)]
        return {e.name for e in held if self.joins(e.a, e.k, [other for other in held if other is not e])}

    @staticmethod
    def joins(a, k, branches):
        reached, grew = {a}, True
        while grew and k not in reached:
            near = {node for e in branches for node in (e.a, e.k) if (e.a in reached) != (e.k in reached)}
            grew = bool(near - reached)
            reached |= near
        return k in reached

    def obeyed(self, volts, amperes):
        """Does an answer in doubles obey all laws to its rounding, each beside its own terms? Of a family of solutions,
        as loops of diodes have, any one does."""
        rounding = 1e-14
        names = {self.diodes[at].name for at in self.state_of(amperes)}
        equations = Equations(self.circuit, names)
        x = equations.zero()
        for places, said in ((equations.node, volts), (equations.current, amperes)):
            for name, at in places.items():
                x[at] = number(said[name])
        (constant, rows), f = equations.at(equations.zero()), equations.at(x)[0]
        for row, entries in enumerate(rows):
            terms = abs(constant[row]) + sum(abs(slope * x[at]) for at, slope in entries.items())
            if abs(f[row]) > rounding * terms:
                return False
        return self.holds({name: x[at] for name, at in equations.node.items()}, amperes, names)

    def state_of(self, amperes):
        """Which diodes conduct in an answer."""
        return [at for at, e in enumerate(self.diodes) if amperes[e.name] > 0]


# ---- Newton's method in many digits ----------------------------------------------------------------------------------

def switches_on(circuit, volts, amperes):
    """As their voltages have them; between the thresholds as the current tells."""
    on = set()
    for e in circuit.elements:
        if e.kind != "s":
            continue
        c, card = e.terms[0].control, e.value
        v = volts.get(c.p, 0.0) - volts.get(c.q, 0.0)
        if v > card["vt"] + card["vh"]:
            on.add(e.name)
        elif v >= card["vt"] - card["vh"]:
            u = volts.get(e.a, 0.0) - volts.get(e.k, 0.0)
            told = amperes.get(e.name)
            if (card["on"] if told is None or not u else abs(told) > abs(u) / math.sqrt(card["ron"] * card["roff"])):
                on.add(e.name)
    return on


class Polished:
    """The solution that Newton's method finds from an answer; volts None: it finds none. residual: of the answer
    itself, the largest sum of currents at a node over the largest current there, with the laws at its potentials.
    far: how far off the answer is (off)."""

    STEPS = 60

    def __init__(self, circuit, volts, amperes):
        set_bits(BITS)
        self.circuit, self.said, self.volts = circuit, (volts, amperes), None
        self.equations = Equations(circuit, on=switches_on(circuit, volts, amperes))
        x = self.start(volts, amperes)
        self.residual = self.residual_at(x)
        try:
            self.iterate(x)
        except Singular:
            return
        if self.volts is not None and not self.obeys_switches():
            self.volts = None

    def start(self, volts, amperes):
        x = self.equations.zero()
        for name, at in self.equations.node.items():
            x[at] = number(volts[name])
        for name, at in self.equations.current.items():
            x[at] = number(amperes.get(name, 0.0))
        return x

    def residual_at(self, x):
        f, _ = self.equations.at(x)
        _, amperes = self.equations.answer(x)
        most = largest_at(self.circuit.elements, amperes)
        worst = [float(abs(f[at]) / most[name]) for name, at in self.equations.node.items() if most[name] > 0]
        scale = max([abs(x[at]) for at in self.equations.node.values()] + [number(10) ** -12])
        worst += [float(abs(f[at]) / scale) for at in self.equations.current.values()]
        return max(worst, default=0.0)

    def iterate(self, x):
        scale, before = max([abs(v) for v in x] + [number(1)]), None
        for _ in range(self.STEPS):
            f, rows = self.equations.at(x)
            self.rows = rows
            step = Factor(rows).solve(f)
            x = [a - b for a, b in zip(x, step)]
            size = max(map(abs, step), default=number(0))
            if size < scale * number(2) ** (40 - BITS):
                self.x = x
                self.volts, self.amperes = self.equations.answer(x)
                return
            if before is not None and size > 1e6 * before + scale:
                return
            before = size

    def obeys_switches(self):
        for e in self.circuit.elements:
            if e.kind == "s":
                c, card = e.terms[0].control, e.value
                v = self.volts.get(c.p, 0) - self.volts.get(c.q, 0)
                if (v > card["vt"] + card["vh"] and e.name not in self.equations.on) or \
                        (v < card["vt"] - card["vh"] and e.name in self.equations.on):
                    return False
        return True

    @property
    def far(self):
        if self.volts is None:
            return float("inf")
        scale, noise = float(max(map(abs, self.volts.values()))), {"0": 0.0}
        for name, at in self.equations.node.items():
            slopes = sum(float(abs(value)) for other, value in self.rows[at].items() if other < len(self.volts))
            noise[name] = UNIT * scale * slopes
        return off(self.circuit, self.said, (self.volts, self.amperes), noise)[0]


# ---- stability -------------------------------------------------------------------------------------------------------

def null_space(a, tolerance=1e-10):
    """Columns that a takes to 0."""
    if a.shape[0] == 0:
        return numpy.eye(a.shape[1])
    _, s, vt = numpy.linalg.svd(a)
    rank = int((s > tolerance * max(s[0], 1e-300)).sum())
    return vt[rank:].T


def growth(polished, farads=1e-12):
    """The largest real part of the eigenvalues of C v' = -J v, 1/s, with so many farads from each node to ground, and
    the largest magnitude: positive, the point is unstable. Voltage-defined branches are constraints D v = 0, whose
    currents go into the nodes by B: v = N y with D N = 0, and L of L B = 0 takes the equations of the nodes."""
    equations, n = polished.equations, len(polished.equations.node)
    _, rows = equations.at(polished.x)
    j = numpy.zeros((equations.n, equations.n))
    for r, row in enumerate(rows):
        for at, value in row.items():
            j[r, at] = float(value)
    g, b, d, m = j[:n, :n], j[:n, n:], j[n:, :n], j[n:, n:]
    if numpy.abs(m).max(initial=0) > 0:
        raise Singular("a voltage that a current controls")
    free = null_space(d / numpy.maximum(numpy.abs(d).max(1, keepdims=True), 1e-300))
    left = null_space(b.T).T
    c = farads * left @ free
    if c.size == 0:
        return -1.0, 1.0
    rates = numpy.linalg.eigvals(-numpy.linalg.solve(c, left @ g @ free))
    return float(rates.real.max()), float(numpy.abs(rates).max())
