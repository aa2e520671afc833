"""Folders that AdapterHub's library writes, with the numbers that it has.

Into Tests/Golden/fixtures/adapterhub/NAME: a folder for each kind of adapter that travels (save_adapter with
safetensors), random, on the base lora_f64/bert, and its logits on that base's batch: logits.json. Needs the package
adapters; name the Python that has it with PYTHON.
"""

import json

import adapters
import torch
from _common import FIXTURES, report, write_json
from adapters import DoubleSeqBnConfig, IA3Config, LoRAConfig, ParBnConfig, SeqBnConfig
from transformers import BertForSequenceClassification

BASE = FIXTURES / "lora_f64" / "bert"
KINDS = {
    "seq_bn": SeqBnConfig(reduction_factor=4),
    "double_seq_bn": DoubleSeqBnConfig(reduction_factor=8),
    "par_bn": ParBnConfig(reduction_factor=2),
    "lora": LoRAConfig(r=3, alpha=6, attn_matrices=["q", "k"], intermediate_lora=True),
    "ia3": IA3Config(),
}

batch = json.loads((BASE / "reference.json").read_text())
ids, mask = torch.tensor(batch["input_ids"]), torch.tensor(batch["attention_mask"])
for name, config in KINDS.items():
    torch.manual_seed(3)
    model = BertForSequenceClassification.from_pretrained(BASE, dtype=torch.float64)
    adapters.init(model)
    model.add_adapter("mine", config=config)
    model.set_active_adapters("mine")
    model.double().eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if ".mine." in key:
                parameter.add_(torch.randn_like(parameter) * 0.3)
        logits = model(input_ids=ids, attention_mask=mask).logits
    folder = FIXTURES / "adapterhub" / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_adapter(str(folder), "mine", with_head=False, use_safetensors=True)
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["model_name"] = "lora_f64/bert"
    path.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
    for file in sorted(folder.iterdir()):
        report(file)
    write_json(folder / "logits.json", {"logits": logits.tolist()})
