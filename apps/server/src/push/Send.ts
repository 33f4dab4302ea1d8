import { text as textOf } from "node:stream/consumers"
import {
  Broadcast,
  Channel,
  Notification,
  Publish,
  PushType,
  Request,
  Token,
  Told,
  Verdict
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Clock, Duration, Effect, Option, Redacted, Result, Schema } from "effect"
import * as Flag from "effect/cli/Flag"
import * as Account from "./Account.ts"
import * as Call from "./Call.ts"
import * as Curl from "./Curl.ts"
import type * as Kinds from "./Kinds.ts"
import { Mistake } from "./Mistake.ts"
import * as Outcome from "./Outcome.ts"
import * as Text from "./Text.ts"

/** From what was asked for to what Apple says of it: one push to one token, or one publish to one channel. */

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const no = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

/** How what is asked for is shown. */
export const showing = {
  dryRun: no("dry-run", "Send nothing: print the request as a curl command"),
  mask: no("mask", "Hide the bearer token and the device token in it"),
  json: no("json", "Print the answer as one JSON object")
}

/** What every push has. */
export const flags = {
  token: text("token", "hex", "The device's token, of the kind this push goes to"),
  payload: text("payload", "file", "All of the payload, as JSON; - reads the input"),
  priority: Flag.Literals("priority", ["10", "5", "1"]).pipe(
    Flag.withDescription("10 at once, 5 when it suits, 1 without waking"),
    Flag.optional
  ),
  expires: text("expires", "time", "Until when Apple tries: 10m, 4h, 30d; or none (a single try)"),
  id: text("id", "uuid", "The push's own id; a fresh one unless given"),
  ...showing,
  ...Account.flags
}

export const collapse = {
  collapseId: text("collapse-id", "text", "Replaces the last push with the same one")
}
export const channel = { channel: text("channel", "id", "Instead of a token: all who follow the channel") }

export interface Showing {
  readonly dryRun: boolean
  readonly mask: boolean
  readonly json: boolean
}

export interface How extends Account.Flags, Showing {
  readonly token: Option.Option<string>
  readonly channel?: Option.Option<string>
  readonly payload: Option.Option<string>
  readonly priority: Option.Option<"10" | "5" | "1">
  readonly expires: Option.Option<string>
  readonly collapseId?: Option.Option<string>
  readonly id: Option.Option<string>
}

type Json = Readonly<Record<string, unknown>>

/** What is to be said, by flags of the command's own. */
export interface Saying {
  /** The flags that are given, by name. */
  readonly flags: Readonly<Record<string, unknown>>
  /** The payload that they make. */
  readonly payload: (nowSeconds: number) => Effect.Effect<Json, Mistake, Account.Files>
  /** Completes a payload that was read from a file. */
  readonly complete?: (payload: Json, nowSeconds: number) => Json
}

/** The payload, and where it came from. */
const payloadOf = (saying: Saying, { payload }: How) =>
  Effect.gen(function* () {
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    if (Option.isNone(payload)) return { from: "payload", json: clean(yield* saying.payload(now)) }
    const other = Object.entries(saying.flags).find(([, value]) => isGiven(value))
    if (other !== undefined) {
      return yield* new Mistake({
        subject: "--payload",
        problem: `it says all there is to say; leave --${other[0]} out, or write it into the payload`
      })
    }
    const from = payload.value === "-" ? "payload" : payload.value
    const read =
      payload.value === "-"
        ? yield* Effect.promise(() => textOf(process.stdin))
        : yield* Account.readText("--payload", payload.value)
    const json = yield* parse(from, read)
    return { from, json: saying.complete?.(json, now) ?? json }
  })

const isGiven = (value: unknown): boolean => (Option.isOption(value) ? Option.isSome(value) : value === true)

const parse = (subject: string, text: string): Effect.Effect<Json, Mistake> =>
  Effect.suspend(() => {
    if (text.trim() === "") return Effect.fail(new Mistake({ subject, problem: "there is nothing in it" }))
    try {
      const read: unknown = JSON.parse(text)
      return typeof read === "object" && read !== null && !Array.isArray(read)
        ? Effect.succeed(read as Json)
        : Effect.fail(new Mistake({ subject, problem: "it is JSON, and not an object" }))
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/\s*\n\s*/g, " ") : ""
      return Effect.fail(new Mistake({ subject, problem: `it is not JSON (${why})` }))
    }
  })

