"""libopspice by ctypes: where it is, its structs and its functions.

All of opspice.h is declared here once; drn.py has what is in opspice_drn.h. ctypes lets go of the interpreter lock
while a function runs.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_int, c_size_t, c_void_p

#: The library's name at run time, by libtool's version-info in Makefile.am.
SONAME = "libopspice.so.3"

OK, NETLIST, USAGE, NO_OPERATING_POINT, SYSTEM = range(5)
NONE = c_size_t(-1).value

LISTING, LOG, RAW_BINARY, RAW_ASCII, CSV, JSON, SERVER, RAW = range(8)


class Option(Structure):
    _fields_ = [("name", c_char_p), ("values", c_char_p), ("initial", c_char_p), ("about", c_char_p),
                ("before_load", c_int)]


class Certificate(Structure):
    _fields_ = [("points", c_size_t), ("kcl", c_double), ("kcl_relative", c_double), ("kcl_floor", c_double),
                ("kcl_node", c_char_p), ("law", c_double), ("law_relative", c_double), ("law_element", c_char_p),
                ("loop", c_double), ("loop_relative", c_double), ("loop_element", c_char_p), ("mismatch", c_double),
                ("complementarity", c_double), ("power", c_double), ("power_relative", c_double),
                ("tolerance", c_double), ("proved", c_int), ("answer", c_char_p), ("stability", c_char_p),
                ("radius", c_double), ("radius_current", c_double), ("error", c_double), ("obstacle", c_char_p),
                ("obstacle_element", c_char_p)]


class Stats(Structure):
    _fields_ = [("solver", c_char_p), ("nodes", c_size_t), ("branches", c_size_t), ("supernodes", c_size_t),
                ("nonzeros", c_size_t), ("fill", c_size_t), ("diodes", c_size_t), ("sweeps", c_size_t),
                ("factorisations", c_size_t), ("analyses", c_size_t), ("outer", c_size_t), ("read", c_double),
                ("build", c_double), ("lower", c_double), ("solve", c_double), ("recover", c_double),
                ("prove", c_double), ("write", c_double), ("setup", c_double), ("first", c_double),
                ("corrections", c_double), ("linear", c_char_p)]


class Vector(Structure):
    _fields_ = [("name", c_char_p), ("unit", c_char_p), ("value", c_void_p), ("count", c_size_t),
                ("stride", c_size_t)]


class Diagnostic(Structure):
    _fields_ = [("severity", c_int), ("file", c_char_p), ("line", c_size_t), ("column", c_size_t),
                ("message", c_char_p), ("code", c_char_p), ("more", c_size_t)]


Output = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
Progress = CFUNCTYPE(None, c_void_p, c_size_t, c_size_t)
Listener = CFUNCTYPE(None)  # a Progress that does not look at what it is told


def _places():
    """Where the library may be, the likeliest first."""
    chosen = os.environ.get("OPSPICE_LIBRARY")
    if chosen:
        yield chosen
        return
    folder = os.path.join(os.path.dirname(__file__), "lib")
    if os.path.isdir(folder):  # a wheel that brings it, and what it needs
        yield os.path.join(folder, SONAME)
    yield SONAME  # as the loader finds it: LD_LIBRARY_PATH, ldconfig
    import subprocess
    try:
        found = subprocess.run(["pkg-config", "--variable=libdir", "opspice"], capture_output=True, text=True)
        if found.returncode == 0:
            yield os.path.join(found.stdout.strip(), SONAME)
    except OSError:
        pass


def _load_needed(path: str) -> None:
    """What a wheel brings beside the library is loaded before it, where the system has none of that name."""
    folder = os.path.dirname(path)
    if os.path.basename(folder) != "lib" or os.path.dirname(folder) != os.path.dirname(os.path.abspath(__file__)):
        return
    for name in sorted(os.listdir(folder)):
        if name != SONAME and ".so" in name:
            try:
                ctypes.CDLL(name)
            except OSError:
                ctypes.CDLL(os.path.join(folder, name), mode=ctypes.RTLD_GLOBAL)


def _open() -> ctypes.CDLL:
    said = []
    for place in _places():
        try:
            _load_needed(place)
            return ctypes.CDLL(place, use_errno=True)
        except OSError as error:
            said.append(str(error))
    raise ImportError("libopspice was not found (" + "; ".join(said) + "): install opspice, or name the library in "
                      "the environment variable OPSPICE_LIBRARY") from None


# Every function: what it returns, and what it takes. A handle is an address.
_functions = {
    "opspice_version": (c_char_p,),
    "opspice_status_text": (c_char_p, c_int),
    "opspice_new": (c_void_p,),
    "opspice_free": (None, c_void_p),
    "opspice_set": (c_int, c_void_p, c_char_p, c_char_p),
    "opspice_get": (c_char_p, c_void_p, c_char_p),
    "opspice_get_option": (POINTER(Option), c_size_t),
    "opspice_load_file": (c_int, c_void_p, c_char_p),
    "opspice_load_memory": (c_int, c_void_p, c_char_p, c_char_p, c_size_t),
    "opspice_solve": (c_int, c_void_p),
    "opspice_run": (c_int, c_void_p, Output, c_void_p),
    "opspice_exit_code": (c_int, c_void_p),
    "opspice_set_progress": (None, c_void_p, Progress, c_void_p),
    "opspice_interrupt": (None, c_void_p),
    "opspice_set_source": (c_int, c_void_p, c_char_p, c_double),
    "opspice_set_resistances": (c_int, c_void_p, c_size_t, c_size_t, c_void_p),
    "opspice_find_input": (c_int, c_void_p, c_char_p, POINTER(c_size_t)),
    "opspice_set_input": (c_int, c_void_p, c_size_t, c_double),
    "opspice_get_input": (c_int, c_void_p, c_size_t, POINTER(c_double)),
    "opspice_set_inputs": (c_int, c_void_p, c_size_t, c_void_p, c_void_p),
    "opspice_get_inputs": (c_int, c_void_p, c_size_t, c_void_p, c_void_p),
    "opspice_solve_many": (c_int, c_void_p, c_size_t, c_size_t, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p,
                           c_void_p, c_void_p),
    "opspice_title": (c_char_p, c_void_p),
    "opspice_node_count": (c_size_t, c_void_p),
    "opspice_node_names": (POINTER(c_char_p), c_void_p),
    "opspice_node_number": (c_size_t, c_void_p, c_char_p),
    "opspice_node_voltages": (c_void_p, c_void_p),
    "opspice_branch_count": (c_size_t, c_void_p),
    "opspice_branch_names": (POINTER(c_char_p), c_void_p),
    "opspice_branch_number": (c_size_t, c_void_p, c_char_p),
    "opspice_branch_kind": (c_char_p, c_void_p, c_size_t),
    "opspice_branch_nodes": (c_int, c_void_p, c_size_t, c_size_t, c_void_p),
    "opspice_branch_currents": (c_void_p, c_void_p),
    "opspice_evaluate": (c_int, c_void_p, c_char_p, POINTER(c_double)),
    "opspice_find_output": (c_int, c_void_p, c_char_p, POINTER(c_size_t)),
    "opspice_gradient": (c_int, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_void_p),
    "opspice_gradient_of": (c_int, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p),
    "opspice_kinks": (c_size_t, c_void_p),
    "opspice_get_certificate": (c_void_p, c_void_p),
    "opspice_get_stats": (POINTER(Stats), c_void_p),
    "opspice_result_count": (c_size_t, c_void_p),
    "opspice_result_title": (c_char_p, c_void_p, c_size_t),
    "opspice_result_points": (c_size_t, c_void_p, c_size_t),
    "opspice_result_axes": (c_size_t, c_void_p, c_size_t),
    "opspice_result_vectors": (c_size_t, c_void_p, c_size_t),
    "opspice_result_measures": (c_size_t, c_void_p, c_size_t),
    "opspice_get_axis": (POINTER(Vector), c_void_p, c_size_t, c_size_t),
    "opspice_get_vector": (POINTER(Vector), c_void_p, c_size_t, c_size_t),
    "opspice_find_vector": (POINTER(Vector), c_void_p, c_size_t, c_char_p),
    "opspice_get_measure": (POINTER(Vector), c_void_p, c_size_t, c_size_t),
    "opspice_write": (c_int, c_void_p, c_int, c_char_p),
    "opspice_write_to": (c_int, c_void_p, c_int, Output, c_void_p),
    "opspice_write_report": (c_int, c_void_p, c_char_p, POINTER(c_char_p)),
    "opspice_diagnostic_count": (c_size_t, c_void_p),
    "opspice_get_diagnostic": (POINTER(Diagnostic), c_void_p, c_size_t),
    "opspice_diagnostic_text": (c_void_p, c_void_p, c_size_t),
    "opspice_free_text": (None, c_void_p),
}


library = _open()


def declare(functions: dict[str, tuple]) -> None:
    """Tell ctypes what functions return and take."""
    for name, (result, *arguments) in functions.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"{library._name} has no {name}: it is of another version than this package") from None
        function.restype = result
        function.argtypes = arguments


declare(_functions)


def text(data: bytes | None) -> str:
    """A text of the library's; bytes that are not UTF-8, as in old netlists, are kept as surrogates."""
    return "" if data is None else data.decode("utf-8", "surrogateescape")


def data(string: str) -> bytes:
    """The way back."""
    return string.encode("utf-8", "surrogateescape")


def option_text(value: object) -> bytes:
    """The value of an option as the library reads it."""
    if isinstance(value, bool):
        return b"yes" if value else b"no"
    return data(repr(float(value)) if isinstance(value, float) else str(value))  # numpy's floats are some too
