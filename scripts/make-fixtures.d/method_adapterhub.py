"""Bottleneck adapters in f64 from AdapterHub's `adapters`, on both tiny models.

`adapters` wants a transformers of its own: PYTHON=path/to/venv/bin/python scripts/make-fixtures
method_adapterhub, the venv made with --system-site-packages and `pip install adapters`.
"""

import sys

import torch

try:
    import adapters
except ImportError:
    sys.exit("this needs `adapters` (pip install adapters, in a venv of its own)")
from _adapterhub import COMPACTER, LINEAR, names
from _method import jitter, load_base, make, path_of
from adapters import (
    CompacterConfig, ConfigUnion, DoubleSeqBnConfig, IA3Config, LoRAConfig, ParBnConfig,
    PrefixTuningConfig, PromptTuningConfig, SeqBnConfig,
)  # fmt: skip

def shifted(model, inputs):
    """As the papers' own code computes: the text's positions start behind the prefix of three rows."""
    length = inputs["input_ids"].shape[1]
    return model(**inputs, position_ids=torch.arange(3, 3 + length)[None])


def gate_by_sublayer_input(model):
    """Lets each adapter's gate read the feed-forward sublayer's input, as the paper has it."""
    is_bert = hasattr(model, "bert")
    for layer in model.bert.encoder.layer if is_bert else model.transformer.h:
        seen = {}
        place = layer.output if is_bert else layer.output_adapters
        place.register_forward_pre_hook(lambda _, args, seen=seen: seen.update(x=args[1]))
        gate = place.adapters["a"].gate
        gate.register_forward_pre_hook(lambda _, args, seen=seen: (seen["x"],))


def reference(name, base, method, apply, config, parts=None, norms=False, forward=None, edit=None):
    model = load_base(base)
    torch.manual_seed(7)
    adapters.init(model)
    model.add_adapter("a", config=config)
    model.train_adapter("a")
    model.set_active_adapters("a")
    model.double().train()
    for n, parameter in model.named_parameters():
        if norms and ("LayerNorm" in n or ".ln_" in n):
            parameter.requires_grad_(True)
    if edit:
        edit(model)
    jitter(model)
    added = names(base, method, parts) | ({"loras.a.lora_B": "ia3.l"} if method == "ia3" else {})

    def path(n):
        ours = path_of(n, base, added).removeprefix("bert.")
        return ours[ours.index("blocks.") :] if "phm_rule" in n else ours

    trained = {path(n): p for n, p in model.named_parameters() if p.requires_grad}
    make(f"{name}_{base}", base, apply, model, trained, forward=forward)


for base in ("bert", "gpt2"):
    gelu = {"non_linearity": "gelu_new"}
    reference(
        "houlsby", base, "houlsby", "base |> houlsby(size=4)",
        DoubleSeqBnConfig(reduction_factor=4, **gelu), norms=True,
    )  # fmt: skip
    reference(
        "houlsby_adapterhub", base, "houlsby", 'base |> houlsby(size=4, dialect="adapterhub")',
        DoubleSeqBnConfig(reduction_factor=4),
    )  # fmt: skip
    reference(
        "pfeiffer", base, "pfeiffer", "base |> pfeiffer(size=4)", SeqBnConfig(reduction_factor=4)
    )
    reference(
        "parallel_adapter", base, "parallel_adapter", "base |> parallel_adapter(size=4)",
        ParBnConfig(reduction_factor=4),
    )  # fmt: skip
    reference(
        "parallel_adapter_learned", base, "parallel_adapter",
        'base |> parallel_adapter(size=4, scale="learned")',
        ParBnConfig(reduction_factor=4, scaling="learned"), LINEAR | {"scaling": "gain"},
    )  # fmt: skip
    shape = {"reduction_factor": 2, "phm_dim": 2}
    reference(
        "compacter", base, "compacter", "base |> compacter(size=8, n=2)",
        CompacterConfig(**shape, **gelu), COMPACTER, norms=True,
    )  # fmt: skip
    reference(
        "compacter_adapterhub", base, "compacter",
        'base |> compacter(size=8, n=2, dialect="adapterhub")',
        CompacterConfig(**shape, non_linearity="gelu"), COMPACTER,
    )  # fmt: skip
    reference(
        "ia3_adapterhub", base, "ia3", 'base |> ia3(dialect="adapterhub")', IA3Config()
    )
    prefix = {"flat": False, "prefix_length": 3, "bottleneck_size": 8}
    reference(
        "prefix_tuning_adapterhub", base, "prefix_tuning",
        'base |> prefix_tuning(length=3, inner=8, dialect="adapterhub")',
        PrefixTuningConfig(**prefix),
    )  # fmt: skip
    union = ConfigUnion(PrefixTuningConfig(**prefix), ParBnConfig(reduction_factor=4))
    apply = "base |> mam(length=3, inner=8, size=4%s)"
    reference("mam", base, "mam", apply % "", union, forward=shifted)
    reference("mam_adapterhub", base, "mam", apply % ', dialect="adapterhub"', union)

gates = {"use_gating": True}
union = ConfigUnion(
    LoRAConfig(r=4, alpha=4, **gates), PrefixTuningConfig(**prefix, **gates),
    SeqBnConfig(reduction_factor=4, **gates),
)  # fmt: skip
parts = LINEAR | {"gate.weight": "gate.weight", "gate.bias": "gate.bias"}
apply = "base |> unipelt(rank=4, length=3, inner=8, size=4%s)"
for base in ("bert", "gpt2"):
    reference(
        "unipelt", base, "unipelt", apply % "", union, parts, forward=shifted,
        edit=gate_by_sublayer_input,
    )  # fmt: skip
    reference("unipelt_adapterhub", base, "unipelt", apply % ', dialect="adapterhub"', union, parts)

# The rows stay in the output: BERT pools the first of them.
reference(
    "prompt_tuning_adapterhub", "bert", "prompt_tuning",
    'base |> prompt_tuning(length=3, dialect="adapterhub")', PromptTuningConfig(prompt_length=3),
)  # fmt: skip
