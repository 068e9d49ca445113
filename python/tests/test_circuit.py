"""Circuits: loading, values, operating points, what goes wrong."""

import copy
import gc
import os
import pathlib
import pickle
import re
import threading
import time
import weakref

import numpy as np
import pytest

import opspice

DIVIDER = "divider\nv1 In 0 10\nr1 in Out 1k\nr2 out 0 2k\n"
CLAMP = "clamp\nv1 in 0 0\nr1 in out 1k\nr2 out 0 1k\nd1 out 0 m\n.model m D(Ron=0 Vfwd=1.5)\n"


def test_answers_by_name_and_in_bulk():
    c = opspice.Circuit(DIVIDER)
    op = c.op()
    assert c.title == "divider"
    assert c.nodes == ("in", "out")
    assert c.branches == ("v1", "r1", "r2")
    assert c.kinds == ("voltage source", "resistor", "resistor")
    assert c.edges.tolist() == [[0, -1], [0, 1], [1, -1]]
    assert op["out"] == op["OUT"] == op["v(out)"] == pytest.approx(20 / 3, rel=1e-15)
    assert isinstance(op["out"], float)
    assert op["0"] == op["gnd"] == 0
    assert op.current("V1") == pytest.approx(-10 / 3000, rel=1e-15)
    assert op.power("r1") == pytest.approx(1e3 * (10 / 3000) ** 2, rel=1e-14)
    assert op.power("v1") == pytest.approx(-10 * 10 / 3000, rel=1e-14)
    assert op.voltage("in", "out") == pytest.approx(10 / 3, rel=1e-15)
    assert op["v(in,out)/i(r1)"] == pytest.approx(1e3, rel=1e-14)
    assert dict(op) == {"in": 10.0, "out": op["out"]}
    assert op.voltages.tolist() == [10.0, op["out"]]
    assert op.currents.dtype == np.float64 and op.currents[1] == op.current("r1")
    assert "out" in op and "nothing" not in op and len(op) == 2


def test_certificate_and_statistics():
    c = opspice.Circuit(DIVIDER)
    proof = c.op().certificate
    assert proof and proof.proved and proof.tolerance == 1e-9 and proof.points == 1
    assert proof.answer == "unique" and proof.stability == "stable" and proof.radius == 0 and proof.obstacle is None
    assert proof.kcl_relative <= 1e-9 and proof.law_element is None
    assert "proved within 1e-09" in repr(proof)
    assert c.stats["nodes"] == 2 and c.stats["solver"] in ("newton", "cd") and c.stats["prove"] >= 0
    assert c.stats["linear"] == "star-mesh"
    assert c.stats["setup"] == c.stats["first"] == c.stats["corrections"] == 0  # of few unknowns


def test_isolated_points():
    flipflop = "\n".join(["flip-flop", "bq q 0 v=2.5-2.5*tanh(4*(v(nq)-2.5))", "bn nq 0 v=2.5-2.5*tanh(4*(v(q)-2.5))",
                          "r1 q 0 1k", "r2 nq 0 1k", ".nodeset v(q)=5 v(nq)=0"])
    assert opspice.Circuit(flipflop).op().certificate.answer == "solution"
    proof = opspice.Circuit(flipflop, proof="interval").op().certificate
    assert proof.answer == "isolated" and 1 < proof.radius < 2.5 and 0 < proof.error < 1e-12
    assert proof.radius_current == float("inf") and proof.obstacle is None
    fold = opspice.Circuit("fold\nb1 0 a i=v(a)*1m-v(a)*v(a)\nr1 a 0 1k", proof="interval").op().certificate
    assert fold.answer == "solution" and fold.radius == 0 and "singular" in fold.obstacle


def test_an_operating_point_stays_what_it_is():
    c = opspice.Circuit(DIVIDER)
    first = c.op()
    untouched = c.op()
    second = c.op()
    volts = second.voltages
    c["v1"] = 20.0
    third = c.op()
    assert first["out"] == untouched["out"] == second["out"] == volts[1] == pytest.approx(20 / 3)
    assert third["out"] == pytest.approx(40 / 3)
    assert untouched.current("r1") == untouched.currents[1] == pytest.approx(10 / 3000)
    assert untouched.certificate.proved
    with pytest.raises(opspice.UsageError, match="solved again"):
        first["v(in,out)"]
    del c
    gc.collect()
    assert third["out"] == pytest.approx(40 / 3) and third["v(in,out)"] == pytest.approx(20 / 3)
    with pytest.raises(ValueError):
        volts[0] = 1


