"""Fit a diode model (Is, N, Rs) to a measured table by gradients: Gauss-Newton steps on the logarithms of currents."""

import numpy as np
import opspice

PARAMETERS = ["@dm[is]", "@dm[n]", "@dm[rs]"]
FIXTURE = """Diode under test
v1 a 0 0.5
d1 a 0 dm
.model dm D(Is={0!r} N={1!r} Rs={2!r})
"""
TRUE = np.array([3e-14, 1.3, 1.5])


def measured(noise=0.01, seed=1):
    """A table of volts and amperes, as a curve tracer would give it, each current within about a percent."""
    volts = np.linspace(0.4, 1.0, 31)
    dc = opspice.Circuit(FIXTURE.format(*TRUE) + ".dc v1 0.4 1 0.02\n").run()[0]
    return volts, -dc["i(v1)"] * (1 + noise * np.random.default_rng(seed).normal(size=len(volts)))


def currents(circuit, volts):
    """Currents of the diode, A, and their derivatives by the parameters: shapes (points,) and (points, 3)."""
    amperes, slopes = np.empty(len(volts)), np.empty((len(volts), len(PARAMETERS)))
    for point, value in enumerate(volts):
        circuit["v1"] = value
        amperes[point] = circuit.op().current("d1")
        slopes[point] = circuit.gradient("i(d1)", PARAMETERS).array
    return amperes, slopes


def fit(volts, amperes, start=(1e-12, 2.0, 5.0), steps=30):
    """Is, N and Rs; and the largest relative error of a current that is left."""
    circuit = opspice.Circuit(FIXTURE.format(*map(float, start)), threads=1)
    logs, damping = np.log(start), 1.0
    found, slopes = currents(circuit, volts)
    for _ in range(steps):
        error = np.log(found / amperes)
        jacobian = slopes * np.exp(logs) / found[:, None]
        square = jacobian.T @ jacobian
        step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -jacobian.T @ error)
        trial = logs + np.clip(step, -2, 2)
        circuit[PARAMETERS] = np.exp(trial)
        tried, tried_slopes = currents(circuit, volts)
        if np.sum(np.log(tried / amperes) ** 2) < np.sum(error ** 2):
            logs, found, slopes, damping = trial, tried, tried_slopes, damping / 5
        else:
            damping *= 5
        if damping > 1e8:
            break
    return np.exp(logs), float(np.max(np.abs(found / amperes - 1)))


def test_the_parameters_are_found():
    found, error = fit(*measured(noise=0))
    np.testing.assert_allclose(found, TRUE, rtol=1e-4)
    found, error = fit(*measured())
    assert error < 0.03
    np.testing.assert_allclose(found[1:], TRUE[1:], rtol=0.03)


if __name__ == "__main__":
    found, error = fit(*measured())
    print(f"Is = {found[0]:.3g} A, N = {found[1]:.4g}, Rs = {found[2]:.4g} ohm; currents within {error:.2%}")
