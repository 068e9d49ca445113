"""Laws of elements in 34 decimal digits, written from their definitions and not from opspice's code: the referee's own.

A law says what current it has at u, how steep it is there, and for an ideal diode between which voltages it is held."""
import math
from decimal import Decimal as D
from decimal import getcontext

getcontext().prec = 34
ZERO, ONE, FAR = D(0), D(1), D("1e400")
BOLTZMANN, CHARGE, CELSIUS = D("1.38064852e-23"), D("1.6021766208e-19"), D("273.15")  # as ngspice 39 has them
VT = BOLTZMANN * (CELSIUS + 27) / CHARGE
STEP = D("1e-13")  # of the difference quotient
LEAST_SATURATION = D("1e-28")
DOUBLES = {"D": float, "exp": math.exp, "tanh": math.tanh, "sqrt": math.sqrt}


class Law:
    """high, low: u <= high and u >= low hold, with any current beyond the law at them; FAR: they do not bind."""
    high, low = FAR, -FAR
    limits = -FAR, FAR  # A: the least and the most current, far below 0 V and far above
    inner_resistance = ZERO

    @property
    def joins(self):
        """Is there current of either sign without limit? Then it is a path."""
        return self.limits == (-FAR, FAR)

    def current(self, u):
        raise NotImplementedError

    def slope(self, u, near=ZERO):
        """The steeper side at a corner, or as near to one as u is known."""
        step = max(STEP * max(abs(u), STEP), near)
        here = self.current(u)
        return max(self.current(u + step) - here, here - self.current(u - step)) / step


class Straight(Law):
    """A conductance."""

    def __init__(self, g):
        self.g = g

    def current(self, u):
        return self.g * u

    def slope(self, u, near=ZERO):
        return self.g


class Idealised(Law):
    """LTspice's idealised diode with straight parts; ron or rrev of 0 holds the voltage."""

    def __init__(self, ron, roff, vfwd, vrev, rrev):
        self.off = ONE / roff if roff is not None else ZERO
        self.fwd, self.rev = vfwd, -vrev if vrev is not None else -FAR
        self.on, self.back = (None if r == 0 else ONE / r for r in (ron, rrev))
        self.high = self.fwd if self.on is None else FAR
        self.low = self.rev if self.back is None else -FAR
        self.limits = (-FAR if self.off > 0 or vrev is not None else ZERO), FAR

    def current(self, u):
        if u > self.fwd and self.on is not None:
            return self.off * self.fwd + self.on * (u - self.fwd)
        if u < self.rev and self.back is not None:
            return self.off * self.rev + self.back * (u - self.rev)
        return self.off * u

    def slope(self, u, near=ZERO):
        steep = self.off
        if self.on is not None and u >= self.fwd - near:
            steep = max(steep, self.on)
        if self.back is not None and u <= self.rev + near:
            steep = max(steep, self.back)
        return steep


def tanh(x):
    if abs(x) > 100:
        return ONE.copy_sign(x)
    e = (2 * x).exp()
    return (e - 1) / (e + 1) if abs(x) > D("1e-6") else x - x ** 3 / 3 + 2 * x ** 5 / 15


class Limited(Law):
    """The same with a knee that is a parabola over epsilon, and a current that tanh limits."""

    def __init__(self, roff, forward, reverse):
        self.off = ONE / roff if roff is not None else ZERO
        self.forward, self.reverse = forward, reverse  # (threshold or None, conductance, epsilon, limit or None)
        self.limits = -self.limit(*reverse), self.limit(*forward)

    def limit(self, threshold, g, epsilon, limit):
        if threshold is None:
            return FAR if self.off > 0 else ZERO
        return FAR if limit is None else limit

    def current(self, u):
        side = self.forward if u >= 0 else self.reverse
        value = self.side(abs(u), *side)
        return value if u >= 0 else -value

    def side(self, u, threshold, g, epsilon, limit):
        if threshold is None or u <= threshold:
            return self.off * u
        beyond = u - threshold
        if beyond < epsilon:
            return self.off * u + (g - self.off) * beyond * beyond / (2 * epsilon)
        bend = threshold + epsilon
        at = self.off * bend + (g - self.off) * epsilon / 2
        if limit is None:
            return at + g * (u - bend)
        return at + (limit - at) * tanh(g / limit * (u - bend))


def growth(x):
    """exp(x) - 1 without cancellation."""
    if abs(x) < D("1e-8"):
        return x + x * x / 2 + x ** 3 / 6
    return (x if x < 2000 else D(2000)).exp() - 1


