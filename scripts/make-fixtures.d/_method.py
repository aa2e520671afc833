"""Makes a method's folder in Tests/Golden/fixtures/methods, which MethodParityTests compares with.

A method's script builds the reference in torch on a base of ours and calls `make`:

    for base in BASES:
        model = adapted(base, LoraConfig, r=4, lora_alpha=8)
        jitter(model)
        make(f"lora_{base}", base, "base |> lora(rank=4, alpha=8)", model,
             trained(model, base, {"lora_A.weight": "lora.A", "lora_B.weight": "lora.B"}),
             merged=lambda: merged_weights(model.merge_and_unload(), base, TARGETS[base]))

`reference.json`: `base` (folder of the base model), `apply` (an expression of the language on
`base` and `batch`, or statements that end with one), `input_ids`, `attention_mask`, `labels`, `lr`,
`weight_decay`, `logits` before the first step, `losses` of the steps (without penalty) and
`penalties` (if there are), `final_loss`, `final_logits`; `exempt`: paths whose gradient is pure round-off; `initially`: {expression on `model`: numbers}
before start values are assigned; `each_step`: {expression on `model`: [numbers after each step]}.
`reference.safetensors`: `start.`, `gradient.` (of the first step), `after.` and `merged.` with our
paths, weights as ours: [out, in]. `adapter`, if there: the folder that PEFT saves after the steps, which must
load here and give the final logits.
"""

import re

import torch
from _common import FIXTURES, save_adapter, write_json, write_tensors
from peft import TaskType, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

LR, DECAY, STEPS = 1e-2, 0.01, 10
# One row shorter than the other: a mask is part of what is checked.
IDS = [[2, 17, 5, 33, 41, 8, 3], [2, 49, 12, 26, 3, 0, 0]]
MASK = [[1] * 7, [1] * 5 + [0] * 2]
LABELS = {
    "bert": [2, 0],
    "gpt2": [[t if m else -100 for t, m in zip(*row)] for row in zip(IDS, MASK)],
}
BASES = ("bert", "gpt2")
# The projections that low-rank methods edit, as in the library's `targets`.
MODULES = {"bert": ["query", "value"], "gpt2": ["c_attn"]}
TARGETS = {"bert": r"attn\.[qv]\.weight$", "gpt2": r"attn\.qkv\.weight$"}

# (name in Hugging Face's files, our path), as in Sources/Library/models.
RULES = {
    "bert": [
        (r"bert\.embeddings\.word_embeddings\b", "tokens"),
        (r"bert\.embeddings\.position_embeddings\b", "embeddings.position"),
        (r"bert\.embeddings\.token_type_embeddings\b", "embeddings.segment"),
        (r"bert\.embeddings\.LayerNorm\b", "embeddings.norm"),
        (r"bert\.encoder\.layer\.(\d+)\.attention\.self\.query\b", r"blocks.\1.attn.q"),
        (r"bert\.encoder\.layer\.(\d+)\.attention\.self\.key\b", r"blocks.\1.attn.k"),
        (r"bert\.encoder\.layer\.(\d+)\.attention\.self\.value\b", r"blocks.\1.attn.v"),
        (r"bert\.encoder\.layer\.(\d+)\.attention\.output\.dense\b", r"blocks.\1.attn.out"),
        (r"bert\.encoder\.layer\.(\d+)\.attention\.output\.LayerNorm\b", r"blocks.\1.attn.add.norm"),
        (r"bert\.encoder\.layer\.(\d+)\.intermediate\.dense\b", r"blocks.\1.ffn.up"),
        (r"bert\.encoder\.layer\.(\d+)\.output\.dense\b", r"blocks.\1.ffn.down"),
        (r"bert\.encoder\.layer\.(\d+)\.output\.LayerNorm\b", r"blocks.\1.ffn.add.norm"),
        (r"bert\.encoder\.layer\.(\d+)\b", r"blocks.\1"),
        (r"bert\.pooler\.dense\b", "pooler"),
        (r"classifier\b", "head"),
    ],
    "gpt2": [
        (r"transformer\.wte\b", "tokens"),
        (r"transformer\.wpe\b", "position"),
        (r"transformer\.h\.(\d+)\.ln_1\b", r"blocks.\1.attn.norm"),
        (r"transformer\.h\.(\d+)\.attn\.c_attn\b", r"blocks.\1.attn.qkv"),
        (r"transformer\.h\.(\d+)\.attn\.c_proj\b", r"blocks.\1.attn.out"),
        (r"transformer\.h\.(\d+)\.ln_2\b", r"blocks.\1.ffn.norm"),
        (r"transformer\.h\.(\d+)\.mlp\.c_fc\b", r"blocks.\1.ffn.up"),
        (r"transformer\.h\.(\d+)\.mlp\.c_proj\b", r"blocks.\1.ffn.down"),
        (r"transformer\.h\.(\d+)\b", r"blocks.\1"),
        (r"transformer\.ln_f\b", "norm"),
    ],
}
# Hugging Face's GPT-2 stores these as [in, out].
TRANSPOSED = re.compile(
    r"(blocks\.\d+|block)\.(attn\.(qkv|out)|ffn\.(up|down))\.weight(\.(delta|a|kept))?$"
)


