"""A circuit: read from a netlist, changed and solved as often as needed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from ctypes import byref, c_char_p, c_double, c_size_t, cast, get_errno, set_errno, string_at
from typing import Any
from weakref import ref

import numpy as np

from . import _library
from ._library import data, library, option_text, text
from .batch import Batch
from .errors import Diagnostic, UnknownName, UsageError, diagnostics_of, error_of
from .gradient import Gradient
from .results import OperatingPoint, Run, certificate_of, of_failed

__all__ = ["Circuit", "options"]

_solve, _set_input = library.opspice_solve, library.opspice_set_input
_SEARCHED_NAMES = 10000  # among more no near one is looked for
_KEPT_LISTS = 100  # of names whose numbers are remembered
_new_point = OperatingPoint.__new__
_FORMATS = {"listing": _library.LISTING, "log": _library.LOG, "raw": _library.RAW_BINARY,
            "raw-ascii": _library.RAW_ASCII, "csv": _library.CSV, "json": _library.JSON}


def options() -> dict[str, str]:
    """All options of a circuit, each with what it is for and the words that it may be."""
    found: dict[str, str] = {}
    number = 0
    while True:
        pointer = library.opspice_get_option(number)
        if not pointer:
            return found
        one = pointer.contents
        words = f" ({text(one.values)})" if one.values else ""
        found[text(one.name)] = text(one.about) + words
        number += 1


def _listen(handle: int, caught: list[BaseException]) -> Generator[None, None, None]:
    """What the library calls while it solves: Python runs signal handlers in the main thread, between steps of Python
    code. Those of a generator that goes on are within its `try`, from the first one on; those of a function are not."""
    while True:
        try:
            yield
        except GeneratorExit:
            return
        except BaseException as error:  # whatever a handler raises, it is raised again when the library has returned
            caught.append(error)
            library.opspice_interrupt(handle)


class _Watch:
    """While the library works: progress is told, and Ctrl-C ends it at its next step.

    An exception of the caller's function, or Ctrl-C, asks the library to end and is raised when it has. Python runs
    its signal handlers in the main thread, between steps of Python code: those of the function that tells progress.
    """

    def __init__(self, circuit: Circuit, progress: Callable[[int, int], object] | None):
        self.circuit, self.progress = circuit, progress
        self.error: BaseException | None = None
        self.callback = _library.Progress(self.tell)
        self.former: Any = None

    def tell(self, _context: object, done: int, total: int) -> None:
        try:
            if self.progress is not None and self.error is None:
                self.progress(done, total)
        except BaseException as error:  # whatever it is, it is raised when the library has returned
            self.end(error)

    def end(self, error: BaseException) -> None:
        self.error = error
        library.opspice_interrupt(self.circuit._handle)

    def on_signal(self, _number: int, _frame: object) -> None:
        self.end(KeyboardInterrupt())

    def __enter__(self) -> _Watch:
        library.opspice_set_progress(self.circuit._handle, self.callback, None)
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self.former = signal.signal(signal.SIGINT, self.on_signal)
        self.circuit._turn.busy = True
        return self

    def __exit__(self, *raised: object) -> None:
        self.circuit._turn.busy = False
        if self.former is not None:
            signal.signal(signal.SIGINT, self.former)
        library.opspice_set_progress(self.circuit._handle, self.circuit._listener, None)
        del self.callback  # which has this object, which has it: nobody should wait for a search for such rings
        if self.error is not None and raised[0] is None:
            raise self.error


class _Turn:
    """The lock of a circuit: other threads wait; the one that is told progress may not call back into the library."""

    __slots__ = ("lock", "busy")

    def __init__(self) -> None:
        self.lock, self.busy = threading.RLock(), False

    def __enter__(self) -> None:
        self.lock.acquire()
        if self.busy:
            self.lock.release()
            raise _at_work()

    def __exit__(self, *raised: object) -> None:
        self.lock.release()


def _at_work() -> UsageError:
    return UsageError("the circuit is at work: its progress is told")


class Circuit:
    """A circuit, from a netlist.

    Parameters
    ----------
    netlist : str or os.PathLike
        The name of a file, or the text of a netlist: what has more than one line is text.
    name : str
        What messages call a text, and the place from which its includes are looked for.
    **options
        As `opspice.options()` lists them: ``tolerance=1e-6``, ``threads=1``, ``diode="ideal"``, ``strict=True``.

    Raises
    ------
    NetlistError
        The netlist is wrong; `diagnostics` say where.
    NoOperatingPoint
        Its graph alone tells that there is none.
    FileNotFoundError, SystemFailure
        A file cannot be read.
    UsageError
        An option is unknown, or its value.

    One circuit is used by one thread at a time, and others wait; different circuits work beside each other.

    >>> import opspice
    >>> c = opspice.Circuit("divider\\nv1 in 0 10\\nr1 in out 1k\\nr2 out 0 1k")
    >>> c.op()["out"]
    5.0
    """

    def __init__(self, netlist: str | os.PathLike, *, name: str = "netlist", **options: object):
        self._handle: int = library.opspice_new()
        if not self._handle:
            raise MemoryError
        self._turn = _Turn()
        self._lock = self._turn.lock
        self._last: ref | None = None  # the operating point or run that the library holds
        self._views: dict[tuple[int, int], np.ndarray] = {}
        self._node_number: dict[str, int] = {}
        self._branch_number: dict[str, int] = {}
        self._input_number: dict[str, int] = {}
        self._output_lists: dict[tuple[str, ...], np.ndarray] = {}
        self._input_lists: dict[tuple[str, ...], np.ndarray] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._edges: np.ndarray | None = None
        for option, value in options.items():
            self.set(option, value)
        self._caught: list[BaseException] = []
        listening = _listen(self._handle, self._caught)
        next(listening)
        self._listener = cast(_library.Listener(listening.__next__), _library.Progress)
        library.opspice_set_progress(self._handle, self._listener, None)
        self._load(netlist, name)
        self._node_count: int = library.opspice_node_count(self._handle)
        self._branch_count: int = library.opspice_branch_count(self._handle)
        self._is_script = self._branch_count == 0  # whatever circuits its script reads

    def _look_again(self) -> None:
        """After a script without elements of its own nodes and branches are those of the circuit that is shown."""
        if not self._is_script:
            return
        self._node_count = library.opspice_node_count(self._handle)
        self._branch_count = library.opspice_branch_count(self._handle)
        self._edges = None
        for known in (self._views, self._node_number, self._branch_number, self._names):
            known.clear()

    def _load(self, netlist: str | os.PathLike, name: str) -> None:
        set_errno(0)
        if isinstance(netlist, str) and ("\n" in netlist or "\r" in netlist):
            whole = data(netlist)
            status = library.opspice_load_memory(self._handle, data(name), whole, len(whole))
        else:
            path = os.fsencode(netlist)
            status = library.opspice_load_file(self._handle, path)
            number = get_errno()
            if status == _library.SYSTEM and number:
                raise OSError(number, os.strerror(number), os.fsdecode(path))
        if status != _library.OK:
            raise error_of(status, self._handle)

    def __del__(self, free=library.opspice_free) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            self._handle = 0
            free(handle)

    def __reduce__(self) -> Any:
        raise TypeError("a circuit cannot be copied or pickled: make another one from its netlist")

    # ---- options

    def set(self, option: str, value: object) -> None:
        """Set an option; `opspice.options()` lists them. Raises UsageError where it is unknown, its value is, or it
        has to be set when the circuit is made."""
        with self._turn:
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if library.opspice_set(self._handle, data(option), option_text(one)) == _library.OK:
                    continue
                if library.opspice_get(self._handle, data(option)) is None:
                    raise UnknownName(f"there is no option {option!r}{self._near(option, tuple(options()))}")
                raise UsageError(f"option {option} cannot be {one!r}: {options()[option]}")

    @property
    def options(self) -> dict[str, str]:
        """What all options are set to."""
        with self._turn:
            return {name: text(library.opspice_get(self._handle, data(name))) for name in options()}

    # ---- what it is made of

    @property
    def title(self) -> str:
        """The first line of the netlist."""
        return text(library.opspice_title(self._handle))

    def _name_list(self, what: str, names: Any, count: int) -> tuple[str, ...]:
        if what not in self._names:
            self._names[what] = tuple(text(name) for name in names[:count]) if count else ()
        return self._names[what]

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of all nodes but ground, in lower case and the netlist's order. Of a netlist without elements whose
        script reads others they are, after `run`, those of the script's last circuit; so are `branches`."""
        return self._name_list("nodes", library.opspice_node_names(self._handle), self._node_count)

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of all branches, which are the elements, in lower case and the netlist's order."""
        return self._name_list("branches", library.opspice_branch_names(self._handle), self._branch_count)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What each branch is: ``"resistor"``, ``"voltage source"``, ``"diode"``, .."""
        if "kinds" not in self._names:
            self._names["kinds"] = tuple(text(library.opspice_branch_kind(self._handle, branch))
                                         for branch in range(self._branch_count))
        return self._names["kinds"]

    @property
    def edges(self) -> np.ndarray:
        """The two nodes of each branch, the first (anode, +) before the second: int64 array of shape (branches, 2), of
        numbers in `nodes`; -1 is ground."""
        if self._edges is None:
            edges = np.empty((self._branch_count, 2), dtype=np.int64)
            library.opspice_branch_nodes(self._handle, 0, self._branch_count, edges.ctypes.data)
            edges.flags.writeable = False
            self._edges = edges
        return self._edges

    def _find_node(self, name: str) -> int | None:
        """The number of a node; -1: it is ground; None: there is none."""
        if not isinstance(name, str):
            raise TypeError(f"names are text, not {type(name).__name__}")
        with self._turn:
            number = library.opspice_node_number(self._handle, data(name))
        if number != _library.NONE:
            self._node_number[name] = number
            return number
        return -1 if name.lower() in ("0", "gnd") else None

    def node(self, name: str) -> int:
        """The number of a node in `nodes`, of any case; -1 is ground. Raises UnknownName."""
        number = self._node_number.get(name)
        if number is None:
            number = self._find_node(name)
        if number is None:
            raise UnknownName(f"there is no node {name!r}{self._near(name, self.nodes)}")
        return number

    def _near(self, name: str, *lists: Sequence[str]) -> str:
        """What may have been meant."""
        names = [one for known in lists if len(known) <= _SEARCHED_NAMES for one in known]
        import difflib
        found = difflib.get_close_matches(name.lower(), names, 1)
        return f"; did you mean {found[0]!r}?" if found else ""

    def branch(self, name: str) -> int:
        """The number of an element in `branches`, of any case. Raises UnknownName."""
        number = self._branch_number.get(name)
        if number is None:
            with self._turn:
                number = library.opspice_branch_number(self._handle, data(name))
            if number == _library.NONE:
                raise UnknownName(f"there is no element {name!r}{self._near(name, self.branches)}")
            self._branch_number[name] = number
        return number

    # ---- values

    def _find_input(self, name: str) -> int:
        number = c_size_t()
        with self._turn:
            status = library.opspice_find_input(self._handle, data(name), byref(number))
        if status != _library.OK:
            near = self._near(name, self.branches)
            raise UnknownName(f"there is nothing to be set that is called {name!r}{near}")
        self._input_number[name] = number.value
        return number.value

    def _find_inputs(self, names: Iterable[str]) -> np.ndarray:
        """The numbers of inputs, uint64 array of shape (names,)."""
        key = tuple(names)
        numbers = self._input_lists.get(key)
        if numbers is None:
            known = self._input_number
            numbers = np.array([known[name] if name in known else self._find_input(name) for name in key],
                               dtype=np.uintp)
            if len(self._input_lists) >= _KEPT_LISTS:
                self._input_lists.clear()
            self._input_lists[key] = numbers
        return numbers

    def _set_many(self, names: Iterable[str], values: object) -> None:
        numbers = self._find_inputs(names)
        array = np.ascontiguousarray(np.broadcast_to(np.asarray(values, dtype=np.float64), numbers.shape))
        with self._turn:
            status = library.opspice_set_inputs(self._handle, len(numbers), numbers.ctypes.data, array.ctypes.data)
        if status:
            raise UsageError("one of the values is none that its element can have")

    def _get_many(self, names: Iterable[str]) -> np.ndarray:
        numbers = self._find_inputs(names)
        values = np.empty(len(numbers))
        with self._turn:
            status = library.opspice_get_inputs(self._handle, len(numbers), numbers.ctypes.data, values.ctypes.data)
        if status:
            raise UsageError("one of them has no value")
        return values

    def __setitem__(self, name: str | Sequence[str], value: float | np.ndarray) -> None:
        """Give something of the netlist another value, in SI units; it counts from the next solve on.

        Several at once by a list or tuple of names, with an array of values: ``c["r1", "r2"] = 1e3, 2e3``.

        `name` is an element (``"r1"``: ohm; ``"v1"``, ``"i1"``: its DC value), a number of an element's card
        (``"@d1[area]"``) or of a model's (``"@dmod[is]"``), a parameter of ``.param``, or ``"temp"`` (degrees Celsius).
        Raises UnknownName, or UsageError where the value is none that it can have.
        """
        if type(name) is not str:
            self._set_many(name, value)
            return
        number = self._input_number.get(name)
        if number is None:
            number = self._find_input(name)
        with self._lock:
            if self._turn.busy:
                raise _at_work()
            status = _set_input(self._handle, number, value if type(value) is float else float(value))
        if status:
            raise UsageError(f"{name} cannot be {value!r}")

    def __getitem__(self, name: str | Sequence[str]) -> float | np.ndarray:
        """The value of what may be set, in SI units; NaN where no card says it. Raises UnknownName.

        A list or tuple of names gives a float64 array of its shape.
        """
        if type(name) is not str:
            return self._get_many(name)
        number = self._input_number.get(name)
        if number is None:
            number = self._find_input(name)
        value = c_double()
        with self._turn:
            if library.opspice_get_input(self._handle, number, byref(value)) != _library.OK:
                raise UsageError(f"{name} has no value")
        return value.value

    # ---- solving

    def _copied(self, address: int | None, count: int) -> np.ndarray:
        """Numbers of the library's as an array of its own, not to be written to."""
        view = self._views.get((address or 0, count))
        if view is None:
            view = np.ctypeslib.as_array((c_double * count).from_address(address)) if address else np.empty(0)
            self._views[address or 0, count] = view
        copy = view.copy()
        copy.flags.writeable = False
        return copy

    def _go_on(self) -> None:
        """Before the library forgets what it holds: whoever still has it gets a copy."""
        if self._turn.busy:
            raise _at_work()
        last = self._last() if self._last is not None else None
        if last is not None and last._live:
            last._keep()
        self._last = None

    def op(self) -> OperatingPoint:
        """Find the operating point and prove it, from the last answer on where there is one.

        Raises NoOperatingPoint where there is none, or none could be proved, and NetlistError where a value that was
        set makes the netlist wrong. Ctrl-C ends it with KeyboardInterrupt.
        """
        with self._lock:
            self._go_on()
            status = _solve(self._handle)
            if self._caught:
                raise self._caught.pop()
            if status:
                raise error_of(status, self._handle)
            point = _new_point(OperatingPoint)
            point._circuit = self
            point._volts = point._amperes = None
            point._raw = None
            point._live = True
            self._last = ref(point)
            return point

    def run(self, progress: Callable[[int, int], object] | None = None,
            output: Callable[[str], object] | None = None) -> Run:
        """Run what the netlist asks for: scripts, then .dc, .op, .tf and .sens, with .step around them.

        Parameters
        ----------
        progress : callable, optional
            Called now and then with how many points of a sweep are done, and how many there are.
        output : callable, optional
            Called with what scripts print, line by line: ``print`` or ``sys.stdout.write``.

        Ctrl-C ends it with KeyboardInterrupt. Raises NoOperatingPoint, whose `run` has what was found
        before, NetlistError, SystemFailure.
        """
        printed: list[str] = []
        with self._lock:
            self._go_on()
            with _Watch(self, progress) as watch:

                def take(_context: object, start: int, size: int) -> int:
                    try:
                        piece = text(string_at(start, size))
                        printed.append(piece)
                        if output is not None:
                            output(piece)
                        return 0
                    except BaseException as error:  # raised when the library has returned
                        watch.end(error)
                        return 1

                status = library.opspice_run(self._handle, _library.Output(take), None)
                self._look_again()
                if status and watch.error is None:
                    error = error_of(status, self._handle)
                    raise of_failed(error, Run(self, "".join(printed)))
            run = Run(self, "".join(printed))
            self._last = ref(run._held)
            return run

    # ---- batches

    def batch(self, inputs: Mapping[str, object] | Sequence[str], settings: object = None, *,
              outputs: str | Sequence[str] | None = None, gradient: bool = False,
              progress: Callable[[int, int], object] | None = None) -> Batch:
        """Solve the circuit at many settings; each point is proved, or says that it is not.

        Parameters
        ----------
        inputs : mapping of str to array, or sequence of str
            What is set, named as in ``c[name]``, each with an array of values or one for all points; their shapes are
            broadcast, as numpy does it. Or names alone, with `settings`.
        settings : array of shape (.., inputs), optional
            Values of all inputs for each point; a contiguous one of float64 is not copied. Of one name that is no
            sequence the shape is that of the points.
        outputs : str or sequence of str, optional
            Node voltages and branch currents: ``"out"``, ``"i(v1)"``; None: the voltages of all nodes.
        gradient : bool
            Derivatives of all outputs by all inputs, too.
        progress : callable, optional
            Called now and then with how many points are done, and how many there are.

        Points without an answer do not end it: `Batch.status` tells them, and their values are NaN. What was set before
        is set afterwards. Values of elements go from point to point with what is there; where parameters of models or
        of ``.param`` are set, the circuit is made anew for each point. The option ``threads`` says how many work;
        results are the same for any number. Ctrl-C ends it with KeyboardInterrupt. Raises UnknownName, UsageError.

        >>> import opspice, numpy
        >>> c = opspice.Circuit("divider\\nv1 in 0 10\\nr1 in out 1k\\nr2 out 0 1k")
        >>> b = c.batch({"v1": numpy.array([1.0, 2.0, 3.0]), "r1": 3e3}, outputs=["out", "i(v1)"])
        >>> b["out"]
        array([0.25, 0.5 , 0.75])
        """
        names, shape, values = _settings(inputs, settings)
        points = len(values)
        with self._lock:
            numbers = self._find_inputs(names)
            if outputs is None:
                asked, wanted = self.nodes, np.arange(self._node_count, dtype=np.uintp)
            else:
                asked = (outputs,) if isinstance(outputs, str) else tuple(outputs)
                wanted = self._find_outputs(asked)
            array, status = np.empty((points, len(asked))), np.zeros(points, dtype=np.intc)
            slopes = np.empty((points, len(asked), len(names))) if gradient else None
            self._go_on()
            with _Watch(self, progress) as watch:
                done = library.opspice_solve_many(self._handle, points, len(names), numbers.ctypes.data,
                                                  values.ctypes.data, len(asked), wanted.ctypes.data, array.ctypes.data,
                                                  _address(slopes), status.ctypes.data)
                if watch.error is None and done != _library.OK and not status.any():
                    raise error_of(done, self._handle)
            return Batch(shape, names, asked, values, array, slopes, status, certificate_of(self._handle),
                         diagnostics_of(self._handle))

    # ---- derivatives

    def _find_outputs(self, names: Iterable[str]) -> np.ndarray:
        """The numbers of outputs, uint64 array of shape (names,)."""
        key = tuple(names)
        numbers = self._output_lists.get(key)
        if numbers is None:
            found, number = [], c_size_t()
            for name in key:
                if library.opspice_find_output(self._handle, data(name), byref(number)) != _library.OK:
                    near = self._near(name, self.nodes, [f"i({branch})" for branch in self.branches])
                    raise UnknownName(f"there is no node voltage or branch current {name!r}{near}")
                found.append(number.value)
            if len(self._output_lists) >= _KEPT_LISTS:
                self._output_lists.clear()
            numbers = self._output_lists[key] = np.array(found, dtype=np.uintp)
        return numbers

    def _inputs(self, inputs: str | Sequence[str] | None) -> tuple[tuple[str, ...] | None, int, np.ndarray | None]:
        """Names, how many, and their numbers; of all elements there are neither names nor numbers."""
        if inputs is None:
            return None, self._branch_count, None
        names = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        return names, len(names), self._find_inputs(names)

    def _differentiate(self, function: Callable, *arguments: object) -> None:
        """Call it; where values were set since the last solve, or there was none, solve first."""
        status = function(self._handle, *arguments)
        if status == _library.USAGE:
            self.op()
            status = function(self._handle, *arguments)
        if status != _library.OK:
            raise error_of(status, self._handle, "there are no derivatives")

    def gradient(self, outputs: str | Sequence[str], inputs: str | Sequence[str] | None = None) -> Gradient:
        """Derivatives of node voltages and branch currents by inputs, at the operating point.

        Parameters
        ----------
        outputs : str or sequence of str
            ``"out"``, ``"i(v1)"``, ..
        inputs : str or sequence of str, optional
            Names as in ``c[name]``; None: the values of all elements, in the order of `branches` (0 of what has none).

        An output takes one solution with the factor that the operating point has left, whatever the inputs. Where
        values were set since, the circuit is solved first. Raises UnknownName, NoOperatingPoint.

        Of an output that the circuit leaves open (a node that floats, a current that a loop without resistance shares)
        all are NaN, and `diagnostics` names it; `vjp` has those of sums of them that are decided.

        >>> import opspice
        >>> c = opspice.Circuit("divider\\nv1 in 0 10\\nr1 in out 1k\\nr2 out 0 1k")
        >>> g = c.gradient("out")
        >>> g["v1"], round(g["r1"], 12), g.array.shape
        (0.5, -0.0025, (3,))
        """
        single = isinstance(outputs, str)
        asked: tuple[str, ...] = (outputs,) if isinstance(outputs, str) else tuple(outputs)
        with self._turn:
            numbers = self._find_outputs(asked)
            names, count, by = self._inputs(inputs)
            array = np.empty((len(asked), count))
            self._differentiate(library.opspice_gradient, len(asked), numbers.ctypes.data, count, _address(by),
                                array.ctypes.data)
            kinks = library.opspice_kinks(self._handle)
        return Gradient(self, asked, names, array[0] if single else array, kinks)

    def vjp(self, voltages: object = None, currents: object = None,
            inputs: str | Sequence[str] | None = None) -> np.ndarray:
        """The derivatives of one sum of all outputs: what reverse-mode differentiation needs (a vector-Jacobian
        product).

        Parameters
        ----------
        voltages : array of shape (nodes,), optional
            What each node voltage is multiplied with, in the order of `nodes`.
        currents : array of shape (branches,), optional
            What each branch current is multiplied with.
        inputs
            As in `gradient`.

        Returns a float64 array of shape (inputs,).
        """
        node = _weights(voltages, self._node_count, "voltages")
        branch = _weights(currents, self._branch_count, "currents")
        with self._turn:
            _, count, by = self._inputs(inputs)
            array = np.empty(count)
            self._differentiate(library.opspice_gradient_of, _address(node), _address(branch), count, _address(by),
                                array.ctypes.data)
        return array

    def interrupt(self) -> None:
        """End the solve, batch or run that is under way in another thread, at its next step, or else the next one: it
        raises NoOperatingPoint."""
        library.opspice_interrupt(self._handle)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What there is to say of the netlist and of the last solve, warnings too."""
        with self._turn:
            return diagnostics_of(self._handle)

    @property
    def stats(self) -> dict[str, int | float | str]:
        """What the last solve or run took: counts, and seconds of each stage."""
        with self._turn:
            struct = library.opspice_get_stats(self._handle).contents
            found = {name: getattr(struct, name) for name, _ in struct._fields_}
        found["solver"], found["linear"] = text(found["solver"]), text(found["linear"])
        return found

    # ---- output

    def write(self, path: str | os.PathLike, format: str = "raw") -> None:
        """Write the answer to a file, which appears whole or not at all.

        `format` is ``"raw"``, ``"raw-ascii"``, ``"csv"``, ``"json"``, ``"listing"`` (as ngspice -b prints it) or
        ``"log"``. Raises UsageError where there is no answer yet, SystemFailure where the file cannot be written.
        """
        with self._turn:
            status = library.opspice_write(self._handle, _format(format), os.fsencode(path))
            self._written(status, os.fspath(path))

    def text(self, format: str = "listing") -> str:
        """The answer in a format of `write`, as text."""
        pieces: list[bytes] = []

        def take(_context: object, start: int, size: int) -> int:
            pieces.append(string_at(start, size))
            return 0

        with self._turn:
            status = library.opspice_write_to(self._handle, _format(format), _library.Output(take), None)
            self._written(status, format)
        return text(b"".join(pieces))

    def report(self, path: str | os.PathLike, *, nets: Iterable[str] = (), worst: int = 20,
               coordinates: str | os.PathLike | None = None, current_limit: str | os.PathLike | None = None) -> None:
        """Write a report: nets, drops, heat maps, the largest currents; of sweeps what a generator delivers.

        Parameters
        ----------
        path : str or os.PathLike
            A page of HTML, or where its name ends in ``.csv`` the same facts for programs.
        nets : iterable of str
            Nodes whose names begin so are a net; without any, nets are what resistors join to a source.
        worst : int
            How many nodes, currents and violations are listed.
        coordinates, current_limit : str or os.PathLike
            Files of records node,layer,x,y and pattern,ampere: opspice(1) tells under REPORTS.

        Raises NetlistError where one of the files is wrong, and else as `write`. So that sweeps of resistors record
        what it needs, the circuit has the option ``report=True`` when they are run.
        """
        options = [f"format={'csv' if os.fspath(path).endswith('.csv') else 'html'}", f"worst={worst:d}",
                   *(f"net={net}" for net in nets)]
        options += [f"{name}={os.fspath(file)}" for name, file in
                    (("coordinates", coordinates), ("current-limit", current_limit)) if file is not None]
        texts = [os.fsencode(option) for option in options]
        with self._turn:
            asked = (c_char_p * (len(texts) + 1))(*texts)
            status = library.opspice_write_report(self._handle, os.fsencode(path), asked)
            self._written(status, os.fspath(path))

    def _written(self, status: int, what: object) -> None:
        if status == _library.USAGE:
            raise UsageError(f"{what}: there is no answer to write yet, or the netlist was read from that file")
        if status != _library.OK:
            raise error_of(status, self._handle, f"cannot write {what}")

    def __repr__(self) -> str:
        title = f" {self.title!r}" if self.title else ""
        return f"<Circuit{title}: {self._node_count} nodes, {self._branch_count} elements>"


def _settings(inputs: Mapping[str, object] | Sequence[str],
              settings: object) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray]:
    """Names, the shape of the points, and an array of shape (points, inputs)."""
    names = (inputs,) if isinstance(inputs, str) else tuple(inputs)
    if isinstance(inputs, Mapping):
        if settings is not None:
            raise UsageError("settings go with names alone, not with a mapping that has values already")
        columns = np.broadcast_arrays(*(np.asarray(inputs[name], dtype=np.float64) for name in names)) if names else []
        shape = columns[0].shape if names else ()
        values = np.stack(columns, axis=-1) if names else np.empty((1, 0))
    else:
        values = np.ascontiguousarray(settings, dtype=np.float64)
        if isinstance(inputs, str):
            values = values[..., np.newaxis]
        if values.ndim == 0 or values.shape[-1] != len(names):
            raise UsageError(f"settings have the shape (.., {len(names)}), not {values.shape}")
        shape = values.shape[:-1]
    return names, shape, values.reshape(int(np.prod(shape, dtype=np.int64)), len(names))


def _address(array: np.ndarray | None) -> int | None:
    return None if array is None else array.ctypes.data


def _weights(values: object, count: int, what: str) -> np.ndarray | None:
    if values is None:
        return None
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != (count,):
        raise UsageError(f"{what} has the shape ({count},), not {array.shape}")
    return array


def _format(name: str) -> int:
    if name not in _FORMATS:
        raise UsageError(f"format is one of {', '.join(_FORMATS)}, not {name!r}")
    return _FORMATS[name]
