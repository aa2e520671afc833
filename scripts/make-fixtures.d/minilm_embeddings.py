"""Sentence embeddings of all-MiniLM-L6-v2 for 200 varied texts, from transformers.

texts.json: the texts, their token ids (with [CLS] and [SEP], cut at 256, no padding).
embeddings.safetensors: `embeddings` (200, 384) f32: the mean of the last hidden states over all
tokens, divided by its length.
"""

import torch
from _common import FIXTURES, MINILM, need_minilm, reviews, write_json, write_tensors
from transformers import AutoModel, AutoTokenizer

LONGEST = 512

VARIED = [
    "Hello, world!", "A", "a b", ".", "...", "?!", "", " ", "\t\n", "\u00a0", "\u200b", "\ufeff",
    "\x00", "\x07bell", "null\x00inside", "zero\u200bwidth", "soft\u00adhyphen", "\ufffd",
    "line\nbreak", "tab\there", "carriage\r\nreturn", "\x1b[31mred\x1b[0m", "\u2028separator",
    "café", "cafe\u0301", "Ångström", "naïve façade", "Übergrößenträger", "ÀÉÎÕÜ", "ñandú",
    "Łódź", "İstanbul", "ıstanbul", "straße STRASSE", "ﬁne ﬂow", "Ⅻ", "½ cup", "x² + y³", "№ 5",
    "我喜欢这部电影。", "這部電影很糟糕", "映画が大好きです", "カタカナ ひらがな", "ｶﾀｶﾅ", "한국어 문장",
    "中文English混排", "。，！？", "𠀀𠀁", "龍", "ภาษาไทย", "हिन्दी वाक्य", "العربية", "עברית", "Ελληνικά",
    "ΣΊΣΥΦΟΣ", "Русский текст", "Українська", "ქართული", "Հայերեն",
    "😀", "I 😍 this 🎬!", "👨‍👩‍👧‍👦 family", "👍🏽", "🇩🇪🇫🇷", "❤️", "☃", "♥♦♣♠", "→ ⇒ ↦", "∑∫√≤≥≠", "€£¥₹",
    "donaudampfschifffahrtsgesellschaftskapitän", "antidisestablishmentarianism",
    "pneumonoultramicroscopicsilicovolcanoconiosis", "a" * 99, "a" * 100, "a" * 101, "b" * 300,
    "unaffable", "reunification", "tokenization", "LLaMA", "GPT-2", "fp32/bf16", "x86_64", "C++20",
    "don't", "can't won't shan't", "rock 'n' roll", "it's John's", "\"quoted\"", "“curly” ‘quotes’",
    "em—dash", "en–dash", "hy-phen-at-ed", "under_score", "dot.separated.words", "a/b\\c", "100%",
    "$3.50", "1,234,567.89", "3.14159", "-273.15", "1e-10", "0x1F", "2024-02-29", "12:34:56",
    "user@example.org", "https://example.org/a?b=c&d=e#f", "#hashtag @mention", "C:\\dir\\file.txt",
    "<b>bold</b>", "&amp; &lt;", "{\"key\": [1, 2]}", "for (i = 0; i < n; ++i) {}", "SELECT * FROM t;",
    "[CLS]", "[SEP] [MASK]", "[PAD][UNK]", "##ing", "[cls]", "[ MASK ]",
    "UPPERCASE SHOUTING", "MiXeD cAsE", "   leading and trailing   ", "many     spaces",
    "the the the the the", "buffalo " * 8, "1 2 3 4 5 6 7 8 9 10", "!" * 40, "ha" * 30, "no. " * 20,
    "abc\u0300\u0301\u0302def", "e\u0301\u0301", "\u0301", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!",
    "\u202eright to left", "\U000e0041tag", "\ue000private", "ﷺ", "ﬀ", "℃", "㎏", "①②③", "ⓐⓑⓒ",
]  # fmt: skip


def texts():
    lines, _ = reviews(100, 100)
    long = " ".join(reviews(0, 60)[0])
    result = VARIED + [long, "word " * 400, "漢字" * 200]
    return result + lines[: 200 - len(result)]


def main():
    need_minilm()
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    # The tokenizer's file asks for 128 tokens always; transformers asks for at most model_max_length instead.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.enable_truncation(LONGEST)
    model = AutoModel.from_pretrained(MINILM, attn_implementation="eager").eval()
    chosen = texts()
    assert len(chosen) == 200 and len(set(chosen)) == 200, (len(chosen), len(set(chosen)))
    ids = [tokenizer.backend_tokenizer.encode(text).ids for text in chosen]
    rows = []
    with torch.no_grad():
        for row in ids:
            hidden = model(input_ids=torch.tensor([row])).last_hidden_state[0]
            rows.append(torch.nn.functional.normalize(hidden.mean(0), dim=0))
    folder = FIXTURES / "minilm"
    write_json(folder / "texts.json", {"longest": LONGEST, "texts": chosen, "ids": ids})
    write_tensors(folder / "embeddings.safetensors", {"embeddings": torch.stack(rows)})


main()
