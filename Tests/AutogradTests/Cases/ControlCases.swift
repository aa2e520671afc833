import Autograd
import Tensor

let controlCases: [GradientCase] = [
  GradientCase("stopGradient", [2, 3], factor: 0) { tape, x in
    try tape.mul(tape.stopGradient(x), 3)
  },
  GradientCase("reverseGradient", [2, 3], factor: -1) { tape, x in
    let y = tape.reverseGradient(x)
    return try tape.mul(y, y)
  },
  GradientCase("reverseGradient", [4], factor: -0.3, note: "scale 0.3") { tape, x in
    let y = tape.reverseGradient(x, scale: 0.3)
    return try tape.mul(y, y)
  },
  GradientCase(
    "custom", "cube and product", [Sample.signed([3]), Sample.signed([3], seed: 2)]
  ) { tape, x in
    let e = tape.engine
    return try tape.custom("cubes", x) { values in
      try e.mul(e.mul(values[0], e.mul(values[0], values[0])), values[1])
    } backward: { g, values, _, wanted in
      let square = try e.mul(values[0], values[0])
      return [
        wanted[0] ? try e.affine(e.mul(g, e.mul(square, values[1])), scale: 3) : nil,
        wanted[1] ? try e.mul(g, e.mul(square, values[0])) : nil,
      ]
    }
  },
]
