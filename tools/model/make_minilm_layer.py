#!/usr/bin/env python3
"""Cut layer 0 of all-MiniLM-L6-v2 into a data file with PyTorch's results.

usage: make_minilm_layer.py MODEL_FOLDER OUTPUT.safetensors

MODEL_FOLDER holds model.safetensors, tokenizer.json and config.json. OUTPUT
receives the layer's parameters and its input, both rounded to f16, and what
PyTorch computes in float64 from exactly those rounded numbers. The same
folder gives the same bytes: docs/real-weights.md has their checksum.

Needs torch, numpy, safetensors and tokenizers.
"""

import json
import pathlib
import struct
import sys

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

# The same sentences, with the ids printed here, are in
# tools/model/bert.c.
SENTENCES = [
    "The ferry leaves the harbour at dawn, whatever the weather.",
    "Any invertible matrix multiplied by its inverse gives the identity.",
    "Nobody remembers who planted the pear tree behind the old station, "
    "yet it still bears fruit every autumn.",
]
LAYER = "encoder.layer.0."
DTYPES = {"float16": "F16", "float64": "F64", "int64": "I64"}


def tokenise(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [tokenizer.encode(sentence).ids for sentence in SENTENCES]


def dense(weights, name, x):
    return functional.linear(x, weights[name + ".weight"],
                             weights[name + ".bias"])


def normalise(weights, name, x, eps):
    return functional.layer_norm(x, x.shape[-1:], weights[name + ".weight"],
                                 weights[name + ".bias"], eps)


def embed(weights, ids, eps):
    """What the embeddings give for one sentence, all of it segment 0."""
    total = (weights["embeddings.word_embeddings.weight"][ids]
             + weights["embeddings.position_embeddings.weight"][:len(ids)]
             + weights["embeddings.token_type_embeddings.weight"][0])
    return normalise(weights, "embeddings.LayerNorm", total, eps)


def attend(qkv, heads):
    """Softmax attention within one sentence; qkv: [tokens, 3 * hidden]."""
    query, key, value = (part.unflatten(1, (heads, -1)).transpose(0, 1)
                         for part in qkv.chunk(3, dim=1))
    scores = query @ key.transpose(1, 2) / query.shape[-1] ** 0.5
    return (scores.softmax(dim=-1) @ value).transpose(0, 1).flatten(1)


def encode(weights, x, lengths, heads, eps):
    """One post-norm encoder layer; returns its stages that are compared."""
    parts = [dense(weights, LAYER + "attention.self." + name, x)
             for name in ("query", "key", "value")]
    qkv = torch.cat(parts, dim=1)
    context = torch.cat([attend(part, heads) for part in qkv.split(lengths)])
    attention = dense(weights, LAYER + "attention.output.dense", context)
    normalised = normalise(weights, LAYER + "attention.output.LayerNorm",
                           attention + x, eps)
    intermediate = functional.gelu(
        dense(weights, LAYER + "intermediate.dense", normalised))
    output = normalise(
        weights, LAYER + "output.LayerNorm",
        dense(weights, LAYER + "output.dense", intermediate) + normalised, eps)
    return {"qkv": qkv, "normalised": normalised, "output": output}


def settle(tensor):
    """Round to multiples of 2^-26: far below what the device's f32 resolves,
    far above how much the order of summation on this host matters."""
    return torch.round(tensor * 2.0**26) / 2.0**26


def save(path, tensors, metadata):
    """Write safetensors by hand: save_file leaves metadata in any order."""
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        array = tensors[name].contiguous().numpy()
        blob = array.astype(array.dtype.newbyteorder("<")).tobytes()
        header[name] = {"dtype": DTYPES[str(array.dtype)],
                        "shape": list(array.shape),
                        "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main(folder, target):
    config = json.loads((folder / "config.json").read_text())
    heads, eps = config["num_attention_heads"], config["layer_norm_eps"]
    model = load_file(folder / "model.safetensors")
    model = {name: tensor.double() for name, tensor in model.items()
             if name.startswith(("embeddings.", LAYER))}

    sentences = tokenise(folder)
    lengths = [len(ids) for ids in sentences]
    for ids in sentences:
        print(*ids, sep=", ")

    stored = {name: tensor.half() for name, tensor in model.items()
              if name.startswith(LAYER)}
    stored["clinfer.input"] = torch.cat(
        [embed(model, ids, eps) for ids in sentences]).half()
    rounded = {name: tensor.double() for name, tensor in stored.items()}
    results = encode(rounded, rounded["clinfer.input"], lengths, heads, eps)
    for name, tensor in results.items():
        stored["clinfer.expected." + name] = settle(tensor)
    stored["clinfer.lengths"] = torch.tensor(lengths)

    save(target, stored, {
        "source": "sentence-transformers/all-MiniLM-L6-v2",
        "license": "Apache-2.0",
        "num_attention_heads": str(heads),
        "layer_norm_eps": repr(eps),
        "sentences": "\n".join(SENTENCES),
    })


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
