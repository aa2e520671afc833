"""Gradual unfreezing in f64; written out in torch: a group of layers joins every three steps, each group 2.6 times slower
than the one above it."""

import re

import torch
from _method import BASES, LR, load_base, make, path_of

EVERY = 3
# From the top.
GROUPS = {
    "bert": [r"^(blocks\.1|pooler)\.", r"^blocks\.0\.", r"^(tokens|embeddings)\."],
    "gpt2": [r"^(blocks\.1|norm)\.", r"^blocks\.0\.", r"^(tokens|position)\."],
}

for base in BASES:
    model = load_base(base)
    named = {path_of(n, base): p for n, p in model.named_parameters()}
    groups = [{n: p for n, p in named.items() if re.search(g, n)} for g in GROUPS[base]]
    head = {n: p for n, p in named.items() if n.startswith("head.")}
    # A language model has no new head: its top group takes that place.
    order = ([head] if head else []) + groups
    assert sum(map(len, order)) == len(named)
    rates = [{"params": list(group.values()), "lr": LR / 2.6**i} for i, group in enumerate(order)]

    def close(step, order=order):
        for group in order[1 + step // EVERY :]:
            for parameter in group.values():
                parameter.grad = None

    def read(path, named=named):
        return lambda: named[path].detach()

    seen = {"bert": "blocks.0.ffn.up.weight", "gpt2": "position.weight"}[base]
    make(
        f"gradual_unfreezing_{base}", base, f"base |> gradual_unfreezing(every={EVERY})", model,
        order[0], optimizer=torch.optim.AdamW(rates, weight_decay=0.01), starts=False,
        on_gradients=close, exempt=[n for n in order[0] if n.endswith("attn.k.bias")],
        each_step={f'sum(parameters(model)["{seen}"] ** 2)': lambda read=read(seen): (read() ** 2).sum()},
    )  # fmt: skip
