"""What the fixture scripts share: places, and writing files that are the same each time."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "Tests" / "Golden" / "fixtures"
MINILM = ROOT / "models" / "all-MiniLM-L6-v2"

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def need_minilm():
    if not (MINILM / "model.safetensors").exists():
        sys.exit("models/all-MiniLM-L6-v2 is missing: run scripts/fetch-models")


def reviews(start, count):
    """(text, label) of lines of the bundled reviews; label 1 is positive."""
    lines = (ROOT / "Sources/Library/data/reviews.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1 + start : 1 + start + count]]
    return [text for text, _ in rows], [int(label == "positive") for _, label in rows]


def write_json(path, value):
    """One line an entry of the outermost dictionary: small, and readable in a diff."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [
        f"  {json.dumps(key)}: {json.dumps(item, ensure_ascii=False, separators=(',', ':'))}"
        for key, item in value.items()
    ]
    path.write_text("{\n" + ",\n".join(entries) + "\n}\n", "utf-8")
    report(path)


def write_tensors(path, tensors):
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {name: t.detach().clone().contiguous() for name, t in sorted(tensors.items())}
    save_file(plain, path, metadata={"format": "pt"})
    report(path)


def save_adapter(model, folder):
    """PEFT's own folder, less the card (empty forms) and with no path of this machine in it."""
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    config = folder / "adapter_config.json"
    values = json.loads(config.read_text())
    if values.get("base_model_name_or_path"):
        values["base_model_name_or_path"] = Path(values["base_model_name_or_path"]).name
    # PEFT writes sets as lists in any order.
    for key in ("target_modules", "modules_to_save"):
        if isinstance(values.get(key), list):
            values[key] = sorted(values[key])
    config.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
    for file in sorted(folder.iterdir()):
        report(file)


def report(path):
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
