"""The I-V curve of a silicon diode and of an idealised one, drawn with matplotlib where it is there."""

import numpy as np
import opspice

CURVE = """I-V curve
v1 a 0 0
vm a b 0
d1 b 0 {model}
.model silicon D(Is=1e-14 N=1.05 Rs=0.5)
.model ideal D(Ron=0.5 Roff=1g Vfwd=0.7)
.dc v1 -1 1 0.01
"""


def curve(model):
    """Volts and amperes of a diode."""
    dc = opspice.Circuit(CURVE.format(model=model)).run()[0]
    return dc["v1"], dc["i(vm)"]


def draw(path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    for model in ("silicon", "ideal"):
        volts, amperes = curve(model)
        axes.plot(volts, 1e3 * amperes, label=model)
    axes.set(xlabel="V", ylabel="mA", title="Diodes")
    axes.legend()
    figure.savefig(path)


def test_currents_rise_with_voltage():
    for model in ("silicon", "ideal"):
        volts, amperes = curve(model)
        assert len(volts) == 201 and (np.diff(amperes) > 0).all()
    assert abs(amperes[-1] - 0.3 / 0.5) < 1e-8  # the ideal one: 1 V less 0.7 V, through half an ohm


def test_drawing(tmp_path):
    import pytest
    pytest.importorskip("matplotlib")
    draw(tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").stat().st_size > 1000


if __name__ == "__main__":
    draw("iv_curve.svg")
    print("iv_curve.svg")
