"""Batches: many operating points at once."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import opspice
import pytest

LINEAR = "linear\nv1 in 0 10\nr1 in out 1k\nr2 out 0 1k\ni1 0 out 0\n"
DIODES = """diodes
.param w=1k
v1 in 0 5
r1 in mid 1k
r2 mid 0 {w}
d1 mid out dm
r3 out 0 470
.model dm D(Is=1e-14 N=1.1 Rs=2)
"""


def one_by_one(circuit, names, settings, outputs):
    found = []
    for row in settings:
        circuit[list(names)] = row
        op = circuit.op()
        found.append([op[name] for name in outputs])
    return np.array(found)


def test_the_numbers_of_single_points():
    random = np.random.default_rng(1)
    for text, names in ((LINEAR, ("v1", "i1")), (LINEAR, ("v1", "r2")), (DIODES, ("v1", "r1", "r3")),
                        (DIODES, ("v1", "@dm[is]", "w"))):
        c, other = opspice.Circuit(text), opspice.Circuit(text)
        settings = np.array([other[name] or 1e-3 for name in names]) * random.uniform(0.5, 2, (200, len(names)))
        before = c[list(names)]
        b = c.batch(names, settings, outputs=["out", "i(r1)"])
        np.testing.assert_allclose(b.array, one_by_one(other, names, settings, ("out", "i(r1)")), rtol=1e-9, atol=1e-15)
        assert b.ok and b.shape == (200,) and b["out"].base is not None and b.certificate.proved
        assert b.certificate.points >= 1 and b.diagnostics == () and "each proved" in repr(b)
        assert (c[list(names)] == before).all()
        assert c.op()["out"] == pytest.approx(opspice.Circuit(text).op()["out"], rel=1e-9)


def test_shapes_are_broadcast():
    c = opspice.Circuit(LINEAR)
    b = c.batch({"v1": np.linspace(0, 4, 5)[:, None], "r1": np.array([1e3, 3e3, 4e3]), "r2": 1e3}, outputs="out")
    assert b.shape == (5, 3) and b.array.shape == (5, 3, 1) and b.inputs == ("v1", "r1", "r2")
    np.testing.assert_allclose(b["out"], np.linspace(0, 4, 5)[:, None] * 1e3 / (1e3 + np.array([1e3, 3e3, 4e3])))
    assert b.settings.shape == (5, 3, 3) and b.status.shape == (5, 3)
    every = c.batch({"v1": 4.0})
    assert every.shape == () and every.outputs == c.nodes and float(every["out"]) == 2
    assert c.batch({"v1": np.array([])}, outputs="out")["out"].shape == (0,)
    assert c.batch(["v1"], np.ones((2, 3, 1)), outputs="out")["out"].shape == (2, 3)


def test_gradients_of_all_points():
    c = opspice.Circuit(DIODES)
    names = ["v1", "r1", "@dm[is]"]
    settings = np.array([[5, 1e3, 1e-14], [3, 2e3, 1e-13]])
    b = c.batch(names, settings, outputs=["out", "i(v1)"], gradient=True)
    assert b.gradients.shape == (2, 2, 3)
    for point, row in enumerate(settings):
        c[names] = row
        np.testing.assert_allclose(b.gradients[point], c.gradient(["out", "i(v1)"], names).array, rtol=1e-6)
    assert b.gradient("i(v1)", "r1")[1] == b.gradients[1, 1, 1]
    for wrong in (("out", "r9"), ("nothing", "r1")):
        with pytest.raises(KeyError):
            b.gradient(*wrong)
    with pytest.raises(KeyError):
        c.batch({"v1": 1.0}).gradient("out", "v1")


def test_points_without_an_answer():
    c = opspice.Circuit("t\nv1 a 0 1\nv2 b 0 5\nd1 a b m\nr1 a 0 1k\n.model m D(Ron=0)\n")
    b = c.batch({"v1": np.array([1.0, 9.0, 2.0, np.nan])}, outputs=["a"])
    assert not b.ok and b.status.tolist() == [0, 3, 0, 2]
    assert b["a"][[0, 2]].tolist() == [1, 2] and np.isnan(b["a"][[1, 3]]).all()
    assert b.diagnostics and "2 without an answer" in repr(b)
    assert "<td>a</td><td>1</td><td>1.5</td><td>2</td>" in b._repr_html_()
    assert c.op()["a"] == 1


def test_threads_do_not_matter():
    settings = np.random.default_rng(2).uniform(1, 5, (3000, 1))
    one = opspice.Circuit(DIODES, threads=1).batch(["v1"], settings, outputs=["out", "i(r3)"])
    two = opspice.Circuit(DIODES, threads=2).batch(["v1"], settings, outputs=["out", "i(r3)"])
    assert one.array.tobytes() == two.array.tobytes()


def test_an_operating_point_outlives_a_batch():
    c = opspice.Circuit(LINEAR)
    op = c.op()
    c.batch({"v1": np.arange(100.0)}, outputs="out")
    assert op["out"] == 5 and op.currents[0] == -5e-3


def test_progress_and_wrong_calls():
    c = opspice.Circuit(DIODES, threads=1)
    told = []
    c.batch({"r1": np.linspace(1e3, 2e3, 5000)}, outputs="out", progress=lambda *at: told.append(at))
    assert told and told == sorted(told) and all(total == 5000 for _, total in told)

    def stop(done, total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        c.batch({"r1": np.linspace(1e3, 2e3, 5000)}, outputs="out", progress=stop)
    for wrong in (dict(inputs={"r9": 1.0}), dict(inputs={"r1": 1.0}, outputs="nothing")):
        with pytest.raises(KeyError):
            c.batch(**wrong)
    for wrong in (dict(inputs=["r1", "r2"], settings=np.ones((3, 3))), dict(inputs={"r1": 1.0}, settings=1.0),
                  dict(inputs={"r1": np.ones(2), "r2": np.ones(3)})):
        with pytest.raises(ValueError):
            c.batch(**wrong)


def test_control_c():
    script = textwrap.dedent("""
        import os, signal, numpy, opspice
        c = opspice.Circuit("t\\nv1 a 0 1\\nr1 a b 1k\\nd1 b 0 dm\\n.model dm D(Is=1e-14)\\n", threads=1)
        sent = []
        def progress(done, total):
            if not sent:
                sent.append(done)
                os.kill(os.getpid(), signal.SIGINT)
        try:
            c.batch({"r1": numpy.linspace(1e3, 2e3, 1000000)}, outputs="b", progress=progress)
        except KeyboardInterrupt:
            print("interrupted", c["r1"], c.op()["a"])
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.stdout == "interrupted 1000.0 1.0\n", done.stderr


