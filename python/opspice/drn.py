"""Deep resistive networks: layers of units joined by conductances, with diodes at the hidden units, trained on
labelled images by equilibrium propagation (B. Scellier, ICML 2024)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_int, c_size_t, c_void_p
from typing import Any

import numpy as np

from . import _library
from ._library import data, library, option_text, text
from .errors import OpspiceError, UsageError
from .results import copy_of

__all__ = ["Drn", "DrnError", "GradientMatch"]


class _Progress(Structure):
    _fields_ = [("epoch", c_size_t), ("epochs", c_size_t), ("sample", c_size_t), ("samples", c_size_t),
                ("errors", c_size_t), ("cost", c_double), ("seconds", c_double), ("parameters", c_size_t),
                ("tests", c_size_t), ("train_error", c_double), ("train_cost", c_double), ("test_error", c_double),
                ("test_cost", c_double), ("epoch_seconds", c_double)]


class _Match(Structure):
    _fields_ = [("cosine", c_double), ("error", c_double)]


class _Gradient(Structure):
    _fields_ = [("layer", c_size_t), ("bias", c_int), ("parameters", c_size_t), ("tried", c_size_t),
                ("ep_adjoint", _Match), ("ep_difference", _Match), ("adjoint_difference", _Match),
                ("rule", c_char_p)]


class _AuditRow(Structure):
    _fields_ = [("layer", c_size_t), ("bias", c_int), ("parameters", c_size_t), ("cosine", c_double),
                ("norm_ratio", c_double), ("error", c_double), ("rule", c_double), ("nudging", c_double),
                ("iterations", c_double), ("precision", c_double)]


_library.declare({
    "opspice_drn_new": (c_void_p,),
    "opspice_drn_free": (None, c_void_p),
    "opspice_drn_set": (c_int, c_void_p, c_char_p, c_char_p),
    "opspice_drn_message": (c_char_p, c_void_p),
    "opspice_drn_read": (c_int, c_void_p, c_char_p),
    "opspice_drn_take_channels": (c_int, c_void_p, c_int, c_size_t, c_size_t, c_size_t, c_size_t, c_void_p, c_void_p),
    "opspice_drn_begin": (c_int, c_void_p),
    "opspice_drn_resume": (c_int, c_void_p, c_char_p),
    "opspice_drn_save": (c_int, c_void_p, c_char_p),
    "opspice_drn_step": (c_int, c_void_p, c_size_t),
    "opspice_drn_end_epoch": (c_int, c_void_p),
    "opspice_drn_get_progress": (POINTER(_Progress), c_void_p),
    "opspice_drn_test": (c_int, c_void_p, POINTER(c_size_t), POINTER(c_double)),
    "opspice_drn_answers": (c_int, c_void_p, c_void_p),
    "opspice_drn_get_vector": (POINTER(_library.Vector), c_void_p, c_size_t),
    "opspice_drn_layers": (c_size_t, c_void_p),
    "opspice_drn_units": (c_size_t, c_void_p, c_size_t),
    "opspice_drn_conductances": (c_size_t, c_void_p, c_size_t),
    "opspice_drn_biases": (c_size_t, c_void_p, c_size_t),
    "opspice_drn_get_weights": (c_int, c_void_p, c_size_t, c_void_p),
    "opspice_drn_get_biases": (c_int, c_void_p, c_size_t, c_void_p),
    "opspice_drn_set_weights": (c_int, c_void_p, c_size_t, c_void_p),
    "opspice_drn_set_biases": (c_int, c_void_p, c_size_t, c_void_p),
    "opspice_drn_check_gradient": (c_int, c_void_p, POINTER(POINTER(_Gradient)), POINTER(c_size_t)),
    "opspice_drn_audit": (c_int, c_void_p, c_size_t, POINTER(POINTER(_AuditRow)), POINTER(c_size_t)),
    "opspice_drn_get_audit": (c_int, c_void_p, c_size_t, POINTER(POINTER(_AuditRow)), POINTER(c_size_t)),
    "opspice_drn_export": (c_int, c_void_p, c_char_p, c_size_t),
    "opspice_drn_write_log": (c_int, c_void_p, c_char_p),
})


class DrnError(OpspiceError):
    """Data that are damaged or do not fit (`status` 1), a call that is wrong (2), no equilibrium (3), or memory or a
    file that failed (4)."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class GradientMatch:
    """How well gradients of the same parameters agree, by the rule of training (``ep_``, whichever ``rule`` it is), by the
    adjoint and by differences: cosines, and norms of their differences over that of the second."""

    __slots__ = ("layer", "bias", "parameters", "tried", "rule", "ep_adjoint", "ep_difference", "adjoint_difference")

    ep_adjoint: tuple[float, float]
    ep_difference: tuple[float, float]
    adjoint_difference: tuple[float, float]

    def __init__(self, row: _Gradient):
        self.layer, self.bias = row.layer, bool(row.bias)
        self.parameters, self.tried, self.rule = row.parameters, row.tried, row.rule.decode()
        for name in self.__slots__[5:]:
            match = getattr(row, name)
            setattr(self, name, (match.cosine, match.error))

    def __repr__(self) -> str:
        what = "biases" if self.bias else "conductances"
        return (f"<GradientMatch: layer {self.layer} {what}, {self.rule} and adjoint: cosine {self.ep_adjoint[0]:.6f}, "
                f"error {self.ep_adjoint[1]:.1e}>")


