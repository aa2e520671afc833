/// BERT's normaliser: cleans, sets ideographs apart, strips accents, lowercases; in one pass.
struct BertNormalizer: Sendable {
  var cleansText = true
  var separatesChinese = true
  var stripsAccents = true
  var lowercases = true

  func apply(_ text: inout AlignedText) {
    var pass = Pass(settings: self, text: text)
    text.bytes.withUnsafeBufferPointer { pass.run($0) }
    text.bytes = pass.bytes
    text.spans = pass.spans
  }

  private struct Mark {
    var scalar: UInt32
    var span: Span
    var rank: UInt8
  }

  private struct Pass {
    let settings: BertNormalizer
    let source: AlignedText
    let tables = UnicodeTables.shared
    var bytes: [UInt8] = []
    var spans: [Span] = []
    /// Marks that wait for the next starter, in canonical order.
    var marks: [Mark] = []

    init(settings: BertNormalizer, text: AlignedText) {
      self.settings = settings
      source = text
      bytes.reserveCapacity(text.bytes.count + 16)
      spans.reserveCapacity(text.bytes.count + 16)
    }

    mutating func run(_ buffer: UnsafeBufferPointer<UInt8>) {
      guard let input = buffer.baseAddress else { return }
      var index = 0
      while index < buffer.count {
        let start = index
        let byte = input[index]
        if byte < 0x80 {
          index += 1
          ascii(byte, source.span(ofScalarAt: start, length: 1))
          continue
        }
        let scalar = UTF8Text.scalar(input, &index)
        clean(scalar, source.span(ofScalarAt: start, length: index - start))
      }
      flush()
    }

    @inline(__always)
    private mutating func ascii(_ byte: UInt8, _ span: Span) {
      var byte = byte
      if byte < 0x20 || byte == 0x7F {
        if settings.cleansText {
          let isSpace = byte >= 0x09 && byte <= 0x0D && byte != 0x0B && byte != 0x0C
          guard isSpace else { return }
          byte = 0x20
        }
      } else if settings.lowercases, byte >= 0x41, byte <= 0x5A {
        byte |= 0x20
      }
      if !marks.isEmpty { flush() }
      bytes.append(byte)
      spans.append(span)
    }

    private mutating func clean(_ scalar: UInt32, _ span: Span) {
      let kinds = ScalarClass(rawValue: tables.classes[Int(scalar)])
      if settings.cleansText {
        if kinds.contains(.control) { return }
        if kinds.contains(.whitespace) { return ascii(0x20, span) }
      }
      guard settings.separatesChinese, kinds.contains(.chinese) else {
        return decompose(scalar, kinds, span)
      }
      ascii(0x20, span)
      decompose(scalar, kinds, span)
      ascii(0x20, span)
    }

    @inline(__always)
    private mutating func decompose(_ scalar: UInt32, _ kinds: ScalarClass, _ span: Span) {
      guard settings.stripsAccents else { return emit(scalar, kinds, span) }
      guard kinds.contains(.decomposes) else { return order(scalar, kinds, span) }
      let parts = tables.canonical[scalar] ?? NormalizationForms.hangulParts(scalar) ?? [scalar]
      for part in parts {
        order(part, ScalarClass(rawValue: tables.classes[Int(part)]), span)
      }
    }

    /// Canonical order, then stripping. A stripped starter still parts the marks around it.
    @inline(__always)
    private mutating func order(_ scalar: UInt32, _ kinds: ScalarClass, _ span: Span) {
      let isStripped = kinds.contains(.nonspacing)
      guard kinds.contains(.reorders) else {
        if !marks.isEmpty { flush() }
        if !isStripped { emit(scalar, kinds, span) }
        return
      }
      if isStripped { return }
      let rank = tables.combiningClass[scalar] ?? 0
      let place = marks.firstIndex { $0.rank > rank } ?? marks.count
      marks.insert(Mark(scalar: scalar, span: span, rank: rank), at: place)
    }

    private mutating func flush() {
      let waiting = marks
      marks.removeAll(keepingCapacity: true)
      for mark in waiting {
        emit(mark.scalar, ScalarClass(rawValue: tables.classes[Int(mark.scalar)]), mark.span)
      }
    }

    @inline(__always)
    private mutating func emit(_ scalar: UInt32, _ kinds: ScalarClass, _ span: Span) {
      if settings.lowercases, kinds.contains(.lowers) {
        for lower in tables.lowered(scalar) { write(lower, span) }
      } else {
        write(scalar, span)
      }
    }

    @inline(__always)
    private mutating func write(_ scalar: UInt32, _ span: Span) {
      UTF8Text.append(scalar, to: &bytes)
      while spans.count < bytes.count { spans.append(span) }
    }
  }
}
