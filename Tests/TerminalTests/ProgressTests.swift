import Testing

@testable import Terminal

/// A clock that the test turns, and what was written.
private final class Bench {
  var seconds = 0.0
  var written: [String] = []

  func progress(total: Int?, isTerminal: Bool, width: Int = 80, style: Style = .plain) -> Progress {
    Progress(
      "train", total: total, style: style, isTerminal: isTerminal, width: { width },
      clock: { self.seconds }, write: { self.written.append($0) })
  }
}

@Suite struct ProgressTests {
  @Test func lineOnATerminal() {
    let bench = Bench()
    let progress = bench.progress(total: 200, isTerminal: true)
    bench.seconds = 18
    progress.update(120, items: 7416, details: ["loss 0.532"])
    #expect(
      bench.written == [
        "\rtrain  120/200 ▕████████████░░░░░░░░▏ loss 0.532  412 rows/s  eta 0:12\u{1B}[K"
      ])
  }

  @Test func barGivesWayInANarrowTerminal() {
    let bench = Bench()
    let progress = bench.progress(total: 200, isTerminal: true, width: 60)
    bench.seconds = 18
    progress.update(120, items: 7416, details: ["loss 0.532"])
    #expect(
      bench.written == [
        "\rtrain  120/200 ▕█████░░░░▏ loss 0.532  412 rows/s  eta 0:12\u{1B}[K"
      ])
    let narrow = bench.progress(total: 200, isTerminal: true, width: 20)
    narrow.update(120, details: ["loss 0.532"])
    #expect(bench.written.last == "\rtrain  120/200  los\u{1B}[K")
  }

  @Test func redrawsAtMostTenTimesASecond() {
    let bench = Bench()
    let progress = bench.progress(total: 1000, isTerminal: true)
    for step in 1...1000 {
      bench.seconds = Double(step) / 500
      progress.update(step)
    }
    #expect((18...21).contains(bench.written.count))
  }

  @Test func plainLinesOffATerminal() {
    let bench = Bench()
    let progress = bench.progress(total: 10, isTerminal: false)
    for step in 1...10 {
      bench.seconds = Double(step) * 1.5
      progress.update(step, items: Double(step * 3), details: ["loss 1"])
    }
    progress.finish()
    progress.finish()
    progress.update(3)
    #expect(
      bench.written == [
        "train   4/10  loss 1  2.0 rows/s  eta 0:09\n",
        "train   8/10  loss 1  2.0 rows/s  eta 0:03\n",
        "train  10/10  loss 1  2.0 rows/s  in 0:15\n",
      ])
  }

  @Test func quickWorkOffATerminalLeavesOneLine() {
    let bench = Bench()
    let progress = bench.progress(total: 3, isTerminal: false)
    for step in 1...3 { progress.update(step) }
    progress.finish()
    #expect(bench.written == ["train  3/3  in 0:00\n"])
  }

  @Test func finishReplacesTheLine() {
    let bench = Bench()
    let progress = bench.progress(
      total: 4, isTerminal: true, style: Style(usesColor: false, usesUnicode: false))
    progress.update(1)
    bench.seconds = 3725
    progress.finish()
    #expect(
      bench.written == [
        "\rtrain  1/4 [#####...............] eta 0:00\u{1B}[K",
        "\rtrain  1/4  in 1:02:05\u{1B}[K\n",
      ])
  }

  @Test func unknownTotalShowsNoBar() {
    let bench = Bench()
    let progress = bench.progress(total: nil, isTerminal: true)
    bench.seconds = 2
    progress.update(7, items: 1)
    progress.clear()
    #expect(bench.written == ["\rtrain  7  0.50 rows/s\u{1B}[K", "\r\u{1B}[K"])
  }
}
