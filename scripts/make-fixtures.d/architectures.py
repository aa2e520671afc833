"""Tiny random-weight models of each architecture, as transformers writes them, in f64.

Each folder of Tests/Golden/fixtures/architectures holds a model (config.json, model.safetensors) and
- reference.json: inputs, logits and loss of one batch
- reference.safetensors: `full.<name>`, the loss's gradient by every parameter

Transformers computes RMS norm, rotary tables and the causal loss in f32 whatever the model's type.
Here they are made to run in f64: the same code, with the types replaced.
"""

import inspect
import json
import textwrap

import torch
import transformers.modeling_rope_utils as rope
import transformers.models.llama.modeling_llama as llama
import transformers.models.qwen2.modeling_qwen2 as qwen2
import transformers.models.t5.modeling_t5 as t5
from _common import FIXTURES, write_json, write_tensors
from transformers import (
    BertConfig, BertForSequenceClassification, DistilBertConfig, DistilBertForSequenceClassification,
    GPT2Config, GPT2ForSequenceClassification, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM,
    LlamaForSequenceClassification, Qwen2Config, Qwen2ForCausalLM, Qwen2ForSequenceClassification,
    RobertaConfig, RobertaForSequenceClassification, T5Config, T5ForConditionalGeneration,
)  # fmt: skip


def in_double(function, module):
    """The function with f64 in f32's place."""
    source = textwrap.dedent(inspect.getsource(function))
    for single, double in (
        ("torch.float32", "torch.float64"), ("dtype=torch.float)", "dtype=torch.float64)"),
        (".float()", ".double()"),
    ):  # fmt: skip
        source = source.replace(single, double)
    scope = dict(vars(module))
    exec(source, scope)
    made = scope[function.__name__]
    return made.__func__ if isinstance(made, staticmethod) else made


for module, name in ((llama, "Llama"), (qwen2, "Qwen2")):
    norm, rotary = (getattr(module, name + part) for part in ("RMSNorm", "RotaryEmbedding"))
    norm.forward = in_double(norm.forward, module)
    rotary.forward = in_double(inspect.unwrap(rotary.forward), module)
    rotary.compute_default_rope_parameters = staticmethod(
        in_double(rotary.compute_default_rope_parameters, module))  # fmt: skip
t5.T5LayerNorm.forward = in_double(t5.T5LayerNorm.forward, t5)
rope.ROPE_INIT_FUNCTIONS["llama3"] = in_double(rope._compute_llama3_parameters, rope)
rope.ROPE_INIT_FUNCTIONS["linear"] = in_double(rope._compute_linear_scaling_rope_parameters, rope)

# Odd lengths; one row is shorter than the other.
IDS = [[2, 17, 5, 33, 41, 8, 3, 11, 29], [2, 40, 12, 26, 3, 1, 1, 1, 1]]
MASK = [[1] * 9, [1] * 5 + [0] * 4]
# What T5 writes: of another length than what it reads.
TARGETS = [[14, 9, 1, -100, -100], [7, 30, 21, 8, 1]]
PLAIN = {"vocab_size": 43, "attn_implementation": "sdpa"}
SMALL = PLAIN | {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3}
CLASSES = {"num_labels": 3}
QUIET = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def decoder(**more):
    settings = {"intermediate_size": 20, "num_key_value_heads": 3, "max_position_embeddings": 64}
    return SMALL | settings | {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 1} | more


