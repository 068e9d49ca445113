"""Random bipolar transistors for validation/devices: parameters as model cards have them, and further out."""
from device_law import Law, choose, log_uniform


def model(rng):
    """Parameters of a .model card; each of the optional ones in some of the cards."""
    p = {"is": log_uniform(rng, 1e-18, 1e-11)}
    choose(rng, p, 0.8, bf=lambda: log_uniform(rng, 5, 500), br=lambda: log_uniform(rng, 0.05, 20))
    choose(rng, p, 0.3, nf=lambda: rng.uniform(0.95, 1.3), nr=lambda: rng.uniform(0.95, 1.3))
    choose(rng, p, 0.5, vaf=lambda: rng.choice((0, log_uniform(rng, 5, 300))), var=lambda: log_uniform(rng, 2, 100))
    choose(rng, p, 0.5, ikf=lambda: log_uniform(rng, 1e-4, 1), ikr=lambda: log_uniform(rng, 1e-4, 1))
    choose(rng, p, 0.2, nkf=lambda: rng.uniform(0.2, 1.1))
    choose(rng, p, 0.5, ise=lambda: rng.choice((log_uniform(rng, 1e-17, 1e-11), rng.uniform(0.001, 50))),
           ne=lambda: rng.uniform(1.2, 2.5))
    choose(rng, p, 0.4, isc=lambda: rng.choice((log_uniform(rng, 1e-17, 1e-11), rng.uniform(0.001, 50))),
           nc=lambda: rng.uniform(1, 2.5))
    if rng.random() < 0.15:
        p.update(ibe=log_uniform(rng, 1e-18, 1e-12), ibc=log_uniform(rng, 1e-18, 1e-12))
    choose(rng, p, 0.3, iss=lambda: log_uniform(rng, 1e-18, 1e-12), ns=lambda: rng.uniform(0.9, 1.5),
           subs=lambda: rng.choice((1, -1)))
    choose(rng, p, 0.5, rb=lambda: log_uniform(rng, 1, 1e3), rc=lambda: log_uniform(rng, 0.1, 100),
           re=lambda: log_uniform(rng, 0.05, 20))
    if "rb" in p:
        choose(rng, p, 0.5, rbm=lambda: p["rb"] * rng.uniform(0.01, 1), irb=lambda: log_uniform(rng, 1e-6, 1e-2))
    if rng.random() < 0.15:
        p.update(rco=log_uniform(rng, 1, 500))
        choose(rng, p, 0.6, vo=lambda: rng.uniform(0.5, 20), gamma=lambda: log_uniform(rng, 1e-13, 1e-7),
               quasimod=lambda: 1, cn=lambda: rng.uniform(1, 3), d=lambda: rng.uniform(0.3, 1), vg=lambda: 1.2)
    temperature(rng, p)
    return p


def temperature(rng, p):
    choose(rng, p, 0.5, xtb=lambda: rng.uniform(0, 2.5), xti=lambda: rng.uniform(2, 5),
           eg=lambda: rng.uniform(0.7, 1.2))
    choose(rng, p, 0.3, tnom=lambda: rng.uniform(0, 50))
    if rng.random() < 0.3:
        p["tlev"] = rng.choice((0, 1, 3))
        if p["tlev"] == 1 and "xtb" in p:
            p["xtb"] = rng.uniform(0, 0.01)
    if p.get("tlev") == 3:  # without coefficients ngspice takes the growth of whatever transistor came before
        p.update(tbf1=rng.uniform(-1e-3, 5e-3), tbr1=rng.uniform(-1e-3, 5e-3))
        choose(rng, p, 0.7, tis1=lambda: rng.uniform(-4e-3, 0), tise1=lambda: rng.uniform(-4e-3, 0),
               tisc1=lambda: rng.uniform(-4e-3, 0), tiss1=lambda: rng.uniform(-4e-3, 0), tis2=lambda: 1e-6)
    if rng.random() < 0.3:
        firsts = ("tbf1", "tbr1", "tikf1", "tikr1", "tirb1", "trb1", "trc1", "tre1", "trm1", "tvaf1", "tvar1")
        for name in firsts:
            choose(rng, p, 0.4, **{name: lambda: rng.uniform(-3e-3, 6e-3)})
            choose(rng, p, 0.4, **{name[:-1] + "2": lambda: rng.uniform(0, 1e-5)})
        for name in ("tnf1", "tnr1", "tne1", "tnc1", "tns1"):
            choose(rng, p, 0.3, **{name: lambda: rng.uniform(-1e-4, 1e-4)})
            choose(rng, p, 0.3, **{name[:-1] + "2": lambda: rng.uniform(0, 1e-7)})


def size(rng):
    s = {}
    choose(rng, s, 0.4, area=lambda: log_uniform(rng, 0.3, 20))
    choose(rng, s, 0.15, areab=lambda: log_uniform(rng, 0.3, 20), areac=lambda: log_uniform(rng, 0.3, 20))
    return s


def bias(rng):
    """Potentials of collector, base, emitter and substrate of an NPN: forward, saturated, off, reverse."""
    e = rng.uniform(-0.5, 0.5)
    b = e + rng.choice((rng.uniform(0.3, 0.9), rng.uniform(-3, 0.6)))
    c = e + rng.choice((rng.uniform(0, 12), rng.uniform(0, 0.6), rng.uniform(-1, 1)))
    if b - c > 0.9:
        c = b - rng.uniform(0, 0.9)
    return c, b, e, rng.choice((0.0, min(c, b) - rng.uniform(0, 6), min(c, b) + rng.uniform(0, 0.7)))


def conductance(p, s):
    """S: of the smallest series resistance, through which ngspice's rounding of potentials becomes current."""
    given = [p[name] for name in ("rb", "rbm", "rc", "re", "rco") if p.get(name)]
    return max(1, s.get("area", 1)) / min(given) if given else 0


def flooded(p, s, potentials, kelvin):
    """Flooded, an epitaxial layer has a falling characteristic: there may be several operating points."""
    c, b, e, _ = potentials
    return "of several operating points with RCO" if "rco" in p and b - min(c, e) > 0.6 else None


LAWS = [
    Law("bipolar", "q", {1: "npn", -1: "pnp"}, "c b e s", {}, "temp dtemp", model, size, bias, conductance, flooded),
]
