"""What DeepSpeed's operators compute, in double."""

import math

import numpy as np

_erf = np.frompyfunc(math.erf, 1, 1)


def layer_norm(x, gamma, beta, eps):
    x = x - x.mean(axis=1, keepdims=True)
    variance = np.square(x).mean(axis=1, keepdims=True)
    return x / np.sqrt(variance + eps) * gamma + beta


def rms_norm(x, gamma, eps):
    squares = np.square(x).mean(axis=1, keepdims=True)
    return x / np.sqrt(squares + eps) * gamma


def identity(x):
    return x


def relu(x):
    return np.maximum(x, 0)


def silu(x):
    return x / (1 + np.exp(-x))


def gelu_erf(x):
    return x * (1 + _erf(x / math.sqrt(2)).astype(np.float64)) / 2


def gelu_tanh(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)
    return x * (1 + np.tanh(inner)) / 2


def residual_pre_norm(hidden, residual, attention, attention_bias, final_bias,
                      mp_size):
    terms = residual + final_bias + attention + attention_bias
    return hidden + terms / mp_size


def residual_post_norm(hidden, residual, final_bias):
    return hidden + residual + final_bias


def residual_parallel(hidden, residual, attention, attention_bias, final_bias,
                      mp_size):
    terms = residual + final_bias + attention_bias
    return hidden + attention + terms / mp_size