class Junction(Law):
    """SPICE's diode at its nominal temperature: forward, generation, breakdown, high injection, series resistance; gmin
    across the junction is one for m diodes, and ibv does not grow with the area."""

    def __init__(self, model, area, m, gmin):
        area *= m
        self.saturation = max(model.get("is", D("1e-14")), LEAST_SATURATION) * area
        self.nvt = model.get("n", ONE) * VT
        self.knee = model["ikf"] * area if "ikf" in model else None
        self.inner_resistance, self.gmin = model.get("rs", ZERO) / area, gmin
        self.breakdown = None
        if "bv" in model:
            self.breakdown = self.begin(model["bv"], m * model.get("ibv", D("1e-3")))
        if gmin == 0 and self.breakdown is None:
            self.limits = -self.saturation, FAR

    def begin(self, bv, ibv):
        """Where the breakdown exponential begins, so that ibv flows at bv: ngspice's fixed point, not stopped early."""
        if ibv < self.saturation * bv / VT:
            return bv
        x = bv - self.nvt * (1 + ibv / self.saturation).ln()
        for _ in range(100):
            after = bv - self.nvt * (ibv / self.saturation + 1 - x / VT).ln()
            if abs(after - x) <= D("1e-30") * abs(x):
                break
            x = after
        return after

    def junction(self, w):
        """J(w) + gmin w."""
        edge = -3 * self.nvt
        if w >= edge:
            current = self.saturation * growth(w / self.nvt)
            if self.knee is not None and current > 0:
                current /= 1 + (current / self.knee).sqrt()
        elif self.breakdown is None or w >= -self.breakdown:
            current = -self.saturation * (1 + (-edge / (w * ONE.exp())) ** 3)
        else:
            current = -self.saturation * (growth(-(self.breakdown + w) / self.nvt) + 1)
        return current + self.gmin * w

    def current(self, u):
        if self.inner_resistance == 0:
            return self.junction(u)
        low, high = min(u, ZERO), max(u, ZERO)
        if u > 0:  # not much more than the whole voltage's logarithm
            high = min(high, self.nvt * (1 + u / self.inner_resistance / self.saturation).ln() * 3)
        w = (low + high) / 2
        for _ in range(400):
            excess = w + self.inner_resistance * self.junction(w) - u
            if excess > 0:
                high = w
            else:
                low = w
            step = STEP * max(abs(w), self.nvt * STEP)
            steep = 1 + self.inner_resistance * (self.junction(w + step) - self.junction(w)) / step
            after = w - excess / steep
            if not low < after < high:
                after = (low + high) / 2
            if abs(after - w) <= D("1e-28") * max(abs(w), D("1e-12")):
                break
            w = after
        return (u - w) / self.inner_resistance if self.inner_resistance * self.gmin > ONE else self.junction(w)

    def slope(self, u, near=ZERO):
        return self.outer_slope(u if self.inner_resistance == 0 else u - self.inner_resistance * self.current(u))

    def outer_slope(self, w):
        step = STEP * max(abs(w), self.nvt * STEP)
        steep = (self.junction(w + step) - self.junction(w - step)) / (2 * step)
        return steep / (1 + self.inner_resistance * steep)


class Table(Law):
    """Straight lines between points; beyond them straight on, or level."""

    def __init__(self, points, level):
        self.points, self.level = points, level
        flat_below, flat_above = level or points[0][1] == points[1][1], level or points[-1][1] == points[-2][1]
        self.limits = points[0][1] if flat_below else -FAR, points[-1][1] if flat_above else FAR

    def current(self, u):
        p = self.points
        if self.level and (u <= p[0][0] or u >= p[-1][0]):
            return p[0][1] if u <= p[0][0] else p[-1][1]
        q = 1
        while q < len(p) - 1 and p[q][0] < u:
            q += 1
        (u0, i0), (u1, i1) = p[q - 1], p[q]
        return i0 + (i1 - i0) * (u - u0) / (u1 - u0)


class Function(Law):
    """A compiled expression of the own voltage u."""

    def __init__(self, code, names):
        self.code, self.names = code, names

    def current(self, u):
        return eval(self.code, self.names, {"u": u})

    def rounding(self, u):
        """What double precision makes of the expression beside u: terms may cancel."""
        doubles = {name: float(value) if isinstance(value, D) else DOUBLES.get(name, value)
                   for name, value in self.names.items()}
        there = [float(u) * (1 + k * 2.0 ** -52) for k in range(-2, 3)]
        return max(abs(D(eval(self.code, doubles, {"u": x})) - self.current(D(x))) for x in there)


class Several(Law):
    """m of a law in parallel."""

    def __init__(self, law, m):
        self.law, self.m = law, m
        self.high, self.low, self.limits = law.high, law.low, tuple(i if abs(i) == FAR else m * i for i in law.limits)

    def current(self, u):
        return self.m * self.law.current(u)

    def slope(self, u, near=ZERO):
        return self.m * self.law.slope(u, near)


def several(law, m):
    return law if m == 1 else Several(law, m)