/** An object that a flag gives: as JSON, or as the name of a file that has it. */
export const object = (
  flag: string,
  given: Option.Option<string>
): Effect.Effect<Json | undefined, Mistake, Account.Files> =>
  Effect.gen(function* () {
    if (Option.isNone(given)) return undefined
    const { value } = given
    return yield* parse(flag, /^\s*[[{"\d]/.test(value) ? value : yield* Account.readText(flag, value))
  })

/** Without what is not there, at any depth. */
const clean = (json: Json): Json => JSON.parse(JSON.stringify(json)) as Json

const isCollapseId = Schema.is(Notification.CollapseId)
const isChannelId = Schema.is(Channel.ChannelId)
const isPushId = Schema.is(Notification.PushId)

const expirationOf = ({ expires }: How): Effect.Effect<Notification.Expiration, Mistake> =>
  Effect.gen(function* () {
    if (Option.isNone(expires) || expires.value === "none") return "once"
    const time = Account.duration(expires.value)
    if (time === undefined || Duration.isGreaterThan(time, Duration.days(30))) {
      return yield* new Mistake({
        subject: "--expires",
        problem: `${expires.value} is neither none nor a time such as 10m, up to 30d`
      })
    }
    return Instant.plus(Instant.fromMillis(yield* Clock.currentTimeMillis), time)
  })

const priorityOf = (kind: Kinds.Kind, { priority }: How, published: boolean) => {
  // Apple: what is published may have any.
  const priorities: ReadonlyArray<PushType.Priority> = published ? [10, 5, 1] : kind.priorities
  const wanted = Option.isNone(priority) ? priorities[0]! : Number(priority.value)
  const found = priorities.find((one) => one === wanted)
  return found === undefined
    ? Effect.fail(
        new Mistake({
          subject: "--priority",
          problem: `${wanted} is not for ${kind.pushType} pushes; they have ${priorities.join(" or ")}`
        })
      )
    : Effect.succeed(found)
}

/** The name of a push or a request: as given, else a fresh one. */
export const nameOf = (id: Option.Option<string>): Effect.Effect<Notification.PushId, Mistake> => {
  const name = Option.getOrElse(id, () => crypto.randomUUID()).toLowerCase()
  return isPushId(name)
    ? Effect.succeed(name)
    : Effect.fail(new Mistake({ subject: "--id", problem: `${name} is not a UUID` }))
}

export const channelOf = (given: string): Effect.Effect<Channel.ChannelId, Mistake> =>
  isChannelId(given)
    ? Effect.succeed(given)
    : Effect.fail(
        new Mistake({ subject: "--channel", problem: `${given} is not a channel's id, which is base64` })
      )

const bundleForMdm = "com.apple.mgmt" as Notification.BundleId

/** The request, complete but for the bearer token. */
export const requestOf = (
  kind: Kinds.Kind,
  saying: Saying,
  how: How,
  given: Account.Given
): Effect.Effect<Request.Request, Mistake, Account.Files> =>
  Effect.gen(function* () {
    const environment = yield* Account.environmentOf(given)
    const bundleId = kind.pushType === "mdm" ? bundleForMdm : yield* Account.bundleOf(given)
    const channel = how.channel ?? Option.none<string>()
    const priority = yield* priorityOf(kind, how, Option.isSome(channel))
    const expiration = yield* expirationOf(how)
    const collapseId = Option.getOrUndefined(how.collapseId ?? Option.none<string>())
    if (collapseId !== undefined && !isCollapseId(collapseId)) {
      return yield* new Mistake({
        subject: "--collapse-id",
        problem: "a collapse id is at most 64 bytes of plain ASCII"
      })
    }
    const name = yield* nameOf(how.id)
    if (Option.isSome(channel) === Option.isSome(how.token)) {
      return yield* new Mistake({
        subject: how.channel === undefined ? "--token" : "--token, --channel",
        problem: Option.isSome(channel)
          ? "one of them, not both"
          : `to whom? Give a ${how.channel === undefined ? "token" : "token or a channel"}`
      })
    }
    const { from, json } = yield* payloadOf(saying, how)
    const composed = kind.compose(json, from, {
      bundleId,
      environment,
      priority,
      expiration,
      ...(collapseId !== undefined && { collapseId })
    })
    const message = yield* result(
      Option.isNone(how.payload)
        ? Result.mapError(composed, (mistake) => withFlags(mistake, saying))
        : composed
    )
    const tooLarge = ({ bytes, limit }: { readonly bytes: number; readonly limit: number }) =>
      new Mistake({ subject: from, problem: `the payload has ${bytes} bytes; Apple takes ${limit}` })

    if (Option.isSome(channel)) {
      if (message._tag !== "LiveActivity" || message.payload.aps.event === "start") {
        return yield* new Mistake({ subject: "--channel", problem: "what is published updates or ends" })
      }
      if (collapseId !== undefined) {
        return yield* new Mistake({ subject: "--collapse-id", problem: "nothing that is published has one" })
      }
      const at = { id: yield* channelOf(channel.value), bundleId, environment }
      const said = { _tag: "Broadcast", priority, payload: message.payload as Broadcast.Payload } as const
      const broadcast: Broadcast.Broadcast =
        expiration === "once"
          ? { ...said, channel: { ...at, storage: "none" }, expiration }
          : { ...said, channel: { ...at, storage: "latest" }, expiration }
      return Publish.request(yield* result(Result.mapError(Publish.seal(broadcast), tooLarge)), name)
    }

    const token = yield* result(
      Result.mapError(
        Token.fromHex(Option.getOrThrow(how.token)),
        ({ message }) => new Mistake({ subject: "--token", problem: message })
      )
    )
    const sealed = yield* result(Result.mapError(Notification.seal(message), tooLarge))
    return Request.of(Notification.to(sealed, token, name))
  })

/** Says by which flags what is wrong with the payload can be said otherwise: whoever gave flags has seen no key of it. */
const withFlags = ({ problem, subject }: Mistake, { flags }: Saying): Mistake => {
  const key = /[\w-]+(?= is missing$)/.exec(problem)?.[0]
  const named = key === undefined ? [] : (flagsOf[key] ?? [key])
  const known = named.filter((name) => Object.hasOwn(flags, name))
  const missing = Object.keys(flags).filter((name) => !isGiven(flags[name]))
  const some = known.length > 0 ? known : missing.slice(0, 4)
  return some.length === 0
    ? new Mistake({ subject, problem })
    : new Mistake({ subject, problem: `${problem}; give ${inRow(some)}, or all of it with --payload` })
}

/** The flags that make a key, where they are called otherwise. */
const flagsOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  alert: ["title", "body"],
  callId: ["call-id"],
  callerName: ["caller-name"],
  mdm: ["push-magic"]
}

const inRow = (names: ReadonlyArray<string>): string => names.map((name) => `--${name}`).join(", ")

const result = <A>(it: Result.Result<A, Mistake>) => Effect.fromResult(it)

/** Sends one push, or shows it. */
export const push = (
  kind: Kinds.Kind,
  saying: Saying,
  how: How
): Effect.Effect<Outcome.Said, Mistake, Account.Files> =>
  Effect.gen(function* () {
    const given = yield* Account.read(how)
    const request = yield* requestOf(kind, saying, how, given)
    const place = yield* Account.placeOf(given, Account.apples.push[request.environment])
    const published = request.pushId === undefined
    return yield* carry(given, place, request, how, (heard, names) => {
      if (!published) {
        const verdict = Verdict.of(heard.answer)
        const topic = Request.headers(request).find(([name]) => name === "apns-topic")?.[1] ?? null
        return how.json
          ? Outcome.toldJson(verdict, names, { topic })
          : Outcome.told(verdict, { ...names, topic }, taken)
      }
      return channelSaid(Publish.published(heard.answer), names, how.json, ({ uniqueId }) => ({
        text: "Taken: Apple has the publish; who gets it, it does not say.",
        fields: [["apns-unique-id", uniqueId]],
        json: { "apns-unique-id": uniqueId }
      }))
    })
  })

const taken = "Accepted: Apple has taken it (200). Whether it arrives, that does not say."

/** What was done to a channel, or why not. */
export const channelSaid = <A>(
  told: Told.Told<A>,
  names: Outcome.Names,
  json: boolean,
  done: (value: A) => {
    readonly text: string
    readonly fields?: ReadonlyArray<readonly [string, string | null]>
    readonly json?: Readonly<Record<string, unknown>>
  }
): Outcome.Said => {
  const accepted = { _tag: "Accepted", apnsId: null, uniqueId: null } as const
  const named = { ...names, id: told.requestId ?? names.id }
  switch (told._tag) {
    case "Done": {
      const { fields = [], json: more = {}, text } = done(told.value)
      return json ? Outcome.toldJson(accepted, named, more) : Outcome.told(accepted, named, text, fields)
    }
    case "Refused":
      return json ? Outcome.toldJson(told.verdict, named) : Outcome.told(told.verdict, named, "")
    case "Unreadable":
      return {
        code: 2,
        out: "",
        err: `${names.origin}: the answer lacks what it should tell${told.what === "" ? "" : ` (${told.what})`}`
      }
  }
}

/** Shows a request, or asks it and reads the answer. */
export const carry = (
  given: Account.Given,
  place: Account.Place,
  request: Request.Request,
  { dryRun, json, mask }: Showing,
  read: (heard: Call.Heard, names: Outcome.Names) => Outcome.Said
): Effect.Effect<Outcome.Said, Mistake, Account.Files> =>
  Effect.gen(function* () {
    // What is hidden need not be made.
    const jwt = dryRun && mask ? null : yield* Effect.flatMap(Account.credentialsOf(given), Account.sign)
    if (dryRun) return shown(place, request, jwt, { json })
    const names: Outcome.Names = {
      id: request.pushId ?? idIn(request),
      idName: request.pushId === undefined ? "apns-request-id" : "apns-id",
      origin: place.origin
    }
    return yield* Call.call(place, request, jwt!).pipe(
      Effect.map((heard) => read(heard, names)),
      Effect.catchTag("NoAnswer", (error) => Effect.succeed(Outcome.unanswered(error, names, json)))
    )
  })

const idIn = ({ shared }: Request.Request): string =>
  shared.find(([name]) => name === "apns-request-id")?.[1] ?? ""

const shown = (
  place: Account.Place,
  request: Request.Request,
  jwt: Redacted.Redacted<string> | null,
  { json }: { readonly json: boolean }
): Outcome.Said => {
  const asShown = jwt === null ? masked(request) : request
  const bearer = jwt === null ? "…" : Redacted.value(jwt)
  const curl = Curl.of(place, asShown, bearer)
  const note = Text.wrap(
    jwt === null
      ? "Nothing was sent. Tokens are hidden; without --mask the command works as it is."
      : "Nothing was sent. The bearer token is a secret, and valid for an hour; a device token is personal data. " +
          "--mask hides both.",
    "# ",
    "# "
  )
  if (!json) return Outcome.fine(curl, note)
  return Outcome.fine(
    JSON.stringify({
      sent: false,
      method: Request.methodOf(request),
      url: place.origin + asShown.path,
      headers: {
        authorization: `bearer ${bearer}`,
        ...Object.fromEntries(Request.headers(request).filter(([name]) => !name.startsWith(":")))
      },
      body:
        request.body.length === 0 ? null : (JSON.parse(new TextDecoder().decode(request.body)) as unknown),
      curl
    })
  )
}

const masked = (request: Request.Request): Request.Request => {
  const token = Token.fromHex(/^\/3\/device\/(.*)$/.exec(request.path)?.[1] ?? "")
  return Result.isFailure(token) ? request : { ...request, path: `/3/device/${Token.tail(token.success)}` }
}
