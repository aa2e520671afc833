"""DiffPruning's three stages in f64; written out in torch by the paper and its code: W + z z' δ with hard-concrete masks
whose noise is given, the largest differences kept, and those trained under the fixed mask."""

import torch
from _method import BASES, LR, TRANSPOSED, load_base, make, path_of
from torch.func import functional_call

A_START, WEIGHT, KEEP, MASK_LR = -1.0, 1e-4, 0.1, 0.1
LOW, HIGH = -1.5, 1.5


def noise(a, turned=False):
    """The same for each tensor of one shape as ours is, [out, in]: what the library is given too."""
    if turned:
        return noise(a.T).T
    count = torch.arange(a.numel(), dtype=a.dtype)
    return (0.02 + 0.96 * ((count * 0.61803398875 + 0.6) % 1)).reshape(a.shape)


NOISE = (
    "a -> reshape(0.02 + 0.96 * ((cast(arange(a.count), a.dtype) * 0.61803398875 + 0.6) % 1), a.shape)"
)


def mask(a, u):
    s = torch.sigmoid(u.log() - (1 - u).log() + a)
    return (s * (HIGH - LOW) + LOW).clamp(0, 1)


def unseen(path):
    """Softmax does not see a key's bias: its gradient is round-off, which Adam makes steps of."""
    return "attn.k.bias" in path or "attn.qkv.bias" in path


for base in BASES:
    model = load_base(base)
    named = dict(model.named_parameters())
    ours = {n: path_of(n, base) for n in named}
    inner = {n: p.detach().clone() for n, p in named.items() if not ours[n].startswith("head.")}
    head = {ours[n]: p for n, p in named.items() if n not in inner}
    torch.manual_seed(11)
    new = lambda x: torch.nn.Parameter(x.double())
    delta = {n: new(torch.randn_like(p) * 0.02) for n, p in inner.items()}
    a = {n: new(A_START + torch.randn_like(p) * 0.5) for n, p in inner.items()}
    whole = {n: new(torch.full([1], A_START + 2)) for n in inner}
    kept = {n: torch.ones_like(p, dtype=torch.bool) for n, p in inner.items()}

    turned = {n: base == "gpt2" and TRANSPOSED.search(ours[n]) is not None for n in inner}

    def sampled(n, u=noise):
        z = mask(a[n], u(a[n], turned[n]) if u is noise else u(a[n]))
        return z * mask(whole[n], u(whole[n])) * delta[n]

    def at_half(n):
        return sampled(n, lambda x: torch.full_like(x, 0.5))

    def forward(model, inputs, difference=sampled):
        values = {n: p + difference(n) for n, p in inner.items()}
        return functional_call(model, values, (), inputs)

    def evaluated(model, inputs, count=iter(range(11))):
        """Ten steps with noise; then, outside of training, masks of u = 1/2."""
        return forward(model, inputs, sampled if next(count) < 10 else at_half)

    def penalty(_):
        shift = torch.log(torch.tensor(-LOW / HIGH, dtype=torch.float64))
        return WEIGHT * sum(torch.sigmoid(x - shift).sum() for g in (a, whole) for x in g.values())

    place = lambda n, part: f"diff_pruning.differences.{ours[n]}.{part}"
    masks = {place(n, "a"): a[n] for n in inner} | {place(n, "whole"): whole[n] for n in inner}
    deltas = {place(n, "delta"): delta[n] for n in inner}
    optimizer = torch.optim.AdamW(
        [
            {"params": [*head.values(), *deltas.values()], "lr": LR, "weight_decay": 0.01},
            {"params": list(masks.values()), "lr": MASK_LR, "weight_decay": 0.0},
        ]
    )
    apply = f"base |> diff_pruning(weight={WEIGHT}, a_start={A_START}, noise={NOISE})"

    make(
        f"diff_pruning_{base}", base, apply, model, head | deltas | masks, optimizer=optimizer,
        forward=evaluated, first=lambda model, inputs: forward(model, inputs, at_half),
        penalty=penalty, exempt=[p for p in deltas | masks if unseen(p)],
        merged=lambda: {ours[n]: p + at_half(n) for n, p in inner.items() if not unseen(ours[n])},
    )  # fmt: skip

    # The second stage, and the third from there.
    with torch.no_grad():
        for n in inner:
            delta[n].copy_(at_half(n))
        sizes = torch.cat([d.abs().flatten() for d in delta.values()])
        least = sizes.topk(int(KEEP * len(sizes))).values[-1]
        kept = {n: d.abs() >= least for n, d in delta.items()}
        start = {place(n, "delta"): d.detach().clone() for n, d in delta.items()}
    fixed = lambda n: torch.where(kept[n], delta[n], torch.zeros_like(delta[n]))
    make(
        f"diff_pruning_fixed_{base}", base, f"{apply} |> prune_differences(keep={KEEP})", model,
        head | deltas, frozen={place(n, "kept"): kept[n] for n in inner},
        forward=lambda model, inputs: forward(model, inputs, fixed),
        exempt=[p for p in deltas if unseen(p)],
        merged=lambda: {ours[n]: p + fixed(n) for n, p in inner.items() if not unseen(ours[n])},
    )  # fmt: skip
