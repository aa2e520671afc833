"""AdaLoRA in f64, from PEFT: its penalty, and the masks of a whole schedule.

Two choices of PEFT's are not followed, since they are slips: it leaves the constant `ranknum` trainable, and (by
its own comment) what it does after the final mask is not to shrink the ranks but to apply the mask again.
"""

import torch
from _method import BASES, TARGETS, adapted, jitter, make, merged_weights, trained
from peft import AdaLoraConfig

NAMES = {"lora_A": "adalora.A", "lora_E": "adalora.E", "lora_B": "adalora.B"}
STEPS, FINAL = 30, 6


def skew(model):
    """0.5 times the mean Frobenius norm of P Pᵀ - I, as AdaLoraModel.forward adds it."""
    norms = []
    for name, p in model.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            gram = p @ p.T if "lora_A" in name else p.T @ p
            norms.append(torch.norm(gram - torch.eye(len(gram), dtype=p.dtype)))
    return 0.5 * sum(norms) / len(norms)


for base in BASES:
    model = adapted(
        base, AdaLoraConfig, init_r=6, target_r=3, lora_alpha=8, lora_dropout=0.0, tinit=3,
        tfinal=FINAL, deltaT=2, total_step=STEPS, orth_reg_weight=0.5,
    )  # fmt: skip
    for name, parameter in model.named_parameters():
        if "ranknum" in name:
            parameter.requires_grad = False
    jitter(model)
    parameters = trained(model, base, NAMES)
    sites = [path.removesuffix(".adalora.E") for path in parameters if path.endswith(".E")]
    make(
        f"adalora_{base}", base,
        f'base |> adalora(rank=6, target=3, alpha=8, warmup=3, final={FINAL}, every=2, dialect="peft")',
        model, parameters, steps=STEPS, penalty=skew,
        forward=lambda model, inputs: model.base_model.model(**inputs),
        after_step=model.base_model.update_and_allocate,
        each_step={
            f'abs(model["{site}.adalora.E"]) > 0': lambda site=site: parameters[f"{site}.adalora.E"] != 0
            for site in sites
        },
        saved=model,
        merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]),
    )  # fmt: skip
