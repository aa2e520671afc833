"""Model folders whose matrices bitsandbytes has stored as NF4, with the logits that transformers gets of them.

Needs bitsandbytes and accelerate beside torch and transformers. Writes Tests/Golden/fixtures/nf4/{llama,llama-single,gpt2}.
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import transformers

try:
    import accelerate  # noqa: F401
    import bitsandbytes  # noqa: F401
except ImportError:
    sys.exit("nf4_models: bitsandbytes or accelerate is missing; the fixtures stay as they are")

FIXTURES = Path(__file__).resolve().parent.parent.parent / "Tests/Golden/fixtures/nf4"
IDS = [[5, 7, 2, 40, 11], [9, 30, 4, 6, 3]]


def llama():
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=43, hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=False))  # fmt: skip


def gpt2():
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=43, n_embd=32, n_layer=2, n_head=4, n_positions=64, n_inner=56))


def make(name, model, nested):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    config = transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=nested,
        bnb_4bit_compute_dtype=torch.float32)  # fmt: skip
    with tempfile.TemporaryDirectory() as plain:
        # Larger than a fresh model's, so that logits differ by more than rounding.
        with torch.no_grad():
            for value in model.parameters():
                value.mul_(4 if value.ndim == 2 else 1)
        model.save_pretrained(plain)
        small = type(model).from_pretrained(
            plain, quantization_config=config, dtype=torch.float32, device_map={"": "cpu"})
    with torch.no_grad():
        logits = small(input_ids=torch.tensor(IDS)).logits
    small.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    text = {"ids": IDS, "logits": [float(f"{x:.9g}") for x in logits.flatten().tolist()]}
    (folder / "reference.json").write_text(json.dumps(text) + "\n")
    print(name, "logits to", float(logits.abs().max()))


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    transformers.logging.set_verbosity_error()
    make("llama", llama(), nested=True)
    make("llama-single", llama(), nested=False)
    make("gpt2", gpt2(), nested=True)


main()
