"""What GGUF files hold beside gguf_llama.py's: every kind of block, scaled rotation, SentencePiece.

Into Tests/Golden/fixtures/gguf:
- blocks.safetensors: of each kind of block random `NAME.bytes`, and `NAME.values` as gguf decodes them
- pieces.gguf: a tiny random Llama with Llama 3's scaled rotation (`rope_freqs.weight`), weights in the K kinds,
  and the tokenizer of Llama 2's kind (scores, byte fallback); pieces.json: its logits by transformers (the
  weights as gguf decodes them), and ids by sentencepiece, which made the tokenizer
- unigram.gguf: a tokenizer of T5's kind alone (Unigram, NFKC as SentencePiece has it); unigram.json: its ids
Needs the packages gguf and sentencepiece (pip install gguf sentencepiece).
"""

import io
import logging
import math

import gguf
import numpy as np
import sentencepiece
import torch
from _common import FIXTURES, report, reviews, write_json, write_tensors
from gguf import GGMLQuantizationType as Kind
from transformers import LlamaConfig, LlamaForCausalLM

logging.getLogger("gguf").setLevel(logging.ERROR)
FOLDER = FIXTURES / "gguf"
KINDS = [Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q5_1, Kind.Q8_0, Kind.Q2_K, Kind.Q3_K, Kind.Q4_K, Kind.Q5_K,
         Kind.Q6_K]  # fmt: skip
# Where a block's half floats stand; random bytes there would be infinities.
HALVES = {
    Kind.Q4_0: [0], Kind.Q4_1: [0, 2], Kind.Q5_0: [0], Kind.Q5_1: [0, 2], Kind.Q8_0: [0],
    Kind.Q2_K: [80, 82], Kind.Q3_K: [108], Kind.Q4_K: [0, 2], Kind.Q5_K: [0, 2], Kind.Q6_K: [208],
}  # fmt: skip
TEXTS = [
    "The film was good, and it's not 1999 any more.", "naïve café, 漢字 and 🙂 on 3.14159",
    "   spaces\t\tand\n\nlines  ", "don't DON'T I'll 12 345", "e\u0301 é ﬁ ½ Å \u0958 ｆｕｌｌ",
    "aaaaaaa aaaa", "▁ ▁▁ x", "The the THE theatre", "control\u0001\u007f\u200b\u00adend\r\nnext",
    "",
]  # fmt: skip


def block_bytes(random, kind, count, scale):
    size = gguf.constants.GGML_QUANT_SIZES[kind][1]
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for place in HALVES[kind]:
        halves = (random.standard_normal(count) * scale).astype(np.float16)
        blocks[:, place : place + 2] = halves.view(np.uint8).reshape(count, 2)
    return blocks


def all_blocks():
    random = np.random.default_rng(3)
    tensors = {}
    for kind in KINDS:
        stored = block_bytes(random, kind, 3, 0.1)
        tensors[kind.name + ".bytes"] = torch.from_numpy(stored.copy())
        tensors[kind.name + ".values"] = torch.from_numpy(gguf.quants.dequantize(stored, kind))
    write_tensors(FOLDER / "blocks.safetensors", tensors)


def pieces(**settings):
    """A SentencePiece model learnt from the bundled reviews."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(reviews(0, 400)[0]), model_writer=made, num_threads=1, minloglevel=2,
        **settings)  # fmt: skip
    return sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())


def add_tokenizer(writer, model, kind):
    count = model.get_piece_size()
    writer.add_tokenizer_model(kind)
    writer.add_token_list([model.id_to_piece(i) for i in range(count)])
    writer.add_token_scores([model.get_score(i) for i in range(count)])
    types = [2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i) else 1
             for i in range(count)]  # fmt: skip
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


def close(writer, path):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    report(path)


WIDTH, HEADS, KEY_HEADS, INNER, THETA, FACTOR = 256, 4, 1, 256, 5000.0, 8.0


def rotation_factors():
    """As llama.cpp's converter computes them for Llama 3."""
    width, found = WIDTH // HEADS, []
    for frequency in 1.0 / (THETA ** (torch.arange(0, width, 2, dtype=torch.float32) / width)):
        wave = 2 * math.pi / frequency
        if wave < 8192 / 4:
            found.append(1.0)
        elif wave > 8192:
            found.append(FACTOR)
        else:
            smooth = (8192 / wave - 1) / 3
            found.append(1 / ((1 - smooth) / FACTOR + smooth))
    return np.array(found, dtype=np.float32)


