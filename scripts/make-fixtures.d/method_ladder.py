"""Ladder side-tuning in f64; the paper's mathematics written out on transformers' own layers: side blocks are of the
backbone's kind, an eighth (here a half) as wide, and the backbone's states enter as constants."""

import copy
from types import SimpleNamespace

import torch
from _method import BASES, jitter, load_base, make, path_of
from torch import nn
from transformers.masking_utils import create_bidirectional_mask, create_causal_mask

REDUCTION, TEMPERATURE = 2, 0.1


def narrow(config, base):
    """The configuration of a block that is `REDUCTION` times narrower."""
    small = copy.deepcopy(config)
    if base == "bert":
        small.hidden_size //= REDUCTION
        small.intermediate_size //= REDUCTION
    else:
        small.n_inner = (small.n_inner or 4 * small.n_embd) // REDUCTION
        small.n_embd //= REDUCTION
    return small


class Side(nn.Module):
    def __init__(self, model, base, mixed):
        super().__init__()
        config = model.config
        layers = model.bert.encoder.layer if base == "bert" else model.transformer.h
        small = narrow(config, base)
        width, size = config.hidden_size, small.hidden_size
        self.first = nn.Linear(width, size)
        self.downs = nn.ModuleList(nn.Linear(width, size) for _ in layers)
        self.gates = nn.ParameterList(nn.Parameter(torch.zeros(1)) for _ in layers)
        self.blocks = nn.ModuleList(type(layers[0])(small, layer_idx=i) for i in range(len(layers)))
        self.up = nn.Linear(size, width)
        self.gate = nn.Parameter(torch.zeros(1)) if mixed else None

    def forward(self, states, mask):
        states = [h.detach() for h in states]
        s = self.first(states[0])
        for h, down, gate, block in zip(states[1:], self.downs, self.gates, self.blocks):
            share = torch.sigmoid(gate / TEMPERATURE)
            s = block(share * s + (1 - share) * down(h), attention_mask=mask)
            s = s[0] if isinstance(s, tuple) else s
        if self.gate is None:
            return self.up(s)
        share = torch.sigmoid(self.gate / TEMPERATURE)
        return share * states[-1] + (1 - share) * self.up(s)


def our_path(name, base):
    """Of a parameter of the side network."""
    place = "blocks.1.ladder.edit."
    kind, _, rest = name.partition(".")
    if kind in ("first", "up"):
        return f"{place}{'down' if kind == 'first' else 'up'}.{rest}"
    if kind == "gate":
        return f"{place}gate"
    number, _, rest = rest.partition(".")
    if kind == "gates":
        return f"{place}rungs.{number}.a"
    if kind == "downs":
        return f"{place}rungs.{number}.down.{rest}"
    whole = {"bert": "bert.encoder.layer.", "gpt2": "transformer.h."}[base] + f"0.{rest}"
    return f"{place}rungs.{number}.block.{path_of(whole, base).removeprefix('blocks.0.')}"


def states_of(model, base, inputs):
    """Embeddings and each block's state (GPT-2's last before the final norm), and the attention mask."""
    stack = model.bert if base == "bert" else model.transformer
    layers = stack.encoder.layer if base == "bert" else stack.h
    seen, masks, handles = [], [], []

    def look(module, args, kwargs, output):
        seen.append(output[0] if isinstance(output, tuple) else output)
        masks.append(kwargs.get("attention_mask", args[1] if len(args) > 1 else None))

    def look_before(module, args, kwargs):
        seen.append(args[0])

    handles.append(layers[0].register_forward_pre_hook(look_before, with_kwargs=True))
    handles += [layer.register_forward_hook(look, with_kwargs=True) for layer in layers]
    with torch.no_grad():
        stack(**inputs, use_cache=False)
    for handle in handles:
        handle.remove()
    return seen, [m for m in masks if m is not None][0] if any(m is not None for m in masks) else None


for base in BASES:
    for mixed in (False, True):
        model = load_base(base)
        for n, p in model.named_parameters():
            p.requires_grad_(n.startswith("classifier"))
        side = Side(model, base, mixed).double().train()
        jitter(side)

        def forward(model, inputs, side=side, base=base):
            states, mask = states_of(model, base, inputs)
            if mask is None:
                seen = {"inputs_embeds": states[0], "attention_mask": inputs["attention_mask"]}
                if base == "bert":
                    mask = create_bidirectional_mask(config=model.config, **seen)
                else:
                    mask = create_causal_mask(config=model.config, past_key_values=None, **seen)
            h = side(states, mask)
            if base == "bert":
                return SimpleNamespace(logits=model.classifier(model.bert.pooler(h)))
            return SimpleNamespace(logits=model.lm_head(model.transformer.ln_f(h)))

        head = {path_of(n, base): p for n, p in model.named_parameters() if p.requires_grad}
        parameters = head | {our_path(n, base): p for n, p in side.named_parameters()}
        extra = ", mixed=true" if mixed else ""
        make(
            f"ladder{'_mixed' if mixed else ''}_{base}", base,
            f"base |> ladder(reduction={REDUCTION}{extra})", model, parameters, forward=forward,
            exempt=[n for n in parameters if n.endswith("attn.k.bias")],
        )  # fmt: skip
