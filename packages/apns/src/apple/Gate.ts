import { type Instant, PersistentMap, type Step } from "@sightscreen/decider"
import type { Result } from "effect"
import type { Headers } from "../Headers.ts"
import type { Environment } from "../Notification.ts"
import type * as PushType from "../PushType.ts"
import { type Reason, table } from "../Reason.ts"
import * as Bucket from "./Bucket.ts"
import type { Certificate } from "./Certificate.ts"
import * as Channels from "./Channels.ts"
import { Contents } from "./Contents.ts"
import type { Jwt, Unreadable } from "./Jwt.ts"
import * as Patience from "./Patience.ts"
import * as Registry from "./Registry.ts"
import * as Sender from "./Sender.ts"

export { type Kind, kinds, type Known } from "./Registry.ts"
export type { Key } from "./Sender.ts"

/**
 * What Apple checks before it takes a push, in one fixed order; the first failure is the answer. What concerns channels it
 * passes on to `Channels`, once the sender is known.
 *
 * That authentication comes before topic, token and payload is observed; Apple does not publish the rest of the order. It
 * knows no sockets, clocks or cryptography: instants, spare ids and whether a signature is good come with the request.
 */
export interface Gate {
  readonly rules: Rules
  readonly tokens: Registry.Registry
  readonly senders: Sender.Senders
  /** By connection; empty unless the rules ask for it. */
  readonly patience: PersistentMap<number, Patience.Patience>
  readonly buckets: PersistentMap<string, Bucket.Bucket>
  readonly channels: Channels.Channels
}

export interface Rules extends Sender.Rules {
  /** Which of Apple's two worlds is asked where a request does not say. */
  readonly environment: Environment
  readonly keys: ReadonlyArray<Sender.Key>
  /** Whether a well-formed token that was never registered is unknown, or as good as any. */
  readonly strangers: "unknown" | "welcome"
  /** How many pushes one token may get in a row, and at what rate it recovers. Apple does not say. */
  readonly rate: Bucket.Rate | null
  /** What becomes of connections that keep making mistakes; nothing where null. */
  readonly patience: Patience.Rules | null
  readonly channels: Channels.Rules
}

export const rules = (some: Pick<Rules, "keys"> & Partial<Rules>): Rules => ({
  environment: "production",
  strict: true,
  strangers: "unknown",
  mintLimit: { perConnection: true, perKey: false },
  rate: { burst: 1000, perSecond: 50 },
  patience: null,
  environmentReason: "BadEnvironmentKeyInToken",
  revokedReason: "InvalidProviderToken",
  channels: Channels.rules(),
  ...some
})

export interface Request {
  readonly _tag: "Request"
  readonly at: Instant.Instant
  readonly connection: number
  readonly method: string
  readonly path: string
  /** As received, repeats included; names in lower case. What a request shares with others may be the very same object. */
  readonly headers: Headers
  readonly body: Uint8Array
  /** The request's own id, where it does not stand among its headers: those that it shares say nothing of it. */
  readonly id?: string | undefined
  /** The `authorization` header, read by `Jwt.parse`, … */
  readonly jwt: Result.Result<Jwt, Unreadable>
  /** … and whether its signature is by the key it names. */
  readonly signature: "valid" | "invalid"
  /** What its connection was opened with, if with one: then nobody looks at the bearer token. */
  readonly certificate?: Certificate | undefined
  /** A UUID for the answer, should the request bring none. */
  readonly spareId: string
  /** Another, for Apple's delivery log. */
  readonly spareUniqueId?: string
  /** Which of Apple's hosts is asked: the one that takes pushes where absent, … */
  readonly role?: "push" | "management"
  /** … in which of its worlds: that of the rules where absent. */
  readonly environment?: Environment
}

export type Input =
  | Request
  | { readonly _tag: "Registered"; readonly token: Registry.Known }
  | {
      readonly _tag: "Retired"
      readonly token: string
      readonly at: Instant.Instant
      readonly reason: "Unregistered" | "ExpiredToken"
    }
  | { readonly _tag: "Disconnected"; readonly connection: number }
  /** A key is made, or may do something else from now on. */
  | { readonly _tag: "KeyIssued"; readonly key: Sender.Key }
  | { readonly _tag: "KeyRevoked"; readonly keyId: string }
  /** A channel is gone without its owner having asked for it. */
  | { readonly _tag: "ChannelLost"; readonly channelId: string }

export interface Response {
  readonly _tag: "Response"
  readonly status: number
  /** In capitals. */
  readonly apnsId: string
  /** The key to Apple's delivery log. Apple: in the sandbox only. */
  readonly uniqueId?: string
  /** Absent when the push is accepted. */
  readonly reason?: Reason
  /** With 410: milliseconds since 1970. */
  readonly timestamp?: Instant.Instant
  /** With 429, where the rules have it told: seconds until the next is let through. */
  readonly retryAfter?: number
}

