/// Programs without errors, for the formatter and the fuzzer.
public enum Corpus {
  public static let lesson = #"""
    ## # LoRA, step by step
    ## Lines that begin with `##` are prose (Markdown).

    seed(7)
    base  = load("tiny-bert")                       # bundled, by name; load("path/to/model") for a real one
    data  = read("reviews", task="classify") |> split(validation=0.1, test=0.2)
    model = base |> classifier(classes=2) |> lora(rank=8, alpha=16, at="blocks.*.attn.{q,v}")

    params(model)                                   # a bare top-level expression prints; `;` behind it silences
    run = train(model, on=data.train, optimizer=adamw(lr=1e-3), batch=16, total=200, steps=0)
    step(run)                                       # one optimiser step, reported
    trace(run)                                      # the next step, operation by operation, forward and backward
    back(run)                                       # and undo it: parameters, optimiser, data order, random state
    train(run)                                      # the rest, to the horizon of 200, with a progress bar
    plot(run.loss)
    evaluate(run.model, on=data.test)
    merged = merge(run.model);
    expect merged(data.test[0]).logits ~= run.model(data.test[0]).logits within 1e-4
    save(run.model, "out/my-lora")                  # a folder that Hugging Face peft loads
    """#

  public static let method = #"""
    ## LoRA (Hu et al. 2021, arXiv:2106.09685):  h = W x + (alpha / rank) B A x
    module LoRA(base, rank = 8, alpha = 8, dropout = 0.0) {
      param A = kaiming_uniform([rank, base.inputs])
      param B = zeros([base.outputs, rank])
      scale = alpha / rank
      fn forward(x: [..., In]) -> [..., Out] = base(x) + scale * (drop(x, dropout) @ A.T @ B.T)
      fn merged() = base with (weight = base.weight + scale * B @ A)
    }

    ## LoRA on chosen projections; the pretrained weights frozen.
    method lora(model, rank = 8, alpha = 8, dropout = 0.0, at = model.targets) in reparameterisation {
      model |> freeze() |> replace(at, layer -> LoRA(layer, rank, alpha, dropout))
    }
    """#

  public static let crooked = #"""
    #!/usr/bin/env peft-repl



    #comment without a blank
    if a==1{print("x")}else if b{c;d}else{e}
    fn long(aaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = 2, cccccccccccccccccccc = 3) -> [B, 3] {   # head
          # hi

       z=f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,ccccccccccccccccccccccccccc,name=ddddddd)
       return model |> freeze() |> replace(at, layer -> LoRA(layer, rank, alpha, dropout)) |> something(else_thing=3, x=1)


       y = map(xs, x -> { a = 1
       a + x }, # c
       3)
       w = [1, # one
         2,

         3 # three
         ]
       model|>replace(at,layer->{k=1
       LoRA(layer)}); # end
       } # done
    for (a, b) in zip(x,y){ # loop
    print("\(a): \(f(b, "z\n"))"); }
    while not done { if a { break } else { continue } }
    e = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.10, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, -0.17, 0.18, 0.19]
    t = (a,); u = (rank=8); v = (); w = x[0:3, :, -1, new, ..., ::2]; ;
    p = (a + b) * -c ** 2 - ((d)) @ e.T % 3 // 4
    q = b with (weight=1, "a.b"=64KiB, long_name_of_a_member=aaaaaaaaaaaaaaaaaaaaaaaaaaa, other_name_of_a_member=bbbbbbbbbbbb)
    print(x)
    #> tensor [2, 2]
    #>
    #>   1 2
    import "a.peft" as tools
    (loss, logits) = model(x) ; expect loss ~= 1.5 within 1e-3 # close
    g = (x: [B, T], k = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, kk = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) -> x + k
    h = if a { bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb } else { cccccccccccccccccccccccccccccccccccccccccc }
    method m(model) in prompt = model |> before("inputs", (e, m) -> { (e, m) })
    f(x -> { y
    }, z)
    ## the end
    """#

  public static let all = [lesson, method, crooked]
}
