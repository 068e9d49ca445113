"""What was found: operating points, the results of analyses, and the proof."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from ctypes import byref, c_double, sizeof, string_at
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np

from . import _library
from ._library import data, library, text
from .errors import NoOperatingPoint, UnknownName, UsageError

if TYPE_CHECKING:
    from .circuit import Circuit

__all__ = ["Certificate", "OperatingPoint", "Result", "Run", "Vector"]

_SHOWN = 20  # rows of a table in a notebook


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> str:
    """A small table in HTML."""
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    caption = f"<caption>{html.escape(title)}</caption>" if title else ""
    return f"<table>{caption}<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


class Certificate:
    """The proof: what remains of Kirchhoff's laws and of the laws of the elements.

    It is computed from the netlist and the final numbers alone. Of a run it is that of the worst point of all.

    Attributes
    ----------
    proved : bool
        The relative figures are within `tolerance`.
    answer : str
        ``"unique"``: the only operating point; ``"isolated"``: the only one within `radius`; ``"solution"``: others
        may exist; ``"none"``: it is not proved, and nothing is claimed.
    stability : str
        ``"stable"``, ``"oscillates"``, ``"unstable"``, ``"not tested"``.
    kcl, kcl_relative, kcl_floor : float
        The largest residual of Kirchhoff's current law, A; over the largest current there; the largest rounding, A.
    law, law_relative, loop, loop_relative, mismatch : float
        Violations of elements' laws and of sums of voltages round loops, V, and relative ones.
    complementarity, power, power_relative : float
        W, and power over what is turned over.
    kcl_node, law_element, loop_element : str or None
        Where the worst of them is.
    radius, radius_current, error : float
        With the option ``proof="interval"``: no other point has all its potentials within `radius`, V, of these, and as
        far as laws bend by currents, these within `radius_current`, A (``inf``: none does); the exact potentials are
        within `error`, V, of these. 0 where a point is not shown to be isolated, or unique anyway.
    obstacle, obstacle_element : str or None
        Why it is not shown, and what is to blame.
    points : int
        Of which this is the worst.
    tolerance : float
        What the relative figures had to reach.
    """

    __slots__ = ("points", "kcl", "kcl_relative", "kcl_floor", "kcl_node", "law", "law_relative", "law_element", "loop",
                 "loop_relative", "loop_element", "mismatch", "complementarity", "power", "power_relative", "tolerance",
                 "proved", "answer", "stability", "radius", "radius_current", "error", "obstacle", "obstacle_element")

    points: int
    kcl: float
    kcl_relative: float
    kcl_floor: float
    kcl_node: str | None
    law: float
    law_relative: float
    law_element: str | None
    loop: float
    loop_relative: float
    loop_element: str | None
    mismatch: float
    complementarity: float
    power: float
    power_relative: float
    tolerance: float
    proved: bool
    answer: str
    stability: str
    radius: float
    radius_current: float
    error: float
    obstacle: str | None
    obstacle_element: str | None

    def __init__(self, raw: bytes):
        struct = _library.Certificate.from_buffer_copy(raw)
        for name in self.__slots__:
            value = getattr(struct, name)
            setattr(self, name, text(value) if isinstance(value, bytes) else value)
        self.proved = bool(self.proved)

    def __bool__(self) -> bool:
        return self.proved

    def __repr__(self) -> str:
        worst = max(self.kcl_relative, self.law_relative, self.loop_relative, self.power_relative)
        word = "proved" if self.proved else "not proved"
        points = f", the worst of {self.points} points" if self.points > 1 else ""
        figures = f"within {self.tolerance:g} (worst {worst:.1e})"
        return f"<Certificate: {word} {figures}, {self.answer}, {self.stability}{points}>"

    def _repr_html_(self) -> str:
        rows = [(name, repr(getattr(self, name))) for name in self.__slots__]
        return _table(("figure", "value"), rows, "Certificate")


_CERTIFICATE_SIZE = sizeof(_library.Certificate)


def certificate_of(handle: int) -> Certificate | None:
    """A copy of a handle's certificate, where it has one."""
    address = library.opspice_get_certificate(handle)
    return Certificate(string_at(address, _CERTIFICATE_SIZE)) if address else None