def test_arrays_outlive_the_circuit():
    c = opspice.Circuit(DIVIDER)
    volts, amperes = c.op().voltages, c.op().currents
    del c
    gc.collect()
    assert volts[1] == pytest.approx(20 / 3) and amperes[1] == pytest.approx(10 / 3000)


def test_values_by_name():
    c = opspice.Circuit("t\n.param w=2\nv1 a 0 {w}\nr1 a b 1k\nr2 b 0 {w*1k}\nd1 b 0 dm\n.model dm d(is=1e-14)\n")
    before = c.op()["b"]
    assert c["r1"] == 1000 and c["V1"] == 2 and c["@dm[is]"] == 1e-14 and c["temp"] == 27 and c["w"] == 2
    c["r1"] = 2000
    c["r1"] = np.float32(2000)
    assert c["r1"] == 2000 and c.op()["b"] < before
    c["r1"] = 1e3
    assert c.op()["b"] == pytest.approx(before, rel=1e-12)
    c["@dm[is]"] = 1e-10
    assert c.op()["b"] < before - 0.1
    c["w"] = 0.5
    assert c.op()["a"] == 0.5 and c["r2"] == 500
    for name, value in (("r9", 1.0), ("", 1.0)):
        with pytest.raises(opspice.UnknownName):
            c[name] = value
    with pytest.raises(KeyError):
        c["r9"]
    for value in (float("nan"), float("inf")):
        with pytest.raises(opspice.UsageError):
            c["r1"] = value
    with pytest.raises((TypeError, ValueError)):
        c["r1"] = "much"


def test_many_values_at_once():
    c = opspice.Circuit(DIVIDER)
    c["r1", "r2"] = 3e3, 1e3
    assert c.op()["out"] == pytest.approx(2.5, rel=1e-14)
    names = ["R2", "v1"]
    assert c[names].tolist() == [1000, 10]
    c[names] = np.array([3e3, 6], dtype=np.float32)
    assert c.op()["out"] == pytest.approx(3, rel=1e-14)
    c[("r1", "r2")] = 5.0
    assert c["r1"] == c["r2"] == 5
    with pytest.raises(opspice.UnknownName):
        c["r1", "r9"] = 1.0
    with pytest.raises(ValueError):
        c["r1", "r2"] = 1.0, 2.0, 3.0
    with pytest.raises(opspice.UsageError):
        c["r1", "r2"] = float("nan")


def test_sweeping_by_hand():
    c = opspice.Circuit(CLAMP)
    found = []
    for volts in (1.0, 2.0, 3.0, 4.0):
        c["v1"] = volts
        op = c.op()
        found.append((op["out"], op.current("d1")))
    assert found == pytest.approx([(0.5, 0), (1, 0), (1.5, 0), (1.5, 1e-3)], abs=1e-15)


