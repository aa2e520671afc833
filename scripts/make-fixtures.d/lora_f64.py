"""LoRA in f64 on a tiny random BERT and a tiny random GPT-2, from transformers and peft.

Each folder (bert, gpt2) holds a model in Hugging Face's layout (f64) and
- adapter/: PEFT's own folder, as saved before the first step (B is random here, not zero)
- reference.json: inputs, the hyper-parameters, logits, losses of ten AdamW steps
- reference.safetensors: `full.<name>`, the loss's gradient by every parameter of the base alone;
  `gradient.<name>`, by each trained one with the adapter; `after.<name>`, its value after the ten
  steps; `merged.<name>`, the target weights with the trained adapter merged in. Names are PEFT's
  (as in adapter_model.safetensors) for trained ones, the model's own for `full` and `merged`.
"""

import torch
from _common import FIXTURES, save_adapter, write_json, write_tensors
from peft import LoraConfig, TaskType, get_peft_model
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel

LR, DECAY, STEPS = 1e-2, 0.01, 10
# One row shorter than the other: a mask is part of what is checked.
IDS = [[2, 17, 5, 33, 41, 8, 3], [2, 49, 12, 26, 3, 0, 0]]
MASK = [[1] * 7, [1] * 5 + [0] * 2]


def bert():
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, num_labels=3, attn_implementation="eager",
    )  # fmt: skip
    adapter = LoraConfig(
        task_type=TaskType.SEQ_CLS, r=4, lora_alpha=8, lora_dropout=0.0,
        target_modules=["query", "value"], modules_to_save=["classifier"],
    )  # fmt: skip
    return BertForSequenceClassification(config), adapter, [2, 0]


def gpt2():
    config = GPT2Config(
        vocab_size=50, n_embd=16, n_layer=2, n_head=2, n_positions=32, resid_pdrop=0.0,
        embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0, attn_implementation="eager",
    )  # fmt: skip
    adapter = LoraConfig(
        task_type=TaskType.CAUSAL_LM, r=4, lora_alpha=8, lora_dropout=0.0,
        target_modules=["c_attn"], fan_in_fan_out=True,
    )  # fmt: skip
    labels = [[t if m else -100 for t, m in zip(*row)] for row in zip(IDS, MASK)]
    return GPT2LMHeadModel(config), adapter, labels


def loss_of(output, labels):
    """Cross-entropy in f64. Transformers' own casts a causal model's logits to f32 before it."""
    logits = output.logits
    if labels.dim() == 2:
        logits, labels = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    loss = torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100)
    assert loss.dtype == torch.float64 and abs(loss.item() - output.loss.item()) < 1e-5
    return loss


def make(name, build):
    torch.manual_seed(7)
    base, config, labels = build()
    base = base.double().train()
    with torch.no_grad():
        # Biases and norms start at 0 and 1; nothing is checked by a zero.
        for parameter in base.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    folder = FIXTURES / "lora_f64" / name
    base.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    inputs = {
        "input_ids": torch.tensor(IDS),
        "attention_mask": torch.tensor(MASK),
        "labels": torch.tensor(labels),
    }
    plain = base(**inputs)
    plain_loss = loss_of(plain, inputs["labels"])
    plain_loss.backward()
    tensors = {f"full.{n}": p.grad for n, p in base.named_parameters() if p.grad is not None}
    values = {
        "input_ids": IDS, "attention_mask": MASK, "labels": labels, "rank": 4, "alpha": 8, "lr": LR,
        "weight_decay": DECAY, "betas": [0.9, 0.999], "eps": 1e-8, "base_loss": plain_loss.item(),
        "base_logits": plain.logits.tolist(),
    }  # fmt: skip
    base.zero_grad(set_to_none=True)

    model = get_peft_model(base, config).double().train()
    with torch.no_grad():
        for n, parameter in model.named_parameters():
            if "lora_B" in n:
                parameter.normal_(std=0.1)
    save_adapter(model, folder / "adapter")
    trained = {plain_name(n): p for n, p in model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(trained.values(), lr=LR, weight_decay=DECAY)
    losses = []
    for step in range(STEPS):
        output = model(**inputs)
        loss = loss_of(output, inputs["labels"])
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            values["logits"] = output.logits.tolist()
            tensors |= {f"gradient.{n}": p.grad.clone() for n, p in trained.items()}
        optimizer.step()
        losses.append(loss.item())
    final = model(**inputs)
    values |= {"losses": losses, "final_loss": loss_of(final, inputs["labels"]).item()}
    values["final_logits"] = final.logits.tolist()
    tensors |= {f"after.{n}": p.clone() for n, p in trained.items()}
    targets = tuple(f"{t}.weight" for t in config.target_modules)
    merged = model.merge_and_unload().state_dict()
    tensors |= {f"merged.{n}": t for n, t in merged.items() if n.endswith(targets)}
    write_json(folder / "reference.json", values)
    write_tensors(folder / "reference.safetensors", tensors)
    print(name, "losses", [round(loss, 5) for loss in losses])


def plain_name(name):
    """A parameter's name as PEFT saves it: without the adapter's name."""
    return name.replace(".modules_to_save.default", "").replace(".default", "")


make("bert", bert)
make("gpt2", gpt2)
