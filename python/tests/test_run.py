"""Runs: sweeps, measurements, scripts, progress and interrupts."""

import gc
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import opspice

SWEEP = """Sweep
.param p=1k
v1 a 0 5
r1 a b {p}
r2 b 0 1k
.dc v1 0 4 1 r2 1k 2k 1k
.op
.tf v(b) v1
.print dc v(b) x=par('2*v(a)') @r1[p]
.meas dc most max v(b)
.meas dc never when v(b)=99
"""


def test_nodes_of_a_script_are_those_of_the_circuit_that_it_has_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.cir").write_text("first\nv1 a 0 1\nr1 a 0 1k\n.end\n")
    (tmp_path / "second.cir").write_text("second\nv1 in 0 6\nr1 in out 1k\nr2 out 0 2k\n.end\n")
    driver = opspice.Circuit("driver\n.control\nsource first.cir\nop\nsource second.cir\nop\n.endc\n.end\n")
    assert driver.nodes == () and driver.branches == ()
    for _ in range(2):
        run = driver.run()
        assert driver.nodes == ("in", "out") and driver.branches == ("v1", "r1", "r2")
        assert driver.node("OUT") == 1 and driver.branch("r2") == 2
        assert driver.kinds == ("voltage source", "resistor", "resistor")
        assert driver.edges.tolist() == [[0, -1], [0, 1], [1, -1]]
        assert run[-1]["out"] == pytest.approx(4)
    first = opspice.Circuit("driver\n.control\nsource second.cir\nop\nsource first.cir\nop\n.endc\n.end\n")
    first.run()
    assert first.nodes == ("a",)


def test_vectors_axes_and_measurements():
    run = opspice.Circuit(SWEEP).run()
    dc, op, tf = run
    assert [result.title for result in run] == ["DC transfer characteristic", "Operating Point", "Transfer Function"]
    assert dc.shape == (2, 5) and dc.points == 10
    assert [(axis.name, axis.unit) for axis in dc.axes] == [("r2", "ohm"), ("v1", "V")]
    assert dc.axes[1].values.tolist() == [0, 1, 2, 3, 4]
    r2, v1 = dc["r2"], dc["v1"]
    assert r2.shape == v1.shape == (2, 5) and v1[1, 3] == 3 and r2[1, 0] == 2000
    expected = v1 * r2 / (1000 + r2)
    np.testing.assert_allclose(dc["b"], expected, rtol=1e-14)
    np.testing.assert_allclose(dc["v(a,b)*i(v1)"], -(v1 - expected) ** 2 / 1000, rtol=1e-13, atol=1e-20)
    np.testing.assert_allclose(dc["x"], 2 * v1)
    np.testing.assert_allclose(dc["@r1[p]"], (v1 - expected) ** 2 / 1000, rtol=1e-13, atol=1e-20)
    np.testing.assert_allclose(dc["v(a)-v(b)"], v1 - expected, rtol=1e-13, atol=1e-15)
    assert list(dc) == ["v(a)", "v(b)", "i(v1)", "@r1[p]", "x"] and len(dc) == 5
    assert dc.unit("i(v1)") == "A" and dc.unit("v(b)*i(v1)") == "W" and dc.vector("b").unit == "V"
    np.testing.assert_allclose(dc.measures["most"], [2, 8 / 3], rtol=1e-14)
    assert np.isnan(dc.measures["never"]).all()
    assert run.measures["most"].shape == (2,)
    assert op["b"] == pytest.approx(2.5) and op.shape == ()
    assert dict(tf)["Transfer_function"] == pytest.approx(0.5)
    assert run["b"].shape == (2, 5) and run["Transfer_function"] == pytest.approx(0.5)
    assert run.certificate.proved and run.certificate.points >= 11
    with pytest.raises(KeyError):
        dc["nothing"]
    with pytest.raises(KeyError):
        run["nothing"]
    assert "nothing" not in dc and "b" in dc


def test_a_run_stays_what_it_is():
    c = opspice.Circuit(SWEEP)
    first = c.run()
    b = first["b"]
    c["r1"] = 3e3
    second = c.run()
    assert first["b"] is b
    np.testing.assert_allclose(first[0]["v(a)"][0], [0, 1, 2, 3, 4])
    assert not np.allclose(first["b"], second["b"])
    with pytest.raises(opspice.UsageError, match="since"):
        first[0]["v(a)*3"]
    del c
    gc.collect()
    assert second[0]["v(a)*3"][0, 4] == 12


