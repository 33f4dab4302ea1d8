import { assert, describe, it } from "@effect/vitest"
import { JsonDecoder, Shape } from "@sightscreen/handset"
import { Result, Schema } from "effect"

const { array, bool, date, double, int, object, oneOf, optional, string } = Shape

const team = object({ name: string, code: optional(string) })
const phase = oneOf("MatchPhase", ["pre", "live"])

const accepted: ReadonlyArray<readonly [what: string, Shape.Shape, text: string, JsonDecoder.Decoded]> = [
  ["a string", string, `"Root"`, "Root"],
  ["an empty string", string, `""`, ""],
  ["escapes", string, String.raw`"\u00e9\n\"\\\/\ud83c\udfcf"`, 'é\n"\\/🏏'],
  ["a whole number", int, "187", 187],
  ["a negative whole number", int, "-3", -3],
  ["a whole number written as a fraction", int, "1.0", 1],
  ["a whole number written with an exponent", int, "1e2", 100],
  ["minus zero as the only zero there is", int, "-0.0", 0],
  ["the largest Int", int, "9223372036854775807", 2 ** 63],
  ["the smallest Int", int, "-9223372036854775808", -(2 ** 63)],
  ["a fraction", double, "10.16", 10.16],
  ["a whole number as a Double", double, "7", 7],
  ["a zero of many digits", double, "0.000e5", 0],
  ["true", bool, "true", true],
  ["false", bool, "false", false],
  ["a date as seconds since 2001", date, "0", Date.UTC(2001, 0, 1)],
  ["a date between two seconds", date, "800000000.25", 1_778_307_200_250],
  ["a known case", phase, `"live"`, "live"],
  ["an empty array", array(int), "[]", []],
  ["an array", array(string), `["1", "•", "W"]`, ["1", "•", "W"]],
  ["a struct", team, `{"name": "India", "code": "IND"}`, { name: "India", code: "IND" }],
  ["a missing optional as nil", team, `{"name": "India"}`, { name: "India", code: null }],
  ["a null optional as nil", team, `{"name": "India", "code": null}`, { name: "India", code: null }],
  ["keys nobody declared", team, `{"flag": [1, {}], "name": "India"}`, { name: "India", code: null }],
  ["the first of two equal keys", team, `{"name": "India", "name": "Pak"}`, { name: "India", code: null }],
  ["blanks of every kind", array(int), " [ 1 ,\n\t2\r] ", [1, 2]]
]

const refused: ReadonlyArray<
  readonly [what: string, Shape.Shape, text: string, kind: JsonDecoder.DecodeError["kind"], line: string]
