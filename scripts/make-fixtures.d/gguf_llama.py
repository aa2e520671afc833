"""A tiny random Llama in one GGUF file, its logits by transformers, ids of its tokenizer.

tiny.gguf has each kind of stored tensor that is read (F32, F16, BF16, Q8_0, Q4_0, Q4_1) and grouped
queries. reference.json: tokens of texts by the tokenizers library, made to cut words as SmolLM2's does; a
batch and its logits (f32), as transformers has them after reading the same file.
Needs the package gguf (pip install gguf).
"""

import json
import logging

import gguf
import numpy as np
import torch
from _common import FIXTURES, report, write_json
from gguf import GGMLQuantizationType as Kind
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM

logging.getLogger("gguf").setLevel(logging.ERROR)
FOLDER = FIXTURES / "gguf"
WIDTH, HEADS, KEY_HEADS, INNER, DEPTH = 64, 4, 2, 96, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEXTS = [
    "The film was good, and it's not 1999 any more.", "<|im_start|>user\nHi  there!<|im_end|>\n",
    "naïve café, 漢字 and 🙂 on 3.14159", "   spaces\t\tand\n\nlines  ", "don't DON'T I'll 12 345",
]  # fmt: skip


def tokenizer():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])  # fmt: skip
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())  # fmt: skip
    made.train_from_iterator(TEXTS * 3, trainer)
    return made


def permuted(rows, heads):
    """As the converters of Llama models put q and k: the halves of each head interleaved."""
    shape = rows.shape
    return rows.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def add(writer, name, rows, kind):
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    data = rows if kind == Kind.F32 else gguf.quants.quantize(rows, kind)
    if kind == Kind.F16:
        data = rows.astype(np.float16)
    writer.add_tensor(name, data, raw_dtype=None if kind in (Kind.F32, Kind.F16) else kind)


def write(path, tokens):
    vocabulary = tokens.get_vocab()
    words = sorted(vocabulary, key=vocabulary.get)
    merges = [" ".join(pair) for pair in json.loads(tokens.to_str())["model"]["merges"]]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(DEPTH)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(5000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(words)
    writer.add_token_types([3 if w in SPECIAL else 1 for w in words])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    random = np.random.default_rng(5)

    def normal(*shape):
        return random.standard_normal(shape) * 0.2

    add(writer, "token_embd.weight", normal(len(words), WIDTH), Kind.F16)
    small = WIDTH // HEADS * KEY_HEADS
    for layer in range(DEPTH):
        block = f"blk.{layer}."
        add(writer, block + "attn_norm.weight", 1 + normal(WIDTH), Kind.F32)
        add(writer, block + "attn_q.weight", permuted(normal(WIDTH, WIDTH), HEADS), Kind.Q8_0)
        add(writer, block + "attn_k.weight", permuted(normal(small, WIDTH), KEY_HEADS), Kind.Q4_1)
        add(writer, block + "attn_v.weight", normal(small, WIDTH), Kind.Q4_0)
        add(writer, block + "attn_output.weight", normal(WIDTH, WIDTH), Kind.BF16)
        add(writer, block + "ffn_norm.weight", 1 + normal(WIDTH), Kind.F32)
        add(writer, block + "ffn_gate.weight", normal(INNER, WIDTH), Kind.Q4_1)
        add(writer, block + "ffn_up.weight", normal(INNER, WIDTH), Kind.Q8_0)
        add(writer, block + "ffn_down.weight", normal(WIDTH, INNER), Kind.Q4_1)
    add(writer, "output_norm.weight", 1 + normal(WIDTH), Kind.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    report(path)


FOLDER.mkdir(parents=True, exist_ok=True)
tokens = tokenizer()
write(FOLDER / "tiny.gguf", tokens)
model = AutoModelForCausalLM.from_pretrained(FOLDER, gguf_file="tiny.gguf", dtype=torch.float32).eval()
ids = [[5, 17, 250, 33, 3], [300, 2, 9, 110, 41]]
with torch.no_grad():
    logits = model(input_ids=torch.tensor(ids)).logits
write_json(FOLDER / "reference.json", {
    "texts": TEXTS, "tokens": [tokens.encode(t).ids for t in TEXTS], "ids": ids,
    "logits": [[[float(f"{x:.9g}") for x in row] for row in rows] for rows in logits.tolist()]})  # fmt: skip
