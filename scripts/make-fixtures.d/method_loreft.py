"""LoReFT in f64 from AdapterHub's `adapters`; needs what method_adapterhub.py needs.

R's rows are orthonormal by torch's parametrisation: Householder reflections of a square matrix that was drawn at the start.
Any orthogonal matrix will do there; here it is a product of reflections too, so that `start` holds it in few numbers."""

import sys

import torch

try:
    import adapters
except ImportError:
    sys.exit("this needs `adapters` (pip install adapters, in a venv of its own)")
from _method import LABELS, jitter, load_base, make, path_of
from adapters import LoReftConfig

# What `adapters` makes on the way is then in f64 too.
torch.set_default_dtype(torch.float64)

CASES = [
    ("loreft", "rank=2, first=2, last=2, dropout=0.0", {"r": 2, "prefix_positions": 2, "suffix_positions": 2}),
    ("loreft_adapterhub", 'dropout=0.0, dialect="adapterhub"', {}),
]  # fmt: skip
NAMES = {
    f"reft_layer.refts.a.units.{unit}.{theirs}": f"loreft.edit.{place}.{ours}"
    for unit, place in ((0, "front"), (1, "rear"))
    for theirs, ours in (
        ("learned_source.weight", "source.weight"), ("learned_source.bias", "source.bias"),
        ("projection.parametrizations.weight.original", "turn"),
    )
}  # fmt: skip


def square(v):
    """The product of the reflections along v's columns [D, r], as a matrix."""
    rows, result = torch.arange(len(v)), torch.eye(len(v), dtype=v.dtype)
    for j in range(v.shape[1]):
        w = torch.where(rows == j, 1.0, torch.where(rows > j, v[:, j], 0.0))
        result = result - 2 / (w @ w) * torch.outer(result @ w, w)
    return result


for base in ("bert", "gpt2"):
    for name, arguments, options in CASES:
        model = load_base(base)
        torch.manual_seed(7)
        adapters.init(model)
        model.add_adapter("a", config=LoReftConfig(dropout=0.0, **options))
        model.train_adapter("a")
        model.double().train()
        frozen = {}
        layers = [layer for _, layer in model.base_model.iter_layers()]
        for i, layer in enumerate(layers):
            for unit, place in zip(layer.reft_layer.refts["a"].units, ("front", "rear")):
                turn = unit.projection.parametrizations.weight
                start = torch.randn(turn.original.T.shape, dtype=torch.float64) * len(turn.original.T) ** -0.5
                turn[0].base = square(start)
                frozen[f"blocks.{i}.loreft.edit.{place}.start"] = start
                with torch.no_grad():  # where it stands at 0, half of the numbers have no gradient
                    turn.original += torch.tril(torch.randn_like(turn.original.T) * 0.1, -1).T
        jitter(model, only="learned_source|classifier")
        parameters = {path_of(n, base, NAMES): p for n, p in model.named_parameters() if p.requires_grad}
        unused = [n for n, p in parameters.items() if ".rear." in n] if "adapterhub" in name else []
        # The last tokens are told by the mask.
        make(
            f"{name}_{base}", base, f"base |> loreft({arguments})", model, parameters, frozen=frozen,
            decay=0.0, exempt=unused,
        )  # fmt: skip
