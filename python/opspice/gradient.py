"""Derivatives of outputs by inputs, by name and as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from .errors import UnknownName
from .results import _SHOWN, _table

if TYPE_CHECKING:
    from .circuit import Circuit

__all__ = ["Gradient"]


class Gradient(Mapping):
    """Derivatives at an operating point: V or A per unit of each input (ohm, V, A, ..).

    As a mapping it has, by the name of an input, the derivative of the output (a float), or those of all outputs (an
    array of shape (outputs,)) where there are several; `g[output, input]` is one of them.

    Attributes
    ----------
    array : numpy.ndarray
        float64, of shape (inputs,), or (outputs, inputs) where outputs were given as a list.
    outputs, inputs : tuple of str
        Their names.
    kinks : int
        How many diodes stand just where two segments of their laws meet: derivatives are those to one side there.
    """

    def __init__(self, circuit: Circuit, outputs: tuple[str, ...], inputs: tuple[str, ...] | None, array: np.ndarray,
                 kinks: int):
        self._circuit, self._inputs, self.outputs, self.array, self.kinks = circuit, inputs, outputs, array, kinks
        self._at = None if inputs is None else {name: at for at, name in enumerate(inputs)}

    @property
    def inputs(self) -> tuple[str, ...]:
        return self._circuit.branches if self._inputs is None else self._inputs

    def _find(self, name: str) -> int:
        if self._at is None:
            return self._circuit.branch(name)
        if name not in self._at:
            raise UnknownName(f"{name!r} is not among the inputs of this gradient")
        return self._at[name]

    def __getitem__(self, name: str | tuple[str, str]) -> float | np.ndarray:
        if isinstance(name, tuple):
            output, name = name
            if output not in self.outputs:
                raise UnknownName(f"{output!r} is not among the outputs of this gradient")
            row = self.array if self.array.ndim == 1 else self.array[self.outputs.index(output)]
            return float(row[self._find(name)])
        at = self._find(name)
        return float(self.array[at]) if self.array.ndim == 1 else self.array[:, at]

    def __iter__(self) -> Iterator[str]:
        return iter(self.inputs)

    def __len__(self) -> int:
        return self.array.shape[-1]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.array if dtype is None else self.array.astype(dtype)

    def _largest(self, most: int) -> list[str]:
        size = np.nan_to_num(np.abs(self.array).reshape(-1, len(self)).max(axis=0))
        names = self.inputs
        return [names[at] for at in np.argsort(-size, kind="stable")[:most]]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}: {self[name]}" for name in self._largest(4))
        more = ", .." if len(self) > 4 else ""
        return f"<Gradient of {', '.join(self.outputs)} by {len(self)} inputs: {shown}{more}>"

    def _repr_html_(self) -> str:
        rows = [(name, str(self[name])) for name in self._largest(_SHOWN)]
        if len(self) > _SHOWN:
            rows.append((f".. {len(self) - _SHOWN} more inputs", ""))
        return _table(("input", f"d {', '.join(self.outputs)}"), rows, "Gradient")