class OperatingPoint(Mapping):
    """An operating point: node voltages and branch currents, each proved.

    It stays what it is when the circuit is changed and solved again. As a mapping it has the voltages of its nodes by
    name, in the netlist's order; in brackets it also takes whatever SPICE calls a vector, and expressions:

    >>> import opspice
    >>> op = opspice.Circuit("divider\\nv1 in 0 10\\nr1 in out 1k\\nr2 out 0 1k").op()
    >>> op["out"], op["v(in,out)"], op["i(r1)*v(in)"]
    (5.0, 5.0, 0.05)
    """

    __slots__ = ("_circuit", "_volts", "_amperes", "_raw", "_live", "__weakref__")

    _circuit: Circuit
    _volts: np.ndarray | None
    _amperes: np.ndarray | None
    _raw: bytes | None
    _live: bool

    # Made by Circuit.op alone. While it is _live the library holds it: voltages, currents and proof are copied when
    # they are first asked for, or at the latest when the library goes on, which calls _keep with the circuit's lock.

    def _fetch(self) -> np.ndarray:
        circuit = self._circuit
        with circuit._lock:
            if self._volts is None:
                self._volts = circuit._copied(library.opspice_node_voltages(circuit._handle), circuit._node_count)
            return self._volts

    def _fetch_currents(self) -> np.ndarray:
        circuit = self._circuit
        with circuit._lock:
            if self._amperes is None:
                currents = library.opspice_branch_currents(circuit._handle)
                self._amperes = circuit._copied(currents, circuit._branch_count)
            return self._amperes

    def _fetch_proof(self) -> bytes:
        with self._circuit._lock:
            if self._raw is None:
                self._raw = string_at(library.opspice_get_certificate(self._circuit._handle), _CERTIFICATE_SIZE)
            return self._raw

    def _keep(self) -> None:
        self._fetch()
        self._fetch_currents()
        self._fetch_proof()
        self._live = False

    def __getitem__(self, name: str) -> float:
        """The voltage of a node, V, or the value of a vector or expression, in SI units.

        Raises UnknownName (a KeyError) where there is none; expressions are worked out only until the circuit is
        solved again (UsageError).
        """
        volts = self._volts
        if volts is None:
            volts = self._fetch()
        at = self._circuit._node_number.get(name)
        if at is not None:
            return volts.item(at)
        return self._evaluate(name)

    def _evaluate(self, name: str) -> float:
        circuit = self._circuit
        at = circuit._find_node(name)
        if at == -1:
            return 0.0
        if at is not None:
            return self.voltages.item(at)
        with circuit._lock:
            if not self._live:
                raise UsageError(f"{name!r} cannot be worked out: the circuit was solved again since")
            value = c_double()
            status = library.opspice_evaluate(circuit._handle, data(name), byref(value))
        if status != _library.OK:
            near = circuit._near(name, circuit.nodes)
            raise UnknownName(f"there is no node or vector {name!r}, or it has no value{near}")
        return value.value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._circuit._find_node(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._circuit.nodes)

    def __len__(self) -> int:
        return len(self._circuit.nodes)

    @property
    def voltages(self) -> np.ndarray:
        """Voltages to ground of all nodes, V: float64 array of shape (nodes,), in the order of `Circuit.nodes`,
        not to be written to."""
        return self._fetch() if self._volts is None else self._volts

    @property
    def currents(self) -> np.ndarray:
        """Currents of all branches, A, from the first node (anode, +) through the element to the second: float64 array
        of shape (branches,), in the order of `Circuit.branches`. A battery that delivers current has a negative one."""
        return self._fetch_currents() if self._amperes is None else self._amperes

    def voltage(self, first: str, second: str = "0") -> float:
        """The voltage from one node to another, V."""
        return self[first] - (self[second] if second != "0" else 0.0)

    def current(self, element: str) -> float:
        """The current of an element, A, from its first node through it to the second. Raises UnknownName."""
        amperes = self._amperes
        if amperes is None:
            amperes = self._fetch_currents()
        return amperes.item(self._circuit.branch(element))

    def power(self, element: str) -> float:
        """What an element takes, W; a source that delivers has a negative power. Raises UnknownName."""
        at = self._circuit.branch(element)
        first, second = self._circuit.edges[at]
        volts = self.voltages
        drop = (volts[first] if first >= 0 else 0.0) - (volts[second] if second >= 0 else 0.0)
        return float(drop * self.currents[at])

    @property
    def certificate(self) -> Certificate:
        """The proof of it; asked for before values are changed, with the figures that the verdict does not take."""
        return Certificate(self._fetch_proof())

    def __repr__(self) -> str:
        names = self._circuit.nodes
        shown = ", ".join(f"{name}={self[name]:.6g}" for name in names[:8])
        more = f", .. {len(names)} nodes" if len(names) > 8 else ""
        return f"<OperatingPoint: {shown}{more}; {'proved' if self.certificate.proved else 'not proved'}>"

    def _repr_html_(self) -> str:
        circuit = self._circuit
        volts, amperes = self.voltages, self.currents
        rows = [(name, f"{volts[at]:.6g}", "V") for at, name in enumerate(circuit.nodes[:_SHOWN])]
        if len(circuit.nodes) > _SHOWN:
            rows.append((f".. {len(circuit.nodes) - _SHOWN} more nodes", "", ""))
        rows += [(f"i({name})", f"{amperes[at]:.6g}", "A") for at, name in enumerate(circuit.branches[:_SHOWN])]
        if len(circuit.branches) > _SHOWN:
            rows.append((f".. {len(circuit.branches) - _SHOWN} more branches", "", ""))
        return _table(("", "value", "unit"), rows, repr(self.certificate)[1:-1])


