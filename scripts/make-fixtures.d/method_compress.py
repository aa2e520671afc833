"""Compressing a tuned model's changes, in f64: the nearest matrices of rank 2 by torch's SVD. The tuned model is the
base with W + 0.3 W Wᵀ W in the first block, so that the language can make the same one."""

import torch
from _method import BASES, TARGETS, adapted, make, merged_weights, path_of, trained
from peft import LoraConfig
from peft.tuners.lora import LoraLayer

RANK = 2
SITES = {"bert": ["blocks.0.attn.q", "blocks.0.attn.v"], "gpt2": ["blocks.0.attn.qkv"]}

for base in BASES:
    model = adapted(base, LoraConfig, r=RANK, lora_alpha=RANK, lora_dropout=0.0, layers_to_transform=[0])
    initially = {}
    with torch.no_grad():
        for name, layer in model.named_modules():
            if not isinstance(layer, LoraLayer):
                continue
            weight = layer.get_base_layer().weight
            weight = weight.T if base == "gpt2" else weight
            u, s, vt = torch.linalg.svd(0.3 * weight @ weight.T @ weight, full_matrices=False)
            root = s[:RANK].sqrt()
            layer.lora_A["default"].weight.copy_(root[:, None] * vt[:RANK])
            layer.lora_B["default"].weight.copy_(u[:, :RANK] * root)
            site = path_of(name, base)
            product = layer.lora_B["default"].weight @ layer.lora_A["default"].weight
            initially[f'model["{site}.compress.B"] @ model["{site}.compress.A"]'] = product
    pairs = ", ".join(
        f'"{site}.weight" = tuned(base["{site}.weight"])' for site in SITES[base]
    )
    names = {"lora_A.weight": "compress.A", "lora_B.weight": "compress.B"}
    at = "blocks.0.attn." + {"bert": "{q,v}", "gpt2": "qkv"}[base]
    make(
        f"compress_{base}", base,
        "tuned = w -> stop_gradient(w + 0.3 * w @ w.T @ w); "
        f'(base with ({pairs})) |> compress(rank={RANK}, at="{at}")',
        model, trained(model, base, names), initially=initially,
        merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]),
    )  # fmt: skip
