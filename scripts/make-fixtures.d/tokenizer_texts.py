"""Unicode tables and fixtures for the room Tokenizers, made with Hugging Face `tokenizers`.

    python scripts/make-fixtures.d/tokenizer_texts.py tables     # Sources/Tokenizers/Unicode/UnicodeData*.swift
    python scripts/make-fixtures.d/tokenizer_texts.py fixtures   # Tests/TokenizersTests/Fixtures/

The tables are asked of the library, scalar by scalar, because its parts follow different versions
of Unicode (regular expressions, lowercase, decomposition and categories each their own): only
so are ids the same for every text. Made with tokenizers 0.23.3.
"""

import base64
import json
import random
import sys
import unicodedata
from pathlib import Path

sys.path.pop(0)  # this file's own name would hide the library
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models
from tokenizers import normalizers as norm
from tokenizers import pre_tokenizers as pre
from tokenizers import processors, trainers

ROOT = Path(__file__).resolve().parents[2]
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


# ---------------------------------------------------------------- tables

def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def zigzag(n):
    return n * 2 if n >= 0 else -n * 2 - 1


def runs_of(pairs):
    """[(scalar, value)] sorted -> [(first, last, value)] of equal values."""
    runs = []
    for c, v in pairs:
        if runs and runs[-1][1] == c - 1 and runs[-1][2] == v:
            runs[-1][1] = c
        else:
            runs.append([c, c, v])
    return runs


def set_bytes(scalars):
    out, previous = b"", 0
    for a, b, _ in runs_of([(c, 0) for c in sorted(scalars)]):
        out += varint(a - previous) + varint(b - a)
        previous = b
    return out


def class_bytes(mapping):
    out, previous = b"", 0
    for a, b, v in runs_of(sorted(mapping.items())):
        out += varint(a - previous) + varint(b - a) + varint(v)
        previous = b
    return out


def case_bytes(lower):
    """Runs (gap, count - 1, stride - 1, zigzag difference)."""
    out, previous = b"", 0
    items = sorted(lower.items())
    i = 0
    while i < len(items):
        c, v = items[i]
        best = (1, 1)
        for stride in (1, 2):
            n = 1
            while i + n < len(items) and items[i + n] == (c + n * stride, v + n * stride):
                n += 1
            best = max(best, (n, -stride))
        n, stride = best[0], abs(best[1])
        out += varint(c - previous) + varint(n - 1) + varint(stride - 1) + varint(zigzag(v - c))
        previous = items[i + n - 1][0]
        i += n
    return out


def mapping_bytes(mapping, flag=lambda c: 0):
    """Per scalar: gap, 2 * count + flag, then zigzag differences, first to the scalar's own value."""
    out, previous = b"", 0
    for c in sorted(mapping):
        text = mapping[c]
        out += varint(c - previous) + varint(2 * len(text) + flag(c))
        last = c
        for d in text:
            out += varint(zigzag(ord(d) - last))
            last = ord(d)
        previous = c
    return out


def swift_table(name, comment, data):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 94] for i in range(0, len(text), 94)]
    body = "\n".join(f"    {line}\\" for line in lines)
    return f'  /// {comment}\n  static let {name} = """\n{body}\n\n    """\n'


def swift_file(file, tables):
    folder = ROOT / "Sources/Tokenizers/Unicode"
    text = "// Made by scripts/make-fixtures.d/tokenizer_texts.py; do not edit.\n"
    text += "// Each table is base64 of variable-length integers; UnicodeTables.swift reads them.\n\n"
    text += "extension UnicodeData {\n" + "\n".join(tables) + "}\n"
    (folder / file).write_text(text)


