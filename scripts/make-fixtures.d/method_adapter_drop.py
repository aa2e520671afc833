"""AdapterDrop in f64 from AdapterHub's `adapters`, the number of skipped layers given for each step; needs what
method_adapterhub.py needs."""

import sys

import torch

try:
    import adapters
except ImportError:
    sys.exit("this needs `adapters` (pip install adapters, in a venv of its own)")
from _adapterhub import names
from _method import jitter, load_base, make, path_of
from adapters import SeqBnConfig

DRAWS = [0, 1, 1, 0, 1, 0, 0, 1, 0, 0]

for base in ("bert", "gpt2"):
    model = load_base(base)
    torch.manual_seed(7)
    adapters.init(model)
    model.add_adapter("a", config=SeqBnConfig(reduction_factor=4))
    model.train_adapter("a")
    model.double().train()
    jitter(model)
    steps = iter(DRAWS + [0])

    def forward(model, inputs, steps=steps):
        model.set_active_adapters("a", skip_layers=list(range(next(steps))))
        return model(**inputs)

    added = names(base, "pfeiffer")
    parameters = {path_of(n, base, added): p for n, p in model.named_parameters() if p.requires_grad}
    make(
        f"adapter_drop_{base}", base,
        f"base |> pfeiffer(size=4) |> adapter_drop(draw=run -> {DRAWS}[run.step])", model, parameters,
        forward=forward,
    )  # fmt: skip
