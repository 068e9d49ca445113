"""Random JFETs and MESFETs for validation/devices."""
import math

from device_law import Law, choose, log_uniform, nothing_known


def jfet(rng):
    """Parameters of a .model card of level 1. Beyond B = 1 its current falls again far above the threshold."""
    p = {"vto": rng.uniform(-6, 0.3), "beta": log_uniform(rng, 1e-5, 1e-1)}
    choose(rng, p, 0.6, **{"lambda": lambda: rng.uniform(0, 0.2)}, b=lambda: rng.uniform(0.1, 1),
           pb=lambda: rng.uniform(0.6, 1.2))
    choose(rng, p, 0.7, rd=lambda: log_uniform(rng, 0.1, 300), rs=lambda: log_uniform(rng, 0.1, 300))
    p["is"] = rng.choice((0, log_uniform(rng, 1e-17, 1e-11), log_uniform(rng, 1e-17, 1e-11)))
    choose(rng, p, 0.3, tcv=lambda: rng.uniform(-2e-3, 4e-3), vtotc=lambda: rng.uniform(-4e-3, 2e-3),
           bex=lambda: rng.uniform(-2, 1), betatce=lambda: rng.uniform(-1, 0.5), xti=lambda: rng.uniform(2, 4),
           eg=lambda: rng.uniform(0.7, 1.5), tnom=lambda: rng.uniform(0, 50))
    return p


def parker(rng):
    """Parameters of a .model card of level 2."""
    p = {"vto": rng.uniform(-4, 0), "beta": log_uniform(rng, 1e-4, 1e-1)}
    choose(rng, p, 0.6, **{"lambda": lambda: rng.uniform(0, 0.2)}, delta=lambda: rng.uniform(0, 0.5),
           lfgam=lambda: rng.uniform(0, 0.1), lfg1=lambda: rng.uniform(-0.01, 0.01),
           lfg2=lambda: rng.uniform(-0.01, 0.01))
    choose(rng, p, 0.6, vst=lambda: rng.choice((0, rng.uniform(0.01, 0.15))), mvst=lambda: rng.uniform(0, 0.5),
           p=lambda: rng.uniform(1.5, 3.5), q=lambda: rng.uniform(1.2, 2.8), xi=lambda: log_uniform(rng, 0.1, 1000),
           mxi=lambda: rng.uniform(0, 1), z=lambda: rng.uniform(0.01, 2))
    choose(rng, p, 0.5, vbi=lambda: rng.uniform(0.6, 1.2), n=lambda: rng.uniform(1, 1.5),
           ibd=lambda: log_uniform(rng, 1e-15, 1e-9), vbd=lambda: rng.uniform(0.7, 4))
    choose(rng, p, 0.7, rd=lambda: log_uniform(rng, 0.1, 100), rs=lambda: log_uniform(rng, 0.1, 100))
    p["is"] = rng.choice((0, log_uniform(rng, 1e-17, 1e-11), log_uniform(rng, 1e-17, 1e-11)))
    choose(rng, p, 0.3, hfgam=lambda: rng.uniform(0, 0.1), tnom=lambda: rng.uniform(0, 50))
    return p


def mesfet(rng):
    """Parameters of a .model card of Statz's MESFET."""
    p = {"vto": rng.uniform(-4, 0.3), "beta": log_uniform(rng, 1e-4, 1e-1)}
    choose(rng, p, 0.6, **{"lambda": lambda: rng.uniform(0, 0.2)}, b=lambda: rng.uniform(0, 2),
           alpha=lambda: rng.uniform(0.5, 5))
    choose(rng, p, 0.7, rd=lambda: log_uniform(rng, 0.1, 100), rs=lambda: log_uniform(rng, 0.1, 100))
    p["is"] = rng.choice((0, log_uniform(rng, 1e-17, 1e-11), log_uniform(rng, 1e-17, 1e-11)))
    return p


def size(rng):
    s = {}
    choose(rng, s, 0.4, area=lambda: log_uniform(rng, 0.3, 20))
    return s


def bias(rng):
    """Potentials of drain, gate and source: off, linear, saturated, the gate conducting, either way round."""
    s = rng.uniform(-0.5, 0.5)
    d = s + rng.choice((rng.uniform(0, 12), rng.uniform(-0.5, 0.5), rng.uniform(-8, 0)))
    return d, min(s, d) + rng.choice((rng.uniform(-6, 0.5), rng.uniform(-2, 0.8))), s


def conductance(p, s):
    """S: of the smallest series resistance, through which ngspice's rounding of potentials becomes current."""
    given = [p[name] for name in ("rd", "rs") if p.get(name)]
    return max(1, s.get("area", 1)) / min(given) if given else 0


def gate_step(p, s, potentials, kelvin):
    """Near the end of the exponential of a gate, -10 N Vt, where ngspice's law has a step of 4.5e-5 IS."""
    d, g, source = potentials
    vt = p.get("n", 1) * kelvin * 1.380649e-23 / 1.602177e-19
    near = any(-15 * vt < u < -9.9 * vt for u in (g - d, g - source))
    return "where ngspice's gate current has a step" if near else None


TYPES = {1: "njf", -1: "pjf"}
# ngspice 39 takes dtemp of level 2 for the temperature itself, in kelvin.
LAWS = [
    Law("jfet", "j", TYPES, "d g s", {}, "temp dtemp", jfet, size, bias, conductance, nothing_known),
    Law("jfet2", "j", TYPES, "d g s", {"level": 2}, "temp", parker, size, bias, conductance, gate_step),
    Law("mesfet", "z", {1: "nmf", -1: "pmf"}, "d g s", {}, "", mesfet, size, bias, conductance,
        nothing_known),
]
