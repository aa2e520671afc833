"""NF4 with double quantisation as bitsandbytes makes it: codes, scales and decoded values of matrices.

Needs bitsandbytes beside torch. Writes Tests/Golden/fixtures/nf4/reference.json.
"""
import json
import os
import sys

import torch

try:
    import bitsandbytes.functional as f
except ImportError:
    sys.exit("nf4: bitsandbytes is missing (pip install bitsandbytes); the fixture stays as it is")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def case(name, weight):
    codes, state = f.quantize_4bit(
        weight, blocksize=64, compress_statistics=True, quant_type="nf4")
    decoded = f.dequantize_4bit(codes, state)
    return {
        "name": name, "shape": list(weight.shape),
        "values": weight.flatten().tolist(), "codes": codes.flatten().tolist(),
        "scale_codes": state.absmax.flatten().tolist(),
        "scales": state.state2.absmax.flatten().tolist(), "offset": float(state.offset),
        "decoded": decoded.flatten().tolist(),
    }


def fingerprint(numbers):
    """FNV-1a of the bytes."""
    value = 0xCBF29CE484222325
    for byte in numbers:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return str(value)


def large():
    """More blocks than one group of scales: made by a formula, so that its numbers need not be kept."""
    i = torch.arange(130 * 200)
    weight = ((i * 7919 % 2003 - 1001) * (1 + i // 64 % 7) / 32768).float().reshape(130, 200)
    found = case("two groups", weight)
    assert len(found["scales"]) == 2
    decoded = torch.tensor(found.pop("decoded"), dtype=torch.float32)
    del found["values"]
    found["codes"] = fingerprint(found["codes"])
    found["scale_codes"] = fingerprint(found["scale_codes"])
    found["decoded"] = fingerprint(decoded.numpy().tobytes())
    return found


def main():
    torch.set_num_threads(1)
    torch.manual_seed(5)
    ramp = torch.linspace(-1, 1, 320).reshape(5, 64) * torch.tensor([1, 2, 0.5, 3, 0.1])[:, None]
    cases = [
        case("normal", torch.randn(12, 64) * 0.02), case("ramps", ramp),
        case("blocks across rows", torch.randn(8, 40)), case("a part of a block", torch.randn(7, 24)),
        case("zeros", torch.zeros(2, 64)),
    ]
    path = os.path.join(ROOT, "Tests/Golden/fixtures/nf4/reference.json")
    with open(path, "w") as file:
        json.dump({"cases": cases, "large": large()}, file)
        file.write("\n")


main()