def load_base(base):
    """The base model in f64 and in training mode (it has no dropout): "bert" with a head of three
    classes, "gpt2" as a language model. In the language: `base`, its head included."""
    torch.manual_seed(7)  # what a method draws next is the same each time
    folder = FIXTURES / "lora_f64" / base
    loader = AutoModelForSequenceClassification if base == "bert" else AutoModelForCausalLM
    config = AutoConfig.from_pretrained(folder)
    return loader.from_pretrained(
        folder, config=config, dtype=torch.float64, attn_implementation="eager"
    ).train()


def adapted(base, config, **options):
    """The base model with one of PEFT's methods on the usual projections, in f64."""
    task = TaskType.SEQ_CLS if base == "bert" else TaskType.CAUSAL_LM
    settings = config(
        task_type=task, target_modules=MODULES[base], fan_in_fan_out=base == "gpt2", **options
    )
    return get_peft_model(load_base(base), settings).double().train()


def path_of(name, base, added=None):
    """Our path of a parameter. `added` maps the ends of a method's own names to ours, such as
    {"lora_A.weight": "lora.A"}; PEFT's additions to names are dropped."""
    name = name.removeprefix("base_model.model.").removeprefix("base_model.")
    for part in (".base_layer", ".modules_to_save", ".default", "original_module."):
        name = name.replace(part, "")
    for pattern, ours in RULES[base]:
        name, count = re.subn(rf"^{pattern}", ours, name)
        if count:
            break
    for theirs, ours in (added or {}).items():
        if name.endswith("." + theirs):
            return name.removesuffix(theirs) + ours
    return name


def oriented(path, tensor, base):
    """A weight of the base (or a gradient by one) as we store it."""
    return tensor.T if base == "gpt2" and TRANSPOSED.search(path) else tensor


def trained(model, base, added=None):
    """{our path: parameter} of what trains."""
    return {path_of(n, base, added): p for n, p in model.named_parameters() if p.requires_grad}


def merged_weights(model, base, pattern=r"\.weight$"):
    """{our path: weight} of a plain model whose names `pattern` finds, for `merged`."""
    return {
        path_of(n, base): p for n, p in model.named_parameters() if re.search(pattern, path_of(n, base))
    }


def jitter(model, only=r"", scale=0.1):
    """Moves trainable parameters off their start: nothing is checked by a zero."""
    torch.manual_seed(11)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and re.search(only, name):
                parameter.add_(torch.randn_like(parameter) * scale)


def loss_of(output, labels):
    """Cross-entropy in f64. Transformers' own casts a causal model's logits to f32 before it."""
    logits = output.logits
    if labels.dim() == 2:
        logits, labels = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    loss = torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100)
    assert loss.dtype == torch.float64
    return loss


