"""The sizes and tolerances of DeepSpeed's tests of the operators here.

The sizes are those of tests/unit/ops/transformer/inference and, by the names
that start with v2, of tests/unit/inference/v2/kernels/core_ops. Every test
runs in f32 and in f16. Its data are normal, drawn from fixed seeds.
"""

import functools
import itertools
from typing import Callable, Iterator, NamedTuple

import deepspeed_operators as operators
from cases import Case
from clinfer import Layout
from judge import Result, Tolerance
from operands import F16, F32, Operands
from pool import Pool

# A tenth of DeepSpeed's. It runs matmul in f16 only; in f32, products added up
# one after the other, by OpenBLAS for one, miss a tenth by a factor of 1.7.
TOLERANCES = {F32: Tolerance(5e-5, 5e-6), F16: Tolerance(3e-3, 2e-4)}
MATMUL_TOLERANCES = {F32: Tolerance(5e-5, 1.5e-5), F16: Tolerance(5e-3, 2e-4)}
RESIDUAL_TOLERANCES = {F32: Tolerance(5e-5, 5e-6), F16: Tolerance(3e-3, 4e-4)}

Grid = list[dict]


def grid(**axes) -> Grid:
    """Every combination of some sizes and settings."""
    return [dict(zip(axes, values))
            for values in itertools.product(*axes.values())]


NORM_GRID = grid(batch=(1, 32), seq=(1, 128),
                 ch=(384, 512, 768, 1024, 2048, 8192, 14432))
ACTIVATION_GRID = grid(batch=(1, 2), seq=(1, 128, 255), ch=(512, 1232, 4096))
RESIDUAL_GRID = [
    {**shape, **form} for shape in ACTIVATION_GRID
    for form in grid(mlp_after_attn=(1, 0), add_bias=(1, 0), mp=(1, 2),
                     pre_norm=(1, 0))]
MATMUL_GRID = grid(batch=(1, 2), heads=(1, 2, 16), m=(1, 7, 8, 128),
                   k=(2, 5, 16, 128), n=(1, 2, 8, 512))
V2_GRID = [{"batch": 1, "seq": tokens, "ch": channels} for tokens, channels in
           ((1, 4096), (37, 2048), (112, 14432), (1024, 6144))]
LINEAR_GRID = [
    dict(zip(("batch", "seq", "k", "n"), sizes)) for sizes in
    ((1, 1, 1024, 1024), (1, 1024, 1024, 1024), (2, 1024, 1024, 1024),
     (1, 128, 768, 3072), (1, 128, 3072, 768))]
# A weight has up to a gigabyte here, a product up to 400 GFLOP.
LARGE_LINEAR_GRID = [
    dict(zip(("batch", "seq", "k", "n"), sizes)) for sizes in
    ((1, 1024, 8192, 8192), (1, 733, 8192, 32768), (1, 13, 32768, 8192))]

LARGEST = max(shape["batch"] * shape["seq"] * shape["ch"]
              for shape in NORM_GRID + ACTIVATION_GRID + V2_GRID)


class Family(NamedTuple):
    """A test of DeepSpeed: what runs one case of it, and its cases."""
    name: str
    run: Callable[..., list[Result]]
    shapes: Grid
    tolerances: dict = TOLERANCES
    has_weight: bool = False


def families(whole: bool) -> list[Family]:
    def activations(name, shapes, *acts, **bias):
        return Family(name, operators.activation, [
            {**shape, "act": act, **bias} for shape in shapes for act in acts])

    one = [{"batch": 1, "seq": 223, "ch": 4096}]
    rms = [{"batch": 1, "seq": 883, "ch": 1024}, *V2_GRID]
    return [
        Family("layer_norm", operators.layer_norm, NORM_GRID),
        Family("layer_norm_residual", operators.layer_norm_residual,
               NORM_GRID),
        Family("layer_norm_residual_store_pre_ln_res",
               operators.layer_norm_residual_store_pre_ln_res, NORM_GRID),
        Family("triton_layer_norm", operators.triton_layer_norm,
               grid(m=(4,), n=(4,), residual=(1, 0), input_bias=(1, 0))),
        Family("rms_norm", operators.rms_norm, NORM_GRID),
        Family("pre_norm", operators.pre_norm, NORM_GRID),
        activations("gelu", ACTIVATION_GRID, "gelu_erf", bias=0),
        activations("bias_gelu", ACTIVATION_GRID, "gelu_tanh"),
        activations("bias_relu", ACTIVATION_GRID, "relu"),
        activations("bias_add", ACTIVATION_GRID, "none"),
        Family("residual_add", operators.residual_add, RESIDUAL_GRID,
               RESIDUAL_TOLERANCES),
        Family("matmul_4d", operators.matmul_4d, MATMUL_GRID,
               MATMUL_TOLERANCES, has_weight=True),
        Family("v2_pre_ln", operators.v2_pre_ln, V2_GRID),
        Family("v2_post_ln", operators.v2_post_ln, V2_GRID),
        Family("v2_rms_norm", operators.rms_norm, rms),
        Family("v2_rms_pre_norm", operators.pre_norm, rms),
        activations("v2_bias_activation", V2_GRID, "relu"),
        activations("v2_act_fns", one, "relu", "gelu_erf", "silu", "none"),
        activations("v2_no_bias", one, "none", bias=0),
        Family("v2_blas_linear", operators.v2_blas_linear,
               LINEAR_GRID + LARGE_LINEAR_GRID * whole, has_weight=True),
    ]


@functools.cache
def _pool(queue, storage) -> Pool:
    return Pool(queue, storage,
                LARGEST + operators.OPERANDS * operators.STEP, seed=1)


def _run(family: Family, shape: dict, operands: Operands) -> list[Result]:
    pool = _pool(operands.library.queue, operands.storage)
    return family.run(operators.Draw(operands, pool), **shape)


def cases(whole: bool) -> Iterator[Case]:
    """Every test in f32 and f16; those with a weight in both its layouts."""
    for storage, family in itertools.product((F32, F16), families(whole)):
        layouts = {"": Layout.CLINFER_IN_OUT} if not family.has_weight else {
            " in_out": Layout.CLINFER_IN_OUT, " out_in": Layout.CLINFER_OUT_IN}
        for shape, (suffix, layout) in itertools.product(family.shapes,
                                                         layouts.items()):
            sizes = " ".join(f"{axis}={size}" for axis, size in shape.items())
            yield Case(f"deepspeed {family.name} {sizes} {storage.name}"
                       f"{suffix}", f"{family.name} {storage.name}",
                       family.tolerances[storage],
                       functools.partial(_run, family, shape), storage,
                       layout=layout)
