"""SmolLM2-135M-Instruct from its GGUF file, as transformers reads it (f32).

reference.json: texts, their ids by the tokenizers library with SmolLM2's own way of cutting words, the
loss of each text and the ten largest logits behind its last token. Needs scripts/fetch-models smollm2 and
the package gguf (pip install gguf).
"""

import sys

import torch
from _common import FIXTURES, ROOT, write_json
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM

FOLDER = ROOT / "models" / "SmolLM2-135M-Instruct"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
TEXTS = [
    "The capital of France is", "Once upon a time there was a",
    "<|im_start|>user\nWhat is 17 + 25?<|im_end|>\n<|im_start|>assistant\n",
    "def fibonacci(n):\n    if n <", "Die Katze sitzt auf dem Tisch und 漢字 🙂 naïve",
]  # fmt: skip

if not (FOLDER / NAME).exists():
    sys.exit(f"models/SmolLM2-135M-Instruct/{NAME} is missing: run scripts/fetch-models smollm2")

import gguf  # noqa: E402

fields = gguf.GGUFReader(FOLDER / NAME).fields
words = fields["tokenizer.ggml.tokens"].contents()
merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
kinds = fields["tokenizer.ggml.token_type"].contents()
tokenizer = Tokenizer(models.BPE(vocab={w: i for i, w in enumerate(words)}, merges=merges))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])  # fmt: skip
tokenizer.add_special_tokens([w for w, k in zip(words, kinds) if k == 3])
model = AutoModelForCausalLM.from_pretrained(FOLDER, gguf_file=NAME, dtype=torch.float32).eval()
rows = []
for text in TEXTS:
    ids = torch.tensor([tokenizer.encode(text).ids])
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0].double()
    loss = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:]).item()
    top = logits[-1].topk(10)
    rows.append({
        "text": text, "ids": ids[0].tolist(), "loss": loss, "top": top.indices.tolist(),
        "logits": top.values.tolist()})  # fmt: skip
write_json(FIXTURES / "smollm2" / "reference.json", {f"row{i}": row for i, row in enumerate(rows)})
