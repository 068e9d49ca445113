"""opspice in other people's tools: spicelib and InSpice, by what they ask of a simulator.

Neither has to be there: what of them the adapters use is stood in for here.
"""

import importlib
import logging
import os
import re
import subprocess
import sys
import types

import numpy as np
import pytest

import opspice

SWEEP = "* Clamp\nv1 in 0 3\nr1 in out 1k\nd1 out 0 m\n.model m D(Ron=0 Vfwd=1)\n"


def stand_in(monkeypatch, adapter, **modules):
    """Puts modules where the adapter imports them from, and imports it anew; "__" in their names are dots."""
    for name, content in modules.items():
        module = types.ModuleType(name.replace("__", "."))
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.delitem(sys.modules, adapter, raising=False)
    found = importlib.import_module(adapter)
    monkeypatch.delitem(sys.modules, adapter)
    return found


# ---- spicelib


class FakeSimulator:
    spice_exe = []
    raw_extension = ".raw"

    @classmethod
    def create_from(cls, path):
        cls.spice_exe = [str(path)]
        return cls

    @classmethod
    def is_available(cls):
        return bool(cls.spice_exe) and os.path.exists(cls.spice_exe[0])


def run_function(command, timeout=None, stdout=None, stderr=None, cwd=None):
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    return subprocess.run(command, timeout=timeout, stdout=stdout, stderr=stderr, cwd=cwd, env=clean).returncode


@pytest.fixture
def spicelib(monkeypatch):
    return stand_in(monkeypatch, "opspice.spicelib", spicelib={}, spicelib__sim={}, spicelib__sim__simulator={
        "Simulator": FakeSimulator, "SpiceSimulatorError": type("SpiceSimulatorError", (Exception,), {}),
        "run_function": run_function})


def test_spicelib_runs_the_program(spicelib, tmp_path):
    program = os.environ.get("OPSPICE")
    if not program:
        pytest.skip("OPSPICE is not set")
    simulator = spicelib.OpspiceSimulator.create_from(program)
    netlist = tmp_path / "clamp.net"
    netlist.write_text(SWEEP + ".dc v1 0 3 1\n.end\n")
    assert simulator.run(netlist, ["--solver", "cd", "--strict", ""], timeout=60, exe_log=True) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"clamp.net", "clamp.raw", "clamp.log", "clamp.exe.log"}
    raw = (tmp_path / "clamp.raw").read_bytes()
    rows = np.frombuffer(raw[raw.index(b"Binary:\n") + 8:]).reshape(4, 4)
    np.testing.assert_allclose(rows[:, 2], [0, 1, 1, 1], rtol=1e-12)
    assert simulator.run(str(netlist), "-Dfiletype=ascii", stdout=subprocess.DEVNULL) == 0
    assert "\nValues:\n" in (tmp_path / "clamp.raw").read_text()
    netlist.write_text(SWEEP + "q1 a\n.op\n.end\n")
    assert simulator.run(netlist, stderr=subprocess.DEVNULL) == 1
    assert "clamp.net:6:1: error:" in (tmp_path / "clamp.log").read_text()


def test_spicelib_without_the_program(spicelib, tmp_path):
    simulator = spicelib.OpspiceSimulator.create_from(tmp_path / "nothing")
    with pytest.raises(spicelib.SpiceSimulatorError, match="create_from"):
        simulator.run(tmp_path / "deck.net")


def test_spicelib_switches(spicelib):
    switch = spicelib.OpspiceSimulator.valid_switch
    assert switch("--solver", " newton ") == ["--solver", "newton"]
    assert switch("strict") == ["--strict"] and switch("D", "x=1") == ["-D", "x=1"]
    assert switch("-b") == switch("--rawfile", "x.raw") == switch("-t", "xterm") == switch("") == switch(None) == []
    for wrong in (("--nothing",), ("--solver",), ("--strict", "yes")):
        with pytest.raises(ValueError):
            switch(*wrong)


def test_spicelib_knows_the_options_of_the_program(spicelib):
    program = os.environ.get("OPSPICE")
    if not program:
        pytest.skip("OPSPICE is not set")
    usage = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    shown = set(re.findall(r"--[a-z][a-z-]+", usage))
    assert {name for name in spicelib._OPTIONS if name.startswith("--")} <= shown
    assert shown - {*spicelib._OPTIONS, *spicelib._IDLE} <= {"--help", "--version", "--server", "--circuitfile"}


# ---- InSpice


