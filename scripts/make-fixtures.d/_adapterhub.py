"""Our paths for what AdapterHub's `adapters` calls its parameters."""

# Where AdapterHub keeps a site's adapters, and the site; the longer name first.
PLACES = {
    "bert": [("attention.output.adapters.a.", "attn.add"), ("output.adapters.a.", "ffn.add")],
    "gpt2": [("attention_adapters.adapters.a.", "attn.add"), ("output_adapters.adapters.a.", "ffn.add")],
}
LINEAR = {
    f"adapter_{theirs}.{part}": f"{ours}.{part}"
    for theirs, ours in (("down.0", "down"), ("up", "up"))
    for part in ("weight", "bias")
}
COMPACTER = {
    f"adapter_{theirs}.{part}": f"{ours}.{to}"
    for theirs, ours in (("down.0", "down"), ("up", "up"))
    for part, to in (("W_left", "L"), ("W_right", "R"), ("b", "bias"))
}


SOURCE = {"wte.weight": "table"} | {
    f"control_trans.{place}.{part}": f"{ours}.{part}"
    for place, ours in ((0, "first"), (2, "second"))
    for part in ("weight", "bias")
}


def names(base, method, parts=None):
    """{the end of AdapterHub's name: ours} of everything that a method adds."""
    result = {
        place + theirs: f"{site}.{method}.{ours}"
        for place, site in PLACES[base]
        for theirs, ours in (parts or LINEAR).items()
    }
    pool = ("attention.self" if base == "bert" else "attn") + ".prefix_tuning."
    for theirs, ours in SOURCE.items():
        place = f"pool.prefix_tunings.a.self_prefix.{theirs}"
        result[pool + place] = f"attn.kv.{method}.source.{ours}"
    for part in ("weight", "bias"):
        result[f"{pool}prefix_gates.a.{part}"] = f"attn.kv.{method}.gate.{part}"
    for theirs, ours in (("lora_A", "A"), ("lora_B", "B"), ("gate.weight", "gate.weight"), ("gate.bias", "gate.bias")):
        result[f"loras.a.{theirs}"] = f"{method}.{ours}"
    result["shared_parameters.a.phm_rule"] = f"blocks.0.attn.add.{method}.down.rule.A"
    result["prompt_tuning.prompt_tunings.a.prompt_embedding.weight"] = f"embeddings.{method}.weight"
    return result
