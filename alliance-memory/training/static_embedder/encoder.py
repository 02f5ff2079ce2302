"""The model's encoder in numpy: BERT of 6 layers, mean over tokens, length 1."""

import json
import math
import struct

import numpy as np

HEADS = 12
EPSILON = 1e-12


def weights(path):
    """Reads a safetensors file: name -> float32 array."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
    return tensors


def normal(x, scale, shift):
    x = x - x.mean(-1, keepdims=True)
    x /= np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
    return x * scale + shift


def gelu(x):
    """x times the normal distribution, whose error function is Abramowitz and Stegun 7.1.26 (off by 1.5e-7)."""
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = 1 - poly.astype(np.float32) * np.exp(-z * z)
    return x * np.float32(0.5) * (1 + np.copysign(erf, x))


class Encoder:
    def __init__(self, path):
        self.w = weights(path)

    def layer(self, name, x):
        flat = x.reshape(-1, x.shape[-1]) @ self.w[f"{name}.weight"].T
        flat += self.w[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def norm(self, name, x):
        return normal(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def encode(self, ids):
        """Vectors of texts of the same number of tokens, `ids` being [texts, tokens] with [CLS] and [SEP]."""
        texts, tokens = ids.shape
        w = self.w
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:tokens]
        x = self.norm("embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][0])
        width = x.shape[-1]
        for number in range(6):
            layer = f"encoder.layer.{number}"
            heads = lambda part: self.layer(f"{layer}.attention.self.{part}", x).reshape(
                texts, tokens, HEADS, width // HEADS
            ).transpose(0, 2, 1, 3)
            scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(math.sqrt(width // HEADS))
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            seen = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(texts, tokens, width)
            seen = self.layer(f"{layer}.attention.output.dense", seen)
            x = self.norm(f"{layer}.attention.output.LayerNorm", x + seen)
            more = self.layer(f"{layer}.output.dense", gelu(self.layer(f"{layer}.intermediate.dense", x)))
            x = self.norm(f"{layer}.output.LayerNorm", x + more)
        x = x.mean(1)
        return x / np.linalg.norm(x, axis=1, keepdims=True)