def models():
    yield "bert", BertForSequenceClassification(BertConfig(
        **SMALL, **CLASSES, **QUIET, intermediate_size=21, max_position_embeddings=16,
        hidden_act="gelu_new", layer_norm_eps=1e-6))  # fmt: skip
    yield "roberta", RobertaForSequenceClassification(RobertaConfig(
        **SMALL, **CLASSES, **QUIET, intermediate_size=21, max_position_embeddings=18,
        type_vocab_size=1, layer_norm_eps=1e-5))  # fmt: skip
    yield "distilbert", DistilBertForSequenceClassification(DistilBertConfig(
        **PLAIN, **CLASSES, dim=12, n_layers=2, n_heads=3, hidden_dim=21, dropout=0.0,
        max_position_embeddings=16, attention_dropout=0.0, seq_classif_dropout=0.0))  # fmt: skip
    yield "gpt2", GPT2LMHeadModel(GPT2Config(
        **PLAIN, n_embd=12, n_layer=2, n_head=3, n_inner=20, n_positions=16, resid_pdrop=0.0,
        embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=2, eos_token_id=3))  # fmt: skip
    yield "llama-plain", LlamaForCausalLM(LlamaConfig(**decoder()))
    yield "llama-grouped-tied", LlamaForCausalLM(LlamaConfig(**decoder(
        num_attention_heads=6, num_key_value_heads=2, head_dim=6, tie_word_embeddings=True,
        attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5)))  # fmt: skip
    # The three cases of the scaling (stretched, mixed, as it is) are each met by some pair.
    yield "llama-3", LlamaForCausalLM(LlamaConfig(**decoder(
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, rope_parameters={
            "rope_type": "llama3", "rope_theta": 500.0, "factor": 4.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 32})))  # fmt: skip
    yield "llama-older-config", LlamaForCausalLM(LlamaConfig(**decoder(
        rope_parameters={"rope_type": "linear", "rope_theta": 5000.0, "factor": 2.0})))  # fmt: skip
    yield "qwen2", Qwen2ForCausalLM(Qwen2Config(**decoder(
        num_attention_heads=4, num_key_value_heads=2, hidden_size=16,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6})))  # fmt: skip
    yield "qwen2-tied", Qwen2ForCausalLM(Qwen2Config(**decoder(
        num_key_value_heads=1, tie_word_embeddings=True)))  # fmt: skip
    # Heads for classes on decoders, which pool the last token that is no padding.
    yield "gpt2-classes", GPT2ForSequenceClassification(GPT2Config(
        **PLAIN, **CLASSES, n_embd=10, n_layer=1, n_head=2, n_positions=16, resid_pdrop=0.0,
        activation_function="relu", embd_pdrop=0.0, attn_pdrop=0.0, pad_token_id=1, bos_token_id=2,
        eos_token_id=3))  # fmt: skip
    yield "llama-classes", LlamaForSequenceClassification(LlamaConfig(**decoder(
        **CLASSES, num_key_value_heads=1)))  # fmt: skip
    yield "qwen2-classes", Qwen2ForSequenceClassification(Qwen2Config(**decoder(**CLASSES)))
    # Widths that no vector register divides, a padding id elsewhere, two segments.
    yield "roberta-odd", RobertaForSequenceClassification(RobertaConfig(
        **PLAIN | {"vocab_size": 47}, **CLASSES, **QUIET, hidden_size=15, num_hidden_layers=1,
        num_attention_heads=5, intermediate_size=7, max_position_embeddings=21, type_vocab_size=2,
        pad_token_id=1, hidden_act="gelu"))  # fmt: skip
    yield "bert-odd", BertForSequenceClassification(BertConfig(
        **PLAIN | {"vocab_size": 45}, **QUIET, num_labels=2, hidden_size=9, num_hidden_layers=3,
        num_attention_heads=1, intermediate_size=5, max_position_embeddings=11, type_vocab_size=3,
        hidden_act="relu"))  # fmt: skip
    written = {
        "vocab_size": 43, "dropout_rate": 0.0, "d_model": 12, "num_heads": 3, "d_kv": 5,
        "decoder_start_token_id": 0}  # fmt: skip
    yield "t5", T5ForConditionalGeneration(T5Config(
        **written, d_ff=21, num_layers=2, num_decoder_layers=1, relative_attention_num_buckets=8,
        relative_attention_max_distance=6))  # fmt: skip
    yield "t5-gated", T5ForConditionalGeneration(T5Config(
        **written, d_ff=20, num_layers=1, num_decoder_layers=2, feed_forward_proj="gated-gelu",
        tie_word_embeddings=False))  # fmt: skip


def age(folder):
    """A config as files of before transformers 5 have it."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rotation = config.pop("rope_parameters")
    config["rope_theta"] = rotation["rope_theta"]
    config["rope_scaling"] = {"type": rotation["rope_type"], "factor": rotation["factor"]}
    config["torch_dtype"] = config.pop("dtype")
    for key in ("head_dim", "mlp_bias", "attention_bias"):
        config.pop(key)
    path.write_text(json.dumps(config, indent=2) + "\n")


def make(name, model):
    model = model.double().eval()
    for parameter in model.parameters():
        # Biases and norms start at 0 and 1; nothing is checked by a zero.
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    for part in model.modules():
        # Computed before the model was made f64, as `double` would convert what f32 had rounded.
        if "inv_freq" in dict(part.named_buffers(recurse=False)):
            part.inv_freq = type(part)(model.config).inv_freq
            assert part.inv_freq.dtype == torch.float64
    folder = FIXTURES / "architectures" / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if name == "llama-older-config":
        age(folder)
    kind = type(model).__name__
    is_causal = "ForCausalLM" in kind or "LMHead" in kind
    labels = [2, 0] if model.config.num_labels == 3 else [1, 0]
    if "ForConditionalGeneration" in kind:
        labels = TARGETS
    elif is_causal:
        labels = [[t if m else -100 for t, m in zip(*row)] for row in zip(IDS, MASK)]
    ids, mask = torch.tensor(IDS), torch.tensor(MASK)
    target = torch.tensor(labels)
    written = {"labels": target} if labels is TARGETS else {}
    output = model(input_ids=ids, attention_mask=mask, **written)
    logits = output.logits
    if is_causal:
        logits, target = logits[:, :-1].flatten(0, 1), target[:, 1:].flatten()
    if labels is TARGETS:
        logits, target = logits.flatten(0, 1), target.flatten()
    loss = torch.nn.functional.cross_entropy(logits, target, ignore_index=-100)
    assert loss.dtype == torch.float64
    loss.backward()
    write_json(folder / "reference.json", {
        "input_ids": IDS, "attention_mask": MASK, "labels": labels,
        "base_loss": loss.item(), "base_logits": output.logits.tolist()})  # fmt: skip
    gradients = {f"full.{n}": p.grad for n, p in model.named_parameters() if p.grad is not None}
    write_tensors(folder / "reference.safetensors", gradients)


torch.manual_seed(11)
for name, model in models():
    make(name, model)