/** A push that Apple has taken, to be delivered. */
export interface Accepted {
  readonly _tag: "Accepted"
  readonly at: Instant.Instant
  readonly token: string
  readonly environment: Environment
  readonly apnsId: string
  readonly pushType: PushType.PushType
  readonly headers: Readonly<Record<string, string>>
  /** As it was sent. */
  readonly body: Uint8Array
  /** The JSON; null for a body that is none. */
  readonly payload: unknown
}

export type Output =
  | Response
  | Accepted
  | Channels.Output
  /** More streams are allowed from now on, before the response: a good bearer token was shown, or a mistake is made good. */
  | { readonly _tag: "StreamsLifted"; readonly connection: number }
  /** A single stream is allowed from now on. */
  | { readonly _tag: "StreamsCut"; readonly connection: number }
  /** After this response the connection is closed, with a GOAWAY that gives the reason of the last mistake. */
  | { readonly _tag: "SentAway"; readonly connection: number; readonly reason: Reason }

export const make = (rules: Rules): Gate => ({
  rules,
  tokens: Registry.empty,
  senders: Sender.make(rules.keys),
  patience: PersistentMap.empty(),
  buckets: PersistentMap.empty(),
  channels: Channels.make(rules.channels)
})

export const step = (self: Gate, input: Input): Step.Step<Gate, Output> => {
  switch (input._tag) {
    case "Request":
      return bear(receive(self, input), input)
    case "Registered":
      return [{ ...self, tokens: Registry.register(self.tokens, input.token) }, []]
    case "Retired": {
      const retired = { since: input.at, reason: input.reason }
      return [{ ...self, tokens: Registry.retire(self.tokens, input.token, retired) }, []]
    }
    case "Disconnected":
      return [
        {
          ...self,
          senders: Sender.forget(self.senders, input.connection),
          patience: self.patience.remove(input.connection)
        },
        []
      ]
    case "KeyIssued":
      return [{ ...self, senders: Sender.issue(self.senders, input.key) }, []]
    case "KeyRevoked":
      return [{ ...self, senders: Sender.revoke(self.senders, input.keyId) }, []]
    case "ChannelLost":
      return [{ ...self, channels: Channels.lose(self.channels, input.channelId) }, []]
  }
}

/** Holds an answer against its connection, or makes up for earlier ones. */
const bear = (
  [self, outputs]: Step.Step<Gate, Output>,
  { at, connection }: Request
): Step.Step<Gate, Output> => {
  const { patience: rules } = self.rules
  const answer = outputs.find((it) => it._tag === "Response" || it._tag === "ChannelResponse")
  if (rules === null || answer === undefined) return [self, outputs]
  const before = self.patience.get(connection) ?? Patience.fresh
  const { reason, status } = answer
  const [after, effect] = Patience.judge(rules, before, { at, status, ...(reason && { reason }) })
  const next = { ...self, patience: self.patience.set(connection, after) }
  switch (effect) {
    case null:
      return [next, outputs]
    case "send-away":
      return [next, [...outputs, { _tag: "SentAway", connection, reason: reason! }]]
    case "slow":
      return [next, [...outputs, { _tag: "StreamsCut", connection }]]
    case "restore":
      return [next, [{ _tag: "StreamsLifted", connection }, ...outputs]]
  }
}

const environmentOf = (self: Gate, { environment }: Request): Environment =>
  environment ?? self.rules.environment

const receive = (self: Gate, request: Request): Step.Step<Gate, Output> =>
  request.role === "management" || request.path.startsWith("/4/broadcasts")
    ? receiveForChannel(self, request)
    : receivePush(self, request)

const receiveForChannel = (self: Gate, request: Request): Step.Step<Gate, Output> => {
  const contents = Contents.of(request)
  const sentId = request.id ?? Channels.sentId(contents.fields)
  const requestId = Channels.requestIdOf(sentId, request.spareId)
  const route = Channels.route(request.role ?? "push", request.method, request.path)
  if (typeof route === "string") return [self, [Channels.refused(requestId, route)]]

  const environment = environmentOf(self, request)
  const [authenticated, key] = authenticate(self, request, environment)
  if (typeof key === "string") return [authenticated, [Channels.refused(requestId, key)]]
  const before = lifting(self, request)

  if (contents.repeats) return [authenticated, [...before, Channels.refused(requestId, "DuplicateHeaders")]]
  const [channels, outputs] = Channels.step(authenticated.channels, {
    at: request.at,
    environment,
    route,
    covers: key.topics ?? key.bundleIds,
    contents,
    sentId,
    spareId: request.spareId,
    spareUniqueId: request.spareUniqueId ?? request.spareId
  })
  return [{ ...authenticated, channels }, before.length === 0 ? outputs : [...before, ...outputs]]
}

