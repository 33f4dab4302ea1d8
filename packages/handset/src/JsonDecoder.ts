import { Result } from "effect"
import * as Json from "./Json.ts"
import type { Field, Shape } from "./Shape.ts"

/**
 * Swift's `JSONDecoder` as it comes, without strategies: the one that reads every `content-state` on a phone.
 *
 * It is strict and silent. One key missing or mistyped, and the screen stays as it was while the sender has its 200
 * (observed: istornz/flutter_live_activities#118, home-assistant/iOS#4948). Rules and wording follow swift-foundation,
 * `JSONDecoder.swift`.
 */
export type Decoded = null | boolean | number | string | ReadonlyArray<Decoded> | Fields

/** A struct's properties by name, each of them there; `null` is Swift's nil. A date is in milliseconds since 1970. */
export interface Fields {
  readonly [name: string]: Decoded
}

export interface DecodeError {
  readonly kind: "keyNotFound" | "valueNotFound" | "typeMismatch" | "dataCorrupted"
  /** To the place of the trouble. Swift's own path of a missing key ends before the key, and a number's is lost. */
  readonly path: ReadonlyArray<string | number>
  /** Swift's `debugDescription`. */
  readonly message: string
}

/** The text of a JSON document, decoded as a type of this shape. */
export const decode = (shape: Shape, text: string): Result.Result<Decoded, DecodeError> => {
  const json = Json.parse(text)
  return Result.isFailure(json)
    ? fail("dataCorrupted", "The given data was not valid JSON.")
    : decodeJson(shape, json.success)
}

export const decodeJson = (shape: Shape, json: Json.Json): Result.Result<Decoded, DecodeError> => {
  switch (shape._tag) {
    case "String":
      return string(json)
    case "Int":
      return int(json)
    case "Double":
      return double("Double", json)
    case "Date":
      return Result.map(double("Date", json), (seconds) => (seconds + epochOf2001) * 1000)
    case "Bool":
      // Of all types only Bool takes a null for a wrong type instead of a missing value.
      return typeof json === "boolean" ? Result.succeed(json) : mismatch("Bool", json)
    case "Enum":
      return Result.flatMap(string(json), (found) =>
        shape.cases.includes(found)
          ? Result.succeed(found)
          : fail("dataCorrupted", `Cannot initialize ${shape.name} from invalid String value ${found}`)
      )
    case "Array":
      return array(shape.of, json)
    case "Object":
      return object(shape.fields, json)
  }
}

/** One line for a log: `keyNotFound at expanded.batters[1].name: No value associated …`. */
export const describe = ({ kind, message, path }: DecodeError): string => {
  const place = path.reduce(
    (sum: string, one) => (typeof one === "number" ? `${sum}[${one}]` : sum === "" ? one : `${sum}.${one}`),
    ""
  )
  return place === "" ? `${kind}: ${message}` : `${kind} at ${place}: ${message}`
}

/** 2001-01-01T00:00:00Z in seconds since 1970. */
const epochOf2001 = 978_307_200

const string = (json: Json.Json): Result.Result<string, DecodeError> =>
  typeof json === "string"
    ? Result.succeed(json)
    : json === null
      ? absent("String")
      : mismatch("String", json)

const bits64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n }

/** Whatever is whole, however written: 1, 1.0 and 1e2. Past 2^53 the value here is the nearest number, as in all of JavaScript. */
const int = (json: Json.Json): Result.Result<number, DecodeError> => {
  if (json === null) return absent("Int")
  if (!Json.isNumber(json)) return mismatch("Int", json)
  const { source } = json
  const number = Number(source)
  const fits = /[.eE]/.test(source)
    ? Number.isInteger(number) && Math.abs(number) < 2 ** 63
    : BigInt(source) >= bits64.least && BigInt(source) <= bits64.most
  // Minus zero is a thing of doubles; an Int has one zero.
  return fits ? Result.succeed(number === 0 ? 0 : number) : unrepresentable(source)
}

const double = (type: "Double" | "Date", json: Json.Json): Result.Result<number, DecodeError> => {
  if (json === null) return absent(type)
  if (!Json.isNumber(json)) return mismatch("Double", json)
  const number = Number(json.source)
  return Number.isFinite(number) && !vanished(json.source, number)
    ? Result.succeed(number)
    : unrepresentable(json.source)
}

/** Too small to be told from zero, though it was not written as zero: Swift refuses it as it refuses the too large. */
const vanished = (source: string, number: number): boolean => number === 0 && /^[^eE]*[1-9]/.test(source)

const array = (of: Shape, json: Json.Json): Result.Result<Decoded, DecodeError> => {
  if (json === null)
    return fail("valueNotFound", "Cannot get unkeyed decoding container -- found null value instead")
  if (!Json.isArray(json)) return mismatch("Array<Any>", json)
  const found: Array<Decoded> = []
  for (const [index, one] of json.entries()) {
    const decoded = decodeJson(of, one)
    if (Result.isFailure(decoded)) return inside(index, decoded.failure)
    found.push(decoded.success)
  }
  return Result.succeed(found)
}

/** Key by key in the order of declaration, as synthesised initialisers do; keys nobody declared are not even looked at. */
const object = (
  fields: Readonly<Record<string, Field>>,
  json: Json.Json
): Result.Result<Decoded, DecodeError> => {
  if (json === null)
    return fail("valueNotFound", "Cannot get keyed decoding container -- found null value instead")
  if (!Json.isObject(json)) return mismatch("Dictionary<String, Any>", json)
  const found: Record<string, Decoded> = {}
  for (const [name, { optional, shape }] of Object.entries(fields)) {
    const one = json.get(name)
    if (optional && (one === undefined || one === null)) {
      found[name] = null
      continue
    }
    if (one === undefined) {
      return inside(name, {
        kind: "keyNotFound",
        path: [],
        message: `No value associated with key CodingKeys(stringValue: "${name}", intValue: nil) ("${name}").`
      })
    }
    const decoded = decodeJson(shape, one)
    if (Result.isFailure(decoded)) return inside(name, decoded.failure)
    found[name] = decoded.success
  }
  return Result.succeed(found)
}

const fail = (kind: DecodeError["kind"], message: string): Result.Result<never, DecodeError> =>
  Result.fail({ kind, path: [], message })

const inside = (place: string | number, error: DecodeError): Result.Result<never, DecodeError> =>
  Result.fail({ ...error, path: [place, ...error.path] })

const absent = (type: string) =>
  fail("valueNotFound", `Cannot get value of type ${type} -- found null value instead`)

const mismatch = (type: string, json: Json.Json) =>
  fail("typeMismatch", `Expected to decode ${type} but found ${nameOf(json)} instead.`)

const unrepresentable = (source: string) =>
  fail("dataCorrupted", `The given data was not valid JSON. Number ${source} is not representable in Swift.`)

const nameOf = (json: Json.Json): string => {
  if (json === null) return "null"
  if (typeof json === "string") return "a string"
  if (typeof json === "boolean") return "bool"
  if (Json.isNumber(json)) return "number"
  return Json.isArray(json) ? "an array" : "a dictionary"
}
