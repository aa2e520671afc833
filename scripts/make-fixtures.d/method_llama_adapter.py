"""LLaMA-Adapter in f64, written out in torch on transformers' models: PEFT has it for neither BERT nor
(with the output projection behind it) GPT-2."""

import math

import torch
from _method import jitter, load_base, make, trained

N = 3


def split(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)


def extra(queries, prompt, keys, values, gate, heads):
    """g · softmax(q Kₚᵀ / √d) Vₚ with the heads joined: [B, T, D]."""
    q, k, v = split(queries, heads), split(keys, heads), split(values, heads)
    weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
    return (gate[:, None, None] * (weights @ v)).transpose(1, 2).flatten(2)


class Adapted(torch.nn.Module):
    def __init__(self, base, gates):
        super().__init__()
        model = load_base(base)
        self.base = model.requires_grad_(False)
        if base == "bert":
            model.classifier.requires_grad_(True)
        self.heads = model.config.num_attention_heads
        self.added = torch.nn.ParameterDict()
        layers = model.bert.encoder.layer if base == "bert" else model.transformer.h
        for i, layer in enumerate(layers):
            prompt = torch.nn.Parameter(torch.zeros(N, model.config.hidden_size, dtype=torch.float64))
            gate = torch.nn.Parameter(torch.zeros(gates, dtype=torch.float64))
            self.added[f"blocks_{i}_prompt"], self.added[f"blocks_{i}_gate"] = prompt, gate
            (self.edit_bert if base == "bert" else self.edit_gpt2)(layer, prompt, gate)

    def edit_bert(self, layer, prompt, gate):
        own = layer.attention.self

        def behind(module, args, output):
            added = extra(
                own.query(args[0]), prompt, own.key(prompt), own.value(prompt), gate, self.heads
            )
            return (output[0] + added, *output[1:])

        own.register_forward_hook(behind)

    def edit_gpt2(self, layer, prompt, gate):
        seen, attention, width = {}, layer.attn, prompt.shape[1]
        attention.c_attn.register_forward_hook(
            lambda _, __, output: seen.update(q=output[..., :width])
        )

        def before(module, args):
            matrix = torch.addmm(attention.c_attn.bias, prompt, attention.c_attn.weight)
            _, keys, values = matrix.split(width, -1)
            return (args[0] + extra(seen.pop("q"), prompt, keys, values, gate, self.heads),)

        attention.c_proj.register_forward_pre_hook(before)

    def paths(self, base):
        """Ours, for all that trains."""
        result = {
            n.replace("_", ".").replace("prompt", "attn.core.llama.adapter.prompt")
            .replace("gate", "attn.core.llama.adapter.gate").replace("llama.a", "llama_a"): p
            for n, p in self.added.items()
        }  # fmt: skip
        return result | trained(self.base, base)

    def forward(self, **inputs):
        return self.base(**inputs)


for base in ("bert", "gpt2"):
    for suffix, gates, arguments in (("", 2, ""), ("_peft", 1, ', dialect="peft"')):
        model = Adapted(base, gates)
        jitter(model, scale=0.5)
        make(
            f"llama_adapter{suffix}_{base}", base, f"base |> llama_adapter(length={N}{arguments})",
            model, model.paths(base),
        )  # fmt: skip