const authenticate = (
  self: Gate,
  request: Request,
  environment: Environment
): readonly [Gate, Sender.Vouched | Reason] => {
  const [senders, key] = Sender.authenticate(self.senders, self.rules, request, environment)
  return [senders === self.senders ? self : { ...self, senders }, key]
}

const nothing: ReadonlyArray<Output> = []

/**
 * The first good bearer token of a connection lifts its limit, whatever becomes of the request. One with a certificate has had
 * all its streams from the start.
 */
const lifting = ({ senders }: Gate, { certificate, connection }: Request): ReadonlyArray<Output> =>
  certificate !== undefined || Sender.isProven(senders, connection)
    ? nothing
    : [{ _tag: "StreamsLifted", connection }]

const receivePush = (self: Gate, request: Request): Step.Step<Gate, Output> => {
  const wrongRoute = checkRoute(request)
  if (wrongRoute !== null) return [self, [refused(request, wrongRoute)]]

  const environment = environmentOf(self, request)
  const [authenticated, sender] = authenticate(self, request, environment)
  if (typeof sender === "string") return [authenticated, [refused(request, sender)]]
  const before = lifting(self, request)

  const contents = Contents.of(request)
  if (contents.repeats) return [authenticated, [...before, refused(request, "DuplicateHeaders")]]
  const topic = contents.fields["apns-topic"] || only(sender)
  const token = tokenOf(request)
  const refusal =
    checkId(request) ??
    contents.refusal(self.rules.strict, topic, sender) ??
    Registry.check(self.tokens, token, topic!, environment, self.rules.strangers)
  if (refusal !== null) {
    const why = typeof refusal === "string" ? refused(request, refusal) : retired(request, refusal)
    return [authenticated, [...before, why]]
  }

  const [next, tooMany] = spend(authenticated, token, request.at)
  if (tooMany !== undefined)
    return [next, [...before, { ...refused(request, "TooManyRequests"), ...tooMany }]]
  const apnsId = idOf(request)
  const accepted: Accepted = {
    _tag: "Accepted",
    at: request.at,
    token,
    environment,
    apnsId,
    pushType: contents.pushType,
    headers:
      topic === contents.fields["apns-topic"]
        ? contents.fields
        : { ...contents.fields, "apns-topic": topic! },
    body: contents.bytes,
    payload: contents.body.payload
  }
  const response: Response =
    environment === "sandbox" && request.spareUniqueId !== undefined
      ? { _tag: "Response", status: 200, apnsId, uniqueId: request.spareUniqueId }
      : { _tag: "Response", status: 200, apnsId }
  return [next, before.length === 0 ? [accepted, response] : [...before, accepted, response]]
}

/** Apple: a certificate for a single topic says it all. */
const only = ({ topics }: Sender.Vouched): string | undefined =>
  topics?.length === 1 ? topics[0] : undefined

const refused = (request: Request, reason: Reason): Response => ({
  _tag: "Response",
  status: table[reason].status,
  apnsId: idOf(request),
  reason
})

const retired = (request: Request, { reason, since }: Registry.Retired): Response => ({
  ...refused(request, reason),
  timestamp: since
})

const sentIdOf = (request: Request): string | undefined =>
  request.id ?? Contents.of(request).fields["apns-id"]

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** An id comes back in capitals, whether it was sent or invented. */
const idOf = (request: Request): string => {
  const sent = sentIdOf(request)
  return (sent !== undefined && uuid.test(sent) ? sent : request.spareId).toUpperCase()
}

const checkId = (request: Request): Reason | null => {
  const sent = sentIdOf(request)
  return sent !== undefined && !uuid.test(sent) ? "BadMessageId" : null
}

const route = "/3/device/"

/** Hex digits in capitals name the same bytes. */
const tokenOf = ({ path }: Request) => path.slice(route.length).toLowerCase()

const checkRoute = ({ method, path }: Request): Reason | null => {
  if (path === "/3/device" || path === route) return "MissingDeviceToken"
  if (!path.startsWith(route) || /[/?#]/.test(path.slice(route.length))) return "BadPath"
  return method === "POST" ? null : "MethodNotAllowed"
}

/** A bucket for each token. */
const spend = (
  self: Gate,
  token: string,
  at: Instant.Instant
): readonly [Gate, tooMany: Pick<Response, "retryAfter"> | undefined] => {
  const { rate } = self.rules
  if (rate === null) return [self, undefined]
  const [after, allowed] = Bucket.spend(rate, self.buckets.get(token), at)
  return [
    { ...self, buckets: self.buckets.set(token, after) },
    allowed ? undefined : Bucket.retryAfter(rate, after)
  ]
}
