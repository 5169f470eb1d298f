"""DeepSpeed's tests of the operators that are here: one function for each.

A function makes the operands of one case, calls what computes it, and returns
the outputs with what they should be.
"""

import functools

import numpy as np

import clinfer
import deepspeed_formulas as formulas
from clinfer import Activation, Layout, ResidualForm
from judge import Result
from operands import F32, NO_MATRIX, NO_VECTOR, Operands, as_vector
from pool import Drawn, Pool

EPS = 1e-5
STEP = 1_000_448  # elements from one operand's start in the pool to the next
OPERANDS = 8  # at most, of one case


class Draw:
    """Draws operands of one case from the pool, each from another place."""

    def __init__(self, operands: Operands, pool: Pool):
        self.operands, self._pool, self._next = operands, pool, 0
        self.call, self.output = operands.call, operands.output

    def matrix(self, rows: int, cols: int) -> Drawn:
        drawn = Drawn(self._pool, self._next, rows, cols)
        self._next += STEP
        self.operands.inputs.append(drawn)
        return drawn

    def vector(self, size: int) -> Drawn:
        return self.matrix(1, size)


def norm(gamma: Drawn, beta: Drawn | None = None) -> clinfer.Norm:
    return clinfer.Norm(as_vector(gamma.view),
                        as_vector(beta.view) if beta else NO_VECTOR, EPS)


def layer_norm(draw: Draw, batch, seq, ch):
    x, gamma, beta = (draw.matrix(batch * seq, ch), draw.vector(ch),
                      draw.vector(ch))
    y = draw.output(batch * seq, ch)
    draw.call("layer_norm", x.view, norm(gamma, beta), y.view)
    return [Result(y, lambda rows: formulas.layer_norm(
        x[rows], gamma[:], beta[:], EPS))]


def _layer_norm_residual(draw: Draw, rows, ch, has_bias, has_sum):
    x, residual = draw.matrix(rows, ch), draw.matrix(rows, ch)
    gamma, beta, bias = (draw.vector(ch) for _ in range(3))
    y = draw.output(rows, ch)
    totals = [draw.output(rows, ch)] if has_sum else []
    draw.call("layer_norm_residual", x.view,
              as_vector(bias.view) if has_bias else NO_VECTOR, residual.view,
              norm(gamma, beta), y.view,
              totals[0].view if has_sum else NO_MATRIX)

    def expected_sum(rows):
        return x[rows] + (bias[:] if has_bias else 0) + residual[rows]

    return [Result(y, lambda rows: formulas.layer_norm(
        expected_sum(rows), gamma[:], beta[:], EPS)),
            *(Result(total, expected_sum) for total in totals)]


def layer_norm_residual(draw, batch, seq, ch):
    return _layer_norm_residual(draw, batch * seq, ch, True, False)


def layer_norm_residual_store_pre_ln_res(draw, batch, seq, ch):
    return _layer_norm_residual(draw, batch * seq, ch, True, True)


def v2_pre_ln(draw, batch, seq, ch):
    return _layer_norm_residual(draw, batch * seq, ch, False, True)


def v2_post_ln(draw, batch, seq, ch):
    return _layer_norm_residual(draw, batch * seq, ch, False, False)


def triton_layer_norm(draw: Draw, m, n, residual, input_bias):
    """Of small rows with a mean that is far from zero."""
    operands, random = draw.operands, np.random.default_rng(0)
    gamma, beta, bias, added, x = (
        values.astype(operands.storage.values) for values in
        (random.random(n), random.random(n), input_bias * random.random(n),
         residual * random.random((m, n)),
         -2.3 + 0.5 * random.standard_normal((m, n))))
    parameters = clinfer.Norm(operands.vector(gamma), operands.vector(beta),
                              EPS)
    y = draw.output(m, n)
    if residual or input_bias:
        draw.call("layer_norm_residual", operands.matrix(x),
                  operands.vector(bias) if input_bias else NO_VECTOR,
                  operands.matrix(added), parameters, y.view, NO_MATRIX)
    else:
        draw.call("layer_norm", operands.matrix(x), parameters, y.view)
    sums = sum(values.astype(np.float64) for values in (x, bias, added))
    return [Result(y, lambda rows: formulas.layer_norm(
        sums[rows], gamma.astype(np.float64), beta.astype(np.float64), EPS))]


def rms_norm(draw: Draw, batch, seq, ch):
    x, gamma = draw.matrix(batch * seq, ch), draw.vector(ch)
    y = draw.output(batch * seq, ch)
    draw.call("rms_norm", x.view, norm(gamma), y.view)
    return [Result(y, lambda rows: formulas.rms_norm(x[rows], gamma[:], EPS))]


