"""The referee: from the text of a deck and the printed numbers alone, is this an operating point? And may the deck have
none?

All sums are in 34 digits; nothing here uses opspice's code. Existence is decided exactly, since the numbers of a deck
are decimal: no operating point exists where the constraints u = E and u <= Vf have a cycle of negative length (Bellman,
Ford), or where a current source drives a part of the circuit that no branch lets it leave (maximum flow)."""
import heapq
import sys
from collections import defaultdict, deque
from decimal import Decimal as D

import laws

EPS = D(2) ** -52
UNIT = 8 * EPS
TOLERANCE = D("1e-9")


class Sets:
    """Union-find over names."""

    def __init__(self):
        self.up = {}

    def find(self, x):
        while self.up.setdefault(x, x) != x:
            self.up[x] = self.up[self.up[x]]
            x = self.up[x]
        return x

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        self.up[a] = b
        return a != b


def drop(element, v):
    return v[element.a] - v[element.k]


def is_held(element, u, scale):
    """Is the voltage at a threshold that an ideal diode cannot pass?"""
    near = 64 * EPS * scale
    return element.kind == "law" and (abs(u - element.value.high) <= near or abs(u - element.value.low) <= near)


def single(law):
    """Of several in parallel, the law of one."""
    return getattr(law, "law", law)


def is_expression(element):
    """Its terms may cancel, which are as large as any voltage makes them."""
    return element.kind == "law" and isinstance(single(element.value), laws.Function)


def corners(law):
    """Thresholds of an idealised diode."""
    law = single(law)
    return [t for t in (law.fwd, law.rev) if abs(t) < laws.FAR] if isinstance(law, laws.Idealised) else []


# ---- the verdict on an answer with its currents ----------------------------------------------------------------------

