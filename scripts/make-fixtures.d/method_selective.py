"""Methods that train some of the model's own parameters, and L2-SP, in f64; the mathematics written out in torch."""

import re

from _method import BASES, load_base, make, path_of


def choose(base, pattern):
    """The base model with only the head and what `pattern` finds trainable, and {our path: parameter}."""
    model = load_base(base)
    chosen = {}
    for name, parameter in model.named_parameters():
        path = path_of(name, base)
        parameter.requires_grad = path.startswith("head.") or re.search(pattern, path) is not None
        if parameter.requires_grad:
            chosen[path] = parameter
    return model, chosen


for base in BASES:
    cases = [
        ("full", "base |> full()", r""),
        ("head_only", "base |> head_only()", r"^head\."),
        ("bitfit", "base |> bitfit()", r"\.bias$"),
        ("last_layer", "base |> some_layers(1)", r"^blocks\.1\."),
        ("first_layer", "base |> some_layers(-1)", r"^blocks\.0\."),
    ]
    for name, apply, pattern in cases:
        model, chosen = choose(base, pattern)
        # Softmax does not see a key's bias: its gradient is round-off.
        exempt = [path for path in chosen if path.endswith("attn.k.bias")]
        if chosen:
            make(f"{name}_{base}", base, apply, model, chosen, starts=False, exempt=exempt)

    model, chosen = choose(base, r"")
    start = {path: parameter.detach().clone() for path, parameter in chosen.items()}

    def pull(_):
        """strength / 2 of the squared way from the start, decay / 2 of the new head's squares."""
        way = sum(((p - start[n]) ** 2).sum() for n, p in chosen.items() if n[:5] != "head.")
        size = sum((p**2).sum() for n, p in chosen.items() if n[:5] == "head.")
        return 0.3 / 2 * way + 0.05 / 2 * size

    make(
        f"l2_sp_{base}", base, "base |> l2_sp(strength=0.3, decay=0.05)", model, chosen, penalty=pull,
        decay=0.0, starts=False, exempt=[path for path in chosen if path.endswith("attn.k.bias")],
    )  # fmt: skip
