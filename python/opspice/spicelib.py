"""opspice for spicelib and PyLTSpice: a Simulator class that runs the program opspice. It needs spicelib.

    from opspice.spicelib import OpspiceSimulator
    from spicelib import RawRead, SimRunner
    runner = SimRunner(simulator=OpspiceSimulator, output_folder="runs")

Rawfile and log are where NGspiceSimulator has them: beside the netlist, with its name, as ``.raw`` and ``.log``.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from typing import Any

from spicelib.sim.simulator import Simulator, SpiceSimulatorError, run_function

__all__ = ["OpspiceSimulator"]

# The program's options that a user may choose, and whether they take a value; -b, -o, -r and the netlist are ours.
_OPTIONS = {"-D": True, "--define": True, "--solver": True, "--linear": True, "--diode": True, "--tolerance": True,
            "--threads": True, "--format": True, "--plot": True, "--report": True, "--net": True, "--worst": True,
            "--coordinates": True, "--current-limit": True, "--certificate": False, "--sandbox": False,
            "--stats": False, "--strict": False, "--op": False}
# What ngspice's users give: ours already, or without a meaning here. Of these the terminal alone takes a value.
_IDLE = ("-a", "--autorun", "-b", "--batch", "-i", "--interactive", "-n", "--no-spiceinit", "-o", "--output", "-p",
         "--pipe", "-q", "--completion", "-r", "--rawfile", "-t", "--term")


class OpspiceSimulator(Simulator):
    """spicelib's way to run opspice, a class that is never made an object of. ``create_from`` tells where the program
    is; without it ``opspice`` is looked for in PATH."""

    spice_exe = ["opspice"] if shutil.which("opspice") else []
    process_name = "opspice"

    @classmethod
    def valid_switch(cls, switch: str, parameter: str = "") -> list[str]:
        """The words that an option of opspice(1) and its value are on the command line; none where it is set anyway.
        Raises ValueError where there is no such option, or its value is missing or one too many."""
        switch, parameter = (switch or "").strip(), (parameter or "").strip()
        if switch and not switch.startswith("-"):
            switch = ("-" if len(switch) == 1 else "--") + switch
        if not switch or switch in _IDLE:
            return []
        if switch not in _OPTIONS:
            raise ValueError(f"opspice has no option {switch!r}")
        if _OPTIONS[switch] != bool(parameter):
            raise ValueError(f"option {switch} of opspice {'needs a' if _OPTIONS[switch] else 'has no'} value")
        return [switch, parameter] if parameter else [switch]

    @classmethod
    def run(cls, netlist_file: str | os.PathLike, cmd_line_switches: str | list[str] | None = None,
            timeout: float | None = None, stdout: Any = None, stderr: Any = None,
            cwd: str | os.PathLike | None = None, exe_log: bool = False) -> int:
        """Run opspice on a netlist and return its exit status: 0 where all is solved and proved.

        With `exe_log` what the program says goes to ``.exe.log`` beside the netlist, not to `stdout` and `stderr`. The
        log has it in any case. Raises SpiceSimulatorError where there is no opspice, subprocess.TimeoutExpired.
        """
        if not cls.is_available():
            raise SpiceSimulatorError("opspice was not found: OpspiceSimulator.create_from('/path/to/opspice')")
        netlist = pathlib.Path(netlist_file)
        given = [cmd_line_switches] if isinstance(cmd_line_switches, str) else cmd_line_switches or []
        switches = [word for word in given if word]  # SimRunner has an empty word for a value that is not given
        command = [*cls.spice_exe, *switches, "-b", "-o", netlist.with_suffix(".log").as_posix(),
                   "-r", netlist.with_suffix(cls.raw_extension).as_posix(), netlist.as_posix()]
        if not exe_log:
            return run_function(command, timeout=timeout, stdout=stdout, stderr=stderr, cwd=cwd)
        with open(netlist.with_suffix(".exe.log"), "w", encoding="utf-8") as said:
            return run_function(command, timeout=timeout, stdout=said, stderr=subprocess.STDOUT, cwd=cwd)
