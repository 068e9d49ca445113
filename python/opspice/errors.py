"""What may go wrong, as exceptions that carry the library's diagnostics."""

from __future__ import annotations

import errno
import os
from ctypes import c_char_p, cast, get_errno
from typing import TYPE_CHECKING

from . import _library
from ._library import library, text

if TYPE_CHECKING:
    from .results import Run

__all__ = ["Diagnostic", "OpspiceError", "NetlistError", "UsageError", "UnknownName", "NoOperatingPoint",
           "SystemFailure"]

_SEVERITIES = ("note", "warning", "error")


class Diagnostic:
    """One thing that the library has to say about a netlist or a circuit.

    Attributes
    ----------
    severity : str
        ``"error"``, ``"warning"`` or ``"note"``; a note belongs to the diagnostic before it.
    code : str
        Its kind, by a permanent name: see opspice-diagnostics(7).
    message : str
    file : str or None
        The file that it is about; None where it is about the whole netlist.
    line, column : int
        From 1; the column in bytes. 0 without a file.
    more : int
        How many of this kind came after it that are not listed.
    text : str
        All of it as a compiler prints it, with the line and a caret.
    """

    __slots__ = ("severity", "code", "message", "file", "line", "column", "more", "text")

    def __init__(self, severity: str, code: str, message: str, file: str | None, line: int, column: int, more: int,
                 text: str):
        self.severity, self.code, self.message, self.file = severity, code, message, file
        self.line, self.column, self.more, self.text = line, column, more, text

    def __repr__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        return f"<{place}{self.severity}: {self.message} [{self.code}]>"

    def __str__(self) -> str:
        return self.text


def diagnostics_of(handle: int) -> tuple[Diagnostic, ...]:
    """All diagnostics of a handle, in order."""
    found = []
    for number in range(library.opspice_diagnostic_count(handle)):
        pointer = library.opspice_get_diagnostic(handle, number)
        if not pointer:
            raise MemoryError
        one = pointer.contents
        shown = library.opspice_diagnostic_text(handle, number)
        whole = text(cast(shown, c_char_p).value) if shown else ""
        library.opspice_free_text(shown)
        file = None if one.file is None else text(one.file)
        found.append(Diagnostic(_SEVERITIES[one.severity], text(one.code), text(one.message), file, one.line,
                                one.column, one.more, whole))
    return tuple(found)


class OpspiceError(Exception):
    """What all exceptions of this package are.

    Attributes
    ----------
    status : int
        The status that the library returned, as the program's exit status.
    diagnostics : tuple of Diagnostic
        What the library had to say, in order, warnings and notes too.
    """

    status = _library.SYSTEM

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()):
        super().__init__(message)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class NetlistError(OpspiceError):
    """The netlist is wrong."""

    status = _library.NETLIST


class UsageError(OpspiceError, ValueError):
    """The call is wrong: an unknown option or value, or made too early."""

    status = _library.USAGE


class UnknownName(UsageError, KeyError):
    """There is nothing of that name."""


class NoOperatingPoint(OpspiceError):
    """There is no operating point, or none was proved.

    After a sweep, `run` (a Run) has what was found before it ended.
    """

    status = _library.NO_OPERATING_POINT
    run: Run | None = None


class SystemFailure(OpspiceError, OSError):
    """Memory or a file failed."""

    status = _library.SYSTEM


_BY_STATUS = {_library.NETLIST: NetlistError, _library.USAGE: UsageError,
              _library.NO_OPERATING_POINT: NoOperatingPoint, _library.SYSTEM: SystemFailure}


def error_of(status: int, handle: int, what: str = "") -> OpspiceError:
    """The exception for a status: its message is the first errors as the program prints them."""
    diagnostics = diagnostics_of(handle)
    errors = [at for at in range(len(diagnostics)) if diagnostics[at].severity == "error"]
    shown = []
    for at in errors[:3]:
        shown.append(diagnostics[at].text.rstrip())
        while at + 1 < len(diagnostics) and diagnostics[at + 1].severity == "note":
            at += 1
            shown.append(diagnostics[at].text.rstrip())
    if len(errors) > 3:
        shown.append(f"and {len(errors) - 3} more errors")
    message = "\n".join(shown) if shown else what or text(library.opspice_status_text(status))
    if status == _library.SYSTEM and not shown:
        number = get_errno()
        if number in (0, errno.ENOMEM):
            raise MemoryError(message)
        message = f"{message}: {os.strerror(number)}"
    return _BY_STATUS.get(status, OpspiceError)(message, diagnostics)
