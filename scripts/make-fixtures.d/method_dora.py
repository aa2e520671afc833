"""DoRA in f64, from PEFT."""

from _method import BASES, TARGETS, adapted, jitter, make, merged_weights, trained
from peft import LoraConfig

NAMES = {
    "lora_A.weight": "dora.A",
    "lora_B.weight": "dora.B",
    "lora_magnitude_vector.weight": "dora.magnitude",
}

for base in BASES:
    model = adapted(base, LoraConfig, r=4, lora_alpha=8, lora_dropout=0.0, use_dora=True)
    start = {n: p.detach().clone() for n, p in trained(model, base, NAMES).items()}
    jitter(model)
    make(
        f"dora_{base}", base, "base |> dora(rank=4, alpha=8)", model, trained(model, base, NAMES),
        initially={
            f'model["{path}"]': value for path, value in start.items() if "magnitude" in path
        },
        saved=model,
        merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]),
    )  # fmt: skip
