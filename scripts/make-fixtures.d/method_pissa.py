"""PiSSA in f64: PEFT's LoRA from the start that the paper gives (PEFT's own takes its singular values in
f32). Singular vectors have no sign of their own: the start is compared as B A and as what is left of the
weight; the steps go on from the A, B and rest of here."""

import torch
from _method import BASES, TARGETS, adapted, make, merged_weights, trained
from peft import LoraConfig
from peft.tuners.lora import LoraLayer

NAMES = {"lora_A.weight": "pissa.A", "lora_B.weight": "pissa.B"}
RANK, ALPHA = 4, 8


@torch.no_grad()
def principal_start(model, scale):
    for layer in model.modules():
        if isinstance(layer, LoraLayer):
            weight = layer.get_base_layer().weight
            turned = layer.fan_in_fan_out
            u, s, vt = torch.linalg.svd(weight.T if turned else weight, full_matrices=False)
            root = (s[:RANK] / scale).sqrt()
            layer.lora_A["default"].weight.copy_(root[:, None] * vt[:RANK])
            layer.lora_B["default"].weight.copy_(u[:, :RANK] * root)
            part = (u[:, :RANK] * s[:RANK]) @ vt[:RANK]
            weight -= part.T if turned else part


for base in BASES:
    model = adapted(base, LoraConfig, r=RANK, lora_alpha=ALPHA, lora_dropout=0.0)
    principal_start(model, ALPHA / RANK)
    parameters = trained(model, base, NAMES)
    rest = {p: w.data.clone() for p, w in merged_weights(model, base, TARGETS[base]).items()}
    initially = {}
    for path, weight in rest.items():
        site = path.removesuffix(".weight")
        product = parameters[f"{site}.pissa.B"] @ parameters[f"{site}.pissa.A"]
        initially[f'model["{site}.pissa.B"] @ model["{site}.pissa.A"]'] = product.detach()
        initially[f'model["{path}"]'] = weight.T if base == "gpt2" else weight
    make(
        f"pissa_{base}", base, f"base |> pissa(rank={RANK}, alpha={ALPHA})", model, parameters,
        frozen=rest, initially=initially,
        merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]),
    )  # fmt: skip
