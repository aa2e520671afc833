"""FISH mask in f64; the mathematics written out in torch: Σ g² over single examples, the largest of the
pretrained parameters and the whole head keep their gradients, nothing decays."""

import torch
from _method import BASES, IDS, LABELS, MASK, load_base, loss_of, make, path_of

# A larger share than of real models, where a head is a smaller part.
KEEP = {"bert": 0.1, "gpt2": 0.1}

for base in BASES:
    model = load_base(base)
    parameters = {path_of(n, base): p for n, p in model.named_parameters()}
    scores = {path: torch.zeros_like(p) for path, p in parameters.items()}
    for ids, mask, label in zip(IDS, MASK, LABELS[base]):
        model.zero_grad()
        inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.tensor([mask])}
        loss_of(model(**inputs), torch.tensor([label])).backward()
        for path, p in parameters.items():
            scores[path] += p.grad**2
    head = {path for path in parameters if path.startswith("head.")}
    size = sum(p.numel() for p in parameters.values())
    places = int(KEEP[base] * size) - sum(parameters[path].numel() for path in head)
    flat = torch.cat([s.flatten() for path, s in scores.items() if path not in head])
    least = flat.topk(places).values[-1]
    kept = {p: torch.ones_like(s) if p in head else (s >= least).double() for p, s in scores.items()}

    def mask_gradients(_):
        for path, p in parameters.items():
            p.grad *= kept[path]

    single = ", ".join(
        f"map_values(batch, x -> x[{row}:{row + 1}])" for row in range(len(IDS))
    )
    make(
        f"fish_mask_{base}", base, f"base |> fish_mask([{single}], keep={KEEP[base]})", model, parameters,
        starts=False, on_gradients=mask_gradients, lr=1e-2, decay=0.0,
        exempt=[path for path in parameters if path.endswith("attn.k.bias")],
    )  # fmt: skip
