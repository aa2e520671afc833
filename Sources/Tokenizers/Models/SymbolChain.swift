/// Symbols of a word as a doubly linked list, so that a merge costs the same in every word.
struct SymbolChain {
  private(set) var symbols: [WordPart]
  private(set) var previous: [Int]
  private(set) var next: [Int]

  init(_ symbols: [WordPart]) {
    self.symbols = symbols
    previous = symbols.indices.map { $0 - 1 }
    next = symbols.indices.map { $0 + 1 < symbols.count ? $0 + 1 : -1 }
  }

  /// Whether this pair still stands at this place. A symbol that was merged away has length 0.
  func holds(_ first: Int32, _ second: Int32, at index: Int) -> Bool {
    symbols[index].length > 0 && symbols[index].id == first && next[index] >= 0
      && symbols[next[index]].id == second
  }

  mutating func merge(at index: Int, into id: Int32) {
    let other = next[index]
    symbols[index].id = id
    symbols[index].length += symbols[other].length
    symbols[other].length = 0
    next[index] = next[other]
    if next[other] >= 0 { previous[next[other]] = index }
  }

  var remaining: [WordPart] { symbols.filter { $0.length > 0 } }
}

/// A binary min-heap.
struct Heap<Element: Comparable> {
  private var elements: [Element] = []

  var count: Int { elements.count }

  mutating func push(_ element: Element) {
    elements.append(element)
    var index = elements.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard elements[index] < elements[parent] else { return }
      elements.swapAt(index, parent)
      index = parent
    }
  }

  mutating func pop() -> Element? {
    guard let top = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return top }
    elements[0] = last
    var index = 0
    while true {
      var smallest = index
      for child in (2 * index + 1)...(2 * index + 2) where child < elements.count {
        if elements[child] < elements[smallest] { smallest = child }
      }
      guard smallest != index else { return top }
      elements.swapAt(index, smallest)
      index = smallest
    }
  }
}
