"""Random MOS and VDMOS transistors for validation/devices."""
import math

from device_law import Law, choose, log_uniform, nothing_known, nowhere

TYPES = {1: "nmos", -1: "pmos"}
# V: 3e-8, by which potentials are moved without rounding; more than 1e-10 V of it are left of a channel behind a
# resistance a hundred times its own.
STEP = 2.0**-25


def shared(rng):
    """Parameters of a .model card that levels 1, 2, 3 and 6 have, as of an n type. Of a PHI of 0.4 V nothing is left at
    140 degrees: opspice refuses it, ngspice goes on with what is negative."""
    p = {}
    choose(rng, p, 0.5, gamma=lambda: rng.uniform(0, 1.5), phi=lambda: rng.uniform(0.5, 1),
           uo=lambda: rng.uniform(100, 900), ld=lambda: rng.uniform(0, 3e-7))
    choose(rng, p, 0.4, tox=lambda: log_uniform(rng, 1e-8, 2e-7), nsub=lambda: log_uniform(rng, 1e14, 1e17),
           tpg=lambda: rng.choice((-1, 0, 1)), nss=lambda: log_uniform(rng, 1e9, 1e11))
    choose(rng, p, 0.3, **{"is": lambda: rng.choice((0, log_uniform(rng, 1e-17, 1e-12)))},
           js=lambda: log_uniform(rng, 1e-7, 1e-3), pb=lambda: rng.uniform(0.6, 1), tnom=lambda: rng.uniform(0, 50))
    if rng.random() < 0.3:
        p["rsh"] = log_uniform(rng, 1, 100)
    else:
        choose(rng, p, 0.4, rd=lambda: log_uniform(rng, 0.3, 1000), rs=lambda: log_uniform(rng, 0.3, 1000))
    return p


def shichman(rng):
    p = shared(rng)
    choose(rng, p, 0.6, kp=lambda: log_uniform(rng, 1e-6, 1e-3), vto=lambda: rng.uniform(-1.5, 1.5))
    choose(rng, p, 0.6, **{"lambda": lambda: rng.uniform(0, 0.1)})
    return p


def short(rng):
    """What levels 2 and 3 have."""
    p = shared(rng)
    choose(rng, p, 0.7, vto=lambda: rng.uniform(-1.5, 1.5))
    choose(rng, p, 0.4, kp=lambda: log_uniform(rng, 1e-6, 2e-4), delta=lambda: rng.uniform(0, 3),
           xj=lambda: log_uniform(rng, 1e-7, 1e-6), nfs=lambda: log_uniform(rng, 1e9, 1e12))
    return p


def grove(rng):
    """Level 2 without VMAX."""
    p = short(rng)
    choose(rng, p, 0.4, **{"lambda": lambda: rng.uniform(0, 0.1)}, uexp=lambda: rng.uniform(0, 0.3),
           ucrit=lambda: log_uniform(rng, 1e3, 1e5), neff=lambda: rng.uniform(0.5, 5))
    return p


def baum(rng):
    """Level 2 with VMAX, of short channels and with NFS: elsewhere ngspice has gaps (mos2.h); and with GAMMA, or it
    takes square roots of 0, which rounding often makes negative: a current of NAN."""
    p = {**grove(rng), "vmax": log_uniform(rng, 3e4, 1.5e5), "nfs": log_uniform(rng, 1e9, 1e12)}
    return p if "nsub" in p else {**p, "gamma": rng.uniform(0.1, 1.5)}


def empirical(rng):
    p = short(rng)
    choose(rng, p, 0.4, eta=lambda: rng.uniform(0, 1), theta=lambda: rng.uniform(0, 0.3),
           kappa=lambda: rng.uniform(0, 2), vmax=lambda: log_uniform(rng, 3e4, 1e6))
    choose(rng, p, 0.3, xl=lambda: rng.uniform(-2e-7, 2e-7), wd=lambda: rng.uniform(0, 2e-7),
           xw=lambda: rng.uniform(-2e-7, 2e-7), delvto=lambda: rng.uniform(-0.2, 0.2))
    return p


def power_law(rng):
    p = shared(rng)
    choose(rng, p, 0.5, kv=lambda: rng.uniform(0.5, 3), nv=lambda: rng.uniform(0.3, 1.2),
           kc=lambda: log_uniform(rng, 5e-6, 5e-4), nc=lambda: rng.uniform(0.8, 2), vto=lambda: rng.uniform(-1.5, 1.5))
    choose(rng, p, 0.4, **{"lambda": lambda: rng.uniform(0, 0.1)}, gamma1=lambda: rng.uniform(-0.1, 0.1),
           sigma=lambda: rng.uniform(0, 0.1), lambda0=lambda: rng.uniform(0, 0.1),
           lambda1=lambda: rng.uniform(0, 0.02))
    return p