def pre_norm(draw: Draw, batch, seq, ch):
    """RMS norm of x + residual: two calls, with the sum in f32 between."""
    x, residual = (draw.matrix(batch * seq, ch) for _ in range(2))
    gamma = draw.vector(ch)
    total = draw.output(batch * seq, ch, F32)
    y = draw.output(batch * seq, ch)
    draw.call("residual_add", clinfer.Residual(
        ResidualForm.CLINFER_RESIDUAL_POST_NORM, x.view, residual.view,
        mp_size=1), total.view)
    draw.call("rms_norm", total.view, norm(gamma), y.view)
    return [Result(y, lambda rows: formulas.rms_norm(
                x[rows] + residual[rows], gamma[:], EPS)),
            Result(total, lambda rows: x[rows] + residual[rows])]


ACTIVATIONS = {
    "none": (Activation.CLINFER_NONE, formulas.identity),
    "relu": (Activation.CLINFER_RELU, formulas.relu),
    "silu": (Activation.CLINFER_SILU, formulas.silu),
    "gelu_erf": (Activation.CLINFER_GELU_ERF, formulas.gelu_erf),
    "gelu_tanh": (Activation.CLINFER_GELU_TANH, formulas.gelu_tanh)}


def activation(draw: Draw, batch, seq, ch, act, bias=1):
    number, formula = ACTIVATIONS[act]
    x, added = draw.matrix(batch * seq, ch), draw.vector(ch)
    y = draw.output(batch * seq, ch)
    draw.call("bias_activation", x.view,
              as_vector(added.view) if bias else NO_VECTOR, number, y.view)
    return [Result(y, lambda rows: formula(x[rows] + bias * added[:]))]


def residual_add(draw: Draw, batch, seq, ch, mlp_after_attn, add_bias, mp,
                 pre_norm):
    """`add_bias` counts beside attention only, as it does in DeepSpeed."""
    hidden, residual, attention = (draw.matrix(batch * seq, ch)
                                   for _ in range(3))
    attention_bias, final_bias = draw.vector(ch), draw.vector(ch)
    y = draw.output(batch * seq, ch)
    terms = clinfer.Residual(
        hidden=hidden.view, residual=residual.view, mp_size=mp,
        final_bias=as_vector(final_bias.view))
    if mlp_after_attn and not pre_norm:
        terms.form = ResidualForm.CLINFER_RESIDUAL_POST_NORM
        formula = functools.partial(formulas.residual_post_norm,
                                    final_bias=final_bias[:])
        matrices = hidden, residual
    else:
        terms.form = (ResidualForm.CLINFER_RESIDUAL_PRE_NORM if mlp_after_attn
                      else ResidualForm.CLINFER_RESIDUAL_PARALLEL)
        terms.attention = attention.view
        has_bias = mlp_after_attn or add_bias
        if has_bias:
            terms.attention_bias = as_vector(attention_bias.view)
        formula = functools.partial(
            formulas.residual_pre_norm if mlp_after_attn
            else formulas.residual_parallel, final_bias=final_bias[:],
            attention_bias=attention_bias[:] * has_bias, mp_size=mp)
        matrices = hidden, residual, attention
    draw.call("residual_add", terms, y.view)
    return [Result(y, lambda rows: formula(*(term[rows]
                                             for term in matrices)))]


def _part(matrix: clinfer.Matrix, index: int, rows: int) -> clinfer.Matrix:
    """The index-th of the matrices that lie one below the other."""
    return clinfer.Matrix(matrix.mem, matrix.offset + index * rows * matrix.ld,
                          rows, matrix.cols, matrix.ld, matrix.dtype)


def matmul_4d(draw: Draw, batch, heads, m, k, n):
    """One call for each head, with a weight of its own."""
    stack = batch * heads
    transposed = draw.operands.layout == Layout.CLINFER_OUT_IN
    stored = (n, k) if transposed else (k, n)
    x = draw.matrix(stack * m, k)
    weights = draw.matrix(stack * stored[0], stored[1])
    y = draw.output(stack * m, n)
    for i in range(stack):
        weight = draw.operands.weight_of(_part(weights.view, i, stored[0]))
        draw.call("vector_matmul", _part(x.view, i, m), weight,
                  _part(y.view, i, m))
    matrices = weights[:].reshape(stack, *stored)
    product = x[:].reshape(stack, m, k) @ (
        matrices.transpose(0, 2, 1) if transposed else matrices)
    return [Result(y, product.reshape(stack * m, n).__getitem__)]


def v2_blas_linear(draw: Draw, batch, seq, k, n):
    operands, random = draw.operands, np.random.default_rng(0)
    x, weight = (
        (random.standard_normal(shape, np.float32) * np.float32(scale))
        .astype(operands.storage.values)
        for shape, scale in (((batch * seq, k), 0.1), ((k, n), 0.01)))
    y = draw.output(batch * seq, n)
    draw.call("vector_matmul", operands.matrix(x), operands.weight(weight),
              y.view)
    product = x.astype(np.float64) @ weight.astype(np.float64)
    return [Result(y, product.__getitem__)]