class Vector:
    """A quantity at all points of a result: `name`, `unit` (SI) and `values`."""

    __slots__ = ("name", "unit", "values")

    def __init__(self, name: str, unit: str, values: np.ndarray):
        self.name, self.unit, self.values = name, unit, values

    def __repr__(self) -> str:
        return f"<Vector {self.name}{', ' + self.unit if self.unit else ''}, shape {self.values.shape}>"


def copy_of(pointer) -> Vector:
    """A vector of the library's as an array of its own."""
    struct = pointer.contents
    values = np.empty(struct.count)
    if struct.count > 0:
        span = (struct.count - 1) * struct.stride + 1
        held = (c_double * span).from_address(struct.value)
        values[:] = np.frombuffer(held, count=span)[::max(struct.stride, 1)] if struct.stride else held[0]
    return Vector(text(struct.name), text(struct.unit), values)


class Result(Mapping):
    """An analysis that was run: an operating point, a sweep, a transfer function, sensitivities.

    As a mapping it has its vectors by name, arrays of the shape `shape`: an axis for each that is swept, the innermost
    last. In brackets it takes any form of a name and expressions: ``r["out"]``, ``r["v(a,b)"]``, ``r["v(a)*i(v1)"]``.
    Each array is a copy of its own, made when it is first asked for.
    """

    def __init__(self, held: _Held, number: int):
        handle = held.circuit._handle
        self._held, self._number = held, number
        held.results.append(ref(self))
        self._vectors: dict[str, Vector] = {}
        #: What it is called: ``"DC transfer characteristic"``, ``"Operating Point"``, ..
        self.title: str = text(library.opspice_result_title(handle, number))
        #: What is swept, the outermost first: Vector objects with the axis's own values.
        self.axes: tuple[Vector, ...] = tuple(copy_of(library.opspice_get_axis(handle, number, axis))
                                              for axis in range(library.opspice_result_axes(handle, number)))
        #: How many points it has.
        self.points: int = library.opspice_result_points(handle, number)
        shape = tuple(len(axis.values) for axis in self.axes)
        full = int(np.prod(shape, dtype=np.int64)) == self.points
        #: The shape of its arrays: (points,) of a sweep that ended early.
        self.shape: tuple[int, ...] = shape if full or not shape else (self.points,)
        self._names: list[tuple[str, str]] | None = None
        #: What .measure cards found, by name: arrays of the shape of all axes but the last; NaN where one failed.
        self.measures: dict[str, np.ndarray] = {}
        for measure in range(library.opspice_result_measures(handle, number)):
            found = copy_of(library.opspice_get_measure(handle, number, measure))
            values = found.values.reshape(self.shape[:-1]) if full else found.values
            self.measures[found.name] = values if values.shape else values[()]

    def _list(self) -> list[tuple[str, str]]:
        if self._names is None:
            with self._held as handle:
                structs = [library.opspice_get_vector(handle, self._number, at).contents
                           for at in range(library.opspice_result_vectors(handle, self._number))]
                self._names = [(text(one.name), text(one.unit)) for one in structs]
        return self._names

    def _shaped(self, vector: Vector) -> Vector:
        if self.shape and len(vector.values) == int(np.prod(self.shape, dtype=np.int64)):
            vector.values = vector.values.reshape(self.shape)
        elif not self.shape and len(vector.values) == 1:
            vector.values = vector.values.reshape(())
        return vector

    def _known(self, name: str) -> Vector | None:
        """What was asked for before, or kept, by another form of its name."""
        low = name.lower()
        branch = f"i({low[:-len('#branch')]})" if low.endswith("#branch") else low
        for form in (low, f"v({low})", branch):
            if form in self._vectors:
                return self._vectors[form]
        return None

    def vector(self, name: str) -> Vector:
        """A vector or an expression of vectors with its unit. Raises UnknownName where there is none, one was not
        recorded, or the expression has no value at some point."""
        found = self._vectors.get(name) or self._known(name)
        if found is None:
            with self._held as handle:
                pointer = library.opspice_find_vector(handle, self._number, data(name))
                if not pointer:
                    circuit = self._held.circuit
                    if name.lower() in (f"i({branch})" for branch in circuit.branches):
                        raise UnknownName(f"{name} was not recorded: .save all {name}")
                    raise UnknownName(f"{self.title} has no vector {name!r}{circuit._near(name, list(self))}")
                found = self._vectors[name] = self._shaped(copy_of(pointer))
        return found

    def __getitem__(self, name: str) -> np.ndarray:
        for axis, vector in enumerate(self.axes):
            if vector.name == name and len(self.shape) == len(self.axes):
                shape = [1] * len(self.axes)
                shape[axis] = -1
                return np.broadcast_to(vector.values.reshape(shape), self.shape)
        values = self.vector(name).values
        return values if values.shape else values[()]

    def unit(self, name: str) -> str:
        """The unit of a vector or expression: V, A, W, ohm, ..; "" where there is none."""
        return self.vector(name).unit

    def _keep(self) -> None:
        for name, _ in self._list():
            if name not in self._vectors:
                self.vector(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._list())

    def __len__(self) -> int:
        return len(self._list())

    def __repr__(self) -> str:
        swept = " x ".join(f"{axis.name} ({len(axis.values)})" for axis in self.axes)
        return f"<Result: {self.title}{', ' + swept if swept else ''}, {len(self)} vectors>"

    def _repr_html_(self) -> str:
        rows = [(axis.name, axis.unit, f"{axis.values[0]:.6g} .. {axis.values[-1]:.6g}", "axis") for axis in self.axes]
        for name, unit in self._list()[:_SHOWN]:
            values = np.asarray(self[name])
            span = f"{values.min():.6g} .. {values.max():.6g}" if values.size > 1 else f"{values.item():.6g}"
            rows.append((name, unit, span, "vector"))
        if len(self) > _SHOWN:
            rows.append((f".. {len(self) - _SHOWN} more vectors", "", "", ""))
        rows += [(name, "", str(value), "measurement") for name, value in self.measures.items()]
        return _table(("name", "unit", "values", ""), rows, self.title)