> = [
  [
    "a missing key",
    team,
    "{}",
    "keyNotFound",
    `keyNotFound at name: No value associated with key CodingKeys(stringValue: "name", intValue: nil) ("name").`
  ],
  [
    "a missing key deep inside",
    object({ expanded: object({ batters: array(team) }) }),
    `{"expanded": {"batters": [{"name": "Root"}, {"code": "x"}]}}`,
    "keyNotFound",
    `keyNotFound at expanded.batters[1].name: No value associated with key CodingKeys(stringValue: "name", intValue: nil) ("name").`
  ],
  [
    "a key in another case",
    object({ isOnStrike: bool }),
    `{"is_on_strike": true}`,
    "keyNotFound",
    `keyNotFound at isOnStrike: No value associated with key CodingKeys(stringValue: "isOnStrike", intValue: nil) ("isOnStrike").`
  ],
  [
    "null for a String",
    team,
    `{"name": null}`,
    "valueNotFound",
    "valueNotFound at name: Cannot get value of type String -- found null value instead"
  ],
  [
    "null for an Int",
    int,
    "null",
    "valueNotFound",
    "valueNotFound: Cannot get value of type Int -- found null value instead"
  ],
  [
    "null for a Double",
    double,
    "null",
    "valueNotFound",
    "valueNotFound: Cannot get value of type Double -- found null value instead"
  ],
  [
    "null for a Date",
    date,
    "null",
    "valueNotFound",
    "valueNotFound: Cannot get value of type Date -- found null value instead"
  ],
  [
    "null for an enum",
    phase,
    "null",
    "valueNotFound",
    "valueNotFound: Cannot get value of type String -- found null value instead"
  ],
  [
    "null for a struct",
    team,
    "null",
    "valueNotFound",
    "valueNotFound: Cannot get keyed decoding container -- found null value instead"
  ],
  [
    "null for an array",
    array(int),
    "null",
    "valueNotFound",
    "valueNotFound: Cannot get unkeyed decoding container -- found null value instead"
  ],
  [
    "null inside an array",
    array(string),
    `["1", null]`,
    "valueNotFound",
    "valueNotFound at [1]: Cannot get value of type String -- found null value instead"
  ],
  [
    "null for a Bool, as a wrong type",
    bool,
    "null",
    "typeMismatch",
    "typeMismatch: Expected to decode Bool but found null instead."
  ],
  [
    "a number for a String",
    string,
    "187",
    "typeMismatch",
    "typeMismatch: Expected to decode String but found number instead."
  ],
  [
    "a bool for a String",
    string,
    "true",
    "typeMismatch",
    "typeMismatch: Expected to decode String but found bool instead."
  ],
  [
    "a string for an Int",
    int,
    `"1"`,
    "typeMismatch",
    "typeMismatch: Expected to decode Int but found a string instead."
  ],
  [
    "true for an Int",
    int,
    "true",
    "typeMismatch",
    "typeMismatch: Expected to decode Int but found bool instead."
  ],
  [
    "1 for a Bool",
    bool,
    "1",
    "typeMismatch",
    "typeMismatch: Expected to decode Bool but found number instead."
  ],
  [
    "a string for a Double",
    double,
    `"10.16"`,
    "typeMismatch",
    "typeMismatch: Expected to decode Double but found a string instead."
  ],
  [
    "ISO 8601 for a Date",
    date,
    `"2026-11-22T00:00:00Z"`,
    "typeMismatch",
    "typeMismatch: Expected to decode Double but found a string instead."
  ],
  [
    "a number for an enum",
    phase,
    "0",
    "typeMismatch",
    "typeMismatch: Expected to decode String but found number instead."
  ],
  [
    "an array for a struct",
    team,
    "[]",
    "typeMismatch",
    "typeMismatch: Expected to decode Dictionary<String, Any> but found an array instead."
  ],
  [
    "a struct for an array",
    array(int),
    "{}",
    "typeMismatch",
    "typeMismatch: Expected to decode Array<Any> but found a dictionary instead."
  ],
  [
    "a mistyped optional",
    team,
    `{"name": "India", "code": 91}`,
    "typeMismatch",
    "typeMismatch at code: Expected to decode String but found number instead."
  ],
  [
    "a fraction for an Int",
    object({ overs: int }),
    `{"overs": 1.5}`,
    "dataCorrupted",
    "dataCorrupted at overs: The given data was not valid JSON. Number 1.5 is not representable in Swift."
  ],
  [
    "one more than the largest Int",
    int,
    "9223372036854775808",
    "dataCorrupted",
    "dataCorrupted: The given data was not valid JSON. Number 9223372036854775808 is not representable in Swift."
  ],
  [
    "one less than the smallest Int",
    int,
    "-9223372036854775809",
    "dataCorrupted",
    "dataCorrupted: The given data was not valid JSON. Number -9223372036854775809 is not representable in Swift."
  ],
  [
    "a Double too large",
    double,
    "1e400",
    "dataCorrupted",
    "dataCorrupted: The given data was not valid JSON. Number 1e400 is not representable in Swift."
  ],
  [
    "a Double too small to be told from zero",
    double,
    "1e-400",
    "dataCorrupted",
    "dataCorrupted: The given data was not valid JSON. Number 1e-400 is not representable in Swift."
  ],
  [
    "an unknown case",
    object({ phase }),
    `{"phase": "Live"}`,
    "dataCorrupted",
    "dataCorrupted at phase: Cannot initialize MatchPhase from invalid String value Live"
  ]
]

const notJson: ReadonlyArray<string> = [
  "",
  " ",
  "nul",
  "undefined",
  "NaN",
  "01",
  "+1",
  "1.",
  ".5",
  "1 2",
  "[1,]",
  "[1 2]",
  "[",
  "{,}",
  `{"a": 1,}`,
  `{"a" 1}`,
  "{a: 1}",
  `"open`,
  `"a\nb"`,
  String.raw`"\x41"`,
  String.raw`"\u12g4"`,
  String.raw`"\ud800"`,
  "'single'",
  "// comment\n1",
  `${"[".repeat(513)}${"]".repeat(513)}`
]

describe("Swift's JSONDecoder", () => {
  it.each(accepted)("takes %s", (_, shape, text, expected) => {
    assert.deepStrictEqual(JsonDecoder.decode(shape, text), Result.succeed(expected))
  })

  it.each(refused)("refuses %s", (_, shape, text, kind, line) => {
    const result = JsonDecoder.decode(shape, text)
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.strictEqual(result.failure.kind, kind)
      assert.strictEqual(JsonDecoder.describe(result.failure), line)
    }
  })

  it.each(notJson)("knows that %j is not JSON", (text) => {
    assert.deepStrictEqual(
      JsonDecoder.decode(array(int), text),
      Result.fail({ kind: "dataCorrupted", path: [], message: "The given data was not valid JSON." })
    )
  })

  it("reports the first key that fails in the order of declaration", () => {
    const result = JsonDecoder.decode(object({ b: int, a: int }), `{"a": "x", "b": "y"}`)
    assert.isTrue(Result.isFailure(result) && result.failure.path[0] === "b")
  })

  it.prop("takes every text that JSON can carry", [Schema.String.check(Schema.isTrimmed())], ([text]) => {
    const decoded = JsonDecoder.decode(string, JSON.stringify(text))
    // JavaScript can hold and write half a surrogate pair; Swift cannot read it.
    return text.isWellFormed()
      ? Result.isSuccess(decoded) && decoded.success === text
      : Result.isFailure(decoded)
  })

  it.prop("takes every safe integer as itself", [Schema.Int], ([number]) => {
    const decoded = JsonDecoder.decode(int, JSON.stringify(number))
    return Result.isSuccess(decoded) && decoded.success === (number === 0 ? 0 : number)
  })
})