_STEP_TIME, _MOST_BATCHES = 0.02, 256  # as opspice-train: s that a step may take, and mini-batches of it


class Drn:
    """A deep resistive network, its data and its training; the numbers are opspice-train's, bit for bit.

    Parameters
    ----------
    model : str, optional
        ``"drn-xs"``, ``"drn-1h"`` (what it is without), ``"drn-2h"``, ``"drn-3h"``, ``"drn-xl"``.
    **settings
        Options of opspice-train(1), with ``_`` for ``-``: ``layers=(1568, 100, 10)``, ``lr=(0.006, 0.006)``, ``beta``,
        ``batch``, ``epochs``, ``seed``, ``threads``, ``variant``, ``gradient``, ``iterations``, ``momentum``, ..

    Raises UsageError where a setting is unknown or its value wrong.

        >>> drn = opspice.Drn("drn-xs", epochs=3)         # doctest: +SKIP
        >>> drn.read("data/mnist")                        # doctest: +SKIP
        >>> drn.train()["test_error"]                     # doctest: +SKIP
        array([0.0653, 0.0571, 0.0514])
    """

    def __init__(self, model: str | None = None, **settings: object):
        self._handle: int = library.opspice_drn_new()
        if not self._handle:
            raise MemoryError
        if model is not None:
            self.set("model", model)
        for option, value in settings.items():
            self.set(option, value)

    def __del__(self, free=library.opspice_drn_free) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            self._handle = 0
            free(handle)

    def __reduce__(self) -> Any:
        raise TypeError("a network cannot be copied or pickled: save and resume it")

    def _check(self, status: int) -> None:
        if status == _library.OK:
            return
        message = text(library.opspice_drn_message(self._handle))
        if status == _library.USAGE:
            raise UsageError(message)
        raise DrnError(message, status)

    # ---- settings and data

    def set(self, option: str, value: object) -> None:
        """Set one option; once there is a network only ``epochs``, ``threads`` and ``audit``. Raises UsageError."""
        several = isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str)
        words = [option_text(one) for one in (np.asarray(value).tolist() if several else [value])]
        self._check(library.opspice_drn_set(self._handle, data(option.replace("_", "-")), b",".join(words)))

    def read(self, folder: str | os.PathLike) -> Drn:
        """Read a data set from a folder: four IDX files (train-images-idx3-ubyte .., plain or .gz), or CIFAR's.

        Raises DrnError where they are missing, damaged or do not fit together.
        """
        self._check(library.opspice_drn_read(self._handle, os.fsencode(folder)))
        return self

    def take(self, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> Drn:
        """Instead of `read`: images and labels from arrays.

        Each is a pair: pixels 0 .. 255, of shape (count, height, width), (count, channels, height, width) or (count,
        features), and labels from 0, of shape (count,).
        Raises UsageError where shapes or values are wrong, DrnError where the two do not fit together.
        """
        for is_test, (images, labels) in enumerate((train, test)):
            images, labels = _bytes(images, (3, 2, 4), "images"), _bytes(labels, (1,), "labels")
            if len(images) != len(labels):
                raise UsageError(f"there are {len(images)} images and {len(labels)} labels")
            count, *sides = images.shape
            self._check(library.opspice_drn_take_channels(self._handle, is_test, count, *[1] * (3 - len(sides)), *sides,
                                                          images.ctypes.data, labels.ctypes.data))
        return self

    def begin(self) -> Drn:
        """Make the network from its seed; `train` does it by itself. Raises DrnError where it does not fit the data."""
        self._check(library.opspice_drn_begin(self._handle))
        return self

    def resume(self, path: str | os.PathLike) -> Drn:
        """Instead of it: go on from a checkpoint, bit for bit, with its settings. Raises DrnError."""
        self._check(library.opspice_drn_resume(self._handle, os.fsencode(path)))
        return self

    def save(self, path: str | os.PathLike) -> None:
        """Write a checkpoint, which opspice-train reads too. The file appears whole or not at all."""
        self._check(library.opspice_drn_save(self._handle, os.fsencode(path)))

    # ---- training

    @property
    def _at(self) -> _Progress:
        return library.opspice_drn_get_progress(self._handle).contents

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self._at.epoch

    @property
    def parameters(self) -> int:
        """Conductances and biases."""
        return self._at.parameters

    def step(self, batches: int = 1) -> tuple[int, float]:
        """Learn from the next mini-batches, at most up to the end of the epoch.

        Returns how many answers of the epoch were wrong so far, and the mean cost of them. Raises UsageError at the end
        of an epoch, DrnError where there is no equilibrium.
        """
        self._started()
        self._check(library.opspice_drn_step(self._handle, batches))
        at = self._at
        return at.errors, at.cost / max(at.sample, 1)

    def end_epoch(self) -> None:
        """After an epoch's last mini-batch: test, and go over to the next epoch."""
        self._check(library.opspice_drn_end_epoch(self._handle))

    def _started(self) -> None:
        if self.layers == 0:
            self.begin()

    def train(self, epochs: int | None = None,
              progress: Callable[[int, int, int], object] | None = None) -> dict[str, np.ndarray]:
        """Train up to so many epochs in all (None: those that were set) and return `history`.

        `progress` is called every few hundredths of a second with the epochs done, and the samples of the one at hand
        that are done and there are. Ctrl-C ends it between two mini-batches: calling it again goes on from there, with
        the same numbers. Raises DrnError where there is no equilibrium.
        """
        if epochs is not None:
            self.set("epochs", epochs)
        self._started()
        at, batches = self._at, 1
        while at.epoch < at.epochs:
            while at.sample < at.samples:
                start = time.perf_counter()
                self._check(library.opspice_drn_step(self._handle, batches))
                took = time.perf_counter() - start
                batches = max(batches // 2, 1) if took > _STEP_TIME else min(batches * 2, _MOST_BATCHES)
                if progress is not None:
                    progress(at.epoch, at.sample, at.samples)
            self.end_epoch()
        return self.history

    def test(self) -> tuple[float, float]:
        """Answer all images of the test: which part is wrong, and the mean cost."""
        self._started()
        errors, cost = c_size_t(), c_double()
        self._check(library.opspice_drn_test(self._handle, byref(errors), byref(cost)))
        return errors.value / max(self._at.tests, 1), cost.value

    def answers(self) -> np.ndarray:
        """What the outputs are for each image of the test, V: float32 array of shape (tests, outputs)."""
        self._started()
        volts = np.empty((self._at.tests, library.opspice_drn_units(self._handle, self.layers)), dtype=np.float32)
        self._check(library.opspice_drn_answers(self._handle, volts.ctypes.data))
        return volts

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Of each epoch so far: ``train_error`` and ``test_error`` (parts of 1), ``train_cost`` and ``test_cost``
        (means), ``seconds``: float64 arrays of shape (epochs,)."""
        found: dict[str, np.ndarray] = {}
        number = 0
        while True:
            pointer = library.opspice_drn_get_vector(self._handle, number)
            if not pointer:
                return found
            one = copy_of(pointer)
            found[one.name] = one.values
            number += 1

    # ---- conductances

    @property
    def layers(self) -> int:
        """How many layers are free; 0: there is no network yet."""
        return library.opspice_drn_layers(self._handle)

    @property
    def units(self) -> tuple[int, ...]:
        """Units of all layers, inputs (twice the pixels) first."""
        return tuple(library.opspice_drn_units(self._handle, layer) for layer in range(self.layers + 1))

    @property
    def weights(self) -> list[np.ndarray]:
        """Conductances between each two layers, S: float32 copies of shape (units below, units above); inputs in the
        order of all +x, then all -x. Of a convolution: (kernel * kernel * channels below, channels); of a pool: (0, 0).
        """
        self._started()
        found = []
        for layer in range(1, self.layers + 1):
            found.append(np.empty(self._weights_shape(layer), dtype=np.float32))
            self._check(library.opspice_drn_get_weights(self._handle, layer, found[-1].ctypes.data))
        return found

    @weights.setter
    def weights(self, values: Sequence[np.ndarray]) -> None:
        self._set_all(values, library.opspice_drn_set_weights, self._weights_shape)

    @property
    def biases(self) -> list[np.ndarray]:
        """Currents into the units of each free layer, A: float32 copies of shape (units,); of a convolution
        (channels,), of a pool (0,)."""
        self._started()
        found = []
        for layer in range(1, self.layers + 1):
            found.append(np.empty(self._biases_shape(layer), dtype=np.float32))
            self._check(library.opspice_drn_get_biases(self._handle, layer, found[-1].ctypes.data))
        return found

    @biases.setter
    def biases(self, values: Sequence[np.ndarray]) -> None:
        self._set_all(values, library.opspice_drn_set_biases, self._biases_shape)

    def _biases_shape(self, layer: int) -> tuple[int, ...]:
        return (library.opspice_drn_biases(self._handle, layer),)

    def _weights_shape(self, layer: int) -> tuple[int, ...]:
        columns = library.opspice_drn_biases(self._handle, layer)
        return (library.opspice_drn_conductances(self._handle, layer) // max(columns, 1), columns)

    def _set_all(self, values: Sequence[np.ndarray], function: Callable, shape_of: Callable) -> None:
        self._started()
        if len(values) != self.layers:
            raise UsageError(f"the network has {self.layers} layers that are free, not {len(values)}")
        arrays = [np.ascontiguousarray(one, dtype=np.float32) for one in values]
        for layer, array in enumerate(arrays, 1):
            if array.shape != shape_of(layer):
                raise UsageError(f"layer {layer} has the shape {shape_of(layer)}, not {array.shape}")
            self._check(function(self._handle, layer, array.ctypes.data))

    # ---- what is made of it

    def check_gradient(self) -> list[GradientMatch]:
        """Compare gradients of the first mini-batch by the rule, by the adjoint and by differences."""
        self._started()
        rows, count = POINTER(_Gradient)(), c_size_t()
        self._check(library.opspice_drn_check_gradient(self._handle, byref(rows), byref(count)))
        return [GradientMatch(rows[row]) for row in range(count.value)]

    def audit(self, samples: int = 16) -> list[dict[str, float]]:
        """How good the gradient is that training follows, on the epoch's first mini-batches up to that of so many samples.

        For each layer's conductances and biases: ``layer``, ``bias``, ``parameters``; ``cosine``, ``norm_ratio`` and
        ``error`` against the exact gradient; and what ``rule``, ``nudging``, ``iterations`` and ``precision`` add to
        the error, as opspice-train(1) says. NaN where an equilibrium was not reached.
        """
        self._started()
        return self._audit_rows(library.opspice_drn_audit, samples)

    def audit_of(self, epoch: int) -> list[dict[str, float]]:
        """The audit that was made at the end of an epoch, from 1, with the setting ``audit``; empty: none was."""
        return self._audit_rows(library.opspice_drn_get_audit, epoch)

    def _audit_rows(self, function: Callable, number: int) -> list[dict[str, float]]:
        rows, count = POINTER(_AuditRow)(), c_size_t()
        self._check(function(self._handle, number, byref(rows), byref(count)))
        return [{name: getattr(rows[row], name) for name, *_ in _AuditRow._fields_} for row in range(count.value)]

    def export(self, path: str | os.PathLike, sample: int) -> None:
        """Write the network with one image of the test, counted from 0, as a netlist."""
        self._started()
        self._check(library.opspice_drn_export(self._handle, os.fsencode(path), sample))

    def write_log(self, path: str | os.PathLike) -> None:
        """Write the epochs so far as a table (CSV)."""
        self._check(library.opspice_drn_write_log(self._handle, os.fsencode(path)))

    def __repr__(self) -> str:
        if self.layers == 0:
            return "<Drn: no network yet>"
        at = self._at
        error = f", test error {at.test_error:.2%}" if at.epoch else ""
        return f"<Drn: {'-'.join(map(str, self.units))}, {at.parameters} parameters, {at.epoch} epochs{error}>"


def _bytes(values: np.ndarray, dimensions: tuple[int, ...], what: str) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim not in dimensions:
        raise UsageError(f"{what} have {dimensions[0]} dimensions, not {array.ndim}")
    if array.dtype != np.uint8:
        whole = array.astype(np.uint8)
        if not np.array_equal(whole, array):
            raise UsageError(f"{what} are whole numbers from 0 to 255")
        array = whole
    return np.ascontiguousarray(array)