class Run(Sequence):
    """The results of all analyses that a netlist asks for, in order.

    Attributes
    ----------
    printed : str
        What the scripts of its .control blocks have printed.
    measures : dict of str to array
        What .measure cards found, of all results.
    certificate : Certificate or None
        The proof of the worst point of all.
    """

    def __init__(self, circuit: Circuit, printed: str):
        handle = circuit._handle
        self._held = _Held(circuit)
        self.printed = printed
        self.exit_code: int = library.opspice_exit_code(handle)
        self._results = [Result(self._held, number) for number in range(library.opspice_result_count(handle))]
        self.measures: dict[str, np.ndarray] = {}
        for result in self._results:
            self.measures.update(result.measures)
        self.certificate = certificate_of(handle)

    def __getitem__(self, which):
        """A result by its number; or the array of a vector by name, of the first result that has it."""
        if not isinstance(which, str):
            return self._results[which]
        for result in self._results:
            try:
                return result[which]
            except UnknownName:
                pass
        raise UnknownName(f"no result has a vector {which!r}")

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"<Run: {', '.join(repr(result)[9:-1] for result in self._results) or 'no results'}>"

    def _repr_html_(self) -> str:
        return "".join(result._repr_html_() for result in self._results) or html.escape(repr(self))


class _Held:
    """What a run and its results share: the circuit's handle with its lock, while the library still holds the run."""

    __slots__ = ("circuit", "results", "_live", "__weakref__")

    def __init__(self, circuit: Circuit):
        self.circuit, self._live = circuit, True
        self.results: list[ref[Result]] = []

    def _keep(self) -> None:
        """Called by the circuit, with its lock, before the library goes on: whoever has a result gets copies."""
        for one in self.results:
            result = one()
            if result is not None:
                result._keep()
        self._live = False

    def __enter__(self) -> int:
        self.circuit._lock.acquire()
        if not self._live:
            self.circuit._lock.release()
            raise UsageError("the circuit was run or solved again since: ask for expressions before that")
        return self.circuit._handle

    def __exit__(self, *raised: object) -> None:
        self.circuit._lock.release()


def of_failed(error: Exception, run: Run | None) -> Exception:
    """The error of a run that ended early, with what it has found before."""
    if isinstance(error, NoOperatingPoint):
        error.run = run
    return error
