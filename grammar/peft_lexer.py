"""A Pygments lexer for .peft files, for documents: pygmentize -x -l grammar/peft_lexer.py:PeftLexer FILE"""

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, Punctuation, String, Text

# The lexer's own lists; a test compares them.
KEYWORDS = ("and", "break", "continue", "else", "expect", "fn", "for", "if", "import", "in", "not", "or", "return", "while")
CONSTANTS = ("false", "none", "true")
UNITS = ("GiB", "KiB", "MiB", "GB", "KB", "MB", "ms", "M", "h", "k", "m", "s")

NAME = r"[^\W\d]\w*"
DIGITS = r"[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?"


class PeftLexer(RegexLexer):
    name = "peft"
    aliases = ["peft"]
    filenames = ["*.peft"]

    code = [
        (r"\s+", Text),
        (r'"', String, "string"),
        (rf"({DIGITS})({'|'.join(UNITS)})\b", bygroups(Number, Keyword.Type)),
        (DIGITS, Number),
        (rf"(\.)({NAME})", bygroups(Punctuation, Name.Attribute)),
        (rf"(fn|module|method)(\s+)({NAME})", bygroups(Keyword.Declaration, Text, Name.Function)),
        (words(KEYWORDS, prefix=r"\b", suffix=r"\b"), Keyword),
        (words(CONSTANTS, prefix=r"\b", suffix=r"\b"), Keyword.Constant),
        (rf"(param|state|as)(?=\s+{NAME})|with(?=\s*\()|within\b|new(?=\s*[,\]])", Keyword),
        (rf"{NAME}(?=\()", Name.Function),
        (NAME, Name),
        (r"\|>|->|\*\*|//|==|!=|<=|>=|~=|[-+*/%@<>=]", Operator),
        (r"\.\.\.|[][{},:;]", Punctuation),
    ]

    tokens = {
        "root": [
            (r"^[ \t]*##.*$", Comment.Special),
            (r"^[ \t]*#>.*$", Generic.Output),
            (r"#.*$", Comment.Single),
            (r"[()]", Punctuation),
            *code,
        ],
        "string": [
            (r"\\\(", String.Interpol, "interpolation"),
            (r'\\(?:[ntr0"\\]|u\{[0-9A-Fa-f]+\})', String.Escape),
            (r'"', String, "#pop"),
            (r'[^"\\\n]+', String),
            (r"\n", Text, "#pop"),
        ],
        "interpolation": [
            (r"\(", Punctuation, "group"),
            (r"\)", String.Interpol, "#pop"),
            *code,
        ],
        "group": [
            (r"\(", Punctuation, "#push"),
            (r"\)", Punctuation, "#pop"),
            *code,
        ],
    }
