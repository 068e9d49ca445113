"""Derivatives: by name, in bulk, by weights; against differences."""

import numpy as np
import opspice
import pytest

DECK = """gradients
.param w=1k
v1 in 0 5
r1 in mid 1k
r2 mid 0 {w}
d1 mid out dm
r3 out 0 470
i1 0 mid 1m
.model dm D(Is=1e-14 N=1.1 Rs=2)
"""
INPUTS = ("v1", "r1", "r3", "i1", "@dm[is]", "@dm[n]", "w", "temp")


def difference(circuit, output, name):
    """The central difference with the step that agrees best with its halves."""
    value = circuit[name]
    found = []
    for step in (1e-3, 1e-4, 1e-5):
        values = []
        for factor in (1 + step, 1 - step):
            circuit[name] = value * factor
            values.append(circuit.op()[output])
        found.append((values[0] - values[1]) / (2 * step * value))
    circuit[name] = value
    return found[1]


@pytest.mark.parametrize("name", INPUTS)
def test_against_differences(name):
    c = opspice.Circuit(DECK)
    gradient = c.gradient("out", name)
    assert gradient.array.shape == (1,) and gradient.inputs == (name,)
    assert gradient[name] == pytest.approx(difference(c, "out", name), rel=1e-5)


def test_by_name_and_in_bulk():
    c = opspice.Circuit(DECK)
    g = c.gradient("out")
    assert g.inputs == c.branches and g.outputs == ("out",) and len(g) == len(c.branches) and g.kinks == 0
    assert g.array.shape == (6,) and np.asarray(g) is not None and np.array_equal(np.asarray(g), g.array)
    assert g["R1"] == g.array[c.branch("r1")] and isinstance(g["r1"], float) and g["d1"] == 0
    several = c.gradient(["out", "i(v1)", "mid"], ["v1", "r1"])
    assert several.array.shape == (3, 2)
    assert several["v1"].shape == (3,) and several["out", "v1"] == several["v1"][0] == pytest.approx(g["v1"], rel=1e-12)
    assert several["i(v1)", "r1"] == several.array[1, 1]
    with pytest.raises(KeyError):
        several["r3"]
    with pytest.raises(KeyError):
        several["in", "v1"]
    with pytest.raises(KeyError):
        c.gradient("nothing")
    with pytest.raises(KeyError):
        c.gradient("out", "nothing")
    assert "<td>r1</td>" in g._repr_html_() and repr(g).startswith("<Gradient of out by 6 inputs: ")


def test_it_follows_what_was_set():
    c = opspice.Circuit("t\nv1 a 0 10\nr1 a b 1k\nr2 b 0 1k\n")
    assert c.gradient("b")["r1"] == pytest.approx(-2.5e-3)
    c["r2"] = 3e3
    assert c.gradient("b")["r1"] == pytest.approx(-10 * 3e3 / 4e3 ** 2)
    assert c.gradient("i(r1)")["v1"] == pytest.approx(1 / 4e3)


def test_weights_on_all_outputs():
    c = opspice.Circuit(DECK)
    random = np.random.default_rng(1)
    node, branch = random.normal(size=len(c.nodes)), random.normal(size=len(c.branches))
    whole = c.gradient([*c.nodes, *(f"i({name})" for name in c.branches)]).array
    np.testing.assert_allclose(c.vjp(node, branch), np.concatenate([node, branch]) @ whole, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(c.vjp(node), node @ whole[:len(node)], rtol=1e-9, atol=1e-15)
    assert c.vjp(voltages=node, inputs=["r1", "temp"]).shape == (2,)
    with pytest.raises(opspice.UsageError):
        c.vjp(node[1:])


def test_kinks_are_counted():
    c = opspice.Circuit("t\ni1 0 a 0\nr1 a 0 1k\nd1 a 0 m\n.model m D(Ron=10 Roff=1meg Vfwd=0)\n")
    assert c.gradient("a").kinks == 1
