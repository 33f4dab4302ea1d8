import { assert, type Vitest } from "@effect/vitest"
import { type Store, Webhooks } from "@sightscreen/store"
import { Effect, Redacted } from "effect"
import { minute } from "./values.ts"

const webhook = (webhookId: string, more: Partial<Webhooks.Webhook> = {}): Webhooks.Webhook => ({
  webhookId,
  url: "https://example.com/hook?x='1'",
  types: ["match.event", "delivery.outcomes"],
  secret: Redacted.make(`whsec_${webhookId}`),
  createdAt: minute(0),
  failingSince: null,
  endedAt: null,
  endedFor: null,
  ...more
})

const draft = (messageId: string, webhookId: string, at = 0): Webhooks.Draft => ({
  messageId,
  webhookId,
  type: "match.event",
  body: `{"say":  "it's ${messageId}"}`,
  createdAt: minute(at)
})

const names = (messages: ReadonlyArray<Webhooks.Message>) => messages.map(({ messageId }) => messageId)

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is kept as it was given, its secret out of sight, until it is removed with its messages", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.Webhooks
      yield* webhooks.add(webhook("wh-a2"))
      yield* webhooks.add(webhook("wh-a1"))
      const found = yield* webhooks.get("wh-a1")
      assert.strictEqual(Redacted.value(found!.secret), "whsec_wh-a1")
      assert.notInclude(JSON.stringify(found), "whsec_wh-a1")
      assert.deepStrictEqual({ ...found, secret: null }, { ...webhook("wh-a1"), secret: null })
      assert.deepStrictEqual(
        (yield* webhooks.list).map(({ webhookId }) => webhookId).filter((id) => id.startsWith("wh-a")),
        ["wh-a1", "wh-a2"]
      )
      yield* webhooks.offer([draft("wh-a/1", "wh-a1")])
      assert.isTrue(yield* webhooks.remove("wh-a1"))
      assert.isFalse(yield* webhooks.remove("wh-a1"))
      assert.isNull(yield* webhooks.get("wh-a1"))
      assert.deepStrictEqual(yield* webhooks.messagesOf("wh-a1", { after: null, limit: 9 }), [])
    })
  )

  it.effect("is given each message once, and again only if it is to be tried again", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.Webhooks
      yield* webhooks.add(webhook("wh-b"))
      const drafts = [draft("wh-b/2", "wh-b", 1), draft("wh-b/1", "wh-b"), draft("wh-b/3", "wh-b", 2)]
      assert.strictEqual(yield* webhooks.offer(drafts), 3)
      assert.strictEqual(yield* webhooks.offer(drafts), 0)
      assert.isFalse((yield* webhooks.due(minute(-1))).includes("wh-b"))
      assert.isTrue((yield* webhooks.due(minute(0))).includes("wh-b"))
      const claim = (at: number, limit = 9) =>
        Effect.map(webhooks.claim("wh-b", minute(at), minute(at + 5), limit), names)
      assert.deepStrictEqual(yield* claim(1, 9), ["wh-b/1", "wh-b/2"])
      assert.deepStrictEqual(yield* claim(2, 1), ["wh-b/3"])
      assert.deepStrictEqual(yield* claim(2), [])
      const settle = (messageId: string, outcome: string, again: number | null) =>
        webhooks.settle({ messageId, outcome, dueAt: again === null ? null : minute(again), at: minute(3) })
      yield* settle("wh-b/1", "delivered", null)
      yield* settle("wh-b/2", "answered 500", 4)
      // Whoever claimed the third is gone, and its turn comes again.
      assert.deepStrictEqual(yield* claim(7), ["wh-b/2", "wh-b/3"])
      // What is done stays done.
      yield* settle("wh-b/1", "answered 500", 9)
      const [third, second, first] = yield* webhooks.messagesOf("wh-b", { after: null, limit: 9 })
      assert.deepInclude(first, { outcome: "delivered", doneAt: minute(3), tries: 1, body: drafts[1]!.body })
      assert.deepInclude(second, { outcome: "answered 500", doneAt: null, tries: 1 })
      assert.deepInclude(third, { outcome: null, doneAt: null, tries: 0 })
      assert.deepStrictEqual(names(yield* webhooks.messagesOf("wh-b", { after: "wh-b/2", limit: 9 })), [
        "wh-b/1"
      ])
    })
  )

  it.effect("gives each message to one of many who claim at once", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.Webhooks
      yield* webhooks.add(webhook("wh-c"))
      const all = Array.from({ length: 50 }, (_, n) => draft(`wh-c/${n}`, "wh-c"))
      yield* webhooks.offer(all)
      const got = yield* Effect.forEach(
        Array.from({ length: 10 }),
        () => webhooks.claim("wh-c", minute(1), minute(9), 7),
        { concurrency: "unbounded" }
      )
      const taken = got.flatMap(names)
      assert.strictEqual(new Set(taken).size, taken.length)
      assert.isAtLeast(taken.length, 7)
    })
  )

  it.effect("is told nothing once it has ended, until it begins anew", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.Webhooks
      yield* webhooks.add(webhook("wh-d"))
      yield* webhooks.offer([draft("wh-d/1", "wh-d")])
      assert.isTrue(yield* webhooks.end("wh-d", { at: minute(1), why: "gone" }))
      assert.isFalse(yield* webhooks.end("wh-none", { at: minute(1), why: "gone" }))
      assert.deepInclude(yield* webhooks.get("wh-d"), { endedAt: minute(1), endedFor: "gone" })
      assert.isFalse((yield* webhooks.due(minute(9))).includes("wh-d"))
      const [message] = yield* webhooks.messagesOf("wh-d", { after: null, limit: 9 })
      assert.deepInclude(message, { doneAt: minute(1), outcome: "the webhook ended" })
      yield* webhooks.end("wh-d", null)
      assert.deepInclude(yield* webhooks.get("wh-d"), { endedAt: null, endedFor: null })
      yield* webhooks.offer([draft("wh-d/2", "wh-d", 2)])
      assert.isTrue((yield* webhooks.due(minute(9))).includes("wh-d"))
    })
  )

  it.effect("has been failing since the first of its failures", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.Webhooks
      yield* webhooks.add(webhook("wh-e"))
      assert.strictEqual(yield* webhooks.noteFailing("wh-e", minute(5)), minute(5))
      assert.strictEqual(yield* webhooks.noteFailing("wh-e", minute(7)), minute(5))
      assert.strictEqual(yield* webhooks.noteFailing("wh-e", minute(4)), minute(4))
      assert.isNull(yield* webhooks.noteFailing("wh-e", null))
      assert.isNull((yield* webhooks.get("wh-e"))!.failingSince)
    })
  )

  it.effect("has so many messages waiting at most, and those that are done are forgotten", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.Webhooks
      yield* webhooks.add(webhook("wh-f"))
      const before = yield* webhooks.waiting
      const all = Array.from({ length: Webhooks.mostWaiting }, (_, n) => draft(`wh-f/${n}`, "wh-f", -5000))
      assert.strictEqual(yield* webhooks.offer(all), all.length)
      assert.strictEqual(yield* webhooks.offer([draft("wh-f/more", "wh-f")]), 0)
      assert.strictEqual(yield* webhooks.waiting, before + all.length)
      yield* webhooks.settle({ messageId: "wh-f/7", outcome: "delivered", dueAt: null, at: minute(-4000) })
      assert.strictEqual(yield* webhooks.offer([draft("wh-f/more", "wh-f")]), 1)
      assert.strictEqual(yield* webhooks.forget(minute(-4000)), 0)
      assert.strictEqual(yield* webhooks.forget(minute(-3999)), 1)
    })
  )
}
