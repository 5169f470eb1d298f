"""Random numbers on the device, of which large inputs are views.

So they are drawn and sent there once for all cases. Views may overlap: two of
one size that start at different places share no element at the same index.
"""

import numpy as np

import clinfer
import opencl
from operands import Storage


class Pool:
    """Normal random numbers of one storage type."""

    def __init__(self, queue, storage: Storage, size: int, seed: int):
        normal = np.random.default_rng(seed).standard_normal(size, np.float32)
        self.storage, self.values = storage, normal.astype(storage.values)
        self.buffer = opencl.Buffer(queue, size, storage.bits)
        self.buffer.write(self.values.view(storage.bits))


class Drawn:
    """A matrix that is a view of a pool."""

    def __init__(self, pool: Pool, offset: int, rows: int, cols: int):
        end = offset + rows * cols
        self.buffer = pool.buffer
        self.values = pool.values[offset:end].reshape(rows, cols)
        self.view = clinfer.Matrix(pool.buffer.handle, offset, rows, cols,
                                   cols, pool.storage.dtype)

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Those rows, in double."""
        return self.values[rows].astype(np.float64)

    def is_changed(self) -> bool:
        image = self.values.view(self.buffer.dtype).reshape(-1)
        return not np.array_equal(
            self.buffer.read(self.view.offset, image.size), image)
