import type { Delivery, ModelTransport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Handset, type Push } from "@sightscreen/handset"
import { type Clock, Duration, Effect, Latch, Option, type Scope } from "effect"
import type { Between } from "../Between.ts"
import type { Crowd } from "../Crowd.ts"
import * as Errand from "../Errand.ts"
import * as Mail from "../Mail.ts"
import { bundleId } from "./Apple.ts"
import type { Entry } from "./Entry.ts"

/** Everybody's phones in a world: what Apple brings them, what they do when its time comes, and whom they tell. */
export interface Handsets {
  /** Something happens to a phone. */
  readonly hear: (deviceId: string, input: Handset.Input) => void
  /** Apple hands something over. */
  readonly bring: (delivered: Delivery.Delivered | Delivery.Reached) => void
  /** Whose a token is or was last; undefined for one that no phone has had. */
  readonly ownerOf: (token: string) => string | undefined
  /** What a token is for, and whether it still leads anywhere; null for one that no phone has had. */
  readonly holder: (token: string) => Holder | null
  /** Tells phones the time, for ever. */
  readonly ticking: Effect.Effect<never>
}

export interface Holder {
  readonly deviceId: string
  readonly kind: "start" | "update" | "device"
  readonly alive: boolean
}

export interface Given {
  readonly crowd: Crowd
  readonly journal: Array<Entry>
  readonly between: Between
  readonly apple: () => ModelTransport.Apple
  readonly clock: Clock.Clock
  readonly userOf: (deviceId: string) => string | null
  readonly noticeAfter: Duration.Input
  readonly tokenAfter: ((deviceId: string, nthStart: number) => Duration.Duration | null) | undefined
  readonly send: (errand: Errand.Errand) => Effect.Effect<void>
}

/** Phones are told the time on a grid, and only where something is due. */
const tickMillis = 500

