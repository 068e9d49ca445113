"""opspice for InSpice: a simulator that solves in this process, without ngspice. It needs InSpice.

    from opspice.inspice import Simulator          # in place of: from InSpice import Simulator
    simulation = Simulator.factory().simulation(circuit)
    analysis = simulation.operating_point()
    print(float(analysis.out[0]))

It does ``operating_point``, ``dc``, ``dc_sensitivity`` and ``transfer_function``; what the netlist asks for besides is
an error of opspice, never left out. Errors are those of this package, with diagnostics; warnings are logged.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from InSpice.Probe.WaveForm import (DcAnalysis, OperatingPoint, SensitivityAnalysis, TransferFunctionAnalysis,
                                    WaveForm)
from InSpice.Spice.Simulator import Simulator as _Simulator
from InSpice.Unit import u_A, u_V

from . import __version__
from .circuit import Circuit
from .results import Result

__all__ = ["Simulator"]

_logger = logging.getLogger(__name__)

# The analyses by InSpice's names: what opspice calls them.
_TITLES = {"op": "Operating Point", "dc": "DC transfer characteristic", "sens": "Sensitivity Analysis",
           "tf": "Transfer Function"}


class Simulator(_Simulator):
    """InSpice's simulator on opspice. Options are those of `opspice.Circuit`: ``Simulator(threads=1)``."""

    SIMULATOR = "ngspice"  # the kind of model libraries that InSpice chooses

    def __init__(self, **options: object):
        self._options = options

    @classmethod
    def factory(cls, *arguments: Any, **options: Any) -> _Simulator:
        """As InSpice's, with opspice where ``simulator=`` is not given or ``"opspice"``."""
        name = options.pop("simulator", "opspice")
        return cls(**options) if name == "opspice" else _Simulator.factory(*arguments, simulator=name, **options)

    @property
    def name(self) -> str:
        return "opspice"

    @property
    def version(self) -> str:
        return __version__

    def run(self, simulation: Any) -> Any:
        """Solve, and return the analysis that was added last. Raises NetlistError, NoOperatingPoint."""
        wanted = [analysis.analysis_name for analysis in simulation.analysis_iter()][-1]
        if wanted not in _TITLES:
            raise NotImplementedError(f"opspice has no analysis .{wanted}")
        circuit = Circuit(str(simulation) + "\n", **self._options)
        run = circuit.run()
        for diagnostic in circuit.diagnostics:
            _logger.warning("%s", diagnostic)
        result = next(result for result in run if result.title == _TITLES[wanted])
        return _analysis(simulation, wanted, result)


def _analysis(simulation: Any, kind: str, result: Result) -> Any:
    """Names are in lower case, as from ngspice's library: InSpice finds ``analysis.Vin`` in these too."""
    waves: dict[str, list[WaveForm]] = {"v(": [], "i(": [], "": []}
    for name in result:
        form = name[:2] if name[:2] in waves and kind in ("op", "dc") else ""
        waves[form].append(_wave(name[2:-1] if form else name, result[name], result.unit(name)))
    if kind == "sens":
        return SensitivityAnalysis(simulation=simulation, elements=waves[""], internal_parameters=())
    parts = {"simulation": simulation, "nodes": waves["v("], "branches": waves["i("], "internal_parameters": waves[""]}
    if kind == "dc":
        axis = result.axes[-1]
        return DcAnalysis(sweep=_wave(axis.name, result[axis.name], axis.unit), **parts)
    return (OperatingPoint if kind == "op" else TransferFunctionAnalysis)(**parts)


def _wave(name: str, values: Any, unit: str) -> WaveForm:
    """One row of values, as InSpice has sweeps in sweeps too."""
    flat = np.atleast_1d(np.ravel(values))
    units = {"V": u_V, "A": u_A}
    if unit in units:
        return WaveForm.from_unit_values(name, units[unit](flat), abscissa=None)
    return WaveForm.from_array(name, flat)
