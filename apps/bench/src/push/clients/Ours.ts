import { readFileSync } from "node:fs"
import { Apns, LiveActivity, Mould, Notification, ProviderToken, Tls, Token } from "@sightscreen/apns/client"
import { Instant } from "@sightscreen/decider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Client, type Connect, type Hand, oneIn, type Told } from "../Client.ts"
import { bundleId, contentState, keyId, type Order, teamId } from "../Order.ts"

const layer = ({ ca, connections, key, origin, underWay }: Order) =>
  Apns.Apns.layerWith({ concurrency: underWay }).pipe(
    Layer.provide(
      Tls.layer({
        hosts: { production: origin },
        ca: readFileSync(ca, "utf8"),
        connections,
        answer: "30 seconds"
      })
    ),
    Layer.provide(
      ProviderToken.ProviderToken.layer({
        teamId,
        keyId,
        privateKey: Redacted.make(readFileSync(key, "utf8"))
      })
    )
  )

const app = Schema.decodeSync(Notification.BundleId)(bundleId)
const timestamp = Instant.toSeconds(Instant.fromMillis(1_700_000_000_000))

const message = (chasing: number) =>
  LiveActivity.update({
    bundleId: app,
    timestamp,
    contentState: contentState(chasing),
    priority: 10,
    expiration: "once"
  })

const sealedBy = ({ bodies }: Order): ((nth: number) => Notification.Sealed) => {
  const shared = Result.getOrThrow(Notification.seal(message(0)))
  const mould = Mould.make<"chasing">((hole) => message(hole("chasing")))
  switch (bodies) {
    case "shared":
      return () => shared
    case "distinct":
      return (nth) => Result.getOrThrow(Notification.seal(message(nth)))
    case "moulded":
      return (nth) => Result.getOrThrow(mould.pour({ chasing: nth }))
  }
}

/** Pushes are handed over as notifications, one made for each as it is asked for. */
const addressed = (order: Order, hand: Hand) => {
  const sealed = sealedBy(order)
  return (nth: number) => Notification.to(sealed(nth), hand.token(nth) as Token.DeviceToken)
}

const connected = async (
  order: Order,
  send: (apns: Apns.Apns["Service"], hand: Hand, told: Told) => Effect.Effect<void>
): Promise<Client> => {
  const runtime = ManagedRuntime.make(layer(order))
  const apns = await runtime.runPromise(Apns.Apns)
  return {
    send: async (hand, told) => {
      const exit = await runtime.runPromiseExit(send(apns, hand, told))
      if (Exit.isFailure(exit)) throw new Error("the bench has failed", { cause: exit.cause })
    },
    close: () => runtime.dispose()
  }
}

/** One call for all; outcomes come in batches. One push at a time is watched. */
export const sendMany: Connect = (order) =>
  connected(order, (apns, hand, told) => {
    const to = addressed(order, hand)
    let watched = ""
    let begun = 0
    const notifications: Iterator<Notification.Notification> = {
      next: () => {
        const nth = hand.next()
        if (nth < 0) return { done: true, value: undefined }
        const value = to(nth)
        if (watched === "") {
          watched = value.token
          begun = performance.now()
        }
        return { done: false, value }
      }
    }
    return apns.sendMany({ [Symbol.iterator]: () => notifications }, (outcomes) => {
      for (const { token, verdict } of outcomes) {
        told.answered(verdict._tag === "Accepted")
        if (token === watched) {
          told.took(performance.now() - begun)
          watched = ""
        }
      }
    })
  })

/** One effect for each push, its outcome awaited: so many fibers, each with one push under way. */
export const send: Connect = (order) =>
  connected(order, (apns, hand, told) => {
    const to = addressed(order, hand)
    const caller = Effect.suspend(() => {
      let nth = hand.next()
      let begun = 0
      return Effect.whileLoop({
        while: () => nth >= 0,
        body: () => {
          if (nth % oneIn === 0) begun = performance.now()
          return apns.send(to(nth))
        },
        step: ({ verdict }) => {
          told.answered(verdict._tag === "Accepted")
          if (nth % oneIn === 0) told.took(performance.now() - begun)
          nth = hand.next()
        }
      })
    })
    return Effect.all(
      Array.from({ length: Math.min(order.underWay, hand.most) }, () => caller),
      { concurrency: "unbounded", discard: true }
    )
  })
