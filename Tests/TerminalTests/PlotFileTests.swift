import Foundation
import Testing

@testable import Terminal

@Suite("Plots as files") struct PlotFileTests {
  private static let lines = XYPlot(
    [.init("a", [1, 3, 2]), .init("b <c>", [2, .nan, 1])], title: "Loss & more", xLabel: "step")

  @Test func svgHoldsLinesTicksAndLegend() throws {
    let text = Self.lines.drawing().svg
    let document = try XMLShape(text)
    #expect(document.texts.contains("Loss & more"))
    #expect(document.texts.contains("b <c>"))
    #expect(document.texts.contains("step"))
    // One line for a; the gap leaves two dots of b; two strokes in the legend, and the axes.
    #expect(text.components(separatedBy: "stroke-width=\"1.6\"").count == 2)
    #expect(text.components(separatedBy: "<circle").count == 3)
  }

  @Test func histogramHasABarABin() {
    let text = Histogram([1, 1, 2, 5, .infinity], bins: 2).drawing().svg
    #expect(text.components(separatedBy: "#1f6fb2").count == 4)
    #expect(text.contains("1 not finite"))
  }

  @Test func heatMapHasACellAValueAndItsScale() {
    let plot = HeatMap([[0, 1], [2, .nan]], rowLabels: ["x", "y"], columnLabels: ["p", "q"])
    let text = plot.drawing().svg
    #expect(text.components(separatedBy: "<rect").count == 2 + 3 + 48)
    #expect(text.contains(">y</text>"))
    #expect(text.contains("rotate(-90"))
  }

  @Test func rasterIsDarkWhereALineIs() {
    var drawing = Drawing(width: 10, height: 6)
    drawing.line([.init(1, 3), .init(9, 3)], .black, thickness: 2)
    let raster = Raster(drawing, scale: 1)
    func grey(_ x: Int, _ y: Int) -> UInt8 { raster.pixels[(y * 10 + x) * 3] }
    #expect(grey(5, 2) == 0x22)
    #expect(grey(5, 3) == 0x22)
    #expect(grey(5, 0) == 255)
    #expect(grey(5, 5) == 255)
  }

  @Test func textIsDrawnAndAccentsFallBack() {
    #expect(
      StrokeFont.strokes("é", size: 9, anchor: .start)
        == StrokeFont.strokes("e", size: 9, anchor: .start))
    #expect(StrokeFont.strokes(" ", size: 9, anchor: .start).isEmpty)
    let middle = StrokeFont.strokes("ab", size: 9, anchor: .middle).joined().map(\.x)
    #expect(abs((middle.min() ?? 0) + (middle.max() ?? 9)) < 1e-9)
    for code in UInt8(0x21)...0x7E {
      let letter = String(Unicode.Scalar(code))
      #expect(!StrokeFont.strokes(letter, size: 9, anchor: .start).isEmpty, "\(letter)")
      if letter != "漢" {
        #expect(
          StrokeFont.strokes(letter, size: 9, anchor: .start)
            != StrokeFont.strokes("漢", size: 9, anchor: .start))
      }
    }
  }

  @Test func checksumsAreTheStandardOnes() {
    #expect(PNG.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    // Adler-32 of "Wikipedia" is 11E60398.
    #expect(PNG.zlib(Array("Wikipedia".utf8)).suffix(4) == [0x11, 0xE6, 0x03, 0x98])
  }

  /// What was compressed comes back, with runs of every length.
  @Test func compressionIsUndone() throws {
    var bytes: [UInt8] = [200, 201]
    for length in 1...600 { bytes += [UInt8](repeating: UInt8(length % 256), count: length) }
    var inflater = FixedInflater(PNG.zlib(bytes))
    #expect(try inflater.all() == bytes)
  }

  @Test func pngBeginsAndEndsAsOneDoes() throws {
    let raster = Raster(Drawing(width: 3, height: 2), scale: 1)
    let bytes = PNG.encoded(raster)
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(Array(bytes[16..<24]) == [0, 0, 0, 3, 0, 0, 0, 2])
    #expect(bytes.suffix(4) == [0xAE, 0x42, 0x60, 0x82])  // IEND's checksum
  }

  @Test(arguments: [3, 4, 5, 9, 10, 12, 17])
  func ticksStandEquallyFarApart(_ height: Int) {
    for top in [0.7, 1.0, 3.3, 47, 900] {
      let text = XYPlot([.init("", [0, top])]).render(width: 40, height: height)
      let rows = text.split(separator: "\n").enumerated().filter { $1.contains("┤") }.map(\.offset)
      let steps = Set(zip(rows, rows.dropFirst()).map { $1 - $0 })
      #expect(steps.count == 1, "\(text)")
    }
  }
}

/// The texts of an XML document; throws if it is none.
private final class XMLShape {
  let texts: [String]

  init(_ text: String) throws {
    // Elements are closed and their names match, as far as a picture's flat structure needs it.
    var open: [Substring] = []
    var texts: [String] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      let inner = rest[..<start].trimmingCharacters(in: .whitespacesAndNewlines)
      if !inner.isEmpty { texts.append(Self.plain(inner)) }
      guard let end = rest[start...].firstIndex(of: ">") else {
        throw CocoaError(.fileReadCorruptFile)
      }
      let tag = rest[rest.index(after: start)..<end]
      let name = tag.drop { $0 == "/" }.prefix { $0.isLetter }
      if tag.hasPrefix("/") {
        guard open.popLast() == name else { throw CocoaError(.fileReadCorruptFile) }
      } else if !tag.hasSuffix("/") {
        open.append(name)
      }
      rest = rest[rest.index(after: end)...]
    }
    guard open.isEmpty else { throw CocoaError(.fileReadCorruptFile) }
    self.texts = texts
  }

  private static func plain(_ text: String) -> String {
    text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
  }
}

/// Undoes one block of fixed codes whose distances are all 1 (RFC 1951).
private struct FixedInflater {
  private let bytes: [UInt8]
  private var place = 16  // in bits, behind zlib's two bytes

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func bit() -> Int {
    defer { place += 1 }
    return Int(bytes[place / 8] >> (place % 8)) & 1
  }

  private mutating func bits(_ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | bit() << $1 }
  }

  private mutating func symbol() -> Int {
    var code = (0..<7).reduce(0) { value, _ in value << 1 | bit() }
    if code < 24 { return 256 + code }
    code = code << 1 | bit()
    if (0x30..<0xC0).contains(code) { return code - 0x30 }
    if (0xC0..<0xC8).contains(code) { return code - 0xC0 + 280 }
    return (code << 1 | bit()) - 0x190 + 144
  }

  mutating func all() throws -> [UInt8] {
    guard bits(1) == 1, bits(2) == 1 else { throw CocoaError(.fileReadCorruptFile) }
    var output: [UInt8] = []
    while true {
      let symbol = symbol()
      if symbol == 256 { return output }
      if symbol < 256 {
        output.append(UInt8(symbol))
        continue
      }
      // Base lengths and extra bits as the standard lists them.
      let bases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258,
      ]
      let extra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
      let length = bases[symbol - 257] + bits(extra)
      guard bits(5) == 0, let last = output.last else { throw CocoaError(.fileReadCorruptFile) }
      output += [UInt8](repeating: last, count: length)
    }
  }
}
