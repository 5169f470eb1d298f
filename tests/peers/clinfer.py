"""What the tests use of clinfer.h, by ctypes.

A compiler compares all of it with the header before anything is called, so a
struct that has changed there stops the run instead of spoiling results.
"""

import ctypes
import enum
import pathlib
import subprocess
from ctypes import POINTER, c_char, c_float, c_int, c_size_t, c_void_p

import opencl


class Dtype(enum.IntEnum):
    CLINFER_F32 = 1
    CLINFER_F16 = 2


class Layout(enum.IntEnum):
    CLINFER_IN_OUT = 0
    CLINFER_OUT_IN = 1


class Activation(enum.IntEnum):
    CLINFER_NONE = 0
    CLINFER_RELU = 1
    CLINFER_GELU_ERF = 2
    CLINFER_GELU_TANH = 3
    CLINFER_SILU = 5
    CLINFER_LEAKY_RELU = 6
    CLINFER_SIGMOID = 7


class ResidualForm(enum.IntEnum):
    CLINFER_RESIDUAL_PRE_NORM = 0
    CLINFER_RESIDUAL_POST_NORM = 1
    CLINFER_RESIDUAL_PARALLEL = 2


class Matrix(ctypes.Structure):
    _fields_ = [("mem", c_void_p), ("offset", c_size_t), ("rows", c_size_t),
                ("cols", c_size_t), ("ld", c_size_t), ("dtype", c_int)]


class Vector(ctypes.Structure):
    _fields_ = [("mem", c_void_p), ("offset", c_size_t), ("size", c_size_t),
                ("dtype", c_int)]


class Weight(ctypes.Structure):
    _fields_ = [("matrix", Matrix), ("layout", c_int), ("packed", c_void_p),
                ("reserved", c_void_p * 3)]


class Norm(ctypes.Structure):
    _fields_ = [("gamma", Vector), ("beta", Vector), ("eps", c_float)]


class Residual(ctypes.Structure):
    _fields_ = [("form", c_int), ("hidden", Matrix), ("residual", Matrix),
                ("attention", Matrix), ("attention_bias", Vector),
                ("final_bias", Vector), ("mp_size", c_int)]


class Exec(ctypes.Structure):
    _fields_ = [("queue", c_void_p), ("wait_count", ctypes.c_uint32),
                ("wait_list", c_void_p), ("event", c_void_p),
                ("first", c_void_p), ("scratch", c_void_p),
                ("scratch_needed", c_void_p), ("recording", c_void_p)]


class _RoomyExec(ctypes.Structure):
    """clinfer_exec and zeros, which is what fields to come start as."""
    _fields_ = [("fields", Exec), ("fields_to_come", c_char * 256)]


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("code", c_int), ("message", c_char * 512)]


STRUCTS = {"clinfer_matrix": Matrix, "clinfer_vector": Vector,
           "clinfer_weight": Weight, "clinfer_norm": Norm,
           "clinfer_residual": Residual}
# These may grow at their ends: the library reads what it knows of them.
GROWING_STRUCTS = {"clinfer_exec": Exec, "clinfer_error": Error}
ENUMS = (Dtype, Layout, Activation, ResidualForm)

# What an operator takes after its context and its clinfer_exec.
OPERATORS = {
    "bias_activation": ("clinfer_matrix", "clinfer_vector",
                        "clinfer_activation", "clinfer_matrix"),
    "layer_norm": ("clinfer_matrix", "const clinfer_norm *",
                   "clinfer_matrix"),
    "layer_norm_residual": ("clinfer_matrix", "clinfer_vector",
                            "clinfer_matrix", "const clinfer_norm *",
                            "clinfer_matrix", "clinfer_matrix"),
    "linear": ("clinfer_matrix", "clinfer_weight", "clinfer_vector",
               "clinfer_activation", "clinfer_matrix"),
    "residual_add": ("const clinfer_residual *", "clinfer_matrix"),
    "rms_norm": ("clinfer_matrix", "const clinfer_norm *", "clinfer_matrix"),
    "vector_matmul": ("clinfer_matrix", "clinfer_weight", "clinfer_matrix"),
}

ARGUMENTS = {**STRUCTS, "clinfer_activation": c_int,
             "const clinfer_norm *": POINTER(Norm),
             "const clinfer_residual *": POINTER(Residual)}


class ClinferError(Exception):
    """A call of the library has failed."""


def _claims():
    """What this file says of the header, in C."""
    yield "#include <clinfer/clinfer.h>"
    for name, struct in {**STRUCTS, **GROWING_STRUCTS}.items():
        for field, *_ in struct._fields_:
            place = getattr(struct, field)
            yield (f'_Static_assert(offsetof({name}, {field}) == '
                   f'{place.offset} && sizeof(({name}){{0}}.{field}) == '
                   f'{place.size}, "{name}.{field}");')
        if name in STRUCTS:
            yield (f'_Static_assert(sizeof({name}) == '
                   f'{ctypes.sizeof(struct)}, "size of {name}");')
    yield (f'_Static_assert(sizeof(clinfer_exec) <= '
           f'{ctypes.sizeof(_RoomyExec)}, "size of clinfer_exec");')
    for member in (m for numbers in ENUMS for m in numbers):
        yield (f'_Static_assert({member.name} == {member.value}, '
               f'"{member.name}");')
    for name, arguments in OPERATORS.items():
        parameters = ("clinfer_context *", "const clinfer_exec *", *arguments)
        yield f"clinfer_status clinfer_{name}({', '.join(parameters)});"


def check_against_header(*include: pathlib.Path):
    """Stop if clinfer.h says anything else than this file."""
    command = ["cc", "-std=c11", "-fsyntax-only", "-x", "c", "-"]
    command += [f"-I{folder}" for folder in include]
    done = subprocess.run(command, input="\n".join(_claims()), text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise ClinferError(f"clinfer.py and clinfer.h differ:\n{done.stderr}")


class Library:
    """The shared library, with a context on CLINFER_DEVICE and a queue."""

    def __init__(self, path: pathlib.Path):
        self._lib = ctypes.CDLL(str(path))
        self._lib.clinfer_last_error.restype = POINTER(Error)
        for name, arguments in OPERATORS.items():
            getattr(self._lib, "clinfer_" + name).argtypes = (
                c_void_p, POINTER(_RoomyExec),
                *(ARGUMENTS[argument] for argument in arguments))
        for name in ("cl", "device"):
            getattr(self._lib, "clinfer_context_" + name).restype = c_void_p
        self._context = c_void_p()
        self._check(self._lib.clinfer_context_open(
            None, None, ctypes.byref(self._context)))
        self.queue = opencl.Queue(
            self._lib.clinfer_context_cl(self._context),
            self._lib.clinfer_context_device(self._context))

    def _check(self, status: int):
        if status != 0:
            error = self._lib.clinfer_last_error().contents
            raise ClinferError(f"status {status}, code {error.code}: "
                               f"{error.message.decode()}")

    def call(self, operator: str, *arguments):
        """Enqueue an operator."""
        work = _RoomyExec()
        work.fields.queue = self.queue.handle
        function = getattr(self._lib, "clinfer_" + operator)
        self._check(function(self._context, work, *arguments))

    def pack(self, weight: Weight):
        self._check(self._lib.clinfer_weight_pack(
            self._context, c_void_p(self.queue.handle), ctypes.byref(weight)))

    def unpack(self, weight: Weight):
        self._lib.clinfer_weight_unpack(ctypes.byref(weight))

    def close(self):
        self.queue.release()
        self._lib.clinfer_context_destroy(self._context)
