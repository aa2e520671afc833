"""LoRA, rank-stabilised LoRA and LoRA+ in f64, from PEFT."""

import torch
from _method import BASES, DECAY, LR, TARGETS, adapted, jitter, make, merged_weights, trained
from peft import LoraConfig
from peft.optimizers import create_loraplus_optimizer


def build(base, name, **options):
    """A model whose B is not zero, and {our path: parameter}."""
    model = adapted(base, LoraConfig, r=4, lora_alpha=8, lora_dropout=0.0, **options)
    jitter(model)
    return model, trained(model, base, {"lora_A.weight": f"{name}.A", "lora_B.weight": f"{name}.B"})


for base in BASES:
    for name, options in (("lora", {}), ("rslora", {"use_rslora": True})):
        model, parameters = build(base, name, **options)
        make(
            f"{name}_{base}", base, f"base |> {name}(rank=4, alpha=8)", model, parameters, saved=model,
            merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]),
        )  # fmt: skip

    # The paper's: every B at its own rate. PEFT's: vectors too, those without decay.
    model, parameters = build(base, "lora_plus")
    fast = [p for path, p in parameters.items() if path.endswith(".B")]
    slow = [p for path, p in parameters.items() if not path.endswith(".B")]
    groups = [{"params": slow}, {"params": fast, "lr": LR * 8}]
    make(
        f"lora_plus_{base}", base, "base |> lora_plus(rank=4, alpha=8, ratio=8)", model, parameters,
        optimizer=torch.optim.AdamW(groups, lr=LR, weight_decay=DECAY),
        merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]),
    )  # fmt: skip
    model, parameters = build(base, "lora_plus")
    make(
        f"lora_plus_peft_{base}", base,
        'base |> lora_plus(rank=4, alpha=8, ratio=8, dialect="peft")', model, parameters,
        optimizer=create_loraplus_optimizer(
            model, torch.optim.AdamW, lr=LR, loraplus_lr_ratio=8, loraplus_weight_decay=DECAY
        ),
    )  # fmt: skip
