import Testing

@testable import Checkpoints

struct JSONTests {
  @Test func readsEveryKindOfValue() throws {
    let value = try JSONParser.parse(
      #" { "a" : [1, -2.5e2, true, false, null], "b\u00e9\n": "\ud83d\ude00", "big": 123456789012345678901 } "#
    )
    #expect(value["a"] == [1, -250.0, true, false, nil])
    #expect(value["bé\n"]?.string == "😀")
    #expect(value["big"]?.double == 1.2345678901234568e20)
    #expect(value.object?.keys == ["a", "bé\n", "big"])
    #expect(try JSONParser.parse("Infinity").double == .infinity)
    #expect(try JSONParser.parse("NaN").double?.isNaN == true)
  }

  @Test(arguments: [
    ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\" 1}", 5), ("01", 2), ("1.", 2), ("\"\\x\"", 3),
    ("\"\\ud800\"", 7), ("\"a", 2), ("[1] 2", 4), ("truth", 0), ("{a:1}", 1), ("-", 0), ("1e", 2),
  ])
  func refusesWhatIsNotJSON(text: String, offset: Int) {
    #expect {
      try JSONParser.parse(text)
    } throws: { error in
      (error as? JSONError)?.offset == offset
    }
  }

  @Test func refusesDeepNesting() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError(offset: 128, problem: "nested deeper than 128 levels")) {
      try JSONParser.parse(deep)
    }
  }

  @Test func duplicateKeys() throws {
    #expect(try JSONParser.parse(#"{"a":1,"a":2}"#) == ["a": 2])
    #expect(throws: JSONError(offset: 7, problem: "the key 'a' stands here twice")) {
      try JSONParser.parse(#"{"a":1,"a":2}"#, duplicates: .reject)
    }
  }

  @Test func writesAsPythonDoes() throws {
    // json.dumps({"b": [1, 0.5, 1e-05, 1e22], "a": "é\"\\\n\x7f😀", "c": {}, "d": []}, indent=2,
    // sort_keys=True)
    let value: JSONValue = [
      "b": [1, 0.5, 1e-05, 1e22], "a": "é\"\\\n\u{7F}😀", "c": [:], "d": [],
    ]
    let expected = #"""
      {
        "a": "\u00e9\"\\\n\u007f\ud83d\ude00",
        "b": [
          1,
          0.5,
          1e-05,
          1e+22
        ],
        "c": {},
        "d": []
      }
      """#
    #expect(value.text(.indented, sortedKeys: true) == expected)
    #expect(
      value.text()
        == #"{"b":[1,0.5,1e-05,1e+22],"a":"\u00e9\"\\\n\u007f\ud83d\ude00","c":{},"d":[]}"#)
  }

  /// Reading and writing the tools' own files gives the same bytes.
  @Test(arguments: ["lora/adapter_config.json", "model/config.json"])
  func roundTripsConfigurations(name: String) throws {
    let text = try Fixtures.text(name)
    let end = text.hasSuffix("\n") ? "\n" : ""
    #expect(try JSONParser.parse(text).text(.indented, sortedKeys: true) + end == text)
  }

  @Test func objectsKeepOrder() {
    var object: JSONObject = ["z": 1, "a": 2]
    object["m"] = 3
    object["z"] = nil
    object["a"] = 5
    #expect(object.keys == ["a", "m"])
    #expect(object == ["m": 3, "a": 5])
    #expect(JSONValue.double(4).int == 4 && JSONValue.double(4.5).int == nil)
  }
}