def make_tables():
    everything = "".join(map(chr, SCALARS))

    def matching(pattern):
        pieces = pre.Split(Regex(pattern), "removed", invert=True).pre_tokenize_str(everything)
        return {ord(c) for piece, _ in pieces for c in piece}

    def vanishing(normalizer):
        return {c for c in SCALARS if normalizer.normalize_str(chr(c)) == ""}

    def is_word(c):
        pieces = pre.Whitespace().pre_tokenize_str("a" + chr(c))
        return len(pieces) == 1 and pieces[0][1][1] == 2

    digits = pre.Digits(False).pre_tokenize_str(everything)  # alternates, starts with a non-digit
    numeric = {ord(c) for i, (piece, _) in enumerate(digits) if i % 2 for c in piece}
    bert = pre.BertPreTokenizer()
    punctuation = {c for c in SCALARS if len(bert.pre_tokenize_str("a" + chr(c) + "a")) == 3}
    control = vanishing(norm.BertNormalizer(True, False, False, False))

    hangul = range(0xAC00, 0xD7A4)
    nfd, nfc, nfkd = norm.NFD(), norm.NFC(), norm.NFKD()
    canonical = {c: nfd.normalize_str(chr(c)) for c in SCALARS if c not in hangul}
    canonical = {c: d for c, d in canonical.items() if d != chr(c)}
    compatible = {c: nfkd.normalize_str(chr(c)) for c in SCALARS if c not in hangul}
    compatible = {c: d for c, d in compatible.items() if d != canonical.get(c, chr(c))}

    strip = norm.BertNormalizer(False, False, True, False)
    nonspacing = {c for c in vanishing(strip) if c not in canonical}
    combining = vanishing(norm.StripAccents())

    def reordered(c):  # does the library itself give this scalar a combining class?
        if unicodedata.combining(chr(c)) == 1:
            return nfd.normalize_str("\u0301" + chr(c)) != "\u0301" + chr(c)
        return nfd.normalize_str(chr(c) + "\u0334") != chr(c) + "\u0334"

    classes = {c: unicodedata.combining(chr(c)) for c in SCALARS if unicodedata.combining(chr(c))}
    classes = {c: v for c, v in classes.items() if c not in canonical and reordered(c)}

    lower = {c: norm.Lowercase().normalize_str(chr(c)) for c in SCALARS}
    lower = {c: ord(v) for c, v in lower.items() if v != chr(c) and len(v) == 1}

    def composes(c):
        return int(len(canonical[c]) > 1 and nfc.normalize_str(chr(c)) == chr(c))

    swift_file("UnicodeData+Sets.swift", [
        swift_table("letters", "`\\p{L}` of the regular expressions.", set_bytes(matching(r"\p{L}+"))),
        swift_table("numbers", "`\\p{N}` of the regular expressions.", set_bytes(matching(r"\p{N}+"))),
        swift_table("whitespace", "White_Space.", set_bytes(matching(r"\s+"))),
        swift_table("words", "`\\w` of the regular expressions.", set_bytes(c for c in SCALARS if is_word(c))),
        swift_table("numeric", "Nd, Nl and No, for splitting digits.", set_bytes(numeric)),
        swift_table("punctuation", "What BERT splits at.", set_bytes(punctuation)),
        swift_table("control", "What BERT's cleaning removes.", set_bytes(control)),
        swift_table("nonspacing", "Mn, what BERT strips after decomposition.", set_bytes(nonspacing)),
        swift_table("combining", "M, what `StripAccents` removes.", set_bytes(combining)),
        swift_table("lowercase", "Runs of simple lowercase mappings.", case_bytes(lower)),
        swift_table("combiningClasses", "Runs of canonical combining classes.", class_bytes(classes)),
    ])
    swift_file("UnicodeData+Canonical.swift", [
        swift_table("canonical", "Full canonical decompositions; flag: composes again in NFC.",
                    mapping_bytes(canonical, composes)),
    ])
    swift_file("UnicodeData+Compatibility.swift", [
        swift_table("compatible", "Full compatibility decompositions where they differ from the canonical.",
                    mapping_bytes(compatible)),
    ])



# ---------------------------------------------------------------- fixtures

FIXTURES = ROOT / "Tests/TokenizersTests/Fixtures"

WORDS = """the quick brown fox jumps over a lazy dog while tokenizers learn merges from counted words
and every low rank adapter trains fewer weights than full fine tuning of one large model would""".split()

