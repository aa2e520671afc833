"""AdapterFusion in f64 from AdapterHub's `adapters`; needs what method_adapterhub.py needs."""

import sys

import torch

try:
    import adapters
except ImportError:
    sys.exit("this needs `adapters` (pip install adapters, in a venv of its own)")
from _method import jitter, load_base, make, path_of
from adapters import Fuse, SeqBnConfig

KEPT = {
    f"adapters.{name}.adapter_{theirs}.{part}": f"adapters.{i}.{ours}{suffix}"
    for i, name in enumerate("ab")
    for theirs, ours in (("down.0", "down"), ("up", "up"))
    for part, suffix in (("weight", ""), ("bias", "_bias"))
}
LEARNED = {
    f"adapter_fusion_layer.a,b.{theirs}": ours
    for theirs, ours in (
        ("query.weight", "query.weight"), ("query.bias", "query.bias"),
        ("key.weight", "key.weight"), ("key.bias", "key.bias"), ("value.weight", "V"),
    )
}  # fmt: skip

for base in ("bert", "gpt2"):
    for kind in ("dynamic", "static"):
        model = load_base(base)
        torch.manual_seed(7)
        adapters.init(model)
        for name in "ab":
            model.add_adapter(name, config=SeqBnConfig(reduction_factor=4))
        model.add_adapter_fusion(["a", "b"], kind)
        model.train_adapter_fusion(Fuse("a", "b"))
        model.double().train()
        jitter(model)
        place = "output" if base == "bert" else "output_adapters"
        added = {
            f"{place}.{theirs}": f"ffn.add.adapter_fusion.{ours}"
            for theirs, ours in (KEPT | LEARNED).items()
        }
        named = {path_of(n, base, added): p for n, p in model.named_parameters()}
        parameters = {n: p for n, p in named.items() if p.requires_grad}
        kept = {n: p for n, p in named.items() if ".adapters." in n}
        with torch.no_grad():
            for parameter in kept.values():
                parameter.add_(torch.randn_like(parameter) * 0.1)
        values = [p for n, p in parameters.items() if n.endswith(".V")]

        def penalty(_, values=values):
            return 0.01 * sum(((v - torch.eye(len(v), dtype=v.dtype)) ** 2).sum() for v in values)

        extra = "" if kind == "dynamic" else ", static=true"
        make(
            f"adapter_fusion{'' if kind == 'dynamic' else '_static'}_{base}", base,
            f"base |> adapter_fusion([base |> pfeiffer(size=4), base |> pfeiffer(size=4)]{extra})",
            model, parameters, frozen=kept, penalty=penalty if values else None,
            # Softmax does not see what all scores share: this gradient is round-off.
            exempt=[n for n in parameters if n.endswith("key.bias")],
        )  # fmt: skip
