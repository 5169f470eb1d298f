#!/usr/bin/env python3
"""Time PyTorch on this CPU, in f32.

    torch_anchors.py TOKENSxHIDDEN...

Prints "torch operator TOKENSxHIDDEN microseconds" for what qkv_gemm and
mlp_gemm compute: the median of calls in a row.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def median(run):
    for _ in range(3):
        run()
    times, end = [], time.perf_counter() + 0.4
    while len(times) < 9 or time.perf_counter() < end:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


@torch.inference_mode()
def main():
    for size in sys.argv[1:]:
        tokens, hidden = map(int, size.split('x'))
        wide = 4 * hidden
        x, residual = torch.randn(2, tokens, hidden)
        gamma, beta, input_bias = torch.randn(3, hidden)
        qkv, qkv_bias = torch.randn(3 * hidden, hidden), torch.randn(3 * hidden)
        w, bias = torch.randn(wide, hidden), torch.randn(wide)
        out = torch.randn(hidden, wide)

        def norm(v):
            return F.layer_norm(v, (hidden,), gamma, beta)

        def qkv_gemm():
            return F.linear(norm(x), qkv, qkv_bias)

        def mlp_gemm():
            n = norm(x + input_bias + residual)
            return F.linear(F.gelu(F.linear(n, w, bias)), out)

        for run in (qkv_gemm, mlp_gemm):
            print('torch', run.__name__, size, '%.1f' % median(run))


main()
