"""What validation/devices asks of a device's law, and how its parameters are drawn."""
import math
from collections import namedtuple

# letter: of its cards; types: {1: word of an n type's .model card, -1: of a p type's}; terminals: their names;
# always: parameters that each model has, as level; model, size, bias: draw parameters of the model and of the card, and
# the potentials of the terminals of an n type; conductance(model, size): S, of its smallest series resistance, 0: none
Law = namedtuple("Law", "name letter types terminals always model size bias conductance")


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def choose(rng, parameters, chance, **draws):
    """Each of them with that chance."""
    for name, draw in draws.items():
        if rng.random() < chance:
            parameters[name] = draw()
