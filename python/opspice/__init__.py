"""opspice: DC operating points of SPICE netlists, solved exactly and proved.

>>> import opspice
>>> c = opspice.Circuit('''divider
... v1 in 0 10
... r1 in out 1k
... r2 out 0 2k''')
>>> op = c.op()
>>> round(op["out"], 6), op.certificate.proved
(6.666667, True)
>>> c["r1"] = 2e3
>>> c.op()["out"]
5.0

Units are SI: volt, ampere, watt, ohm, second.
"""

from ._library import library as _c
from .circuit import Circuit, options
from .errors import (Diagnostic, NetlistError, NoOperatingPoint, OpspiceError, SystemFailure, UnknownName,
                     UsageError)
from .results import Certificate, OperatingPoint, Result, Run, Vector

__version__ = _c.opspice_version().decode()

__all__ = ["Certificate", "Circuit", "Diagnostic", "NetlistError", "NoOperatingPoint", "OperatingPoint",
           "OpspiceError", "Result", "Run", "SystemFailure", "UnknownName", "UsageError", "Vector", "options"]