def restored(rows, heads):
    """Rows as transformers has them, of rows as the converter leaves them."""
    shape = rows.shape
    return rows.reshape(heads, shape[0] // heads // 2, 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def llama():
    tokens = pieces(
        vocab_size=320, model_type="bpe", byte_fallback=True, split_digits=True, character_coverage=0.98,
        normalization_rule_name="identity", remove_extra_whitespaces=False)  # fmt: skip
    path = FOLDER / "pieces.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(16384)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(THETA)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    add_tokenizer(writer, tokens, "llama")
    random = np.random.default_rng(7)
    state = {}

    def add(name, theirs, rows, kind, columns=WIDTH, heads=None):
        stored = block_bytes(random, kind, rows * columns // 256, 0.002).reshape(rows, -1)
        writer.add_tensor(name, stored, raw_dtype=kind)
        values = gguf.quants.dequantize(stored, kind)
        state[theirs] = torch.from_numpy(restored(values, heads) if heads else values)

    def norm(name, theirs):
        values = (1 + 0.2 * random.standard_normal(WIDTH)).astype(np.float32)
        writer.add_tensor(name, values)
        state[theirs] = torch.from_numpy(values)

    add("token_embd.weight", "model.embed_tokens.weight", tokens.get_piece_size(), Kind.Q4_K)
    writer.add_tensor("rope_freqs.weight", rotation_factors())
    block, theirs, small = "blk.0.", "model.layers.0.", WIDTH // HEADS * KEY_HEADS
    norm(block + "attn_norm.weight", theirs + "input_layernorm.weight")
    add(block + "attn_q.weight", theirs + "self_attn.q_proj.weight", WIDTH, Kind.Q3_K, heads=HEADS)
    add(block + "attn_k.weight", theirs + "self_attn.k_proj.weight", small, Kind.Q6_K, heads=KEY_HEADS)
    add(block + "attn_v.weight", theirs + "self_attn.v_proj.weight", small, Kind.Q5_K)
    add(block + "attn_output.weight", theirs + "self_attn.o_proj.weight", WIDTH, Kind.Q2_K)
    norm(block + "ffn_norm.weight", theirs + "post_attention_layernorm.weight")
    add(block + "ffn_gate.weight", theirs + "mlp.gate_proj.weight", INNER, Kind.Q2_K)
    add(block + "ffn_up.weight", theirs + "mlp.up_proj.weight", INNER, Kind.Q2_K)
    add(block + "ffn_down.weight", theirs + "mlp.down_proj.weight", WIDTH, Kind.Q2_K, columns=INNER)
    norm("output_norm.weight", "model.norm.weight")
    close(writer, path)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=tokens.get_piece_size(), hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=1,
        num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS, rms_norm_eps=1e-5,
        max_position_embeddings=16384, tie_word_embeddings=True, rope_parameters={
            "rope_type": "llama3", "rope_theta": THETA, "factor": FACTOR, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192})).eval()  # fmt: skip
    left = model.load_state_dict(state, strict=False)
    assert left.missing_keys == ["lm_head.weight"] and not left.unexpected_keys, left
    model.tie_weights()
    ids = [[5, 17, 250, 33, 3, 99], [300, 2, 9, 110, 41, 7]]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor(ids)).logits
    write_json(FOLDER / "pieces.json", {
        "texts": TEXTS, "tokens": [[1] + tokens.encode(t) for t in TEXTS], "ids": ids,
        "logits": [[[float(f"{x:.9g}") for x in row] for row in rows] for rows in logits.tolist()]})  # fmt: skip


def unigram():
    tokens = pieces(vocab_size=300, model_type="unigram", normalization_rule_name="nmt_nfkc")
    path = FOLDER / "unigram.gguf"
    writer = gguf.GGUFWriter(path, "t5")
    add_tokenizer(writer, tokens, "t5")
    writer.add_remove_extra_whitespaces(True)
    from sentencepiece import sentencepiece_model_pb2 as protocol

    parsed = protocol.ModelProto.FromString(tokens.serialized_model_proto())
    writer.add_precompiled_charsmap(parsed.normalizer_spec.precompiled_charsmap)
    close(writer, path)
    write_json(FOLDER / "unigram.json", {
        "texts": TEXTS, "tokens": [tokens.encode(t) + [2] for t in TEXTS]})  # fmt: skip


FOLDER.mkdir(parents=True, exist_ok=True)
all_blocks()
llama()
unigram()