class FakeWave:
    def __init__(self, name, values, unit=None):
        self.name, self.values, self.unit = name, values, unit

    @classmethod
    def from_unit_values(cls, name, array, title=None, abscissa=None):
        return cls(name, array[1], array[0])

    from_array = classmethod(lambda cls, name, array, title=None, abscissa=None: cls(name, array))


class FakeInSpice:
    @classmethod
    def factory(cls, *arguments, **options):
        return "InSpice's", options


class FakeSimulation:
    def __init__(self, netlist, *analyses):
        self.netlist, self.analyses = netlist, analyses

    def analysis_iter(self):
        return [types.SimpleNamespace(analysis_name=card.split()[0][1:]) for card in self.analyses]

    def __str__(self):
        return "\n".join([self.netlist, *self.analyses, ".end"])


def analysis_class(name):
    def made(self, simulation, **parts):
        self.simulation, self.sweep = simulation, parts.pop("sweep", None)
        self.parts = {part: {wave.name: wave for wave in waves} for part, waves in parts.items()}
    return type(name, (), {"__init__": made})


@pytest.fixture
def inspice(monkeypatch):
    kinds = ("OperatingPoint", "DcAnalysis", "SensitivityAnalysis", "TransferFunctionAnalysis")
    return stand_in(monkeypatch, "opspice.inspice", InSpice={}, InSpice__Probe={}, InSpice__Spice={},
                    InSpice__Probe__WaveForm={"WaveForm": FakeWave, **{name: analysis_class(name) for name in kinds}},
                    InSpice__Spice__Simulator={"Simulator": FakeInSpice},
                    InSpice__Unit={"u_V": lambda values: ("V", values), "u_A": lambda values: ("A", values)})


def test_inspice_factory(inspice):
    simulator = inspice.Simulator.factory(tolerance=1e-6)
    assert isinstance(simulator, inspice.Simulator) and simulator._options == {"tolerance": 1e-6}
    assert isinstance(inspice.Simulator.factory(simulator="opspice"), inspice.Simulator)
    assert inspice.Simulator.factory(simulator="xyce", x=1) == ("InSpice's", {"simulator": "xyce", "x": 1})
    assert (simulator.name, simulator.version) == ("opspice", opspice.__version__)


def test_inspice_analyses(inspice):
    simulator = inspice.Simulator(threads=1)
    simulation = FakeSimulation(SWEEP + ".save all @d1[id]", ".op")
    op = simulator.run(simulation)
    assert type(op).__name__ == "OperatingPoint" and op.simulation is simulation
    assert list(op.parts["nodes"]) == ["in", "out"] and list(op.parts["branches"]) == ["v1"]
    out, current = op.parts["nodes"]["out"], op.parts["branches"]["v1"]
    assert out.values.tolist() == [1.0] and out.unit == "V"
    assert current.values == pytest.approx([-2e-3]) and current.unit == "A"
    assert op.parts["internal_parameters"]["@d1[id]"].values == pytest.approx([2e-3])

    dc = simulator.run(FakeSimulation(SWEEP, ".op", ".dc v1 0 3 1 r1 1k 2k 1k"))
    assert type(dc).__name__ == "DcAnalysis" and dc.sweep.unit == "V"
    assert dc.sweep.values.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    np.testing.assert_allclose(dc.parts["branches"]["v1"].values, [0, 0, -1e-3, -2e-3, 0, 0, -5e-4, -1e-3], atol=1e-15)

    divider = "* Divider\nv1 in 0 10\nr1 in out 1k\nr2 out 0 1k"
    sens = simulator.run(FakeSimulation(divider, ".sens v(out)"))
    assert sens.parts["elements"]["r1"].values == pytest.approx([-2.5e-3])
    tf = simulator.run(FakeSimulation(divider, ".tf v(out) v1"))
    assert tf.parts["internal_parameters"]["Transfer_function"].values == pytest.approx([0.5])


def test_inspice_says_what_is_wrong(inspice, caplog):
    simulator = inspice.Simulator()
    with pytest.raises(NotImplementedError, match=r"\.tran"):
        simulator.run(FakeSimulation(SWEEP, ".op", ".tran 1u 1m"))
    with pytest.raises(opspice.NetlistError, match="q1"):
        simulator.run(FakeSimulation(SWEEP + "q1 a", ".op"))
    with caplog.at_level(logging.WARNING):
        simulator.run(FakeSimulation(SWEEP + "r2 out 0 0", ".op"))
    assert [record.name for record in caplog.records] == ["opspice.inspice"] and "r2 out 0 0" in caplog.text
