"""ONNX's node tests in every form in which operands can be stored."""

import functools
import itertools
from typing import Iterator

import numpy as np

from cases import Case, Refused
from clinfer import Layout
from judge import Result, Tolerance
from onnx_families import FAMILIES, WITH_WEIGHTS
from onnx_nodes import Node, load
from operands import F16, F32, Guarded, Operands

# In f32, six times the worst that PoCL has shown: ONNX's expected values are
# f32 as well, and differ by a few roundings. In f16 the inputs are rounded
# here and not in ONNX, which is nearly all of the difference, up to 0.7 of
# this where a product cancels; it hardly depends on the device.
TOLERANCES = {F32: Tolerance(2e-6, 1e-6), F16: Tolerance(2e-3, 2e-3)}


def _outputs(node: Node, operands: Operands) -> list[Guarded]:
    try:
        if any(values.dtype != np.float32 for values in node.inputs):
            raise Refused(f"there is no storage type {node.inputs[0].dtype}")
        return FAMILIES[node.operator](node, operands)
    except Refused as reason:
        raise Refused(f"{node.test}: {reason}") from reason


def _run(node: Node, operands: Operands) -> list[Result]:
    outputs = _outputs(node, operands)
    sizes = [output.view.rows * output.view.cols for output in outputs]
    parts = np.split(node.output.reshape(-1), np.cumsum(sizes)[:-1])
    return [Result(output, part.astype(np.float64).reshape(
        output.view.rows, output.view.cols).__getitem__)
            for output, part in zip(outputs, parts, strict=True)]


def _weights(node: Node) -> Iterator[tuple[str, Layout, bool]]:
    if node.operator not in WITH_WEIGHTS:
        yield "", Layout.CLINFER_IN_OUT, False
        return
    for layout, name in ((Layout.CLINFER_IN_OUT, "in_out"),
                         (Layout.CLINFER_OUT_IN, "out_in")):
        yield f" {name}", layout, False
        yield f" {name} packed", layout, True


def cases() -> Iterator[Case]:
    """Every node, in f32 and f16, dense and padded, with each weight."""
    for node in load(FAMILIES):
        for storage, padded in itertools.product((F32, F16), (False, True)):
            form = f"{storage.name} {'padded' if padded else 'dense'}"
            for suffix, layout, packed in _weights(node):
                yield Case(f"onnx {node.test} {form}{suffix}",
                           f"onnx {node.operator} {form}",
                           TOLERANCES[storage],
                           functools.partial(_run, node), storage, padded,
                           layout, packed)