PLAIN = [
    "", " ", "Hello, world!", "don't you'LL we've I'm he'd 'tis O'Re", "  two  spaces   three ",
    "tabs\tand\nnewlines\r\n\n  here \n", "x = foo(bar)[1:22] + 333 - 4444 # 55555",
    "the quick brown fox", "THE QUICK BROWN FOX", "weights trains adapters",
    "[CLS] in text [MASK] and [SEP]", "say <mask> or  <mask>  now<mask>", "<|endoftext|>a<|endoftext|>",
    "lower NoRmAlIzEd token", "single wordy word words sword", "50% of $3.14 is ~1.57",
]

MIXED = [
    "café naïve Ångström ÀÉÎÕÜ ß İstanbul", "cafe\u0301 e\u0323\u0307 e\u0307\u0323 a\u0334\u0301",
    "你好世界 hello 世界!", "日本語テキスト が\u304b\u3099", "한국어 \u1112\u1161\u11ab", "Привет Мир ЁЛКА",
    "😀 👨\u200d👩\u200d👧 🇩🇪 👍🏽 ❤️", "zero\u200bwidth soft\u00adhyphen \ufeffbom", "nul\u0000bell\u0007del\u007fnel\u0085x",
    "nbsp\u00a0em\u2003ideo\u3000line\u2028para\u2029end", "replacement \ufffd here", "«quotes» „deutsch“ … — –",
    "²³ Ⅷ ٣٤ ½ 123456", "a" * 100, "a" * 101, "é" * 100 + " " + "é" * 101, "ab" * 60 + "!" * 70,
    "\u1734 \u302e \u0345 \u034f", "\U0001d7d8\U0001f600\U00020000\U0002f800\U000e0001\U00011a3f", "'ſ 'S x'ſ",
]

RAW = [b"ok \xff bad", b"cut \xe2\x82", b"\xf0\x9f\x98 then", b"\xc0\xaf \xed\xa0\x80 \xf5\x80"]


def random_texts(count):
    rng = random.Random(11)
    ranges = [(32, 127), (32, 127), (0, 0x250), (0x300, 0x370), (0x370, 0x3000), (0x4E00, 0x9FFF),
              (0xAC00, 0xD7A4), (0x1F300, 0x1FA00), (0xE000, 0x110000)]
    for _ in range(count):
        text = ""
        for _ in range(rng.randint(1, 12)):
            low, high = rng.choice(ranges)
            text += "".join(chr(rng.randrange(low, high)) for _ in range(rng.randint(1, 5)))
            text += rng.choice(["", " ", " the", "\n"])
        yield text


def corpus():
    rng = random.Random(3)
    lines = [" ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 12))) for _ in range(300)]
    return lines + PLAIN * 3 + MIXED


def utf8_offsets(text, offsets):
    lengths = [0]
    for c in text:
        lengths.append(lengths[-1] + len(c.encode()))
    return [[lengths[a], lengths[b]] for a, b in offsets]


def write(name, tokenizer):
    # Only plain texts say offsets: around marks that vanish the library's own are no rule.
    path = FIXTURES / f"{name}.tokenizer.json"
    tokenizer.save(str(path), pretty=False)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    cases = []
    for text in PLAIN + MIXED + list(random_texts(40)):
        encoding = tokenizer.encode(text)
        case = {"text": text, "ids": encoding.ids,
                "bare": tokenizer.encode(text, add_special_tokens=False).ids,
                "decoded": tokenizer.decode(encoding.ids),
                "decodedWithSpecial": tokenizer.decode(encoding.ids, skip_special_tokens=False)}
        if text in PLAIN:
            case["offsets"] = utf8_offsets(text, encoding.offsets)
            case["specialMask"] = encoding.special_tokens_mask
        cases.append(case)
    pairs = []
    for first, second in [(PLAIN[2], PLAIN[7]), ("", PLAIN[2]), (PLAIN[6], PLAIN[3])]:
        encoding = tokenizer.encode(first, second)
        pairs.append({"first": first, "second": second, "ids": encoding.ids,
                      "typeIDs": encoding.type_ids})
    raw = [{"bytes": list(b), "ids": tokenizer.encode(b.decode("utf-8", "replace")).ids} for b in RAW]
    truncated = []
    for strategy in ["longest_first", "only_first", "only_second"]:
        for side in ["left", "right"]:
            tokenizer.enable_truncation(11, strategy=strategy, direction=side)
            first, second = {"only_first": (PLAIN[6], "a"), "only_second": ("a", PLAIN[6])}.get(
                strategy, (" ".join(WORDS[:12]), PLAIN[6]))
            truncated.append({"strategy": strategy, "side": side, "first": first, "second": second,
                              "ids": tokenizer.encode(first, second).ids})
    tokenizer.no_truncation()
    tokenizer.enable_padding(direction="left", pad_id=1, pad_token="x", pad_to_multiple_of=8)
    batch = tokenizer.encode_batch([PLAIN[2], PLAIN[7]])
    result = {"cases": cases, "pairs": pairs, "raw": raw, "truncated": truncated,
              "size": tokenizer.get_vocab_size(),
              "padded": [{"ids": e.ids, "mask": e.attention_mask} for e in batch]}
    (FIXTURES / f"{name}.cases.json").write_text(
        json.dumps(result, ensure_ascii=False, separators=(",", ":")))


def bert():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = norm.BertNormalizer()
    t.pre_tokenizer = pre.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=700, special_tokens=special, show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.decoder = decoders.WordPiece()
    t.add_tokens([AddedToken("normalized token", normalized=True),
                  AddedToken("word", single_word=True, normalized=False)])
    t.enable_truncation(128)
    t.enable_padding(length=128)
    return t


def byte_level(pre_tokenizer, post_processor, normalizer=None, size=500):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizer
    if normalizer:
        t.normalizer = normalizer
    t.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre.ByteLevel.alphabet()))
    t.post_processor = post_processor
    t.decoder = decoders.ByteLevel()
    return t


CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|NUMBER| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def cl100k(number):
    return pre.Sequence([
        pre.Split(Regex(CL100K.replace("NUMBER", number)), "isolated"),
        pre.ByteLevel(add_prefix_space=False, use_regex=False)])


def roberta():
    t = byte_level(pre.ByteLevel(add_prefix_space=True),
                   processors.RobertaProcessing(("<|endoftext|>", 0), ("!", 1)))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    return t


def llama3():
    template = processors.TemplateProcessing(
        single="<|endoftext|> $A", pair="<|endoftext|> $A <|endoftext|>:1 $B:1",
        special_tokens=[("<|endoftext|>", 0)])
    return byte_level(cl100k(r"\p{N}{1,3}"),
                      processors.Sequence([processors.ByteLevel(trim_offsets=False), template]))


def llama2():
    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.normalizer = norm.Sequence([norm.Prepend("▁"), norm.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    t.train_from_iterator(corpus()[:300], trainers.BpeTrainer(
        vocab_size=500, special_tokens=special, show_progress=False))
    state = json.loads(t.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    t = Tokenizer.from_str(json.dumps(state))
    t.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Strip(" ", 1, 0)])
    return t


def unigram():
    t = Tokenizer(models.Unigram())
    t.normalizer = norm.Sequence([norm.NFKC(), norm.Lowercase(), norm.StripAccents()])
    t.pre_tokenizer = pre.Metaspace()
    t.train_from_iterator(corpus(), trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>",
        show_progress=False))
    t.decoder = decoders.Metaspace()
    return t


def make_fixtures():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write("bert", bert())
    write("gpt2", byte_level(pre.ByteLevel(add_prefix_space=False), processors.ByteLevel(trim_offsets=False), size=700))
    write("roberta", roberta())
    write("llama3", llama3())
    write("qwen2", byte_level(cl100k(r"\p{N}"), processors.ByteLevel(trim_offsets=False), norm.NFC()))
    write("smollm", byte_level(
        pre.Sequence([pre.Digits(True), pre.ByteLevel(add_prefix_space=False)]),
        processors.ByteLevel(trim_offsets=True)))
    write("llama2", llama2())
    write("unigram", unigram())
    learnt = byte_level(pre.ByteLevel(add_prefix_space=False), processors.ByteLevel(), size=400)
    state = json.loads(learnt.to_str())["model"]
    (FIXTURES / "training.json").write_text(json.dumps(
        {"texts": corpus(), "vocab": state["vocab"], "merges": state["merges"]},
        ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    {"tables": make_tables, "fixtures": lambda: make_fixtures()}[sys.argv[1]]()
