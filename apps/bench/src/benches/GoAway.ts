import { Apns, Authority, LiveActivity, Notification, ProviderToken, Tls, Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Effect, Layer, Redacted, Result, Schema } from "effect"
import { type Bench, type Findings, Unmeasurable } from "../Bench.ts"
import * as GoAwayServer from "../push/GoAwayServer.ts"
import { bundleId, contentState } from "../push/Order.ts"

const pushes = 1_000_000
const goAways = 1000
const app = Schema.decodeSync(Notification.BundleId)(bundleId)

/**
 * A million pushes to a server that goes away a thousand times, at frames of its own choosing.
 *
 * It fails unless every push is accepted, and every one of them was acted on once.
 */
export const GoAway: Bench = {
  name: "goaway",
  description: "a million pushes through a thousand GOAWAYs: none lost, none failed, none repeated",
  usual: { rounds: 1, millis: 1 },
  run: ({ rounds }) =>
    Effect.scoped(
      Effect.gen(function* () {
        const seconds: Array<number> = []
        let note = ""
        for (let round = 0; round < rounds; round++) {
          const begun = performance.now()
          note = yield* Effect.scoped(play(pushes, goAways, round + 1))
          seconds.push((performance.now() - begun) / 1000)
        }
        const row = {
          name: "sendMany",
          perSecond: (rounds * pushes) / seconds.reduce((sum, one) => sum + one, 0),
          cpuSecondsPer10k: null,
          peakRssMiB: process.resourceUsage().maxRSS / 1024,
          p50Millis: null,
          p99Millis: null,
          note
        }
        const findings: Findings = {
          subject: `${pushes} pushes, ${goAways} GOAWAYs, ${rounds} rounds; the server is in the same process`,
          rows: [row],
          ratios: {}
        }
        return findings
      })
    )
}

/** Says what has happened, or fails with what is wrong about it. */
export const play = Effect.fnUntraced(function* (howMany: number, times: number, seed: number) {
  const { ca, certificate, privateKey } = yield* Effect.mapError(
    Authority.make,
    () => new Unmeasurable({ subject: "goaway", problem: "no certificate could be made" })
  )
  const server = yield* GoAwayServer.make({
    certificate,
    privateKey: Redacted.value(privateKey),
    // A push is two frames. A fifth of the streams is expected to come again.
    oneFrameIn: Math.max(1, Math.floor((1.6 * howMany) / times)),
    mostTimes: times,
    random: chance(seed)
  })
  const sealed = Result.getOrThrow(
    Notification.seal(
      LiveActivity.update({
        bundleId: app,
        timestamp: Instant.toSeconds(Instant.fromMillis(1_700_000_000_000)),
        contentState: contentState(0),
        priority: 10,
        expiration: "once"
      })
    )
  )
  let accepted = 0
  let reported = 0
  const others = new Map<string, number>()
  yield* Effect.flatMap(Apns.Apns, (apns) =>
    apns.sendMany(addressed(sealed, howMany), (outcomes) => {
      for (const { verdict } of outcomes) {
        reported++
        if (verdict._tag === "Accepted") accepted++
        else {
          const what = "why" in verdict ? verdict.why : verdict._tag
          others.set(what, (others.get(what) ?? 0) + 1)
        }
      }
    })
  ).pipe(
    Effect.provide(
      Apns.Apns.layer.pipe(
        Layer.provide(Tls.layer({ hosts: { production: server.origin }, ca })),
        Layer.provide(ProviderToken.ProviderToken.layerTest)
      )
    )
  )
  const twice = [...server.acted.values()].filter((count) => count > 1).length
  const lost = howMany - server.acted.size
  const wrong = [
    ...(reported === howMany ? [] : [`${reported} outcomes`]),
    ...(accepted === howMany ? [] : [`${accepted} accepted, others: ${JSON.stringify([...others])}`]),
    ...(lost === 0 ? [] : [`${lost} never acted on`]),
    ...(twice === 0 ? [] : [`${twice} acted on twice`]),
    ...new Set(server.complaints)
  ]
  if (wrong.length > 0) {
    return yield* new Unmeasurable({ subject: "goaway", problem: `of ${howMany} pushes ${wrong.join("; ")}` })
  }
  return `${accepted} accepted, 0 failed, 0 lost, 0 repeated; ${server.wentAway()} GOAWAYs, ${server.connections()} connections`
})

function* addressed(
  sealed: Notification.Sealed,
  howMany: number
): IterableIterator<Notification.Notification> {
  for (let nth = 0; nth < howMany; nth++) {
    yield Notification.to(sealed, nth.toString(16).padStart(64, "0") as Token.DeviceToken)
  }
}

/** Numbers that look like chance and are the same each time. */
const chance = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
