import { Alert } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Result, Schema, SchemaIssue } from "effect"
import { Mistake } from "./Mistake.ts"

/**
 * What each kind of push may say, for payloads that come as JSON.
 *
 * Apple ignores a key it does not know and answers 200, so that a misspelt one is found on the phone, if at all. Here it is
 * found before anything is sent.
 */

const optional = Schema.optionalKey
const texts = Schema.Array(Schema.String)
const json = Schema.Record(Schema.String, Schema.Unknown)
const one = Schema.Literal(1)
const empty = Schema.Record(Schema.String, Schema.Never)

/** An app's own keys stand beside `aps`, and may be anything. */
const beside = <Fields extends Schema.Struct.Fields>(aps: Schema.Struct<Fields>) =>
  Schema.StructWithRest(Schema.Struct({ aps }), [json])

const holding = <S extends Schema.Struct<Schema.Struct.Fields>>(
  schema: S,
  keys: ReadonlyArray<string>,
  expected: string
): S =>
  schema.pipe(
    Schema.check(Schema.makeFilter((it: object) => keys.some((key) => Object.hasOwn(it, key)), { expected }))
  ) as unknown as S

const content = holding(
  Schema.Struct({
    title: optional(Schema.String),
    "title-loc-key": optional(Schema.String),
    "title-loc-args": optional(texts),
    subtitle: optional(Schema.String),
    "subtitle-loc-key": optional(Schema.String),
    "subtitle-loc-args": optional(texts),
    body: optional(Schema.String),
    "loc-key": optional(Schema.String),
    "loc-args": optional(texts),
    "launch-image": optional(Schema.String)
  }),
  ["title", "title-loc-key", "body", "loc-key"],
  "a title or a body"
)

export const alert = beside(
  holding(
    Schema.Struct({
      alert: optional(Schema.Union([Schema.String, content])),
      badge: optional(Alert.Badge),
      sound: optional(
        Schema.Union([
          Schema.String,
          Schema.Struct({ critical: one, name: Schema.String, volume: Alert.Fraction })
        ])
      ),
      "thread-id": optional(Schema.String),
      category: optional(Schema.String),
      "mutable-content": optional(one),
      "target-content-id": optional(Schema.String),
      "interruption-level": optional(Schema.Literals(["passive", "active", "time-sensitive", "critical"])),
      "relevance-score": optional(Alert.Fraction),
      "filter-criteria": optional(Schema.String)
    }),
    ["alert", "badge", "sound"],
    "something to notice: an alert, a badge or a sound"
  )
)

export const background = beside(Schema.Struct({ "content-available": one }))

/** Complications, locations and walkie-talkies: what they say is the app's own affair. */
export const own = Schema.StructWithRest(Schema.Struct({ aps: empty }), [json])

export const voip = Schema.StructWithRest(
  Schema.Struct({
    aps: empty,
    callId: Schema.String,
    handle: Schema.String,
    callerName: Schema.String
  }),
  [json]
)

/** A Live Activity's texts are translated by an object of their own. */
const text = Schema.Union([
  Schema.String,
  Schema.Struct({ "loc-key": Schema.String, "loc-args": optional(texts) })
])

/** The usual mistake counts milliseconds, and makes every later push look old to the phone. */
const seconds = Instant.EpochSeconds.pipe(
  Schema.check(
    Schema.makeFilter((at) => at < 100_000_000_000, { expected: "seconds since 1970, not milliseconds" })
  )
)

const loud = Schema.Struct({ title: text, body: text, sound: optional(Schema.String) })

const moment = {
  timestamp: seconds,
  "stale-date": optional(seconds),
  "relevance-score": optional(Schema.Finite)
}

export const start = Schema.Struct({
  aps: Schema.Struct({
    ...moment,
    event: Schema.Literal("start"),
    "content-state": json,
    "attributes-type": Schema.NonEmptyString,
    attributes: json,
    alert: loud,
    "input-push-token": optional(one),
    "input-push-channel": optional(Schema.String)
  }).pipe(
    Schema.check(
      Schema.makeFilter(
        (aps) => aps["input-push-token"] === undefined || aps["input-push-channel"] === undefined,
        { expected: "input-push-token or input-push-channel, not both: a phone drops such a push" }
      )
    )
  )
})

export const update = Schema.Struct({
  aps: Schema.Struct({
    ...moment,
    event: Schema.Literal("update"),
    "content-state": json,
    alert: optional(loud)
  })
})

export const end = Schema.Struct({
  aps: Schema.Struct({
    ...moment,
    event: Schema.Literal("end"),
    "content-state": optional(json),
    alert: optional(loud),
    "dismissal-date": optional(seconds)
  })
})

export const fileprovider = Schema.Struct({
  "container-identifier": Schema.String,
  domain: optional(Schema.String)
})

/** Widgets and controls. */
export const reload = Schema.Struct({ aps: Schema.Struct({ "content-changed": Schema.Literal(true) }) })

export const mdm = Schema.Struct({ mdm: Schema.NonEmptyString })

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Reads a payload; what is wrong with it is told by the key where it is wrong. */
export const read = <S extends Schema.Codec<unknown, unknown>>(
  schema: S,
  payload: unknown,
  from: string
): Result.Result<S["Type"], Mistake> => {
  const read = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })(payload)
  return Result.mapError(read, (failure) => {
    const [first] = issuesOf(failure.issue).issues
    const path = (first?.path ?? []).map((part) => String(typeof part === "object" ? part.key : part))
    const problem = first?.message ?? "it is not a payload"
    return new Mistake({ subject: from, problem: inWords(path, problem) })
  })
}

const inWords = (path: ReadonlyArray<string>, problem: string): string => {
  const key = path.join(".")
  if (problem === "Missing key") return `${key} is missing`
  if (problem === "Expected no excess property" || problem === "Expected never") {
    const near = nearest(path.at(-1)!)
    return `${key} is no key of such a push${near === undefined ? "" : `; is it ${near}?`}`
  }
  const wanted = problem.replace(/^Expected /, "should be ").replace("should be a value", "should be")
  return key === "" ? `the payload ${wanted}` : `${key} ${wanted}`
}

/** Every key that some push has. */
const keys = (
  "aps alert badge sound thread-id category mutable-content target-content-id interruption-level " +
  "relevance-score filter-criteria content-available content-changed title subtitle body loc-key loc-args " +
  "title-loc-key title-loc-args launch-image timestamp event content-state attributes-type attributes " +
  "stale-date dismissal-date input-push-token input-push-channel container-identifier domain mdm"
).split(" ")

/** The key that was probably meant. */
const nearest = (typed: string): string | undefined => {
  const simple = (key: string) => key.toLowerCase().replaceAll(/[^a-z]/g, "")
  return keys.find((key) => key !== typed && distance(simple(key), simple(typed)) <= 2)
}

/** How many letters must change, come or go. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
