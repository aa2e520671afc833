"""Every activation, gradient and update of one training step, caught by PyTorch's hooks.

The two-layer f64 BERT with LoRA of lora_f64.py (its own folder and adapter), one AdamW step.
- reference.json: inputs and hyper-parameters, the loss
- reference.safetensors: `activation.<path>`, what a module gave; `gradient.<path>`, the loss's
  gradient by that; `parameter.<path>`, by a trained parameter; `update.<path>`, its change.
  Paths are this project's own.
"""

import json

import torch
from _common import FIXTURES, write_json, write_tensors
from peft import PeftModel
from transformers import BertForSequenceClassification

SOURCE = FIXTURES / "lora_f64" / "bert"
FOLDER = FIXTURES / "trace_f64"
LAYER = {
    "attn.q": "attention.self.query", "attn.k": "attention.self.key",
    "attn.v": "attention.self.value", "attn.out": "attention.output.dense",
    "attn.add": "attention.output.LayerNorm", "ffn.up": "intermediate.dense",
    "ffn.act": "intermediate.intermediate_act_fn", "ffn.down": "output.dense",
    "ffn.add": "output.LayerNorm", "": "",
}  # fmt: skip

given = json.loads((SOURCE / "reference.json").read_text("utf-8"))
base = BertForSequenceClassification.from_pretrained(
    SOURCE, dtype=torch.float64, attn_implementation="eager", num_labels=3
)
model = PeftModel.from_pretrained(base, SOURCE / "adapter", is_trainable=True).double().train()
bert, head = base.bert, base.classifier

sites = {
    "tokens": bert.embeddings.word_embeddings, "embeddings": bert.embeddings,
    "embeddings.norm": bert.embeddings.LayerNorm, "pooler": bert.pooler.dense, "head": head,
}  # fmt: skip
for index, layer in enumerate(bert.encoder.layer):
    for ours, theirs in LAYER.items():
        path = f"blocks.{index}.{ours}".rstrip(".")
        sites[path] = layer.get_submodule(theirs) if theirs else layer
tensors = {}


def watch(path, module, shape=lambda x: x):
    def hook(module, inputs, output):
        output = output[0] if isinstance(output, tuple) else output
        tensors[f"activation.{path}"] = shape(output).detach().clone()
        if output.requires_grad:
            output.register_hook(lambda g: tensors.__setitem__(f"gradient.{path}", shape(g).clone()))

    module.register_forward_hook(hook)


def heads(x):
    """[B, T, H d] as the attention core gives it: [B, H, T, d]."""
    return x.unflatten(-1, (base.config.num_attention_heads, -1)).transpose(1, 2)


for path, module in sites.items():
    watch(path, module)
for index, layer in enumerate(bert.encoder.layer):
    watch(f"blocks.{index}.attn.core", layer.attention.self, heads)


def path_of(name):
    """PEFT's name of a trained parameter as this project's path."""
    if "lora_" in name:
        layer = name.split(".layer.")[1].split(".")[0]
        site = "q" if ".query." in name else "v"
        return f"blocks.{layer}.attn.{site}.lora.{'A' if 'lora_A' in name else 'B'}"
    assert "classifier.modules_to_save" in name, name
    return "head." + name.rsplit(".", 1)[1]


trained = {path_of(n): p for n, p in model.named_parameters() if p.requires_grad}
before = {path: p.detach().clone() for path, p in trained.items()}
optimizer = torch.optim.AdamW(trained.values(), lr=given["lr"], weight_decay=given["weight_decay"])
output = model(
    input_ids=torch.tensor(given["input_ids"]),
    attention_mask=torch.tensor(given["attention_mask"]),
)
loss = torch.nn.functional.cross_entropy(output.logits, torch.tensor(given["labels"]))
loss.backward()
tensors |= {f"parameter.{path}": p.grad.clone() for path, p in trained.items()}
optimizer.step()
tensors |= {f"update.{path}": p.detach() - before[path] for path, p in trained.items()}

keys = ("input_ids", "attention_mask", "labels", "lr", "weight_decay")
write_json(FOLDER / "reference.json", {key: given[key] for key in keys} | {"losses": [loss.item()]})
write_tensors(FOLDER / "reference.safetensors", tensors)
assert abs(loss.item() - given["losses"][0]) < 1e-12
print(len(tensors), "tensors, loss", loss.item())
