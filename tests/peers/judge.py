"""Whether results are right, and whether anything else was written."""

from typing import Callable, Iterator, NamedTuple

import numpy as np

from operands import Guarded, Operands

CHUNK = 1 << 18  # elements compared at once, in double, so that caches do


class Tolerance(NamedTuple):
    """A value may be off by absolute + relative * |expected|."""
    relative: float
    absolute: float

    def allowed(self, expected: np.ndarray) -> np.ndarray:
        return self.absolute + self.relative * np.abs(expected)


class Result(NamedTuple):
    """An output, and what its rows should be, in double."""
    output: Guarded
    expected: Callable[[slice], np.ndarray]


def _chunks(rows: int, cols: int) -> Iterator[slice]:
    step = max(1, CHUNK // cols)
    return (slice(row, min(row + step, rows)) for row in range(0, rows, step))


def _wrong_value(result: Result, bits, tolerance: Tolerance) -> str | None:
    values = result.output.elements(bits)
    for rows in _chunks(*values.shape):
        got = values[rows].astype(np.float64)
        expected = result.expected(rows)
        allowed = tolerance.allowed(expected)
        wrong = ~(np.abs(got - expected) <= allowed)  # NaN is wrong as well
        if wrong.any():
            row, col = np.argwhere(wrong)[0]
            return (f"element ({rows.start + row}, {col}) is "
                    f"{got[row, col]:.9g}, wanted {expected[row, col]:.9g} "
                    f"within {allowed[row, col]:.3g}")
    return None


def _stray_write(output: Guarded, bits) -> str | None:
    """Looks for what is no poison, once the view itself is."""
    output.elements(bits).view(output.storage.bits)[:] = output.storage.poison
    written = bits != output.storage.poison
    if not written.any():
        return None
    return f"element {np.argmax(written)} of the buffer, outside the " \
           f"output, was written"


def faults(results: list[Result], operands: Operands,
           tolerance: Tolerance) -> list[str]:
    """A sentence for each fault of a case that has run."""
    found = ["an input was written" for operand in operands.inputs
             if operand.is_changed()]
    for result in results:
        bits = result.output.buffer.read()
        found += filter(None, [_wrong_value(result, bits, tolerance),
                               _stray_write(result.output, bits)])
    return found