def make(
    name, base, apply, model, parameters, *, optimizer=None, lr=LR, decay=DECAY, steps=STEPS,
    forward=None, first=None, loss=None, penalty=None, on_gradients=None, after_step=None, frozen=None,
    exempt=(), starts=True, saved=None, initially=None, each_step=None, merged=None, ids=IDS, mask=MASK, labels=None,
):  # fmt: skip
    """Trains `model` on one batch and writes the folder `name`.

    - parameters: {our path: parameter}, all that the optimiser holds; frozen: {our path: tensor} of
      states and frozen parameters that the method set up, written as start values too;
      starts=False: all start from the base model's own values, which need no writing down again
    - optimizer: for groups of their own; AdamW(parameters, lr, decay) without
    - first(model, inputs): as forward, outside of training, for the logits before the first step
    - forward(model, inputs) -> output with .logits; loss(output, labels), loss_of without;
      penalty(model) -> a scalar added to the loss
    - on_gradients(step), after_step(step): run between backward and optimiser, and after it while
      gradients are still there; steps count from 0
    - saved: PEFT's model, whose folder after the last step becomes `adapter`
    - initially: {expression: tensor}; each_step: {expression: function() -> tensor}
    - merged() -> {our path: weight}, called last
    """  # fmt: skip
    labels = LABELS[base] if labels is None else labels
    inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    target = torch.tensor(labels)
    forward = forward or (lambda model, inputs: model(**inputs))
    loss = loss or loss_of
    optimizer = optimizer or torch.optim.AdamW(parameters.values(), lr=lr, weight_decay=decay)
    values = {
        "base": f"lora_f64/{base}", "apply": apply, "input_ids": ids, "attention_mask": mask,
        "labels": labels, "lr": lr, "weight_decay": decay,
    }  # fmt: skip
    clone = lambda path, t: oriented(path, t.detach().clone(), base)
    begun = (parameters if starts else {}) | (frozen or {})
    tensors = {f"start.{p}": clone(p, t) for p, t in begun.items()}
    losses, penalties, traces = [], [], {e: [] for e in each_step or {}}
    for step in range(steps):
        output = forward(model, inputs)
        value = loss(output, target)
        extra = penalty(model) if penalty else None
        optimizer.zero_grad()
        (value if extra is None else value + extra).backward()
        if on_gradients:
            on_gradients(step)
        if step == 0:
            with torch.no_grad():
                initial = first(model, inputs) if first else output
            values["logits"] = initial.logits.tolist()
            for path, parameter in parameters.items():
                assert parameter.dtype == torch.float64, f"{path} is {parameter.dtype}"
                if path in exempt:
                    continue
                assert parameter.grad is not None, f"{path} has no gradient"
                tensors[f"gradient.{path}"] = clone(path, parameter.grad)
        optimizer.step()
        losses.append(value.item())
        penalties += [] if extra is None else [extra.item()]
        if after_step:
            after_step(step)
        for expression, read in (each_step or {}).items():
            traces[expression].append(read().double().tolist())
    final = forward(model, inputs)
    values |= {"losses": losses, "final_loss": loss(final, target).item()}
    values["final_logits"] = final.logits.tolist()
    values |= {"penalties": penalties} if penalties else {}
    values |= {"exempt": list(exempt)} if exempt else {}
    if initially:
        values["initially"] = {e: t.double().tolist() for e, t in initially.items()}
    values |= {"each_step": traces} if traces else {}
    tensors |= {f"after.{p}": clone(p, t) for p, t in parameters.items() if p not in exempt}
    folder = FIXTURES / "methods" / name
    if saved:
        save_adapter(saved, folder / "adapter")
    if merged:
        tensors |= {f"merged.{p}": clone(p, t) for p, t in merged().items()}
    write_json(folder / "reference.json", values)
    write_tensors(folder / "reference.safetensors", tensors)
    print(name, "losses", [round(value, 5) for value in losses])
