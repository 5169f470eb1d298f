"""The few calls of OpenCL that the tests need, by ctypes."""

import ctypes
import ctypes.util

import numpy as np

CL_TRUE = 1
CL_MEM_READ_WRITE = 1

_lib = ctypes.CDLL(ctypes.util.find_library("OpenCL") or "libOpenCL.so.1")


class OpenCLError(Exception):
    """A call of OpenCL has failed."""


def _declare(name, result, *arguments):
    function = getattr(_lib, name)
    function.restype, function.argtypes = result, arguments
    return function


_ptr, _int, _uint, _size = (ctypes.c_void_p, ctypes.c_int32, ctypes.c_uint32,
                            ctypes.c_size_t)
_events = (_uint, _ptr, _ptr)

_create_queue = _declare("clCreateCommandQueue", _ptr, _ptr, _ptr,
                         ctypes.c_uint64, ctypes.POINTER(_int))
_create_buffer = _declare("clCreateBuffer", _ptr, _ptr, ctypes.c_uint64, _size,
                          _ptr, ctypes.POINTER(_int))
_release_buffer = _declare("clReleaseMemObject", _int, _ptr)
_release_queue = _declare("clReleaseCommandQueue", _int, _ptr)
_write = _declare("clEnqueueWriteBuffer", _int, _ptr, _ptr, _uint, _size,
                  _size, _ptr, *_events)
_read = _declare("clEnqueueReadBuffer", _int, _ptr, _ptr, _uint, _size, _size,
                 _ptr, *_events)
_fill = _declare("clEnqueueFillBuffer", _int, _ptr, _ptr, _ptr, _size, _size,
                 _size, *_events)
_finish = _declare("clFinish", _int, _ptr)


def _check(code, call):
    if code != 0:
        raise OpenCLError(f"{call} failed with {code}")


class Queue:
    """An in-order queue of a device."""

    def __init__(self, context: int, device: int):
        code = _int()
        self.context = context
        self.handle = _create_queue(context, device, 0, code)
        _check(code.value, "clCreateCommandQueue")

    def finish(self):
        _check(_finish(self.handle), "clFinish")

    def release(self):
        _check(_release_queue(self.handle), "clReleaseCommandQueue")


class Buffer:
    """Memory of the device: `count` elements of a NumPy type."""

    def __init__(self, queue: Queue, count: int, dtype: np.dtype):
        code = _int()
        self.queue, self.count, self.dtype = queue, count, np.dtype(dtype)
        self.handle = _create_buffer(queue.context, CL_MEM_READ_WRITE,
                                     count * self.dtype.itemsize, None, code)
        _check(code.value, "clCreateBuffer")

    def write(self, values: np.ndarray, at: int = 0):
        """Write an array, from the element `at` on."""
        values = np.ascontiguousarray(values, self.dtype)
        _check(_write(self.queue.handle, self.handle, CL_TRUE,
                      at * self.dtype.itemsize, values.nbytes,
                      values.ctypes.data, 0, None, None),
               "clEnqueueWriteBuffer")

    def read(self, at: int = 0, count: int | None = None) -> np.ndarray:
        """Elements from `at` on, or all, once the queue has got that far."""
        values = np.empty(self.count if count is None else count, self.dtype)
        _check(_read(self.queue.handle, self.handle, CL_TRUE,
                     at * self.dtype.itemsize, values.nbytes,
                     values.ctypes.data, 0, None, None),
               "clEnqueueReadBuffer")
        return values

    def fill(self, value):
        pattern = np.array([value], self.dtype)
        _check(_fill(self.queue.handle, self.handle, pattern.ctypes.data,
                     pattern.nbytes, 0, self.count * self.dtype.itemsize, 0,
                     None, None), "clEnqueueFillBuffer")
        self.queue.finish()  # the pattern must live until then

    def release(self):
        _check(_release_buffer(self.handle), "clReleaseMemObject")