def vertical(rng):
    """VDMOS. RQ has an effect with RD alone; ngspice divides by 0 where only the former is given."""
    p = {"vto": rng.uniform(-4, 4), "kp": log_uniform(rng, 0.05, 100)}
    choose(rng, p, 0.5, **{"lambda": lambda: rng.uniform(0, 0.05), "is": lambda: log_uniform(rng, 1e-14, 1e-8)},
           rd=lambda: log_uniform(rng, 1e-3, 2), rs=lambda: log_uniform(rng, 1e-3, 0.5),
           rg=lambda: log_uniform(rng, 0.1, 10), rb=lambda: log_uniform(rng, 1e-3, 1),
           rds=lambda: log_uniform(rng, 1e4, 1e9), mtriode=lambda: rng.uniform(0.3, 2),
           ksubthres=lambda: rng.uniform(0.04, 0.3), n=lambda: rng.uniform(1, 1.5))
    if "rd" in p and rng.random() < 0.5:
        p.update(rq=log_uniform(rng, 0.01, 2), vq=rng.uniform(0.5, 20))
    if rng.random() < 0.4: # with RB, or its exponential is beyond all numbers
        p.update(bv=rng.uniform(5, 40), ibv=log_uniform(rng, 1e-10, 1e-3), nbv=rng.uniform(0.8, 3))
        p.setdefault("rb", log_uniform(rng, 1e-2, 1))
    choose(rng, p, 0.3, theta=lambda: rng.uniform(0, 0.1), subshift=lambda: rng.uniform(-0.3, 0.3),
           tcvth=lambda: rng.uniform(0, 8e-3), mu=lambda: rng.uniform(-2.5, 0), texp0=lambda: rng.uniform(0, 2.5),
           texp1=lambda: rng.uniform(0, 2), eg=lambda: rng.uniform(0.7, 1.3), xti=lambda: rng.uniform(0, 4),
           tnom=lambda: rng.uniform(0, 50))
    for name in "trd trg trs trb tksubthres".split():
        choose(rng, p, 0.3, **{name + "1": lambda: rng.uniform(0, 4e-3), name + "2": lambda: rng.uniform(0, 1e-5)})
    return p


def heated(rng):
    """VDMOS that heats itself. Without coefficients of RG and RS, which ngspice has once more in each iteration."""
    p = {name: value for name, value in vertical(rng).items() if name not in ("trg1", "trg2", "trs1", "trs2")}
    return {**p, "rthjc": log_uniform(rng, 0.1, 10), "rthca": log_uniform(rng, 1, 100)}


def size(rng):
    s = {}
    choose(rng, s, 0.9, l=lambda: log_uniform(rng, 1e-6, 5e-5), w=lambda: log_uniform(rng, 1e-6, 5e-4))
    choose(rng, s, 0.5, ad=lambda: log_uniform(rng, 1e-12, 1e-9))
    s.update({"as": log_uniform(rng, 1e-12, 1e-9)} if rng.random() < 0.5 else {})
    choose(rng, s, 0.3, nrd=lambda: rng.uniform(0.3, 3), nrs=lambda: rng.uniform(0.3, 3))
    return s


def short_size(rng):
    return {**size(rng), "l": log_uniform(rng, 1e-6, 5e-6)}


def no_size(rng):
    return {}


def thermal(rng):
    return {"thermal": True, "m": rng.choice((1, 1, 2, 3))}


def bias(rng):
    """Potentials of drain, gate, source and bulk, either way round, the bulk's junctions sometimes conducting."""
    s = rng.choice((0, 0, rng.uniform(-1, 1)))
    d = s + rng.choice((rng.uniform(0, 5), rng.uniform(0, 5), rng.uniform(-5, 0), rng.uniform(-0.2, 0.2), 0))
    b = min(s, d) + rng.choice((0, rng.uniform(-5, 0), rng.uniform(-5, 0), rng.uniform(-0.2, 0.5)))
    return d, s + rng.uniform(-2, 5), s, b


def power_bias(rng):
    """Potentials of drain, gate and source."""
    d = rng.choice((rng.uniform(0, 20), rng.uniform(0, 20), rng.uniform(0, 1), rng.uniform(-0.9, 0), 0))
    return d, rng.uniform(-4, 10), 0


