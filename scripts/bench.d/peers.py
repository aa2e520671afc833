"""PyTorch, transformers and peft on the shapes of scripts/bench: a process that works on command.

usage: peers.py CASE eager|compiled|bf16 THREADS

Reads lines: `step` makes one step and prints its seconds. Weights are random, dropout is 0. Before
that it prints one line, {"ready": seconds since its start, "imports": seconds}.
"""
import json
import sys
import time

begin = time.perf_counter()
import torch  # noqa: E402
import peft  # noqa: E402
import transformers as t  # noqa: E402

imports = time.perf_counter() - begin


def gpt2(**sizes):
    return t.GPT2LMHeadModel(t.GPT2Config(resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, **sizes))


def lora(model, targets, task="CAUSAL_LM"):
    config = peft.LoraConfig(r=8, lora_alpha=8, target_modules=targets, task_type=task)
    return peft.get_peft_model(model, config)


def language(model, batch, length, vocabulary):
    ids = torch.randint(0, vocabulary, (batch, length))
    return model, dict(input_ids=ids, labels=ids, attention_mask=torch.ones_like(ids))


def small(vocabulary=50257):
    sizes = dict(vocab_size=vocabulary, n_embd=128, n_layer=4, n_head=4, n_positions=256)
    return language(lora(gpt2(**sizes), ["c_attn"]), 16, 64, vocabulary)


def smollm2():
    config = t.LlamaConfig(
        vocab_size=49152, hidden_size=576, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, intermediate_size=1536, tie_word_embeddings=True)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    return language(lora(t.LlamaForCausalLM(config), targets), 4, 256, 49152)


def bert():
    config = t.BertConfig(hidden_dropout_prob=0, attention_probs_dropout_prob=0, num_labels=2)
    model = lora(t.BertForSequenceClassification(config), ["query", "value"], "SEQ_CLS")
    ids = torch.randint(0, 30522, (16, 128))
    return model, dict(
        input_ids=ids, attention_mask=torch.ones_like(ids), labels=torch.randint(0, 2, (16,)))


MODELS = {
    "gpt2-lora": lambda: language(lora(gpt2(), ["c_attn"]), 8, 128, 50257),
    "gpt2-full": lambda: language(gpt2(), 8, 128, 50257),
    "bert-lora": bert,
    "smollm2-lora": smollm2,
    "small-lora": small,
    "small-lora-2k": lambda: small(2048),
}


def training(case, mode):
    model, batch = MODELS[case]()
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    run = torch.compile(model) if mode == "compiled" else model

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bf16"):
            loss = run(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1e9)  # the norm, which our steps report too
        optimizer.step()
        optimizer.zero_grad()

    return step


def decoding(mode):
    model = gpt2().eval()
    if mode == "bf16":
        model = model.to(torch.bfloat16)
    ids = torch.arange(100, 116)[None]
    mask = torch.ones_like(ids)

    def step():
        with torch.no_grad():
            model.generate(
                ids, attention_mask=mask, max_new_tokens=32, min_new_tokens=32, do_sample=False,
                pad_token_id=0)

    return step


def timed(f, times=7):
    f()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        f()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[times // 2]


def products():
    linear = torch.nn.functional.linear
    result = {}
    shapes = [(768, 768), (2304, 768), (3072, 768), (768, 3072), (8, 768), (768, 8)]
    with torch.no_grad():
        for n, k in shapes:
            x, w = torch.randn(1024, k), torch.randn(n, k)
            result[f"linear [1024, {k}] to {n}"] = {"seconds": timed(lambda: linear(x, w))}
        for n, k in [(768, 768), (50257, 768)]:
            x, w = torch.randn(1, k), torch.randn(n, k)
            result[f"linear [1, {k}] to {n}"] = {"seconds": timed(lambda: linear(x, w), 15)}
    return result


def kernels():
    f = torch.nn.functional
    x, w, b = torch.randn(1024, 768), torch.ones(768), torch.zeros(768)
    q = torch.randn(8, 12, 128, 64)
    angles = torch.randn(128, 32)
    cos, sin = torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)

    def rotary(q):
        low, high = q.chunk(2, -1)
        return q * cos + torch.cat([-high, low], -1) * sin

    table = {
        "gelu": (x, f.gelu),
        "gelu_new": (x, lambda x: f.gelu(x, approximate="tanh")),
        "silu": (x, f.silu),
        "softmax": (x, lambda x: x.softmax(-1)),
        "layer_norm": (x, lambda x: f.layer_norm(x, (768,), w, b)),
        "rms_norm": (x, lambda x: f.rms_norm(x, (768,), w)),
        "add": (x, lambda x: x + x),
        "attention, causal": (q, lambda q: f.scaled_dot_product_attention(q, q, q, is_causal=True)),
        "rotary": (q, rotary),
    }
    result = {}
    for name, (x, body) in table.items():
        leaf = x.clone().requires_grad_()

        def both():
            leaf.grad = None
            body(leaf).sum().backward()

        with torch.no_grad():
            forward = timed(lambda: body(x), 15)
        result[name] = {"seconds": forward, "with_gradient": timed(both, 15)}
    return result


def main():
    case, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    if case in ("products", "kernels"):
        step = None
    else:
        step = decoding(mode) if case == "gpt2-decode" else training(case, mode)
    print(json.dumps({"ready": time.perf_counter() - begin, "imports": imports}), flush=True)
    for line in sys.stdin:
        if line.strip() == "table":
            print(json.dumps(products() if case == "products" else kernels()), flush=True)
            continue
        start = time.perf_counter()
        step()
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


main()
