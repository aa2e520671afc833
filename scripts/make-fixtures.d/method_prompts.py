"""Soft prompts and prefixes in f64, from PEFT, and from transformers where PEFT has another dialect."""

from types import SimpleNamespace

import torch
from _method import jitter, load_base, make, trained
from peft import PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, TaskType, get_peft_model

N = 3
# Cases of one method.
CALLED = {"p_tuning_lstm": "p_tuning"}
TASK = {"bert": TaskType.SEQ_CLS, "gpt2": TaskType.CAUSAL_LM}
ROWS = {"prompt_tuning": {"embedding.weight": "weight"}}
ROWS["p_tuning"] = {"embedding.weight": "table"} | {
    f"mlp_head.{place}.{part}": f"{ours}.{part}"
    for place, ours in ((0, "first"), (2, "second"), (4, "third"))
    for part in ("weight", "bias")
}
ROWS["p_tuning_lstm"] = {"embedding.weight": "table"} | {
    f"lstm_head.{theirs}_l{layer}{end}": f"{('lower', 'upper')[layer]}.{way}.{ours}"
    for layer in (0, 1)
    for end, way in (("", "ahead"), ("_reverse", "back"))
    for theirs, ours in (
        ("weight_ih", "input_weight"), ("weight_hh", "recurrent_weight"),
        ("bias_ih", "input_bias"), ("bias_hh", "recurrent_bias"),
    )
} | {
    f"mlp_head.{place}.{part}": f"{ours}.{part}"
    for place, ours in ((0, "first"), (2, "second"))
    for part in ("weight", "bias")
}  # fmt: skip
PREFIX = {"prefix_tuning": {"embedding.weight": "table"} | {
    f"transform.{place}.{part}": f"{ours}.{part}"
    for place, ours in ((0, "first"), (2, "second"))
    for part in ("weight", "bias")
}}  # fmt: skip
PREFIX["p_tuning_v2"] = {"embedding.weight": "weight"}


def adapted(base, config):
    torch.manual_seed(7)
    config.task_type = TASK[base]
    model = get_peft_model(load_base(base), config).double().train()
    jitter(model)
    return model


def paths(model, base, method, parts):
    """Ours for the prompt encoder's parameters and the head's."""
    place = f"inputs.{CALLED.get(method, method)}." if method in ROWS else f"blocks.0.attn.kv.{method}.source."
    result = {}
    for name, parameter in trained(model, base).items():
        encoder, _, rest = name.partition("prompt_encoder.")
        ours = name if encoder or not rest else place + parts[rest]
        result[ours] = parameter
    return result


def virtual_rows(model, size):
    """What the encoder makes for each text of the batch: [B, N, D]."""
    return model.get_prompt(batch_size=size)


def in_front(model, inputs):
    """Embeddings and mask with the virtual rows before the text."""
    base = model.base_model
    rows = virtual_rows(model, len(inputs["input_ids"]))
    embeddings = base.get_input_embeddings()(inputs["input_ids"])
    ones = torch.ones(rows.shape[:2], dtype=torch.long)
    return {
        "inputs_embeds": torch.cat([rows, embeddings], 1),
        "attention_mask": torch.cat([ones, inputs["attention_mask"]], 1),
    }


def paper_bert(model, inputs):
    """The classifier on the text's first token, behind the virtual ones."""
    base = model.base_model
    hidden = base.bert(**in_front(model, inputs)).last_hidden_state[:, N:]
    return SimpleNamespace(logits=base.classifier(base.bert.pooler(hidden)))


def paper_gpt2(model, inputs):
    """The text's own rows of the logits."""
    return SimpleNamespace(logits=model.base_model(**in_front(model, inputs)).logits[:, N:])


PAPER = {"bert": paper_bert, "gpt2": paper_gpt2}


def lengthened(output, labels):
    """The language model's loss over prompt and text: PEFT asks nothing of the prompt's rows."""
    ignored = torch.full((len(labels), N), -100)
    logits, labels = output.logits[:, :-1], torch.cat([ignored, labels], 1)[:, 1:]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


PROMPTS = {
    "prompt_tuning": (lambda: PromptTuningConfig(num_virtual_tokens=N), f"length={N}"),
    "p_tuning": (
        lambda: PromptEncoderConfig(num_virtual_tokens=N, encoder_hidden_size=8),
        f'length={N}, inner=8, encoder="mlp"',
    ),
    "p_tuning_lstm": (
        lambda: PromptEncoderConfig(
            num_virtual_tokens=N, encoder_hidden_size=8, encoder_reparameterization_type="LSTM"
        ),
        f'length={N}, inner=8, encoder="lstm"',
    ),
}
PREFIXES = {
    "prefix_tuning": (
        lambda: PrefixTuningConfig(
            num_virtual_tokens=N, prefix_projection=True, encoder_hidden_size=8
        ),
        f"length={N}, inner=8",
    ),
    "p_tuning_v2": (lambda: PrefixTuningConfig(num_virtual_tokens=N), f"length={N}"),
}

for base in ("bert", "gpt2"):
    for method, (config, arguments) in PROMPTS.items():
        model = adapted(base, config())
        make(
            f"{method}_{base}", base, f"base |> {CALLED.get(method, method)}({arguments})", model,
            paths(model, base, method, ROWS[method]), forward=PAPER[base],
        )  # fmt: skip
        model = adapted(base, config())
        make(
            f"{method}_peft_{base}", base, f'base |> {CALLED.get(method, method)}({arguments}, dialect="peft")', model,
            paths(model, base, method, ROWS[method]), loss=lengthened if base == "gpt2" else None,
        )  # fmt: skip
    for method, (config, arguments) in PREFIXES.items():
        model = adapted(base, config())
        make(
            f"{method}_{base}", base, f"base |> {method}({arguments})", model,
            paths(model, base, method, PREFIX[method]),
        )  # fmt: skip
