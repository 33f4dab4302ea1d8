import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { WebhookAttempt, WebhookNotice } from "@sightscreen/domain"
import { WebhookDesk, WebhookSender } from "@sightscreen/engine"
import { Webhooks } from "@sightscreen/store"
import { Context, Duration, Effect, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const answered = (status: number): WebhookAttempt.Reply => ({ _tag: "Answered", status, retryAfter: null })
const lost: WebhookAttempt.Reply = { _tag: "Unreachable", why: "ECONNREFUSED" }

/** Receivers by their address, and what they were sent. */
const post = (reply: (url: string, nth: number) => Effect.Effect<WebhookAttempt.Reply>) => {
  const sent: Array<WebhookSender.Sealed> = []
  let fresh = 0
  const sender: WebhookSender.Sender = {
    send: (sealed) => {
      sent.push(sealed)
      return reply(sealed.url, sent.filter(({ url }) => url === sealed.url).length)
    },
    endpoint: (url) => (url.startsWith("https://") ? Result.succeed(url) : Result.fail("it is not https")),
    fresh: Effect.sync(() => {
      fresh += 1
      return {
        webhookId: `wh_${fresh.toString(16).padStart(24, "0")}`,
        secret: Redacted.make(`whsec_${fresh}`)
      }
    })
  }
  const layer = WebhookDesk.WebhookDesk.layer.pipe(
    Layer.provideMerge(Webhooks.Webhooks.layerMemory),
    Layer.provideMerge(Layer.succeed(WebhookSender.WebhookSender, sender))
  )
  return { sent, layer, sender }
}

const webhook = (
  name: string,
  types: ReadonlyArray<WebhookNotice.Type> = ["match.event"]
): Webhooks.Webhook => ({
  webhookId: name,
  url: `https://${name}.example/`,
  types,
  secret: Redacted.make(`whsec_${name}`),
  createdAt: Kit.noon,
  failingSince: null,
  endedAt: null,
  endedFor: null
})

const notice = (key: string, type: WebhookNotice.Type = "match.event"): WebhookNotice.Notice => ({
  type,
  key,
  at: Kit.noon,
  data: { key }
})

const desk = <A, E>(
  reply: (url: string, nth: number) => Effect.Effect<WebhookAttempt.Reply>,
  story: (it: {
    readonly sent: ReadonlyArray<WebhookSender.Sealed>
    readonly store: Webhooks.Webhooks["Service"]
    readonly tell: (...notices: ReadonlyArray<WebhookNotice.Notice>) => Effect.Effect<void>
  }) => Effect.Effect<A, E>
) =>
  Effect.suspend(() => {
    const { layer, sent } = post(reply)
    return Effect.gen(function* () {
      yield* TestClock.setTime(Kit.noon)
      const store = yield* Webhooks.Webhooks
      const { run, tell } = yield* WebhookDesk.WebhookDesk
      yield* Effect.forkScoped(run)
      return yield* story({ sent, store, tell: (...notices) => tell(notices) })
    }).pipe(Effect.provide(layer), Effect.scoped)
  })

const keys = (sent: ReadonlyArray<WebhookSender.Sealed>) => sent.map(({ body }) => JSON.parse(body).data.key)

describe("whoever wants to hear of something", () => {
  it.effect("is told it once, signed, and nobody else is", () =>
    desk(
      () => Effect.succeed(answered(204)),
      Effect.fnUntraced(function* ({ sent, store, tell }) {
        yield* store.add(webhook("events"))
        yield* store.add(webhook("endings", ["match.ended"]))
        yield* tell(notice("a"), notice("b"), notice("c", "match.paused"))
        yield* tell(notice("a"))
        yield* TestClock.adjust("1 minute")
        assert.sameMembers(keys(sent), ["a", "b"])
        assert.isTrue(
          sent.every(
            ({ secret, url }) =>
              url === "https://events.example/" && Redacted.value(secret) === "whsec_events"
          )
        )
        assert.deepStrictEqual(JSON.parse(sent.find(({ body }) => body.includes('"a"'))!.body), {
          type: "match.event",
          timestamp: "2025-06-15T15:06:40.000Z",
          data: { key: "a" }
        })
      })
    )
  )

  it.effect("is told again what did not get through, under the same id, until it does", () =>
    desk(
      (_url, nth) => Effect.succeed(nth < 4 ? (nth === 1 ? lost : answered(500)) : answered(200)),
      Effect.fnUntraced(function* ({ sent, store, tell }) {
        yield* store.add(webhook("shaky"))
        yield* tell(notice("a"))
        yield* TestClock.adjust("1 second")
        assert.lengthOf(sent, 1)
        assert.strictEqual((yield* store.get("shaky"))!.failingSince, Kit.noon)
        yield* TestClock.adjust("10 minutes")
        assert.lengthOf(sent, 4)
        assert.lengthOf([...new Set(sent.map(({ messageId }) => messageId))], 1)
        assert.isAbove(sent[3]!.at, sent[0]!.at)
        assert.isNull((yield* store.get("shaky"))!.failingSince)
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(sent, 4)
      })
    )
  )

  it.effect("is given up on in the end, message by message, and after days altogether", () =>
    desk(
      () => Effect.succeed(lost),
      Effect.fnUntraced(function* ({ sent, store, tell }) {
        yield* store.add(webhook("gone"))
        yield* tell(notice("a"))
        yield* TestClock.adjust("27 hours")
        assert.lengthOf(sent, 10)
        assert.strictEqual(yield* store.waiting, 0)
        assert.isNull((yield* store.get("gone"))!.endedAt)
        yield* store.noteFailing("gone", Instant.minus(Kit.noon, Duration.days(5)))
        yield* tell(notice("b"))
        yield* TestClock.adjust("1 minute")
        const { endedAt, endedFor } = (yield* store.get("gone"))!
        assert.isNotNull(endedAt)
        assert.strictEqual(endedFor, "nothing has got through for days")
        const before = sent.length
        yield* tell(notice("c"))
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(sent, before)
      })
    )
  )

  it.effect("is told nothing more once it answers that it wants no more", () =>
    desk(
      () => Effect.succeed(answered(410)),
      Effect.fnUntraced(function* ({ sent, store, tell }) {
        yield* store.add(webhook("full"))
        yield* tell(notice("a"))
        yield* TestClock.adjust("1 minute")
        yield* tell(notice("b"))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(keys(sent), ["a"])
        assert.strictEqual((yield* store.get("full"))!.endedFor, "it answered 410: it wants no more")
      })
    )
  )

  it.effect("holds up nobody else by being slow", () =>
    desk(
      (url) =>
        url.includes("slow")
          ? Effect.delay(Effect.succeed(lost), "10 seconds")
          : Effect.succeed(answered(200)),
      Effect.fnUntraced(function* ({ sent, store, tell }) {
        yield* store.add(webhook("slow"))
        yield* store.add(webhook("quick"))
        yield* tell(...Array.from({ length: 30 }, (_, n) => notice(`${n}`)))
        yield* TestClock.adjust("1 second")
        assert.lengthOf(
          sent.filter(({ url }) => url.includes("quick")),
          30
        )
        assert.lengthOf(
          sent.filter(({ url }) => url.includes("slow")),
          1
        )
      })
    )
  )

  it.effect("learns of a match what it tells phones, and what Apple answered, with no token whole", () =>
    Effect.gen(function* () {
      const { sender, sent } = post(() => Effect.succeed(answered(200)))
      yield* Effect.gen(function* () {
        const world = yield* Kit.atNoon({ count: 3 })
        const { services } = yield* world.start
        const store = Context.get(services, Webhooks.Webhooks)
        yield* store.add(webhook("all", ["match.event", "match.ended", "delivery.outcomes"]))
        for (const deviceId of Kit.ids(world.crowd)) {
          yield* world.launch(deviceId)
          yield* world.follow(deviceId, Kit.matchId)
        }
        yield* Effect.forkScoped(Context.get(services, WebhookDesk.WebhookDesk).run)
        yield* Kit.until(Duration.sum(Kit.over, Duration.minutes(3)))
        const told = sent.map(({ body }) => JSON.parse(body))
        const titles = told.flatMap(({ data, type }) =>
          type === "match.event" && data.alert !== null ? [data.alert.title] : []
        )
        assert.deepStrictEqual(
          titles,
          Kit.news.map(({ title }) => title)
        )
        assert.lengthOf(
          told.filter(({ type }) => type === "match.ended"),
          1
        )
        const outcomes = told.flatMap(({ data, type }) => (type === "delivery.outcomes" ? data.outcomes : []))
        assert.isAbove(
          outcomes.filter(({ verdict }: { readonly verdict: string }) => verdict === "Accepted").length,
          6
        )
        const everything = sent.map(({ body }) => body).join("\n")
        assert.notMatch(everything, /[0-9a-f]{16,}(?![0-9a-f-])/i)
        assert.strictEqual(yield* store.waiting, 0)
      }).pipe(Effect.provideService(WebhookSender.WebhookSender, sender), Effect.scoped)
    })
  )
})
