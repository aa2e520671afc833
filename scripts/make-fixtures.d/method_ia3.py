"""(IA)³ in f64: PEFT's, and on GPT-2 the paper's, with no factors on the fused projection's queries."""

import torch
from _method import jitter, load_base, make, merged_weights, trained
from peft import IA3Config, TaskType, get_peft_model

TASK = {"bert": TaskType.SEQ_CLS, "gpt2": TaskType.CAUSAL_LM}
WEIGHTS = r"(attn\.(k|v|qkv|out)|ffn\.down)\.(weight|bias)$"


def from_peft(name, base, apply, targets=None, feedforward=None):
    config = IA3Config(
        task_type=TASK[base], target_modules=targets, feedforward_modules=feedforward,
        fan_in_fan_out=base == "gpt2",
    )  # fmt: skip
    model = get_peft_model(load_base(base), config).double().train()
    jitter(model)
    make(
        name, base, apply, model, trained(model, base, {"ia3_l": "ia3.l"}),
        merged=lambda: merged_weights(model.merge_and_unload(), base, WEIGHTS),
    )  # fmt: skip


class Factors(torch.nn.Module):
    """GPT-2 with factors on keys, values and the input of the feed-forward output."""

    def __init__(self, base):
        super().__init__()
        self.base, self.factors = base.requires_grad_(False), torch.nn.ParameterDict()
        width = base.config.n_embd
        for i, block in enumerate(base.transformer.h):
            both = torch.nn.Parameter(torch.ones(2 * width, 1, dtype=torch.float64))
            inner = torch.nn.Parameter(torch.ones(1, 4 * width, dtype=torch.float64))
            self.factors[f"blocks_{i}_attn_qkv_ia3_l"] = both
            self.factors[f"blocks_{i}_ffn_down_ia3_l"] = inner
            block.attn.c_attn.register_forward_hook(
                lambda _, __, out, l=both: torch.cat([out[..., :width], out[..., width:] * l[:, 0]], -1)
            )
            block.mlp.c_proj.register_forward_pre_hook(lambda _, args, l=inner: (args[0] * l[0],))

    def merged(self):
        """Our paths and weights of the plain model that computes the same."""
        result = {}
        for i, block in enumerate(self.base.transformer.h):
            both = self.factors[f"blocks_{i}_attn_qkv_ia3_l"][:, 0]
            factors = torch.cat([torch.ones(len(both) // 2, dtype=both.dtype), both])
            inner = self.factors[f"blocks_{i}_ffn_down_ia3_l"][0]
            result[f"blocks.{i}.attn.qkv.weight"] = block.attn.c_attn.weight * factors
            result[f"blocks.{i}.attn.qkv.bias"] = block.attn.c_attn.bias * factors
            result[f"blocks.{i}.ffn.down.weight"] = block.mlp.c_proj.weight * inner[:, None]
        return result

    def forward(self, **inputs):
        return self.base(**inputs)


from_peft("ia3_peft_gpt2", "gpt2", 'base |> ia3(dialect="peft")')
from_peft(
    "ia3_peft_bert", "bert", 'base |> ia3(dialect="peft", inner="blocks.*.{attn.out,ffn.down}")'
)
from_peft(
    "ia3_bert", "bert", "base |> ia3()", r".*(key|value|layer\.\d+\.output\.dense)",
    r".*layer\.\d+\.output\.dense",
)  # fmt: skip
model = Factors(load_base("gpt2"))
jitter(model)
make(
    "ia3_gpt2", "gpt2", "base |> ia3()", model,
    {n.replace("_", "."): p for n, p in model.factors.items()}, merged=model.merged,
)  # fmt: skip
