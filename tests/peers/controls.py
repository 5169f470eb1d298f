"""Negative controls: results spoilt on purpose, which the judge must notice.

Each is a case that has passed, with its buffers changed on the device.
"""

from typing import Iterator, NamedTuple

import numpy as np

import opencl
from judge import Result, Tolerance, faults
from operands import Operands

SWAPPED = "two values swapped"


class Control(NamedTuple):
    """Elements of a buffer, by their places, and the bits to put there."""
    what: str
    buffer: opencl.Buffer
    bits: dict[int, int]


def _just_too_large(expected: float, tolerance: Tolerance, dtype: type):
    """The smallest value of a type that the tolerance does not let pass."""
    limit = expected + tolerance.allowed(expected)
    value = dtype(limit)
    return value if value > limit else np.nextafter(value, dtype(np.inf))


def _wrong_values(result: Result, tolerance: Tolerance) -> Iterator[Control]:
    output = result.output
    bits = output.buffer.read()
    row, col = output.view.rows // 2, output.view.cols // 2
    got = output.elements(bits)[row].astype(np.float64)
    expected = result.expected(slice(row, row + 1))[0]

    wrong = _just_too_large(expected[col], tolerance, output.storage.values)
    yield Control("a value a little too large", output.buffer,
                  {output.index(row, col): wrong.view(output.storage.bits)})

    low, high = int(np.argmin(got)), int(np.argmax(got))
    if got[high] - got[low] > 2 * tolerance.allowed(expected).max():
        low, high = output.index(row, low), output.index(row, high)
        yield Control(SWAPPED, output.buffer,
                      {low: bits[high], high: bits[low]})


def _stray_writes(result: Result, operands: Operands) -> Iterator[Control]:
    output = result.output
    has_padding = output.view.ld > output.view.cols
    row = 0 if has_padding else output.view.rows - 1
    yield Control("a byte behind a row", output.buffer,
                  {output.index(row, output.view.cols):
                   output.storage.poison ^ 0xFF})
    if has_padding:
        yield Control("a byte before the view", output.buffer,
                      {0: output.storage.poison ^ 0xFF})
    for operand in operands.inputs[:1]:
        place = operand.view.offset
        yield Control("a byte of an input", operand.buffer,
                      {place: operand.buffer.read(place, 1)[0] ^ 0xFF})


def _overwrite(buffer: opencl.Buffer, bits: dict[int, int]):
    for place, element in bits.items():
        buffer.write(np.array([element], buffer.dtype), place)


def _is_noticed(control: Control, results, operands, tolerance) -> bool:
    before = {place: control.buffer.read(place, 1)[0]
              for place in control.bits}
    _overwrite(control.buffer, control.bits)
    noticed = bool(faults(results, operands, tolerance))
    _overwrite(control.buffer, before)
    return noticed


def run(results: list[Result], operands: Operands,
        tolerance: Tolerance) -> dict[str, bool]:
    """Whether each control of a case that has passed was noticed."""
    controls = [*_wrong_values(results[0], tolerance),
                *_stray_writes(results[0], operands)]
    return {control.what: _is_noticed(control, results, operands, tolerance)
            for control in controls}
