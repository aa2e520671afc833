import Autograd
import Tensor

private func pair(_ a: [Int], _ b: [Int]) -> [Tensor] {
  [Sample.signed(a), Sample.signed(b, seed: 7)]
}

private let matmulShapes: [([Int], [Int])] = [
  ([3, 4], [4, 5]), ([1, 1], [1, 1]), ([3, 1], [1, 5]), ([1, 7], [7, 1]), ([4], [4]),
  ([4], [4, 3]), ([3, 4], [4]), ([2, 3, 4], [4, 5]), ([2, 3, 4], [2, 4, 5]),
  ([3, 4], [2, 4, 5]), ([2, 1, 3, 4], [3, 4, 2]), ([1, 3, 4], [2, 4, 2]), ([4], [2, 4, 3]),
  ([2, 3, 4], [4]), ([2, 2, 3, 4], [4, 3]),
]

private let einsums: [(String, [[Int]])] = [
  ("ij,jk->ik", [[3, 4], [4, 2]]), ("ij,jk", [[3, 4], [4, 2]]),
  ("b i d, b j d -> b i j", [[2, 3, 4], [2, 5, 4]]),
  ("b h q d, b h k d -> b h q k", [[2, 2, 3, 2], [2, 2, 2, 2]]),
  ("i,j->ij", [[3], [4]]), ("i,i->", [[5], [5]]), ("i,i->i", [[5], [5]]), ("ij->ji", [[3, 4]]),
  ("ij->", [[3, 4]]), ("ij->j", [[3, 4]]), ("ii->i", [[4, 4]]), ("ii", [[4, 4]]),
  ("bii->b", [[2, 3, 3]]), ("ij,jk,kl->il", [[2, 3], [3, 4], [4, 2]]),
  ("ab,cd->", [[2, 3], [2, 2]]), ("ijk,k->ij", [[2, 3, 4], [4]]),
  ("ijk,jil->kl", [[2, 3, 4], [3, 2, 2]]), ("...ij,...jk->...ik", [[2, 3, 4], [2, 4, 2]]),
  ("...i,i->...", [[2, 3, 4], [4]]), ("bn,anm,bm->ba", [[2, 3], [4, 3, 2], [2, 2]]),
  ("out in, rank in, rank -> out rank", [[2, 3], [4, 3], [4]]),
]

let productCases: [GradientCase] =
  matmulShapes.map { a, b in
    GradientCase("matmul", "\(a) \(b)", pair(a, b)) { try $0.matmul($1[0], $1[1]) }
  }
  + [[4], [1, 4], [3, 4], [2, 3, 4], [2, 1, 3, 4]].flatMap { shape in
    [
      GradientCase("linear", "\(shape) bias", pair(shape, [5, 4]) + [Sample.signed([5])]) {
        try $0.linear($1[0], $1[1], $1[2])
      },
      GradientCase("linear", "\(shape)", pair(shape, [1, 4])) { try $0.linear($1[0], $1[1]) },
    ]
  }
  + [(1, 1), (3, 4), (5, 1)].map { m, n in
    GradientCase("outer", "[\(m)] [\(n)]", pair([m], [n])) { try $0.outer($1[0], $1[1]) }
  }
  + [([2, 3], [4, 2]), ([1, 3], [2, 1]), ([1, 1], [3, 3])].map { a, b in
    GradientCase("kron", "\(a) \(b)", pair(a, b)) { try $0.kron($1[0], $1[1]) }
  }
  + einsums.map { pattern, shapes in
    let inputs = shapes.enumerated().map { Sample.signed($1, seed: UInt64($0 + 1)) }
    return GradientCase("einsum", pattern, inputs) { try $0.einsum(pattern, $1) }
  }