class Verdict:
    """Relative figures of an answer, each 0 where rounding of double precision explains what is left."""

    def __init__(self, elements, volts, amperes):
        self.elements, self.i = elements, {name: D(value) for name, value in amperes.items()}
        self.v = defaultdict(D, {name: D(value) for name, value in volts.items()})
        self.v["0"] = D(0)
        self.scale = max(map(abs, self.v.values()))
        self.law, self.kcl, self.power, self.worst, self.reach = D(0), D(0), D(0), {}, None
        self.clusters()
        self.branches()
        self.nodes()

    @property
    def figure(self):
        return max(self.law, self.kcl, self.power)

    def clusters(self):
        """Potentials that stiff branches hold at a distance are rounded together."""
        sets = self.sets = Sets()
        for e in self.elements:
            u, scale = drop(e, self.v), max(abs(self.v[e.a]), abs(self.v[e.k]))
            if e.kind == "V" or is_held(e, u, scale) or (e.kind == "law" and self.beyond(e, u) != 0):
                sets.join(e.a, e.k)
        self.magnitude = defaultdict(D)
        for node in list(self.v):
            at = sets.find(node)
            self.magnitude[at] = max(self.magnitude[at], abs(self.v[node]), TOLERANCE * self.scale)

    def beyond(self, e, u):
        """The current of an ideal diode that its law leaves open."""
        law = e.value
        if law.high == laws.FAR and law.low == -laws.FAR:
            return D(0)
        rest = self.i[e.name] - law.current(u)
        return rest if abs(rest) > UNIT * (abs(self.i[e.name]) + abs(law.current(u))) else D(0)

    def note(self, kind, value, name):
        if value > getattr(self, kind):
            setattr(self, kind, value)
            self.worst[kind] = name

    def branches(self):
        noise = UNIT * sum(abs(e.value) for e in self.elements if e.kind == "I") * \
            max([1 / e.value.g for e in self.elements if isinstance(e.value, laws.Straight) and e.value.g > 0] + [D(1)])
        noise = noise if self.scale <= noise else D("1e-300")
        self.slopes = {}
        for e in self.elements:
            off = self.violation(e)
            if off > noise:
                self.note("law", off / self.scale if self.scale else D(1), e.name)

    def violation(self, e):
        """Volts by which a branch misses its law."""
        u, i = drop(e, self.v), self.i[e.name]
        if e.kind == "V":
            return abs(u - e.value)
        if e.kind == "I":
            return D(0) if abs(i - e.value) <= EPS * abs(e.value) else laws.FAR
        if e.kind == "C":
            return D(0) if i == 0 else laws.FAR
        law, near = e.value, UNIT * max(self.magnitude[self.sets.find(e.a)], self.magnitude[self.sets.find(e.k)])
        beyond, off = self.beyond(e, u), max(u - law.high, law.low - u, D(0))
        if law.high != laws.FAR or law.low != -laws.FAR:
            self.slopes[e.name] = law.slope(u, near)
            if beyond == 0:
                return off
            threshold = law.high if beyond > 0 else law.low
            if abs(threshold) == laws.FAR:
                return abs(beyond / law.slope(u)) if law.slope(u) else laws.FAR
            return max(off, abs(threshold - u))
        if isinstance(law, laws.Straight):
            self.slopes[e.name] = law.g
            return abs(u - i / law.g)
        if law.inner_resistance > 0:  # the junction's own voltage from the current, without solving for it
            w = u - law.inner_resistance * i
            slope, off = law.outer_slope(w), abs(law.junction(w) - i)
        else:
            slope, off = law.slope(u, near), abs(i - law.current(u))
        self.slopes[e.name] = slope
        if off > UNIT * abs(i) and isinstance(single(law), laws.Function):
            off -= 8 * getattr(law, "m", 1) * single(law).rounding(u)
        return D(0) if off <= UNIT * abs(i) else off / slope if slope else laws.FAR

    def nodes(self):
        total, largest, floor, carried = (defaultdict(D) for _ in range(4))
        power = turned = D(0)
        find = self.sets.find
        for e in self.elements:
            i, u = self.i[e.name], drop(e, self.v)
            size = self.scale if is_expression(e) else max(self.magnitude[find(e.a)], self.magnitude[find(e.k)])
            if e.kind == "law":  # at a corner, the threshold is rounded too
                size = max([size] + [abs(t) for t in corners(e.value) if abs(u - t) <= UNIT * abs(t)])
            noise = UNIT * self.slopes.get(e.name, 0) * size
            for node, sign in ((e.a, 1), (e.k, -1)):
                total[node] += sign * i
                largest[node] = max(largest[node], abs(i))
                floor[node] += noise
                carried[find(node)] = max(carried[find(node)], abs(i))
            power += u * i
            turned += abs(u * i)
        spread = D("1e-300")
        for node in total:
            floor[node] += UNIT * carried[find(node)]
            spread += (floor[node] + UNIT * largest[node]) * abs(self.v[node])
            left = abs(total[node])
            over = left > floor[node] + D("1e-307")
            if node != "0" and over and not (left > TOLERANCE * largest[node] and self.moves_nothing(node, left)):
                self.note("kcl", left / largest[node], node)
        if abs(power) > spread:
            self.note("power", abs(power) / turned, "")


    def moves_nothing(self, node, current):
        """Does a current into a node move it by no more than rounding, of the largest potential or of what sources
        drive?"""
        if self.reach is None:
            self.reach = self.resistances()
            self.driven = UNIT * sum(abs(e.value) * self.reach.get(self.sets.find(end), D(1))
                                     for e in self.elements if e.kind == "I" for end in (e.a, e.k))
        way = self.reach.get(self.sets.find(node))
        return way is not None and current * way <= min(UNIT * self.scale + self.driven, TOLERANCE / 1000 * self.scale)

    def resistances(self):
        """Of the shortest path from each cluster to ground, along the slopes of the laws (Dijkstra)."""
        ways, reach = defaultdict(list), {}
        for e in self.elements:
            slope = self.slopes.get(e.name, 0)
            if slope > 0:
                a, k = self.sets.find(e.a), self.sets.find(e.k)
                ways[a].append((k, 1 / slope))
                ways[k].append((a, 1 / slope))
        queue = [(D(0), self.sets.find("0"))]
        while queue:
            far, at = heapq.heappop(queue)
            if at not in reach:
                reach[at] = far
                for to, length in ways[at]:
                    heapq.heappush(queue, (far + length, to))
        return reach


# ---- potentials alone ------------------------------------------------------------------------------------------------

def residual(elements, volts):
    """The same of potentials alone, of any simulator: the largest current that is left over in a part that voltage
    sources hold together, over the largest current there; and the largest error of a voltage source over the largest
    voltage. Ideal diodes: none."""
    v = defaultdict(D, {name: D(value) for name, value in volts.items()})
    v["0"] = D(0)
    scale, sets = max(map(abs, v.values())) or D(1), Sets()
    for e in elements:
        if e.kind == "V":
            sets.join(e.a, e.k)
    total, largest, floor, worst, off = defaultdict(D), defaultdict(D), defaultdict(D), D(0), D(0)
    magnitude = defaultdict(D)
    for node in list(v):
        magnitude[sets.find(node)] = max(magnitude[sets.find(node)], abs(v[node]), TOLERANCE * scale)
    for e in elements:
        u = drop(e, v)
        if e.kind == "V":
            off = max(off, abs(u - e.value) / scale)
            continue
        a, k = sets.find(e.a), sets.find(e.k)
        if e.kind == "C" or a == k:
            continue
        i = e.value if e.kind == "I" else e.value.current(u)
        near = UNIT * (scale if is_expression(e) else max(magnitude[a], magnitude[k]))
        noise = near * e.value.slope(u, near) if e.kind == "law" else UNIT * abs(i)
        for at, sign in ((a, 1), (k, -1)):
            total[at] += sign * i
            largest[at] = max(largest[at], abs(i))
            floor[at] += noise
    for at in total:
        if at != sets.find("0") and abs(total[at]) > floor[at] + D("1e-300"):
            worst = max(worst, abs(total[at]) / largest[at])
    return float(worst), float(off)


