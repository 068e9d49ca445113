"""Resistor networks that learn by themselves: coupled learning and equilibrium propagation.

A network of 16 nodes and 32 edges is to do a regression: two inputs are voltages, two outputs shall be given linear
functions of them. What a resistor learns from is what it sees itself, its voltage in two states of the network:

- free: inputs are applied, outputs are what they are;
- nudged: outputs are pushed a little towards what they shall be, in coupled learning by clamping them there (Stern,
  Hexner, Rocks and Liu, Phys. Rev. X 2021; with 32 edges in hardware: Dillavou, Stern, Liu and Durian 2022), in
  equilibrium propagation by currents that pull at them (Scellier and Bengio 2017; Kendall and others 2020).

A conductance then follows g -= rate * (V_nudged^2 - V_free^2) / nudging.
"""

import numpy as np
import opspice

NODES, EDGES = 16, 32
INPUTS, OUTPUTS, LOW, HIGH = (0, 5), (10, 15), 3, 12
WEIGHTS = np.array([[0.15, 0.20], [0.30, 0.10]])  # outputs = 0.2 V + WEIGHTS @ inputs


def edges():
    """A torus of 4 x 4 nodes: 32 edges."""
    return [(4 * row + column, other) for row in range(4) for column in range(4)
            for other in (4 * row + (column + 1) % 4, 4 * ((row + 1) % 4) + column)]


def netlist(clamped):
    """The network; its outputs are clamped by sources, or pulled by currents that are 0 in the free state."""
    cards = ["a network that learns"]
    cards += [f"r{number} n{first} n{second} 1k" for number, (first, second) in enumerate(edges())]
    cards += [f"vin{number} n{node} 0 0" for number, node in enumerate(INPUTS)]
    cards += [f"vlow n{LOW} 0 0", f"vhigh n{HIGH} 0 1"]
    source = "v{0} n{1} 0 0" if clamped else "i{0} 0 n{1} 0"
    cards += [source.format(f"out{number}", node) for number, node in enumerate(OUTPUTS)]
    return "\n".join(cards) + "\n"


RESISTORS = [f"r{number}" for number in range(EDGES)]
FROM, TO = np.array(edges()).T


class Learner:
    """`rule` is "coupled" or "propagation"."""

    def __init__(self, rule, rate=3.0, nudging=0.1, seed=3):
        self.coupled, self.rate, self.nudging = rule == "coupled", rate, nudging
        self.free = opspice.Circuit(netlist(False), threads=1)
        self.pushed = opspice.Circuit(netlist(self.coupled), threads=1)
        self.order = [self.free.node(f"n{node}") for node in range(NODES)]
        self.outputs = [f"{'v' if self.coupled else 'i'}out{number}" for number in range(2)]
        self.g = np.random.default_rng(seed).uniform(0.5, 1.5, EDGES)  # mS
        self.apply()

    def apply(self):
        for circuit in (self.free, self.pushed):
            circuit[RESISTORS] = 1e3 / self.g

    def solve(self, circuit, inputs):
        """Voltages of all nodes, V, in the order of their numbers."""
        circuit["vin0", "vin1"] = inputs
        op = circuit.op()
        return np.array([op[f"n{node}"] for node in range(NODES)])

    def answer(self, inputs):
        return self.solve(self.free, inputs)[list(OUTPUTS)]

    def learn(self, inputs, wanted):
        free = self.solve(self.free, inputs)
        missed = wanted - free[list(OUTPUTS)]
        if self.coupled:
            self.pushed[self.outputs] = free[list(OUTPUTS)] + self.nudging * missed
        else:
            self.pushed[self.outputs] = 1e-3 * self.nudging * missed  # 1 mS times the error
        pushed = self.solve(self.pushed, inputs)
        change = (pushed[FROM] - pushed[TO]) ** 2 - (free[FROM] - free[TO]) ** 2
        self.g = np.clip(self.g - self.rate * change / self.nudging, 1e-2, 1e2)
        self.apply()


def examples(count, seed):
    inputs = np.random.default_rng(seed).uniform(0, 1, (count, 2))
    return inputs, 0.2 + inputs @ WEIGHTS.T


def error(learner, inputs, wanted):
    """The mean square error, V^2."""
    return float(np.mean([(learner.answer(one) - target) ** 2 for one, target in zip(inputs, wanted)]))


def train(rule, rounds=300, **settings):
    """Train on ten examples; errors on others, before and after."""
    learner = Learner(rule, **settings)
    inputs, wanted = examples(10, 1)
    test = examples(20, 2)
    before = error(learner, *test)
    for _ in range(rounds):
        for one, target in zip(inputs, wanted):
            learner.learn(one, target)
    return before, error(learner, *test)


def test_both_rules_learn():
    for rule in ("coupled", "propagation"):
        before, after = train(rule)
        assert after < before / 100, (rule, before, after)


if __name__ == "__main__":
    for rule in ("coupled", "propagation"):
        before, after = train(rule)
        print(f"{rule}: mean square error {before:.2e} V^2, after learning {after:.2e} V^2")
