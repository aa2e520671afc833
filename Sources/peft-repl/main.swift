print("peft-repl")