def thermal_bias(rng):
    """Those, and temperatures of junction and case."""
    return *power_bias(rng), rng.uniform(-60, 120), rng.uniform(-60, 120)


def conductance(p, s):
    """S: of the smallest series resistance and of the channel, by which rounding of potentials is current."""
    ohms = [p[name] for name in ("rd", "rs", "rg", "rb") if p.get(name)]
    ohms += [p["rsh"] * s.get(name, 1) for name in ("nrd", "nrs") if p.get("rsh")]
    oxide = 3.9 * 8.854214871e-12 / p.get("tox", 1e-7)
    gain = p.get("kp") or 2 * p.get("kc", 0) or p.get("uo", 600) * 1e-4 * oxide
    shape = s.get("w", 1e-4) / (s.get("l", 1e-4) - 2 * p.get("ld", 0)) if s else 1
    return (1 / min(ohms) if ohms else 0) + 6 * gain * shape


def punched(p, s):
    """Is LAMBDA without NSUB enough to reach the end of the channel's shortening?"""
    return "nsub" not in p and p.get("lambda", 0) * 7 > 1 - 0.25e-6 / (s.get("l", 1e-4) - 2 * p.get("ld", 0))


def stopped(potentials):
    """Is there a channel without a voltage? With 1e-10 V or less ngspice has no current in it, but for its slope."""
    return abs(potentials[0] - potentials[2]) < 1e-9


def channel_ends(potentials):
    """Where the channel is stopped, its drain is moved to where it is not, either way by the same: of a current that
    bends by 1 A/V^2 the mean differs by 4e-16 A from that without a voltage."""
    d, *others = potentials
    return ((d - STEP, *others), (d + STEP, *others)) if stopped(potentials) else ()


def hollow(p, s):
    """Is the channel shorter than its depletion at 1 V? Then the factor xn of weak inversion may fall below 0.01."""
    depletion = 36 / math.sqrt(p["nsub"]) if {"nsub", "xj", "nfs"} <= p.keys() else 0
    return depletion > s.get("l", 1e-4) - 2 * p.get("ld", 0)


def long_channel(p, s, potentials, kelvin):
    if stopped(potentials):
        return "where ngspice stops the channel, vds being 1e-10 V"
    if hollow(p, s):
        return "where xn of weak inversion falls below 0.01, as ngspice lets it"
    return "where LAMBDA without NSUB has a gap in ngspice" if punched(p, s) else None


def scattered(p, s, potentials, kelvin):
    """Where ngspice's formula for Baum's vdsat may miss it: VMAX L / UO is some volts, or the bulk conducts."""
    d, _, source, b = potentials
    mobility = p.get("uo", 600) * 1e-4 * ((273.15 + p.get("tnom", 27)) / kelvin)**1.5
    if not stopped(potentials) and p["vmax"] * (s["l"] - 2 * p.get("ld", 0)) / mobility > 2:
        return "where ngspice misses the root of Baum's vdsat"
    if not stopped(potentials) and b - min(d, source) > 0.1:
        return "where the bulk conducts, and ngspice has a negative root of Baum's vdsat or none"
    return long_channel(p, s, potentials, kelvin)


def limited(p, s, potentials, kelvin):
    """ngspice takes for an answer that its limit of 2 V on the channel's vds is what the next step begins with."""
    return "where ngspice stops at its limit of vds, with RQ" if "rq" in p and abs(potentials[0]) > 3.5 else None


def law(name, level, model, known=nothing_known, geometry=size, beside=nowhere):
    return Law(name, "m", TYPES, "d g s b", {"level": level}, "temp dtemp", model, geometry, bias, conductance, known,
               beside)


LAWS = [
    law("mos1", 1, shichman),
    law("mos2", 2, grove, long_channel, beside=channel_ends),
    law("mos2-vmax", 2, baum, scattered, short_size, channel_ends),
    law("mos3", 3, empirical),
    law("mos6", 6, power_law),
    Law("vdmos", "m", {1: "vdmos nchan", -1: "vdmos pchan"}, "d g s", {}, "temp dtemp", vertical, no_size, power_bias,
        conductance, limited),
    Law("vdmos-heated", "m", {1: "vdmos nchan", -1: "vdmos pchan"}, "d g s tj tc", {}, "temp dtemp", heated, thermal,
        thermal_bias, conductance, limited),
]
