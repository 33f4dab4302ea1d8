import { assert, describe, it } from "@effect/vitest"
import { Attributes, ContentState } from "@sightscreen/domain"
import { App, JsonDecoder, type Shape } from "@sightscreen/handset"
import { Result, Schema } from "effect"

/** What a sender would have written, if an absent key and nil are the same. */
const withoutNil = (it: JsonDecoder.Decoded): unknown => {
  if (typeof it !== "object" || it === null) return it
  if (Array.isArray(it)) return it.map(withoutNil)
  return Object.fromEntries(
    Object.entries(it).flatMap(([key, one]) => (one === null ? [] : [[key, withoutNil(one)]]))
  )
}

/** Schemas allow half a surrogate pair in a string. No JSON may carry one to Swift, so here none is sent. */
const encode = (sent: unknown): string =>
  JSON.stringify(sent, (_, one: unknown) => (typeof one === "string" ? one.toWellFormed() : one))

const survives = (shape: Shape.Shape, sent: unknown): void => {
  const text = encode(sent)
  const decoded = JsonDecoder.decode(shape, text)
  if (Result.isFailure(decoded)) assert.fail(JsonDecoder.describe(decoded.failure))
  // Nothing of it is lost either: the app has a place for every field that is sent.
  assert.deepStrictEqual(withoutNil(decoded.success), JSON.parse(text))
}

describe("today's app", () => {
  it.prop("decodes every content state that the server can send", [ContentState.ContentState], ([state]) => {
    survives(App.current.contentShape, Schema.encodeSync(ContentState.ContentState)(state))
  })

  it.prop("decodes every attributes that the server can send", [Attributes.Attributes], ([it]) => {
    survives(App.current.attributesShape, Schema.encodeSync(Attributes.Attributes)(it))
  })

  it("names its type as the server does", () => {
    assert.strictEqual(App.current.attributesType, Attributes.attributesType)
  })

  it("is the one that reads today's schema, and there is no other", () => {
    assert.strictEqual(App.at(App.current.schemaVersion), App.current)
    assert.deepStrictEqual(App.versions, [App.current])
    assert.strictEqual(App.at(0), undefined)
  })
})
