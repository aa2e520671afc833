"""Reference values for Tests/AutogradTests: a small transformer in f64, its loss and every gradient.

Usage: python autograd.py OUTPUT_FOLDER
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

BATCH, LENGTH, WIDTH, HEADS, KEY_HEADS, HIDDEN, VOCABULARY = 2, 5, 8, 4, 2, 12, 11
HEAD = WIDTH // HEADS


def parameters():
    generator = torch.Generator().manual_seed(3)
    shapes = {
        "embedding": [VOCABULARY, WIDTH],
        "norm1.weight": [WIDTH],
        "norm1.bias": [WIDTH],
        "q.weight": [WIDTH, WIDTH],
        "q.bias": [WIDTH],
        "k.weight": [KEY_HEADS * HEAD, WIDTH],
        "v.weight": [KEY_HEADS * HEAD, WIDTH],
        "o.weight": [WIDTH, WIDTH],
        "norm2.weight": [WIDTH],
        "gate.weight": [HIDDEN, WIDTH],
        "up.weight": [HIDDEN, WIDTH],
        "up.bias": [HIDDEN],
        "down.weight": [WIDTH, HIDDEN],
        "down.bias": [WIDTH],
        "norm3.weight": [WIDTH],
    }
    made = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator, dtype=torch.float64) * 0.4
        if name.startswith("norm") and name.endswith("weight"):
            values = values + 1
        # Few digits, so that the file is small and the numbers are exact.
        made[name] = ((values * 256).round() / 256).requires_grad_()
    return made


def rotate(x, cos, sin):
    a, b = x[..., : HEAD // 2], x[..., HEAD // 2 :]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def forward(p, ids, labels, key_mask):
    h = p["embedding"][ids]
    x = F.layer_norm(h, [WIDTH], p["norm1.weight"], p["norm1.bias"], 1e-5)
    q = F.linear(x, p["q.weight"], p["q.bias"])
    k, v = F.linear(x, p["k.weight"]), F.linear(x, p["v.weight"])
    q = q.view(BATCH, LENGTH, HEADS, HEAD).transpose(1, 2)
    k = k.view(BATCH, LENGTH, KEY_HEADS, HEAD).transpose(1, 2)
    v = v.view(BATCH, LENGTH, KEY_HEADS, HEAD).transpose(1, 2)
    exponents = torch.arange(HEAD // 2, dtype=torch.float64) * 2 / HEAD
    angles = torch.arange(LENGTH, dtype=torch.float64)[:, None] * (100.0**-exponents)[None, :]
    q, k = rotate(q, angles.cos(), angles.sin()), rotate(k, angles.cos(), angles.sin())
    repeats = HEADS // KEY_HEADS
    k, v = k.repeat_interleave(repeats, dim=1), v.repeat_interleave(repeats, dim=1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(HEAD)
    allowed = torch.ones(LENGTH, LENGTH, dtype=torch.bool).tril()[None, None]
    allowed = allowed & key_mask[:, None, None, :]
    attended = scores.masked_fill(~allowed, -math.inf).softmax(-1) @ v
    attended = attended.transpose(1, 2).reshape(BATCH, LENGTH, WIDTH)
    h = h + F.linear(attended, p["o.weight"])
    x = F.layer_norm(h, [WIDTH], p["norm2.weight"], None, 1e-5)
    gate = F.gelu(F.linear(x, p["gate.weight"]), approximate="tanh")
    x = gate * F.silu(F.linear(x, p["up.weight"], p["up.bias"]))
    h = h + F.linear(x, p["down.weight"], p["down.bias"])
    h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6) * p["norm3.weight"]
    logits = h @ p["embedding"].T
    return logits, F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)


def main(folder):
    torch.set_num_threads(1)
    p = parameters()
    ids = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 10, 3]])
    labels = torch.tensor([[1, 4, 1, 5, -100], [2, 6, -100, 3, 0]])
    key_mask = torch.tensor([[True] * 5, [True, True, False, True, True]])
    logits, loss = forward(p, ids, labels, key_mask)
    loss.backward()
    fixture = {
        "ids": ids.flatten().tolist(),
        "labels": labels.flatten().tolist(),
        "keyMask": key_mask.flatten().tolist(),
        "shape": [BATCH, LENGTH],
        "heads": HEADS,
        "keyHeads": KEY_HEADS,
        "loss": loss.item(),
        "logits": logits.flatten().tolist(),
        "parameters": {
            name: {
                "shape": list(value.shape),
                "value": value.flatten().tolist(),
                "gradient": value.grad.flatten().tolist(),
            }
            for name, value in p.items()
        },
    }
    path = pathlib.Path(folder) / "transformer.json"
    path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