def test_a_result_outlives_its_run():
    c = opspice.Circuit(SWEEP)
    dc = c.run()[0]
    gc.collect()
    c["r1"] = 5e3
    c.run()
    np.testing.assert_allclose(dc["b"][0], np.arange(5) / 2, rtol=1e-14)
    c.op()
    assert dc["V1#branch"] is not None and dc["V(A)"][0, 4] == 4
    with pytest.raises(opspice.UsageError, match="since"):
        dc["v(a)*7"]


def test_measurements_of_one_curve():
    run = opspice.Circuit("t\nv1 a 0 1\nr1 a 0 1k\n.dc v1 0 4 1\n.meas dc most max v(a)\n").run()
    assert run.measures["most"] == 4 and np.shape(run.measures["most"]) == ()


def test_an_operating_point_alone():
    run = opspice.Circuit("t\nv1 a 0 1\nr1 a 0 1k\n").run()
    assert len(run) == 1 and run["a"] == 1 and run["i(v1)"] == -1e-3 and run[0].axes == ()


def test_scripts_print():
    text = "t\nv1 a 0 1\nr1 a 0 1\n.control\nop\necho one\nprint v(a)\nquit 3\n.endc\n"
    said = []
    run = opspice.Circuit(text).run(output=said.append)
    assert "one\nv(a) = 1.000000e+00\n" in run.printed and "".join(said) == run.printed
    assert run.exit_code == 3

    def refuse(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        opspice.Circuit(text).run(output=refuse)


def test_progress():
    c = opspice.Circuit("t\nv1 a 0 1\nr1 a 0 1k\n.dc v1 0 1 1e-3\n", threads=1)
    told = []
    c.run(progress=lambda done, total: told.append((done, total)))
    assert told and all(total == 1001 for _, total in told) and told == sorted(told)

    def stop(done, total):
        raise ZeroDivisionError("enough")

    with pytest.raises(ZeroDivisionError, match="enough"):
        c.run(progress=stop)

    for call in (c.op, c.run, lambda: c["r1"], lambda: c.__setitem__("r1", 1.0), lambda: c.__setitem__(["r1"], 1.0),
                 lambda: c.gradient("a"), lambda: c.batch({"r1": 1.0}), lambda: c.text(), lambda: c.set("threads", 1)):
        with pytest.raises(opspice.UsageError, match="at work"):
            c.run(progress=lambda done, total, call=call: call())
    assert len(c.run()["a"]) == 1001


def test_interrupt_from_progress():
    c = opspice.Circuit("t\nv1 a 0 1\nr1 a 0 1k\n.dc v1 0 1 1e-4\n", threads=1)
    with pytest.raises(opspice.NoOperatingPoint, match="interrupted") as caught:
        c.run(progress=lambda done, total: c.interrupt())
    partial = caught.value.run
    assert 0 < partial[0].points < 10001 and partial[0].shape == (partial[0].points,)
    assert len(partial["a"]) == partial[0].points


def test_control_c():
    script = textwrap.dedent("""
        import os, signal, opspice
        c = opspice.Circuit("t\\nv1 a 0 1\\nr1 a 0 1k\\n.dc v1 0 1 1e-6\\n", threads=1)
        sent = []
        def progress(done, total):
            if not sent:
                sent.append(done)
                os.kill(os.getpid(), signal.SIGINT)
        try:
            c.run(progress=progress)
        except KeyboardInterrupt:
            print("interrupted", c.op()["a"], signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.stdout == "interrupted 1.0 True\n", done.stderr


def test_a_sweep_that_ends_early():
    text = "t\nv1 a 0 1\nv2 b 0 5\nd1 a b m\nr1 a 0 1k\n.model m D(Ron=0)\n.dc v1 0 10 1\n"
    with pytest.raises(opspice.NoOperatingPoint) as caught:
        opspice.Circuit(text).run()
    run = caught.value.run
    assert run[0]["a"].tolist() == [0, 1, 2, 3, 4, 5] and run[0].shape == (6,)


def test_shown_in_a_notebook():
    run = opspice.Circuit(SWEEP).run()
    assert repr(run[0]) == "<Result: DC transfer characteristic, r2 (2) x v1 (5), 5 vectors>"
    assert "<td>v(b)</td><td>V</td><td>0 .. 2.66667</td>" in run._repr_html_()
    assert "Vector v1, V, shape (5,)" in repr(run[0].axes[1])


def test_what_was_not_recorded_is_told():
    c = opspice.Circuit("t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 2 1\n")
    with pytest.raises(opspice.UnknownName, match=r"i\(R1\) was not recorded: .save all i\(R1\)"):
        c.run()[0]["i(R1)"]
    c = opspice.Circuit("t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 2 1\n.save all i(R1)\n")
    assert c.run()[0]["i(R1)"].tolist() == [0, 5e-4, 1e-3]
