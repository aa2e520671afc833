"""Two methods that the library does not have, written in the language from their papers, against PEFT in f64: LoHa
(Hyeon-Woo et al. 2022, arXiv:2108.06098) and VeRA (Kopiczko et al. 2024, arXiv:2310.11454). What a method needs beside its own
file would show here."""

from _method import jitter, load_base, make, merged_weights, trained
from peft import LoHaConfig, TaskType, VeraConfig, get_peft_model

TARGETS = r"attn\.[qv]\.weight$"
LOHA = r"""
module LoHa(base, rank, alpha, scale = alpha / rank) {
  param A1 = kaiming_uniform([base.outputs, rank])
  param B1 = kaiming_uniform([rank, base.inputs])
  param A2 = kaiming_uniform([base.outputs, rank])
  param B2 = zeros([rank, base.inputs])
  fn change() = scale * (A1 @ B1) * (A2 @ B2)
  fn forward(x: [..., In]) -> [..., Out] = base(x) + x @ change().T
  fn merged() = base with (weight = base.weight + change())
}

method loha(model, rank = 4, alpha = 8, at = model.targets) in reparameterisation {
  model |> freeze() |> replace(at, layer -> LoHa(layer, rank, alpha))
}

layout(
  "peft",
  "LOHA",
  module=LoHa,
  tensors=(A1="hada_w1_a", B1="hada_w1_b", A2="hada_w2_a", B2="hada_w2_b"),
  config=m -> (r=m.rank, alpha=m.alpha),
  apply=(model, c, at) -> loha(model, rank=c.r, alpha=c.alpha, at=at)
)

base |> loha()
"""
VERA = r"""
module SharedPair(rank, inputs, outputs) {
  state A = kaiming_uniform([rank, inputs])
  state B = kaiming_uniform([outputs, rank])
}

module VeRA(base, pair, d_start = 0.1) {
  param d = filled([pair.rank], d_start)
  param b = zeros([base.outputs])
  fn forward(x: [..., In]) -> [..., Out] = base(x) + (x @ pair.A.T * d) @ pair.B.T * b
  fn merged() = base with (weight = base.weight + b[:, new] * pair.B @ (d[:, new] * pair.A))
}

method vera(model, rank = 6, at = model.targets) in reparameterisation {
  pair = SharedPair(rank, model.width, model.width)
  model |> freeze() |> replace(at, layer -> VeRA(layer, pair))
}

base |> vera()
"""


def plain(config, **options):
    """As `adapted`, for settings that know no transposed weights."""
    settings = config(task_type=TaskType.SEQ_CLS, target_modules=["query", "value"], **options)
    return get_peft_model(load_base("bert"), settings).double().train()


model = plain(LoHaConfig, r=4, alpha=8)
jitter(model)
names = {f"hada_w{i}_{part}": f"loha.{ours}{i}" for i in (1, 2) for part, ours in (("a", "A"), ("b", "B"))}
make(
    "unlisted_loha_bert", "bert", LOHA, model, trained(model, "bert", names), saved=model,
    merged=lambda: merged_weights(model.merge_and_unload(), "bert", TARGETS),
)  # fmt: skip

model = plain(VeraConfig, r=6, d_initial=0.1)
jitter(model)
shared = {n: b for n, b in model.named_buffers() if "vera_" in n}
place = "blocks.0.attn.q.vera.pair."
first = next(m for n, m in model.named_modules() if n.endswith("layer.0.attention.self.query"))
frozen = {place + "A": first.vera_A["default"], place + "B": first.vera_B["default"]}
names = {"vera_lambda_d": "vera.d", "vera_lambda_b": "vera.b"}
make(
    "unlisted_vera_bert", "bert", VERA, model, trained(model, "bert", names), frozen=frozen,
    merged=lambda: merged_weights(model.merge_and_unload(), "bert", TARGETS),
)  # fmt: skip
