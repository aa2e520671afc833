import Datasets
import Foundation
import Testing

struct ReaderTests {
  @Test func csvWithQuoting() throws {
    let text = "text,label\r\n\"Good, \"\"very\"\" good\r\nindeed\",pos\r\n\r\nbad,neg\r\n\"\",pos"
    let data = try read(text, "data/reviews.csv")
    #expect(data.name == "reviews" && data.task == .classify)
    #expect(data.classes == ["neg", "pos"] && data.columns == ["text", "label"])
    #expect(data.rows.map(\.text) == ["Good, \"very\" good\r\nindeed", "bad", ""])
    #expect(data.rows.map(\.label) == [1, 0, 1])
    #expect(data.rows.map(\.line) == [2, 5, 6])
    #expect(data.className(of: data[0]) == "pos" && data.field("label", of: data[1]) == "neg")
  }

  @Test func tsvKeepsQuotes() throws {
    let data = try read("sentence\tlabel\n\"quoted\" and \"\t1\nplain\t0\n", "a.tsv")
    #expect(data.rows.map(\.text) == ["\"quoted\" and \"", "plain"])
    #expect(data.classes == ["0", "1"] && data.rows.map(\.label) == [1, 0])
  }

  @Test func jsonLines() throws {
    let text = #"""
      {"id": 7, "text": "caf\u00e9 \ud83d\ude00\n", "label": true, "extra": {"a": [1, "}"]}}
      {"label": false, "text": "b", "id": -1.5e2}

      {"text": "c", "id": null, "label": true}
      """#
    let data = try read(text, "a.jsonl")
    #expect(data.columns == ["id", "text", "label", "extra"])
    #expect(data.rows.map(\.text) == ["café 😀\n", "b", "c"])
    #expect(data.classes == ["false", "true"] && data.rows.map(\.label) == [1, 0, 1])
    #expect(data[0].fields[3] == #"{"a": [1, "}"]}"# && data[1].fields[0] == "-1.5e2")
    #expect(data.rows.map(\.line) == [1, 2, 4] && data[2].fields[0] == "")
  }

  @Test func plainText() throws {
    let text = "one\r\n\r\n  \ntwo\nthree\n"
    let lines = try read(text, "a.txt")
    #expect(lines.task == .language && lines.rows.map(\.text) == ["one", "two", "three"])
    #expect(lines.rows.map(\.line) == [1, 4, 5])
    let paragraphs = try read(text, "a.txt", ReadOptions(task: .masked, unit: .paragraph))
    #expect(paragraphs.task == .masked && paragraphs.rows.map(\.text) == ["one", "two\nthree"])
    let whole = try read(text, "a.txt", ReadOptions(unit: .document))
    #expect(whole.rows.map(\.text) == ["one\r\n\r\n  \ntwo\nthree"])
  }

  @Test func pairsAndScores() throws {
    let text = "sentence1\tsentence2\tscore\na b\tc\t4.5\nd\te\t-1\n"
    let data = try read(text, "sts.tsv", ReadOptions(task: .regress))
    #expect(data.task == .regress && data.classes.isEmpty)
    #expect(data.rows.map(\.score) == [4.5, -1] && data.rows.map(\.pair) == ["c", "e"])
    #expect(data.rows.map(\.label) == [nil, nil])
  }

  // MARK: Finding out

  @Test func findsColumnsWithoutHeader() throws {
    let data = try read(
      "1\tpos\tA fine film\n2\tneg\tA poor one\n3\tpos\tSo so\n4\tneg\tNo\n", "a.tsv")
    #expect(data.columns == ["0", "1", "2"] && data.count == 4)
    #expect(data[0].text == "A fine film" && data.classes == ["neg", "pos"])
    #expect(data.rows.map(\.label) == [1, 0, 1, 0])
  }

  @Test func findsHeaderAboveNumbers() throws {
    // No known name, but words above numbers.
    let data = try read(
      "what;how\nA fine film;1\nA poor one;0\nSo;1\nNo;0\n", "a.csv", ReadOptions(delimiter: ";"))
    #expect(data.columns == ["what", "how"] && data.count == 4)
    #expect(data.classes == ["0", "1"])
    let forced = try read(
      "a,b\nc,d\n", "a.csv", ReadOptions(columns: .init(text: "0", label: "1"), header: false))
    #expect(forced.count == 2 && forced.classes == ["b", "d"])
  }

  @Test func namedColumns() throws {
    let text = "id,title,body,kind\n1,t1,longer text,x\n2,t2,more text,y\n"
    let options = ReadOptions(columns: .init(text: "Title", pair: "body", label: "kind"))
    let data = try read(text, "a.csv", options)
    #expect(data[1].text == "t2" && data[1].pair == "more text" && data[1].label == 1)
    let error = failure { _ = try read(text, "a.csv", .init(columns: .init(text: "txt"))) }
    #expect(error?.problem == "There is no column 'txt'.")
    #expect(error?.remedy == "The columns are 'id', 'title', 'body', 'kind'.")
  }

  @Test func thresholdsOfRatings() throws {
    // Identifier, mean rating, text: as in rated review snippets.
    let text = "1\t0.5\tgood text\n2\t-0.5\tbad text\n3\t0.49\tmeh text\n4\t3.25\tgreat text\n"
    let thresholds = ReadOptions.Thresholds(negative: -0.5, positive: 0.5)
    let data = try read(text, "a.tsv", ReadOptions(task: .classify, thresholds: thresholds))
    #expect(data.classes == ["negative", "positive"])
    #expect(data.rows.map(\.label) == [1, 0, 1] && data.rows.map(\.score) == [0.5, -0.5, 3.25])
    #expect(data.notes == ["1 of 4 rows rated between -0.5 and 0.5 were left out."])
    let none = ReadOptions.Thresholds(negative: -9, positive: 9)
    #expect(
      failure { _ = try read(text, "a.tsv", .init(thresholds: none)) }?.problem.contains(
        "All 4 rows") == true)
  }

  @Test func classOrder() throws {
    let numbers = try read("text,label\na,10\nb,9\nc,-1\n", "a.csv")
    #expect(numbers.classes == ["-1", "9", "10"] && numbers.rows.map(\.label) == [2, 1, 0])
    let given = try read("text,label\na,x\nb,y\n", "a.csv", ReadOptions(classes: ["y", "x"]))
    #expect(given.rows.map(\.label) == [1, 0])
    let error = failure {
      _ = try read("text,label\na,x\nb,z\n", "a.csv", .init(classes: ["y", "x"]))
    }
    #expect(error?.line == 3 && error?.problem == "The label 'z' is none of the classes y, x.")
  }

  // MARK: Mistakes

  @Test(arguments: [
    ("a.csv", "text,label\na,1\nb\n", 3, "This line has 1 field, but line 1 has 2."),
    ("a.csv", "text,label\na,1\n\"b,1\nc,0\n", 3, "A quoted field begins here and never ends."),
    ("a.csv", "text,label\n\"b\"x,1\n", 2, "Text follows the closing quote of a field."),
    ("a.tsv", "text\tlabel\na\t1\nb\t \n", 3, "The label is missing (column 'label')."),
    ("a.tsv", "text\tlabel\na\t1\nb\tNaN\n", 3, "The label is NaN (column 'label')."),
    (
      "a.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\"}\n", 2,
      "The label is missing (column 'label')."
    ),
    (
      "a.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"label\":1}\n", 2,
      "There is no text: 'text' is missing."
    ),
    ("a.jsonl", "\n[1]\n", 2, "The line is not a JSON object ('{' was expected at column 1)."),
    (
      "a.jsonl", "{\"a\":1} x\n", 1,
      "The line is not a JSON object (text after the object at column 9)."
    ),
    (
      "a.jsonl", "{\"a\":\"b\n", 1,
      "The line is not a JSON object (a string that does not end at column 8)."
    ),
  ])
  func mistakesNameTheLine(path: String, text: String, line: Int, problem: String) {
    let error = failure { _ = try read(text, path) }
    #expect(error?.line == line && error?.problem == problem)
    #expect(error?.remedy.isEmpty == false && error?.excerpt?.isEmpty == false)
  }

  @Test(arguments: ["nan", "inf", "four"])
  func scoresMustBeNumbers(score: String) {
    let error = failure {
      _ = try read("text,score\na,1\nb,\(score)\n", "a.csv", ReadOptions(task: .regress))
    }
    #expect(error?.line == 3 && error?.excerpt == "b,\(score)")
  }

  @Test(arguments: ["", "\n \n", "\u{FEFF}\n"])
  func emptyFiles(text: String) {
    for path in ["a.csv", "a.tsv", "a.jsonl", "a.txt"] {
      #expect(failure { _ = try read(text, path) }?.problem == "The file is empty.")
    }
  }

  @Test func headerWithoutRows() {
    #expect(
      failure { _ = try read("text,label\n", "a.csv") }?.problem
        == "The file has a header but no rows.")
  }

  @Test func invalidUTF8NamesTheLine() {
    var bytes = Array("text\tlabel\nfine é 😀\t1\ncaf".utf8)
    bytes += [0xE9, 0x09, 0x30, 0x0A]
    let error = failure { _ = try Reader.read(bytes, path: "latin.tsv") }
    #expect(error?.line == 3)
    #expect(error?.problem == "The text is not valid UTF-8 (byte 0xE9 at offset 29).")
    #expect(error?.excerpt == "caf\u{FFFD}\t0")
    // Anywhere in a long file.
    let long = Array(String(repeating: "añ€😀\n", count: 500).utf8)
    for place in stride(from: 0, to: long.count, by: 37) {
      var broken = long
      broken[place] = 0xFF
      let line = 1 + long[..<place].count { $0 == 10 }
      let found = failure { _ = try Reader.read(broken, path: "a.txt") }?.line
      if found != line { Issue.record("byte \(place): line \(line), found \(found ?? -1)") }
    }
  }

  @Test func errorsReadWell() {
    let error = failure { _ = try read("text,label\na,1\nb\n", "out/a.csv") }
    #expect(
      error?.description
        == "out/a.csv:3: This line has 1 field, but line 1 has 2. Put fields that hold a comma, "
        + "a quote or a line break in double quotes.\n  | b")
  }

  @Test func tasksAndFormatsThatDoNotFit() {
    #expect(
      failure { _ = try read("a\n", "a.txt", .init(task: .classify)) }?.problem.contains(
        "no labels") == true)
    #expect(
      failure { _ = try read("a\n", "a.pdf") }?.problem
        == "The ending '.pdf' does not tell the format.")
    #expect(
      failure { _ = try Reader.read("missing.csv") }?.problem.contains("No such file") == true)
    #expect(failure { _ = try Reader.read(NSTemporaryDirectory(), .init(format: .text)) } != nil)
  }

  @Test func rowsWithoutLabels() throws {
    let options = ReadOptions(task: .classify, allowsMissingLabels: true)
    let data = try read("text,label\na,x\nb,\n", "a.csv", options)
    #expect(data.rows.map(\.label) == [0, nil] && data.classes == ["x"])
    let none = try read("alpha beta\ngamma\n", "a.txt", options)
    #expect(none.task == .classify && none.rows.map(\.label) == [nil, nil])
  }

  /// Readers never trap, whatever the bytes are.
  @Test func mutationsNeverTrap() {
    let seeds = [
      ("a.csv", "text,label\n\"a, \"\"b\"\"\",1\nc,0\n"), ("a.tsv", "text\tlabel\na\t1\nb\t0\n"),
      ("a.jsonl", "{\"text\":\"\\u00e9\\ud83d\\ude00\",\"label\":[1,{\"a\":null}]}\n"),
      ("a.txt", "a\n\nb\r\n"),
    ]
    var state: UInt64 = 7
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let alphabet = Array("\",\n\r\t{}[]:\\u0-.e".utf8) + [0xC3, 0xFF, 0]
    for round in 0..<8000 {
      let (path, text) = seeds[round % seeds.count]
      var bytes = Array(text.utf8)
      for _ in 0...next(3) {
        let place = next(bytes.count)
        switch next(3) {
        case 0: bytes[place] = alphabet[next(alphabet.count)]
        case 1: bytes.insert(alphabet[next(alphabet.count)], at: place)
        default: if bytes.count > 1 { bytes.remove(at: place) }
        }
      }
      do {
        #expect(try Reader.read(bytes, path: path).count > 0)
      } catch is DatasetError {
      } catch { Issue.record("\(error)") }
    }
  }
}