_LONG = """
    import signal, time, opspice
    n = 150
    deck = ["long", "v1 n0_0 0 5", ".model dm d", ".dc v1 1 5 1"]
    for x in range(n):
        for y in range(n):
            deck += [f"ra{x}_{y} n{x}_{y} n{x + 1}_{y} 1k", f"rb{x}_{y} n{x}_{y} n{x}_{y + 1} 1k", f"d{x}_{y} n{x}_{y} 0 dm"]
    c = opspice.Circuit("\\n".join(deck), threads=1, solver="newton")
    def ring(number, frame):
        raise ValueError("enough")
    signal.signal(signal.SIGALRM, ring)
"""


@pytest.mark.parametrize("call, signal, error", [("c.op()", "SIGINT", "KeyboardInterrupt"),
                                                 ("c.op()", "SIGALRM", "ValueError"),
                                                 ("c.gradient('n1_1')", "SIGINT", "KeyboardInterrupt"),
                                                 ("c.run()", "SIGINT", "KeyboardInterrupt")])
def test_signals_end_a_solve(call, signal, error):
    """One point takes a second; a signal that comes a millisecond after it has begun ends it."""
    script = textwrap.dedent(_LONG) + textwrap.dedent(f"""
        if "{signal}" == "SIGINT":
            signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, 1e-3)
        try:
            {call}
            print("solved")
        except {error}:
            print("interrupted", c.op()["n0_0"])
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, env=os.environ)
    assert done.stdout == "interrupted 5.0\n", done.stderr


def test_interrupt_from_another_thread():
    script = textwrap.dedent(_LONG) + textwrap.dedent("""
        import threading
        threading.Timer(0.05, c.interrupt).start()
        try:
            c.op()
        except opspice.NoOperatingPoint as error:
            print(error, c.op()["n0_0"])
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, env=os.environ)
    assert done.stdout == "error: the solve was interrupted 5.0\n", done.stderr


def test_one_name_and_its_values():
    c = opspice.Circuit("divider\nv1 in 0 10\nr1 in out 1k\nr2 out 0 1k")
    assert c.batch("v1", [[1, 2], [3, 4]], outputs="out")["out"].tolist() == [[0.5, 1], [1.5, 2]]
    with pytest.raises(opspice.UsageError, match=r"settings have the shape \(.., 1\), not \(2,\)"):
        c.batch(["v1"], [1, 2], outputs="out")
