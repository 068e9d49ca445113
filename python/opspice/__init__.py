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

from typing import TYPE_CHECKING

from ._library import library as _c
from .batch import Batch
from .circuit import Circuit, options
from .errors import (Diagnostic, NetlistError, NoOperatingPoint, OpspiceError, SystemFailure, UnknownName,
                     UsageError)
from .gradient import Gradient
from .results import Certificate, OperatingPoint, Result, Run, Vector

if TYPE_CHECKING:
    from .drn import Drn, DrnError, GradientMatch


def __getattr__(name: str) -> object:
    """What not everybody needs is imported when it is asked for."""
    if name in ("Drn", "DrnError", "GradientMatch"):
        from . import drn
        return getattr(drn, name)
    raise AttributeError(f"module 'opspice' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), "Drn", "DrnError", "GradientMatch"])


__version__ = _c.opspice_version().decode()

__all__ = ["Batch", "Certificate", "Circuit", "Diagnostic", "Drn", "DrnError", "Gradient", "GradientMatch",
           "NetlistError", "NoOperatingPoint", "OperatingPoint", "OpspiceError", "Result", "Run", "SystemFailure",
           "UnknownName", "UsageError", "Vector", "options"]
