"""Unicode tables and fixtures for the room Tokenizers, made with Hugging Face `tokenizers`.

    python scripts/make-fixtures.d/tokenizers.py tables     # Sources/Tokenizers/Unicode/UnicodeData*.swift
    python scripts/make-fixtures.d/tokenizers.py fixtures   # Tests/TokenizersTests/Fixtures/

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
    text = "// Made by scripts/make-fixtures.d/tokenizers.py; do not edit.\n"
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


if __name__ == "__main__":
    {"tables": make_tables, "fixtures": lambda: make_fixtures()}[sys.argv[1]]()
