"""The yield of an R-2R ladder: 100,000 converters with resistors of one per cent, each with all its codes.

A converter is good where no step from a code to the next is off by more than half a step (its differential
nonlinearity). Since the ladder is linear, its output is known from what each bit alone makes: 8 operating points for
each of 100,000 draws of 16 resistors.
"""

import numpy as np
import opspice

BITS = 8
RESISTORS = [f"r{bit}" for bit in range(BITS)] + [f"rs{bit}" for bit in range(BITS)]


def netlist():
    cards = ["R-2R ladder", "r0 n0 0 2k"]
    for bit in range(BITS):
        cards += [f"v{bit} b{bit} 0 0", f"rs{bit} b{bit} n{bit} 2k"]
        if bit > 0:
            cards.append(f"r{bit} n{bit - 1} n{bit} 1k")
    return "\n".join(cards) + "\n"


def responses(draws, tolerance, seed=1):
    """What each bit alone makes of the output, V: shape (draws, bits)."""
    circuit = opspice.Circuit(netlist())
    nominal = circuit[RESISTORS]
    drawn = nominal * (1 + tolerance / 3 * np.random.default_rng(seed).normal(size=(draws, len(RESISTORS))))
    # by the adjoint: one operating point a draw has the derivatives by all bits, which are the responses
    batch = circuit.batch([*RESISTORS, *(f"v{bit}" for bit in range(BITS))],
                          np.hstack([drawn, np.ones((draws, BITS))]), outputs=f"n{BITS - 1}", gradient=True)
    assert batch.ok
    return batch.gradients[:, 0, len(RESISTORS):]


def worst_steps(responses):
    """The largest error of a step between neighbouring codes, in steps: shape (draws,)."""
    codes = (np.arange(2 ** BITS)[:, None] >> np.arange(BITS)) & 1
    volts = responses @ codes.T
    step = (volts[:, -1:] - volts[:, :1]) / (2 ** BITS - 1)
    return np.abs(np.diff(volts, axis=1) / step - 1).max(axis=1)


def good(draws, tolerance):
    """The part of converters that is good."""
    found = responses(draws, tolerance)
    parts = np.array_split(found, max(draws // 5000, 1))
    return float(np.mean(np.concatenate([worst_steps(part) < 0.5 for part in parts])))


def test_exact_resistors_make_a_perfect_ladder():
    found = responses(3, 0)
    np.testing.assert_allclose(found[0], 2.0 ** np.arange(BITS) / 2 ** BITS, rtol=1e-12)
    assert worst_steps(found).max() < 1e-9


def test_yield_of_a_hundred_thousand():
    assert good(2000, 0.001) == 1
    assert 0.6 < good(100000, 0.01) < 1
    assert good(2000, 0.1) < 0.3


if __name__ == "__main__":
    for tolerance in (0.002, 0.005, 0.01, 0.02, 0.05):
        print(f"resistors of {tolerance:.1%}: {good(100000, tolerance):.1%} of 100,000 converters are good")
