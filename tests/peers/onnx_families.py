"""ONNX's node tests as calls of this library: one function for each family.

A function takes a node and what makes operands, calls the operators that
compute the node, and returns the outputs, which together have ONNX's elements
in ONNX's order. What cannot be expressed it refuses, with the reason.
"""

import math
from typing import Callable

import numpy as np

import clinfer
from cases import Refused
from clinfer import Activation, ResidualForm
from onnx_nodes import Node
from operands import F32, NO_VECTOR, Guarded, Operands

Family = Callable[[Node, Operands], list[Guarded]]
FAMILIES: dict[str, Family] = {}
WITH_WEIGHTS: set[str] = set()


def family(operator: str, weights: bool = False):
    """Register the function for an operator of ONNX."""
    def register(function: Family) -> Family:
        FAMILIES[operator] = function
        if weights:
            WITH_WEIGHTS.add(operator)
        return function
    return register


def as_rows(values: np.ndarray) -> np.ndarray:
    """Any shape as rows of its last dimension."""
    return values.reshape(-1, values.shape[-1])


def activate(activation: Activation, x: np.ndarray, operands: Operands,
             bias: clinfer.Vector = NO_VECTOR) -> list[Guarded]:
    x = as_rows(x)
    y = operands.output(*x.shape)
    operands.call("bias_activation", operands.matrix(x), bias, activation,
                  y.view)
    return [y]


def add(form: ResidualForm, operands: Operands, hidden: clinfer.Matrix,
        *others: clinfer.Matrix) -> list[Guarded]:
    y = operands.output(hidden.rows, hidden.cols)
    terms = clinfer.Residual(form, hidden, *others)
    terms.mp_size = 1
    operands.call("residual_add", terms, y.view)
    return [y]


def normalise(operator: str, node: Node, operands: Operands) -> list[Guarded]:
    x, gamma, *beta = node.inputs
    axis = node.attributes.get("axis", -1)
    cols = math.prod(x.shape[axis:])
    norm = clinfer.Norm(operands.vector(gamma),
                        operands.vector(*beta) if beta else NO_VECTOR,
                        node.attributes.get("epsilon", 1e-5))
    y = operands.output(x.size // cols, cols)
    operands.call(operator, operands.matrix(x.reshape(-1, cols)), norm, y.view)
    return [y]


@family("LayerNormalization")
def layer_normalization(node, operands):
    return normalise("layer_norm", node, operands)


@family("RMSNormalization")
def rms_normalization(node, operands):
    return normalise("rms_norm", node, operands)


@family("Gelu")
def gelu(node, operands):
    is_tanh = node.attributes.get("approximate", b"none") == b"tanh"
    return activate(Activation.CLINFER_GELU_TANH if is_tanh
                    else Activation.CLINFER_GELU_ERF, *node.inputs, operands)


@family("Relu")
def relu(node, operands):
    return activate(Activation.CLINFER_RELU, *node.inputs, operands)


@family("LeakyRelu")
def leaky_relu(node, operands):
    slope = node.attributes.get("alpha", 0.01)
    if slope != 0.01:
        raise Refused(f"leaky ReLU has the slope 0.01, not {slope:.3g}")
    return activate(Activation.CLINFER_LEAKY_RELU, *node.inputs, operands)


@family("Sigmoid")
def sigmoid(node, operands):
    return activate(Activation.CLINFER_SIGMOID, *node.inputs, operands)


@family("Swish")
def swish(node, operands):
    if node.attributes.get("alpha", 1.0) != 1.0:
        raise Refused("SiLU has no factor in its sigmoid")
    return activate(Activation.CLINFER_SILU, *node.inputs, operands)


@family("Add")
def addition(node, operands):
    x, other = node.inputs
    if other.ndim == 1:
        return activate(Activation.CLINFER_NONE, x, operands,
                        operands.vector(other))
    return add(ResidualForm.CLINFER_RESIDUAL_POST_NORM, operands,
               *(operands.matrix(as_rows(term)) for term in (x, other)))


@family("Sum")
def total(node, operands):
    if len(node.inputs) == 1:
        return activate(Activation.CLINFER_NONE, *node.inputs, operands)
    form = (ResidualForm.CLINFER_RESIDUAL_POST_NORM if len(node.inputs) == 2
            else ResidualForm.CLINFER_RESIDUAL_PRE_NORM)
    return add(form, operands,
               *(operands.matrix(as_rows(term)) for term in node.inputs))


@family("Gemm", weights=True)
def gemm(node, operands):
    """alpha and beta go into the values of the weight and of the bias."""
    x, weight, *bias = node.inputs
    alpha, beta, trans_a, trans_b = (
        node.attributes.get(name, default) for name, default in
        (("alpha", 1.0), ("beta", 1.0), ("transA", 0), ("transB", 0)))
    if trans_a:
        raise Refused("activations are [tokens, features], never transposed")
    weight = np.float32(alpha) * (weight.T if trans_b else weight)
    bias = [np.float32(beta) * term for term in bias]
    shape = x.shape[0], weight.shape[1]
    has_matrix = any(term.shape == shape for term in bias)
    vector = NO_VECTOR if has_matrix or not bias else operands.vector(
        np.broadcast_to(bias[0], (1, shape[1])))
    y = operands.output(*shape, F32 if has_matrix else operands.storage)
    operands.call("linear", operands.matrix(x), operands.weight(weight),
                  vector, Activation.CLINFER_NONE, y.view)
    return [y] if not has_matrix else add(
        ResidualForm.CLINFER_RESIDUAL_POST_NORM, operands, y.view,
        operands.matrix(bias[0]))


@family("MatMul", weights=True)
def matmul(node, operands):
    """A call for each pair of matrices that broadcasting brings together."""
    a, b = node.inputs
    a = a.reshape(1, -1) if a.ndim == 1 else a
    b = b.reshape(-1, 1) if b.ndim == 1 else b
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    outputs = []
    for at in np.ndindex(stack):
        x = np.broadcast_to(a, stack + a.shape[-2:])[at]
        weight = np.broadcast_to(b, stack + b.shape[-2:])[at]
        outputs.append(operands.output(x.shape[0], weight.shape[1]))
        operands.call("vector_matmul", operands.matrix(x),
                      operands.weight(weight), outputs[-1].view)
    return outputs
