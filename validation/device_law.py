"""What validation/devices asks of a device's law, and how its parameters are drawn."""
import math
from collections import namedtuple


def nowhere(bias):
    """Of a law without holes."""
    return ()


# letter: of its cards; types: {1: word of an n type's .model card, -1: of a p type's}; terminals: their names
# always: parameters that each model has, as level; heats: what its card has: "temp dtemp", or less
# model(rng), size(rng): draw parameters of the .model card and of the device's; bias(rng): potentials of an n type
# conductance(model, size): S, of its smallest series resistance; 0: none
# known(model, size, potentials, kelvin): the name of a difference from ngspice that these have; None: they have none
# beside(bias): where ngspice's law has a hole at this bias, those on either side of it whose mean current is the law's
Law = namedtuple("Law", "name letter types terminals always heats model size bias conductance known beside",
                 defaults=[nowhere])


def nothing_known(model, size, potentials, kelvin):
    """Of a law that differs nowhere."""
    return None


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def choose(rng, parameters, chance, **draws):
    """Each of them with that chance."""
    for name, draw in draws.items():
        if rng.random() < chance:
            parameters[name] = draw()