def joined_residual(elements, volts):
    """Of the groups that conductances hold together, decade by decade smaller ones: the largest current that leaves
    one in all, over what the largest voltage would drive through the branches that leave it. It tells of what many
    small residuals beside large currents add up to."""
    v = defaultdict(D, {name: D(value) for name, value in volts.items()})
    v["0"] = D(0)
    scale, sets, worst, branches = max(map(abs, v.values())) or D(1), Sets(), D(0), []
    for e in elements:
        if e.kind == "V":
            sets.join(e.a, e.k)
        elif e.kind != "C":
            u = drop(e, v)
            i, g = (e.value, D(0)) if e.kind == "I" else (e.value.current(u), e.value.slope(u))
            branches.append((g, i, e.a, e.k))
    branches.sort(key=lambda branch: -branch[0])
    for number, (g, _, a, k) in enumerate(branches):
        sets.join(a, k)
        lower = branches[number + 1][0] if number + 1 < len(branches) else D(0)
        if lower == 0:
            break
        if lower * 10 <= g:
            worst = max(worst, leaving(branches[number + 1:], sets, scale))
    return float(worst)


def leaving(branches, sets, scale):
    total, siemens, largest = defaultdict(D), defaultdict(D), defaultdict(D)
    for g, i, a, k in branches:
        a, k = sets.find(a), sets.find(k)
        if a != k:
            for at, sign in ((a, 1), (k, -1)):
                total[at] += sign * i
                siemens[at] += g
                largest[at] = max(largest[at], abs(i))
    ground = sets.find("0")
    return max([abs(total[at]) / max(largest[at], siemens[at] * scale) for at in total
                if at != ground and total[at] != 0] + [D(0)])


# ---- which potentials are determined ---------------------------------------------------------------------------------

def determined(elements, volts, amperes):
    """Nodes whose potential no other operating point can change: ties to ground through branches that always carry
    current of either sign, or surely carry some here."""
    v = defaultdict(float, volts)
    siemens = max([float(e.value.g) for e in elements if isinstance(e.value, laws.Straight)] + [0.0])
    surely = 1e-6 * max([abs(i) for i in amperes.values()] + [0.0])
    surely = max(surely, float(UNIT) * siemens * max([abs(u) for u in volts.values()] + [0.0]))  # no rounding
    sets = Sets()

    def carries(e):
        bounded = e.value.high != laws.FAR or e.value.low != -laws.FAR
        return abs(amperes[e.name]) > surely and (bounded or e.value.slope(D(v[e.a]) - D(v[e.k])) > 0)

    for e in elements:
        if e.kind == "V" or (e.kind == "law" and (e.value.joins or carries(e))):
            sets.join(e.a, e.k)
    ground = sets.find("0")
    return {node for node in volts if sets.find(node) == ground}


# ---- existence -------------------------------------------------------------------------------------------------------

def impossible(elements):
    """Every reason why no operating point exists: "loop" (of voltage sources), "overflow" (a current that double
    precision cannot hold), "forward" (ideal diodes), "cut". Exact, but for expressions, which are taken to carry any
    current."""
    place, closes = potentials(elements)
    reasons = set() if closes else {"loop"}
    if "loop" not in reasons and any(overflows(e, place) for e in elements):
        reasons.add("overflow")
    if "loop" not in reasons and has_negative_cycle(elements, place):
        reasons.add("forward")
    if has_cut(elements, place):
        reasons.add("cut")
    return reasons


def potentials(elements):
    """What voltage sources hold: a function from a node to a representative and how far the node is above it; do their
    loops close?"""
    offset, sets, closes = {}, Sets(), True

    def place(node):
        sets.up.setdefault(node, node)
        above = D(0)
        while sets.up[node] != node:
            above += offset[node]
            node = sets.up[node]
        return node, above

    for e in elements:
        if e.kind == "V":
            (a, above), (k, below) = place(e.a), place(e.k)
            if a != k:
                sets.up[a], offset[a] = k, e.value + below - above
            else:
                closes &= above - below == e.value
    return place, closes