def test_files(tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(DIVIDER)
    for name in (path, str(path)):
        assert opspice.Circuit(name).op()["out"] == pytest.approx(20 / 3)
    with pytest.raises(FileNotFoundError):
        opspice.Circuit("no such file.cir")
    with pytest.raises(OSError):
        opspice.Circuit(tmp_path)
    c = opspice.Circuit(path)
    with pytest.raises(opspice.UsageError):
        c.write(tmp_path / "out.csv", "csv")
    c.op()
    c.write(tmp_path / "out.csv", "csv")
    assert (tmp_path / "out.csv").read_text() == c.text("csv")
    assert c.text("csv").startswith("quantity,name,value,unit\nvoltage,in,10,V\n")
    with pytest.raises(opspice.UsageError):
        c.write(path, "csv")  # the netlist is not written over
    with pytest.raises(opspice.UsageError):
        c.text("pdf")
    with pytest.raises(OSError):
        c.write(tmp_path / "no" / "folder.csv", "csv")


def test_reports(tmp_path):
    c = opspice.Circuit(DIVIDER)
    with pytest.raises(opspice.UsageError):
        c.report(tmp_path / "out.html")
    c.op()
    c.report(tmp_path / "out.html")
    assert "6.66667\u00a0V" in (tmp_path / "out.html").read_text(encoding="utf-8")
    limits = tmp_path / "limits.csv"
    limits.write_text("r?,1m\n")
    c.report(tmp_path / "out.csv", nets=["in", "o"], worst=1, current_limit=limits)
    rows = [row.split(",")[:2] for row in (tmp_path / "out.csv").read_text().splitlines()]
    assert [name for kind, name in rows if kind == "net"] == ["in", "o"]
    assert sum(kind == "violation" for kind, _ in rows) == 2
    limits = tmp_path / "wrong.csv"
    limits.write_text("r?\n")
    with pytest.raises(opspice.NetlistError, match="wrong.csv:1:1: error: pattern,ampere is expected here"):
        c.report(tmp_path / "out.csv", current_limit=limits)
    with pytest.raises(OSError):
        c.report(tmp_path / "no" / "out.csv")


def test_odd_bytes(tmp_path):
    path = tmp_path / "latin.cir"
    path.write_bytes(b"Verst\xe4rker\nv1 a\xe4 0 1\nr1 a\xe4 0 1k\n")
    c = opspice.Circuit(path)
    assert c.title == "Verst\udce4rker"
    assert c.op()[c.nodes[0]] == 1


def test_diagnostics_have_places():
    with pytest.raises(opspice.NetlistError) as caught:
        opspice.Circuit("t\nv1 a 0 4k7\nr1 a 0 what\nr2 a 0 1\nR2 a 0 1\n", name="deck.cir")
    error = caught.value
    assert error.status == 1
    assert [(one.severity, one.line, one.column) for one in error.diagnostics] == [
        ("warning", 2, 8), ("error", 3, 8), ("error", 5, 1), ("note", 4, 1)]
    assert error.diagnostics[1].file == "deck.cir" and error.diagnostics[1].code == "value-expected"
    assert str(error).startswith("deck.cir:3:8: error: expected a number as resistance, not what\n r1 a 0 what\n")
    assert "deck.cir:3:8" in repr(error.diagnostics[1])
    c = opspice.Circuit("t\nv1 a 0 4k7\nr1 a 0 1\n")
    assert [one.code for one in c.diagnostics] == ["number-read-as-spice"]


def test_no_operating_point():
    with pytest.raises(opspice.NoOperatingPoint) as caught:
        opspice.Circuit("t\nv1 a 0 5\nv2 a 0 6\n")
    assert caught.value.status == 3 and caught.value.diagnostics[0].code == "source-loop"
    c = opspice.Circuit("t\nv1 a 0 5\nv2 a 0 5\n")
    assert c.op()["a"] == 5
    c["v2"] = 6
    with pytest.raises(opspice.NoOperatingPoint):
        c.op()
    c["v2"] = 5
    assert c.op()["a"] == 5


def test_near_names():
    c = opspice.Circuit("t\nv1 supply 0 10\nrload supply output 1k\nr2 output 0 2k\n.dc v1 0 1 1\n")
    for call, near in ((lambda: c.node("outptu"), "output"), (lambda: c.op()["outptu"], "output"),
                       (lambda: c.branch("rlaod"), "rload"), (lambda: c["rlaod"], "rload"),
                       (lambda: c.gradient("suply"), "supply"), (lambda: c.run()[0]["v(outptu)"], "v(output)")):
        with pytest.raises(opspice.UnknownName, match="did you mean '" + re.escape(near)):
            call()
    with pytest.raises(opspice.UnknownName, match="'qqqq'$"):
        c.node("qqqq")


def test_options():
    listed = opspice.options()
    assert "auto cd newton" in listed["solver"] and "tolerance" in listed
    c = opspice.Circuit(CLAMP, tolerance=1e-6, threads=1, strict=True, define=["a=1", "b=2"])
    assert c.options["tolerance"] == "1e-06" and c.options["strict"] == "yes" and c.options["define"] == "b=2"
    c.set("solver", "cd")
    assert c.op().certificate.tolerance == 1e-6 and c.stats["solver"] == "cd"
    c.set("tolerance", np.float64(1e-7))
    assert c.options["tolerance"] == "1e-07"
    with pytest.raises(opspice.UsageError, match="colour"):
        c.set("colour", "blue")
    with pytest.raises(opspice.UsageError):
        c.set("diode", "ideal")  # too late
    with pytest.raises(opspice.UsageError):
        opspice.Circuit(CLAMP, colour="blue")


def test_shown_in_a_notebook():
    c = opspice.Circuit("<b>\nv1 a<b 0 1\nr1 a<b 0 1k\n")
    op = c.op()
    assert repr(c) == "<Circuit '<b>': 1 nodes, 2 elements>"
    assert repr(op) == "<OperatingPoint: a<b=1; proved>"
    assert "<td>a&lt;b</td><td>1</td><td>V</td>" in op._repr_html_()
    assert "<table>" in op.certificate._repr_html_()
    many = opspice.Circuit("t\nv1 n0 0 1\n" + "".join(f"r{n} n{n} n{n + 1} 1\n" for n in range(100)) + "re n100 0 1\n")
    assert ".. 81 more nodes" in many.op()._repr_html_() and ".. 101 nodes" in repr(many.op())


def test_threads_share_nothing_and_wait_for_each_other():
    shared = opspice.Circuit(CLAMP, threads=1)
    wrong = []

    def work(number):
        own = opspice.Circuit(CLAMP, threads=1)
        for step in range(300):
            own["v1"] = float(step % 5)
            if own.op()["out"] != pytest.approx(min(step % 5 / 2, 1.5)):
                wrong.append((number, step))
            shared["v1"] = 2.0
            if shared.op()["out"] != pytest.approx(1.0):
                wrong.append((number, step))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_interpreter_goes_on_while_it_solves():
    rows = 150
    cards = ["grid", "v1 n0_0 0 1", f"rl n{rows - 1}_{rows - 1} 0 1"]
    cards += [f"rh{i}_{j} n{i}_{j} n{i}_{j + 1} 1" for i in range(rows) for j in range(rows - 1)]
    cards += [f"rv{i}_{j} n{i}_{j} n{i + 1}_{j} 1" for i in range(rows - 1) for j in range(rows)]
    c = opspice.Circuit("\n".join(cards) + "\n", threads=1)
    counted, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1
            time.sleep(1e-4)

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    c.op()
    during = counted[0] - before
    done.set()
    thread.join()
    assert during > 0


def test_memory_does_not_grow():
    def used():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    if not pathlib.Path("/proc/self/statm").exists() or "LD_PRELOAD" in os.environ:
        pytest.skip("there is no /proc, or a sanitizer keeps what was freed")
    c = opspice.Circuit(CLAMP, threads=1)

    def rounds(count):
        for step in range(count):
            c["v1"] = step % 7
            op = c.op()
            op["out"], op.voltages, op.certificate

    rounds(5000)
    before = used()
    rounds(20000)
    assert used() - before < 2e6


def test_circuits_are_freed_at_once():
    gc.disable()
    try:
        c = opspice.Circuit(CLAMP)
        alive = weakref.ref(c)
        c.op()["out"]
        c.run()["out"]
        c["v1"] = 1.0
        c.batch({"v1": np.arange(3.0)}, outputs="out", gradient=True)
        c.gradient("out")["r1"]
        c.text("csv")
        try:
            c["nothing"]
        except KeyError:
            pass
        del c
        assert alive() is None
    finally:
        gc.enable()


def test_handles_are_not_copied():
    for one in (opspice.Circuit(DIVIDER), opspice.Drn()):
        for make in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="cannot be copied"):
                make(one)


def test_version():
    assert opspice.__version__.count(".") == 2


def test_options_that_are_wrong():
    with pytest.raises(opspice.UnknownName, match="there is no option 'thread'; did you mean 'threads'"):
        opspice.Circuit("t\nv1 a 0 1\nr1 a 0 1\n", thread=2)
    with pytest.raises(opspice.UsageError, match="option solver cannot be 'fast': .*newton"):
        opspice.Circuit("t\nv1 a 0 1\nr1 a 0 1\n", solver="fast")
