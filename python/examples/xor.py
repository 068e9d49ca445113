"""A circuit that learns XOR by equilibrium propagation, with diodes and bidirectional amplifiers.

After Kendall, Pantone, Manickavasagam, Bengio and Scellier, Training End-to-End Analog Neural Networks with Equilibrium
Propagation (2020). Inputs are voltage sources, in pairs of both signs, and a bias. A hidden node has resistors to all
of them and two diodes that hold it near ground; behind it an amplifier drives the output: forwards it multiplies the
voltage by GAIN, backwards it divides the current by GAIN. So the whole still has an energy, in which what is behind the
amplifiers counts 1 / GAIN^2. Each resistor learns from its own two voltages in the free state and in one that a current
nudges towards the answer:  g -= rate * (V_nudged^2 - V_free^2) / nudging.
"""

import numpy as np
import opspice

HIDDEN, GAIN = 12, 4.0
SOURCES = ("p0", "m0", "p1", "m1", "pb", "mb")  # both signs of both inputs and of a bias
PATTERNS = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], dtype=np.float64)
WANTED = np.array([-0.3, 0.3, 0.3, -0.3])  # V


def netlist():
    cards = ["xor", ".model clamp D(Ron=10 Vfwd=0.3)"]
    cards += [f"v{name} {name} 0 0" for name in SOURCES]
    for unit in range(HIDDEN):
        cards += [f"r{name}_{unit} {name} h{unit} 1k" for name in SOURCES]
        cards += [f"du{unit} h{unit} 0 clamp", f"dd{unit} 0 h{unit} clamp"]
        for sign in "pm":  # the amplifier, and another that turns the sign
            gain = GAIN if sign == "p" else -GAIN
            cards += [f"e{sign}{unit} a{sign}{unit} 0 h{unit} 0 {gain}",
                      f"f{sign}{unit} h{unit} 0 e{sign}{unit} {-1 / gain}", f"r{sign}{unit}_o a{sign}{unit} out 1k"]
    cards += ["rpb_o pb out 1k", "rmb_o mb out 1k", "rload out 0 1k", "inudge 0 out 0"]
    return "\n".join(cards) + "\n"


class Learner:
    def __init__(self, rate=10.0, nudging=0.3, seed=5):
        self.circuit = opspice.Circuit(netlist(), threads=1)
        names = self.circuit.branches
        self.resistors = [name for name in names if name.startswith("r") and name != "rload"]
        at = [names.index(name) for name in self.resistors]
        self.first, self.second = self.circuit.edges[at].T
        behind = np.array([name.endswith("_o") for name in self.resistors])
        self.rate = np.where(behind, rate / GAIN ** 2, rate)
        self.nudging = nudging
        self.g = np.random.default_rng(seed).uniform(0.05, 1.0, len(self.resistors))  # mS
        self.circuit[self.resistors] = 1e3 / self.g

    def solve(self, pattern, nudge=0.0):
        """The output, V, and the voltages of all resistors."""
        x, y = pattern
        self.circuit["vp0", "vm0", "vp1", "vm1", "vpb", "vmb", "inudge"] = x, -x, y, -y, 1, -1, nudge
        op = self.circuit.op()
        volts = op.voltages
        return op["out"], volts[self.first] - volts[self.second]

    def learn(self, pattern, wanted):
        out, free = self.solve(pattern)
        _, nudged = self.solve(pattern, 1e-3 * self.nudging * (wanted - out))  # 1 mS times the error
        self.g = np.clip(self.g - self.rate * (nudged ** 2 - free ** 2) / self.nudging, 1e-3, 10)
        self.circuit[self.resistors] = 1e3 / self.g


def train(rounds=150, **settings):
    """Outputs for the four patterns, V, after learning."""
    learner = Learner(**settings)
    for _ in range(rounds):
        for pattern, wanted in zip(PATTERNS, WANTED):
            learner.learn(pattern, wanted)
    return np.array([learner.solve(pattern)[0] for pattern in PATTERNS])


def test_it_learns_xor():
    outputs = train()
    assert (np.sign(outputs) == np.sign(WANTED)).all() and np.abs(outputs - WANTED).max() < 0.05, outputs


if __name__ == "__main__":
    for pattern, output in zip(PATTERNS, train()):
        print(f"{pattern[0]:+.0f} {pattern[1]:+.0f}: {output:+.3f} V")