export const make = Effect.fnUntraced(function* (given: Given, scope: Scope.Scope) {
  const { apple, between, clock, crowd, journal, noticeAfter, send, tokenAfter, userOf } = given
  const context = yield* Effect.context<never>()
  const beside = (it: Effect.Effect<void>) => void Effect.runForkWith(context)(it)
  const now = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
  const starts = new Map<string, number>()
  const owners = new Map<string, string>()
  const holders = new Map<string, Holder>()

  const bring = (delivered: Delivery.Delivered | Delivery.Reached): void => {
    if (between.travel === undefined) return arrive(delivered, delivered.at)
    for (const millis of between.travel(delivered)) {
      if (millis <= 0) arrive(delivered, delivered.at)
      else
        beside(
          Effect.andThen(
            Effect.sleep(millis),
            Effect.sync(() => arrive(delivered, now()))
          ).pipe(Effect.forkIn(scope), Effect.asVoid)
        )
    }
  }

  const arrive = (delivered: Delivery.Delivered | Delivery.Reached, at: Instant.Instant): void => {
    const deviceId = delivered.device
    const before = crowd.phone(deviceId)
    // What is late finds its phone gone off meanwhile, and is not kept for it.
    if (at > delivered.at && before?.online === false)
      return between.arrived?.(delivered, deviceId, null, null)
    const push = Mail.of(delivered)
    const delay = tokenAfter === undefined || !("token" in push) ? undefined : nthStart(push, deviceId)
    hear(
      deviceId,
      { _tag: "Delivered", at, push, ...(delay === undefined ? {} : { tokenAfter: delay }) },
      between.arrived === undefined
        ? undefined
        : () => between.arrived?.(delivered, deviceId, before ?? null, crowd.phone(deviceId) ?? null)
    )
  }

  /** How long a started activity's token takes, if this is a start. */
  const nthStart = (push: Push.Direct, deviceId: string): Duration.Duration | null | undefined => {
    const payload = push.payload as string
    // Few payloads have the word at all, and a search takes a fraction of reading them.
    if (!payload.includes('"start"')) return undefined
    const { aps } = JSON.parse(payload) as { readonly aps: { readonly event?: string } }
    if (aps.event !== "start") return undefined
    const nth = (starts.get(deviceId) ?? 0) + 1
    starts.set(deviceId, nth)
    return tokenAfter?.(deviceId, nth)
  }

  /** When the first phone is to be told the time; whoever hears something may have to be told sooner. */
  let dueAt: number = Infinity
  const due = yield* Latch.make()
  const earliest = (): number => {
    let first: number = Infinity
    for (const phone of crowd.phones) first = Math.min(first, Handset.nextDue(phone) ?? Infinity)
    return first
  }
  const expect = (deviceId: string): void => {
    const phone = crowd.phone(deviceId)
    const at = phone === undefined ? earliest() : (Handset.nextDue(phone) ?? Infinity)
    if (at >= dueAt) return
    dueAt = at
    due.openUnsafe()
  }

  const known = (deviceId: string, token: string, kind: Holder["kind"]) => {
    owners.set(token, deviceId)
    holders.set(token, { deviceId, kind, alive: true })
    apple().registerUnsafe({ token, bundleId, environment: "sandbox", kind })
  }

  const hear = (deviceId: string, input: Handset.Input, heard?: () => void): void => {
    const before = channelsOf(deviceId)
    const outputs = crowd.hear(deviceId, input)
    heard?.()
    expect(deviceId)
    if (input._tag === "WentOffline" || input._tag === "CameOnline") {
      const _tag = input._tag === "WentOffline" ? ("Disconnected" as const) : ("Connected" as const)
      pass(deviceId, outputs)
      apple().deliverUnsafe({ _tag, at: input.at, device: deviceId })
    } else pass(deviceId, outputs)
    follow(deviceId, before)
  }

  const channelsOf = (deviceId: string): ReadonlyArray<string> => {
    const phone = crowd.phone(deviceId)
    return phone === undefined ? [] : Handset.channels(phone)
  }

  /** A phone listens to the channels of its living activities, whether or not its app has said so. */
  const follow = (deviceId: string, before: ReadonlyArray<string>): void => {
    const after = channelsOf(deviceId)
    if (before.length === 0 && after.length === 0) return
    for (const channelId of after)
      if (!before.includes(channelId)) apple().subscribeUnsafe(deviceId, channelId, "sandbox")
    for (const channelId of before)
      if (!after.includes(channelId))
        apple().deliverUnsafe({ _tag: "Unsubscribed", at: now(), device: deviceId, channelId })
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  const pass = (deviceId: string, outputs: ReadonlyArray<Handset.Output>): void => {
    const at = now()
    for (const output of outputs) {
      journal.push({ _tag: "Said", at, deviceId, output })
      between.said?.(deviceId, output)
      if (output._tag === "TokensDied") {
        for (const token of output.tokens) {
          const holder = holders.get(token)
          if (holder !== undefined) holders.set(token, { ...holder, alive: false })
        }
        if (output.why !== "ended") die(output)
      }
      // The app has gone to a phone of another name.
      const phone = crowd.phone(deviceId)
      if (phone === undefined) continue
      if (output._tag === "StartTokenReported") known(deviceId, output.token, "start")
      if (output._tag === "UpdateTokenReported") known(deviceId, output.token, "update")
      if (output._tag === "DeviceTokenReported") known(deviceId, output.token, "device")
      const userId = phone.userId ?? userOf(deviceId)
      // An app that nobody has signed in to has nothing to say to the server, but that somebody has signed out.
      const errand =
        userId === null && output._tag !== "SignedOut" ? null : Errand.of(phone, userId ?? "", output)
      if (errand !== null) beside(send(errand))
    }
  }

  /** Apple learns of it later, and answers 410 from then on, with the moment at which the token died. */
  const die = ({ tokens, why }: Extract<Handset.Output, { readonly _tag: "TokensDied" }>): void => {
    const since = now()
    const reason = why === "removed" ? "Unregistered" : "ExpiredToken"
    beside(
      Effect.gen(function* () {
        yield* Effect.sleep(noticeAfter)
        for (const token of tokens) yield* apple().retire(token, reason, since)
      }).pipe(Effect.forkIn(scope), Effect.asVoid)
    )
  }

  const ticking = Effect.gen(function* () {
    const began = now()
    for (let last: number = began - 1; ;) {
      const from = now()
      const ticks = Math.ceil((Math.max(dueAt, last + 1) - began) / tickMillis)
      const wait = began + ticks * tickMillis - from
      due.closeUnsafe()
      const isSooner =
        wait === Infinity
          ? yield* Effect.as(due.await, true)
          : wait > 0 && Option.isSome(yield* due.await.pipe(Effect.timeoutOption(wait)))
      if (isSooner) continue
      last = now()
      for (const { deviceId } of crowd.due(now())) hear(deviceId, { _tag: "Ticked", at: now() })
      dueAt = earliest()
    }
  })

  return {
    hear: (deviceId, input) => hear(deviceId, input),
    bring,
    ownerOf: (token) => owners.get(token),
    holder: (token) => holders.get(token) ?? null,
    ticking
  } satisfies Handsets
})