def overflows(e, place):
    """Do voltage sources alone hold a law where it has no number for its current, or a junction beyond exp(600), where
    it ends?"""
    if e.kind != "law":
        return False
    (a, above), (k, below) = place(e.a), place(e.k)
    u, law = above - below, single(e.value)
    if a != k or not e.value.low <= u <= e.value.high:
        return False
    if isinstance(law, laws.Junction) and law.inner_resistance == 0 and u > 600 * law.nvt:
        return True
    return abs(e.value.current(u)) > sys.float_info.max


def hides(elements):
    """Do voltage sources drive the laws of some loop to a current beside which double-doubles lose the others: do they
    leave more there than the laws have together at that current?"""
    place, _ = potentials(elements)
    every = sum(abs(e.value) for e in elements if e.kind == "V")
    limit = D("1e15")

    def most(e, sign):
        """The largest voltage in this direction before the limit."""
        law = single(e.value)
        if isinstance(law, laws.Junction) and every < limit * law.inner_resistance:
            return laws.FAR
        if abs(e.value.current(sign * every)) < limit:
            return laws.FAR
        low, high = D(0), every
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if abs(e.value.current(sign * middle)) < limit else (low, middle)
        return high

    return has_negative_cycle(elements, place, lambda e: (max(e.value.low, -most(e, -1)), min(e.value.high, most(e, 1))))


def has_negative_cycle(elements, place, reach=lambda e: (e.value.low, e.value.high)):
    edges = []
    for e in elements:
        if e.kind == "law":
            (a, above), (k, below) = place(e.a), place(e.k)
            low, high = reach(e)
            if high != laws.FAR:  # x_a <= x_k + high - above + below
                edges.append((k, a, high - above + below))
            if low != -laws.FAR:
                edges.append((a, k, -low + above - below))
    distance = {node: D(0) for edge in edges for node in edge[:2]}
    for _ in range(len(distance) + 1):
        changed = False
        for start, end, length in edges:
            if distance[start] + length < distance[end]:
                distance[end], changed = distance[start] + length, True
        if not changed:
            return False
    return bool(edges)


def has_cut(elements, place):
    """Is there a set of nodes to which sources bring more than the laws can take away, or from which they draw more than
    these can bring (Gale 1957)?"""
    parts = Sets()
    parts.find(place("0")[0])
    for e in elements:
        if e.kind == "law" and e.value.joins:
            parts.join(place(e.a)[0], place(e.k)[0])

    def part(node):
        return parts.find(place(node)[0])

    supply, room = defaultdict(D), defaultdict(D)  # A: into a part; from one part to another at most
    for e in elements:
        a, k, forced = part(e.a), part(e.k), D(0)
        if e.kind == "I":
            forced = e.value
        elif e.kind == "law" and a != k:
            low, high = e.value.limits
            forced = min(max(D(0), low), high)
            room[a, k] += high - forced
            room[k, a] += forced - low
        supply[a] -= forced
        supply[k] += forced
    return any(is_stuck({p: sign * i for p, i in supply.items()},
                        {(a, k)[::sign]: i for (a, k), i in room.items() if i > 0}, part("0")) for sign in (1, -1))


def is_stuck(supply, room, ground):
    """Can a part not get rid of its current, through others to those that lack some or to ground?"""
    nearby = defaultdict(set)
    for a, k in room:
        nearby[a].add(k)
        nearby[k].add(a)
    least = D("1e-12") * max((abs(i) for i in supply.values()), default=D(0))  # what rounding leaves
    for start in list(supply):
        while start != ground and supply[start] > 0:
            before, queue, end = {start: None}, deque([start]), None
            while queue and end is None:
                at = queue.popleft()
                for to in sorted(nearby[at] - before.keys()):
                    if room.get((at, to), 0) <= 0:
                        continue
                    before[to] = at
                    queue.append(to)
                    if to == ground or supply.get(to, 0) < 0:
                        end = to
                        break
            if end is None and supply[start] > least:
                return True
            if end is None:
                break
            path, at = [], end
            while before[at] is not None:
                path.append((before[at], at))
                at = before[at]
            amount = min([supply[start]] + [room[step] for step in path] + [-supply[end]] * (end != ground))
            for a, k in path:
                room[a, k] -= amount
                room[k, a] = room.get((k, a), D(0)) + amount
            supply[start] -= amount
            if end != ground:
                supply[end] += amount
    return False
