"""Many operating points of one circuit, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from .errors import UnknownName
from .results import _SHOWN, _table

if TYPE_CHECKING:
    from .errors import Diagnostic
    from .results import Certificate

__all__ = ["Batch"]


class Batch(Mapping):
    """Operating points at many settings, each proved.

    As a mapping it has its outputs by name: arrays of the shape of the settings, views of `array`. NaN where a point
    has no answer.

    Attributes
    ----------
    array : numpy.ndarray
        float64, of shape (*shape, outputs).
    gradients : numpy.ndarray or None
        float64, of shape (*shape, outputs, inputs): derivatives, where they were asked for.
    settings : numpy.ndarray
        float64, of shape (*shape, inputs): what was set.
    status : numpy.ndarray
        int, of shape `shape`: 0 solved and proved; 3 no operating point, or none was proved; 1 the netlist is wrong
        with these values; 2 a setting is not finite.
    shape : tuple of int
        That of the settings.
    outputs, inputs : tuple of str
        Their names.
    certificate : Certificate or None
        The proof of the worst point.
    diagnostics : tuple of Diagnostic
        What there is to say of the first point without an answer.
    """

    def __init__(self, shape: tuple[int, ...], inputs: tuple[str, ...], outputs: tuple[str, ...], settings: np.ndarray,
                 array: np.ndarray, gradients: np.ndarray | None, status: np.ndarray,
                 certificate: Certificate | None, diagnostics: tuple[Diagnostic, ...]):
        self.shape, self.inputs, self.outputs = shape, inputs, outputs
        self.settings = settings.reshape(*shape, len(inputs))
        self.array = array.reshape(*shape, len(outputs))
        self.gradients = None if gradients is None else gradients.reshape(*shape, len(outputs), len(inputs))
        self.status = status.reshape(shape)
        self.certificate, self.diagnostics = certificate, diagnostics
        self._output_at, self._input_at = ({name: at for at, name in enumerate(names)} for names in (outputs, inputs))

    @property
    def ok(self) -> bool:
        """Has every point an answer?"""
        return not self.status.any()

    def _find(self, name: str, numbers: dict[str, int], what: str) -> int:
        if name not in numbers:
            raise UnknownName(f"{name!r} is not among the {what} of this batch")
        return numbers[name]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.array[..., self._find(name, self._output_at, "outputs")]

    def gradient(self, output: str, by: str) -> np.ndarray:
        """The derivative of one output by one input at all points, of shape `shape`."""
        if self.gradients is None:
            raise UnknownName("derivatives were not asked for: batch(.., gradient=True)")
        row, column = self._find(output, self._output_at, "outputs"), self._find(by, self._input_at, "inputs")
        return self.gradients[..., row, column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def _points(self) -> str:
        failed = int(np.count_nonzero(self.status))
        return f"{self.status.size} points, {f'{failed} without an answer' if failed else 'each proved'}"

    def __repr__(self) -> str:
        return f"<Batch: {self._points()}; {len(self.inputs)} inputs, {len(self.outputs)} outputs>"

    def _repr_html_(self) -> str:
        rows = []
        for name in self.outputs[:_SHOWN]:
            values = self[name][self.status == 0]
            rows.append((name, *(f"{one:.6g}" for one in (values.min(), values.mean(), values.max())))
                        if values.size else (name, "", "", ""))
        if len(self) > _SHOWN:
            rows.append((f".. {len(self) - _SHOWN} more outputs", "", "", ""))
        return _table(("output", "least", "mean", "largest"), rows, f"Batch: {self._points()}")
