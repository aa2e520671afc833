"""Six steps of LoRA on all-MiniLM-L6-v2, from transformers and peft, in f32.

Two labels, dropout 0; LoRA of rank 8, alpha 16 on query and value, the classifier trained whole
(`modules_to_save`); AdamW, learning rate 1e-3, weight decay 0.01 on everything, no schedule; each
step a batch of 8 reviews, padded to its longest. Step k takes rows 8k to 8k + 7 of reviews.tsv;
the logits are those of rows 48 to 55, before and after.

lora_initial.safetensors: the A matrices and the classifier to start from (every B is zero).
lora.json: texts, labels, token ids, losses, logits. lora_adapter/: PEFT's own folder, after.
"""

import torch
from _common import FIXTURES, MINILM, need_minilm, reviews, save_adapter, write_json, write_tensors
from peft import LoraConfig, TaskType, get_peft_model, get_peft_model_state_dict
from transformers import AutoTokenizer, BertForSequenceClassification

STEPS, BATCH = 6, 8


def main():
    need_minilm()
    torch.manual_seed(20)
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    base = BertForSequenceClassification.from_pretrained(
        MINILM,
        num_labels=2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=8,
        lora_alpha=16,
        lora_dropout=0.0,
        target_modules=["query", "value"],
        modules_to_save=["classifier"],
    )
    model = get_peft_model(base, config).train()
    start = get_peft_model_state_dict(model)
    initial = {name: t.clone() for name, t in start.items() if ".lora_B." not in name}

    def encode(texts):
        return tokenizer(texts, padding="longest", truncation=True, return_tensors="pt")

    def logits(texts):
        with torch.no_grad():
            return model(**encode(texts)).logits

    held, held_labels = reviews(STEPS * BATCH, BATCH)
    before = logits(held)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01)
    losses, batches, ids = [], [], []
    for step in range(STEPS):
        texts, labels = reviews(step * BATCH, BATCH)
        encoded = encode(texts)
        loss = model(**encoded, labels=torch.tensor(labels)).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        batches.append({"texts": texts, "labels": labels})
        ids.append([row[mask.bool()].tolist() for row, mask in zip(*encoded_parts(encoded))])

    folder = FIXTURES / "minilm"
    write_tensors(folder / "lora_initial.safetensors", initial)
    values = {
        "rank": 8,
        "alpha": 16,
        "lr": 1e-3,
        "weight_decay": 0.01,
        "betas": [0.9, 0.999],
        "eps": 1e-8,
        "batches": batches,
        "ids": ids,
        "losses": losses,
        "held_texts": held,
        "held_labels": held_labels,
        "held_ids": [row[m.bool()].tolist() for row, m in zip(*encoded_parts(encode(held)))],
        "logits_before": before.tolist(),
        "logits_after": logits(held).tolist(),
    }
    write_json(folder / "lora.json", values)
    save_adapter(model, folder / "lora_adapter")
    print("losses", [round(loss, 5) for loss in losses])


def encoded_parts(encoded):
    return encoded["input_ids"], encoded["attention_mask"]


main()
