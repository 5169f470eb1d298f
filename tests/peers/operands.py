"""Operands in guarded buffers: what lies around a view is poison, a NaN.

An operator that reads there gives NaN, one that writes there is found by
comparing the buffer, bit for bit, with what it held before.
"""

from typing import NamedTuple

import numpy as np

import clinfer
import opencl
from clinfer import Dtype, Layout

GUARD = 64  # elements of poison behind a view
PADDED_OFFSET, PADDING = 5, 3  # elements, so that hardly a row is aligned


class Storage(NamedTuple):
    """A storage type: its values, the same as bits, and the poison."""
    name: str
    values: type
    bits: type
    dtype: Dtype
    poison: int


F32 = Storage("f32", np.float32, np.uint32, Dtype.CLINFER_F32, 0x7FC5A5A5)
F16 = Storage("f16", np.float16, np.uint16, Dtype.CLINFER_F16, 0x7E5A)


class Guarded:
    """A matrix in a buffer of its own; poison until it is written."""

    def __init__(self, queue, storage: Storage, rows: int, cols: int,
                 padded: bool):
        offset, ld = (PADDED_OFFSET, cols + PADDING) if padded else (0, cols)
        self.storage = storage
        self.buffer = opencl.Buffer(queue, offset + rows * ld + GUARD,
                                    storage.bits)
        self.buffer.fill(storage.poison)
        self.view = clinfer.Matrix(self.buffer.handle, offset, rows, cols, ld,
                                   storage.dtype)

    def index(self, row: int, col: int) -> int:
        """Where an element, or one of the padding behind it, lies."""
        return self.view.offset + row * self.view.ld + col

    def elements(self, bits: np.ndarray) -> np.ndarray:
        """The view's elements in the bits of the whole buffer."""
        view = self.view
        end = view.offset + view.rows * view.ld
        block = bits[view.offset:end].reshape(view.rows, view.ld)
        return block[:, :view.cols].view(self.storage.values)


def as_vector(row: clinfer.Matrix) -> clinfer.Vector:
    return clinfer.Vector(row.mem, row.offset, row.cols, row.dtype)


class Input(Guarded):
    """A matrix with values, which the operator must leave alone."""

    def __init__(self, queue, storage, values: np.ndarray, padded: bool):
        super().__init__(queue, storage, *values.shape, padded)
        self._image = np.full(self.buffer.count, storage.poison, storage.bits)
        self.elements(self._image)[:] = values
        self.buffer.write(self._image)

    def is_changed(self) -> bool:
        return not np.array_equal(self.buffer.read(), self._image)


class Operands:
    """Makes the operands of one case, calls operators on them, frees them.

    `storage`, `padded`, and of weights `layout` and `packed`, say how each is
    stored.
    """

    def __init__(self, library: clinfer.Library, storage: Storage,
                 padded: bool = False, layout: Layout = Layout.CLINFER_IN_OUT,
                 packed: bool = False):
        self.library, self.storage, self.padded = library, storage, padded
        self.layout, self.packed = layout, packed
        self.inputs: list = []  # each with view, buffer and is_changed()
        self._owned: list[Guarded] = []
        self._weights: list[clinfer.Weight] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.queue.finish()
        for weight in self._weights:
            self.library.unpack(weight)
        for operand in self._owned:
            operand.buffer.release()

    def matrix(self, values: np.ndarray) -> clinfer.Matrix:
        operand = Input(self.library.queue, self.storage, values, self.padded)
        self._owned.append(operand)
        self.inputs.append(operand)
        return operand.view

    def vector(self, values: np.ndarray) -> clinfer.Vector:
        return as_vector(self.matrix(values.reshape(1, -1)))

    def weight(self, values: np.ndarray) -> clinfer.Weight:
        """A weight from its [in, out] matrix."""
        is_transposed = self.layout == Layout.CLINFER_OUT_IN
        return self.weight_of(self.matrix(values.T if is_transposed
                                          else values))

    def weight_of(self, matrix: clinfer.Matrix) -> clinfer.Weight:
        """A weight from a matrix that lies as the layout says."""
        weight = clinfer.Weight(matrix, self.layout, None)
        if self.packed:
            self.library.pack(weight)
            self._weights.append(weight)
        return weight

    def output(self, rows: int, cols: int,
               storage: Storage | None = None) -> Guarded:
        operand = Guarded(self.library.queue, storage or self.storage, rows,
                          cols, self.padded)
        self._owned.append(operand)
        return operand

    def call(self, operator: str, *arguments):
        self.library.call(operator, *arguments)


NO_VECTOR = clinfer.Vector()
NO_MATRIX = clinfer.Matrix()
