; What editors colour in .peft files.

(prose) @comment.documentation
(golden) @markup.quote
(comment) @comment
(string) @string
(escape) @string.escape
(interpolation) @embedded
(integer) @number
(float) @number
(quantity) @number
(boolean) @constant.builtin
(none) @constant.builtin

; The lexer's own list; scripts/write-grammars writes it.
["and" "break" "continue" "else" "expect" "fn" "for" "if" "import" "in" "not" "or" "return" "while"] @keyword
["module" "method" "param" "state" "with" "within" "as" "new"] @keyword.contextual

["|>" "->" "=" "==" "!=" "<" "<=" ">" ">=" "~=" "+" "-" "*" "/" "//" "%" "@" "**"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" ";" "." "..."] @punctuation.delimiter

(function name: (identifier) @function)
(method name: (identifier) @function)
(module name: (identifier) @type)
(call function: (identifier) @function.call)
(named name: (identifier) @variable.parameter)
(parameter name: (identifier) @variable.parameter)
(member name: (identifier) @property)
(identifier) @variable
