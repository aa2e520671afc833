"""Files as the tools themselves write them, for the tests of Checkpoints.

Usage: python checkpoints.py [FOLDER]    (default: Tests/CheckpointsTests/Fixtures)
Needs torch, safetensors, transformers, peft. Written with safetensors 0.8, transformers 5.23, peft 0.21.
"""

import json
import pathlib
import shutil
import sys
import tempfile

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

root = pathlib.Path(__file__).resolve().parents[2]
out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/CheckpointsTests/Fixtures"
shutil.rmtree(out, ignore_errors=True)
out.mkdir(parents=True)


def grid(shape, step=0.125):
    """Numbers that are exact in f32 and show their place."""
    count = 1
    for size in shape:
        count *= size
    return (torch.arange(count, dtype=torch.float32) * step - 1).reshape(shape)


# Every type that we read, a scalar, an empty tensor, a name that must be escaped.
save_file(
    {
        "f32": grid([2, 3]),
        "f64": grid([3]).double(),
        "bf16": torch.tensor([1.5, -2.0, 3.140625]).bfloat16(),
        "f16": torch.tensor([1.0, -2.0, 65504.0, 6e-8, float("inf"), 0.333251953125]).half(),
        "i64": torch.tensor([7, -8]),
        "i32": torch.tensor([[1], [2]], dtype=torch.int32),
        "i16": torch.tensor([-300], dtype=torch.int16),
        "i8": torch.tensor([-128, 127], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(3.0),
        "empty": torch.zeros(0, 3),
        'é"\\\n': torch.ones(1),
    },
    out / "types.safetensors",
    metadata={"format": "pt"},
)

torch.manual_seed(0)
config = BertConfig(
    vocab_size=12,
    hidden_size=4,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=8,
    max_position_embeddings=8,
    num_labels=2,
)
model = BertForSequenceClassification(config)
for index, parameter in enumerate(model.parameters()):
    parameter.data = grid(parameter.shape) + index

# A folder of one file, and the same in shards.
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder)
    (out / "model").mkdir()
    for name in ["config.json", "model.safetensors"]:
        shutil.copy(f"{folder}/{name}", out / "model" / name)
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder, max_shard_size="1KB")
    shutil.copytree(folder, out / "sharded")

# A LoRA adapter with a trained head, as PEFT writes it.
tuned = get_peft_model(
    model, LoraConfig(r=2, lora_alpha=4, target_modules=["query", "value"], task_type="SEQ_CLS")
)
for index, (name, parameter) in enumerate(sorted(tuned.named_parameters())):
    if parameter.requires_grad:
        parameter.data = grid(parameter.shape, 0.5) + index
with tempfile.TemporaryDirectory() as folder:
    tuned.save_pretrained(folder)
    (out / "lora").mkdir()
    # The path of the base model is this machine's affair.
    settings = json.load(open(f"{folder}/adapter_config.json"))
    settings["base_model_name_or_path"] = "tiny-bert"
    (out / "lora" / "adapter_config.json").write_text(
        json.dumps(settings, indent=2, sort_keys=True)
    )
    shutil.copy(f"{folder}/adapter_model.safetensors", out / "lora")

for path in sorted(out.rglob("*")):
    if path.is_file():
        print(path.relative_to(out), path.stat().st_size)
