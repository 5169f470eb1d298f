"""ONNX's tests of single nodes, from the files in the onnx package."""

import pathlib
from typing import NamedTuple

import numpy as np
import onnx
from onnx import numpy_helper

FOLDER = pathlib.Path(onnx.__file__).parent / "backend/test/data/node"


class Node(NamedTuple):
    """One operator with its inputs and what it should give."""
    test: str
    operator: str
    attributes: dict
    inputs: list[np.ndarray]
    output: np.ndarray  # the first, where there are more


def _tensor(path: pathlib.Path) -> np.ndarray:
    return numpy_helper.to_array(onnx.load_tensor(path))


def _load(folder: pathlib.Path, node: onnx.NodeProto) -> Node:
    data = folder / "test_data_set_0"
    inputs = [_tensor(data / f"input_{i}.pb") for i in range(len(node.input))]
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute)
                  for attribute in node.attribute}
    return Node(folder.name, node.op_type, attributes, inputs,
                _tensor(data / "output_0.pb"))


def load(operators) -> list[Node]:
    """The tests of these operators: models that are one such node."""
    nodes = []
    for model in sorted(FOLDER.glob("*/model.onnx")):
        graph = onnx.load(model).graph
        if len(graph.node) == 1 and graph.node[0].op_type in operators:
            nodes.append(_load(model.parent, graph.node[0]))
    return nodes
