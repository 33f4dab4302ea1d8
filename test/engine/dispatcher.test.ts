import { Apns, type Notification, type Token, type Verdict } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { AppleStatus, Dispatcher, Envelope, Tally, WebhookDesk } from "@sightscreen/engine"
import { World } from "@sightscreen/simulation"
import { Deliveries, Webhooks } from "@sightscreen/store"
import { Duration, Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

const tokenOf = (nth: number) => `${nth}`.padStart(64, "a") as Token.DeviceToken
const poisoned = tokenOf(0)
const accepted: Verdict.Verdict = { _tag: "Accepted", apnsId: null, uniqueId: null }
const down: Verdict.Verdict = { _tag: "AppleDown", status: 500, reason: "InternalServerError" }

describe("a mailing that finds Apple down", () => {
  it.effect("is told once Apple is back, although one of its pushes can only fail", () => {
    let isBack = false
    const send = ({ token }: Notification.Notification): Apns.Outcome => ({
      token,
      pushId: undefined,
      verdict: isBack && token !== poisoned ? accepted : down
    })
    const apns = Apns.Apns.of({
      send: (one) => Effect.sync(() => send(one)),
      sendMany: ((all: Iterable<Notification.Notification>) =>
        Effect.sync(() => {
          const outcomes = [...all].map(send)
          // Whoever looks from now on finds it back.
          isBack = true
          return outcomes
        })) as Apns.Apns["Service"]["sendMany"]
    })
    const layer = Dispatcher.Dispatcher.layer.pipe(
      Layer.provide([
        Layer.succeed(Apns.Apns, apns),
        AppleStatus.AppleStatus.layer,
        Deliveries.Deliveries.layerMemory,
        Tally.Tally.layer,
        WebhookDesk.WebhookDesk.layer.pipe(Layer.provide(Webhooks.Webhooks.layerMemory))
      ])
    )
    return Effect.gen(function* () {
      const dispatcher = yield* Dispatcher.Dispatcher
      yield* TestClock.setTime(Kit.noon)
      const begun = Kit.noon
      const sealed = Envelope.removal(Instant.toSeconds(begun), begun, {
        bundleId: World.bundleId,
        environment: "sandbox"
      })
      const sending = yield* Effect.forkChild(
        dispatcher.send(
          {
            cause: "end",
            kind: "end",
            matchId: Kit.matchId,
            cohort: null,
            stamp: Instant.toSeconds(begun),
            priority: 10,
            alert: false,
            sealed: Result.getOrThrow(sealed),
            until: Instant.plus(begun, Duration.seconds(8)),
            resumed: false
          },
          Array.from({ length: 25 }, (_, nth) => ({
            token: tokenOf(nth),
            deviceId: Wards.device(`${nth}`),
            activityId: null
          }))
        )
      )
      yield* TestClock.adjust("10 seconds")
      const answers = yield* Fiber.join(sending)
      const outcome = new Map(answers.map((one) => [one.recipient.token, one.outcome._tag]))
      assert.strictEqual(outcome.size, 25)
      assert.deepStrictEqual(
        [...outcome].filter(([, tag]) => tag !== "Accepted"),
        [[poisoned, "AppleDown"]]
      )
    }).pipe(Effect.provide(layer))
  })
})
