import type { Instant, Step } from "@sightscreen/decider"
import { HashMap, Option, type Result } from "effect"
import type { Environment } from "../Notification.ts"
import * as PushType from "../PushType.ts"
import { type Reason, table } from "../Reason.ts"
import * as Bucket from "./Bucket.ts"
import type { Certificate } from "./Certificate.ts"
import * as Channels from "./Channels.ts"
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
  readonly patience: HashMap.HashMap<number, Patience.Patience>
  readonly buckets: HashMap.HashMap<string, Bucket.Bucket>
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
  /** As received, repeats included; names in lower case. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Uint8Array
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
  patience: HashMap.empty(),
  buckets: HashMap.empty(),
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
          patience: HashMap.remove(self.patience, input.connection)
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
  const before = Option.getOrElse(HashMap.get(self.patience, connection), () => Patience.fresh)
  const { reason, status } = answer
  const [after, effect] = Patience.judge(rules, before, { at, status, ...(reason && { reason }) })
  const next = { ...self, patience: HashMap.set(self.patience, connection, after) }
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

interface Refusal {
  readonly reason: Reason
  readonly since?: Instant.Instant
}

const no = (reason: Reason): Refusal => ({ reason })

const receive = (self: Gate, request: Request): Step.Step<Gate, Output> =>
  request.role === "management" || request.path.startsWith("/4/broadcasts")
    ? receiveForChannel(self, request)
    : receivePush(self, request)

const receiveForChannel = (self: Gate, request: Request): Step.Step<Gate, Output> => {
  const headers = Object.fromEntries(request.headers)
  const requestId = Channels.requestIdOf(headers, request.spareId)
  const route = Channels.route(request.role ?? "push", request.method, request.path)
  if (typeof route === "string") return [self, [Channels.refused(requestId, route)]]

  const [authenticated, key] = authenticate(self, request)
  if (typeof key === "string") return [authenticated, [Channels.refused(requestId, key)]]
  const before = lifting(self, request)

  const repeated = checkRepeats(request)
  if (repeated !== undefined)
    return [authenticated, [...before, Channels.refused(requestId, repeated.reason)]]
  const [channels, outputs] = Channels.step(authenticated.channels, {
    at: request.at,
    environment: environmentOf(self, request),
    route,
    covers: key.topics ?? key.bundleIds,
    headers,
    body: request.body,
    spareId: request.spareId,
    spareUniqueId: request.spareUniqueId ?? request.spareId
  })
  return [{ ...authenticated, channels }, [...before, ...outputs]]
}

const authenticate = (self: Gate, request: Request): readonly [Gate, Sender.Vouched | Reason] => {
  const shown = { ...request, environment: environmentOf(self, request) }
  const [senders, key] = Sender.authenticate(self.senders, self.rules, shown)
  return [senders === self.senders ? self : { ...self, senders }, key]
}

/**
 * The first good bearer token of a connection lifts its limit, whatever becomes of the request. One with a certificate has had
 * all its streams from the start.
 */
const lifting = ({ senders }: Gate, { certificate, connection }: Request): ReadonlyArray<Output> =>
  certificate !== undefined || Sender.isProven(senders, connection)
    ? []
    : [{ _tag: "StreamsLifted", connection }]

const receivePush = (self: Gate, request: Request): Step.Step<Gate, Output> => {
  const wrongRoute = checkRoute(request)
  if (wrongRoute !== undefined) return [self, [refused(request, wrongRoute)]]

  const [authenticated, key] = authenticate(self, request)
  if (typeof key === "string") return [authenticated, [refused(request, no(key))]]
  const before = lifting(self, request)

  const repeated = checkRepeats(request)
  if (repeated !== undefined) return [authenticated, [...before, refused(request, repeated)]]
  const sent = Object.fromEntries(request.headers)
  // Apple: a certificate for a single topic says it all.
  const [only, ...others] = key.topics ?? []
  const headers =
    only !== undefined && others.length === 0 && !sent["apns-topic"] ? { ...sent, "apns-topic": only } : sent
  const pushType = headers["apns-push-type"] ?? "alert"
  const body = readBody(request.body)

  const refusal =
    checkForm(headers) ??
    (PushType.is(pushType) ? undefined : no("InvalidPushType")) ??
    checkTopic(headers["apns-topic"], pushType as PushType.PushType, key) ??
    checkPriority(self.rules, headers["apns-priority"], pushType as PushType.PushType) ??
    checkBody(self.rules, request.body, body, pushType as PushType.PushType) ??
    Registry.check(self.tokens, tokenOf(request), {
      topic: headers["apns-topic"]!,
      environment: environmentOf(self, request),
      strangers: self.rules.strangers
    })
  if (refusal !== undefined) return [authenticated, [...before, refused(request, refusal)]]

  const [next, tooMany] = spend(authenticated, tokenOf(request), request.at)
  if (tooMany !== undefined) {
    return [next, [...before, { ...refused(request, no("TooManyRequests")), ...tooMany }]]
  }
  const apnsId = idOf(request)
  const accepted: Accepted = {
    _tag: "Accepted",
    at: request.at,
    token: tokenOf(request),
    environment: environmentOf(self, request),
    apnsId,
    pushType: pushType as PushType.PushType,
    headers,
    payload: body.payload
  }
  const response: Response = {
    _tag: "Response",
    status: 200,
    apnsId,
    ...(environmentOf(self, request) === "sandbox" &&
      request.spareUniqueId !== undefined && { uniqueId: request.spareUniqueId })
  }
  return [next, [...before, accepted, response]]
}

const refused = (request: Request, { reason, since }: Refusal): Response => ({
  _tag: "Response",
  status: table[reason].status,
  apnsId: idOf(request),
  reason,
  ...(since !== undefined && { timestamp: since })
})

const header = ({ headers }: Request, name: string) => headers.find(([found]) => found === name)?.[1]

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** An id comes back in capitals, whether it was sent or invented. */
const idOf = (request: Request): string => {
  const sent = header(request, "apns-id")
  return (sent !== undefined && uuid.test(sent) ? sent : request.spareId).toUpperCase()
}

const route = "/3/device/"

/** Hex digits in capitals name the same bytes. */
const tokenOf = ({ path }: Request) => path.slice(route.length).toLowerCase()

const checkRoute = ({ method, path }: Request): Refusal | undefined => {
  if (path === "/3/device" || path === route) return no("MissingDeviceToken")
  if (!path.startsWith(route) || /[/?#]/.test(path.slice(route.length))) return no("BadPath")
  return method === "POST" ? undefined : no("MethodNotAllowed")
}

const checkRepeats = ({ headers }: Request): Refusal | undefined =>
  new Set(headers.map(([name]) => name)).size < headers.length ? no("DuplicateHeaders") : undefined

type Fields = Readonly<Record<string, string>>

const utf8 = new TextEncoder()

const checkForm = (headers: Fields): Refusal | undefined => {
  const id = headers["apns-id"]
  if (id !== undefined && !uuid.test(id)) return no("BadMessageId")
  const expiration = headers["apns-expiration"]
  // Seconds fit 32 bits until 2106; milliseconds, the usual mistake, do not.
  if (expiration !== undefined && (!/^\d{1,10}$/.test(expiration) || Number(expiration) > 0xffff_ffff)) {
    return no("BadExpirationDate")
  }
  const priority = headers["apns-priority"]
  if (priority !== undefined && !/^(?:1|5|10)$/.test(priority)) return no("BadPriority")
  const collapseId = headers["apns-collapse-id"]
  if (collapseId !== undefined && utf8.encode(collapseId).length > 64) return no("BadCollapseId")
  return undefined
}

const longSuffixes = PushType.all.map((type) => PushType.rulesOf(type).suffix).filter((suffix) => !!suffix)

const checkTopic = (
  topic: string | undefined,
  type: PushType.PushType,
  key: Sender.Vouched
): Refusal | undefined => {
  if (topic === undefined || topic === "") return no("MissingTopic")
  if (!/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/.test(topic)) return no("BadTopic")
  const { suffix } = PushType.rulesOf(type)
  if (key.topics !== undefined && (tokensOnly.has(type) || !key.topics.includes(topic))) {
    return no("TopicDisallowed")
  }
  if (suffix === null) return undefined
  const wrongSuffix =
    suffix === "" ? longSuffixes.some((other) => topic.endsWith(other!)) : !topic.endsWith(suffix)
  const bundleId = topic.slice(0, topic.length - suffix.length)
  return wrongSuffix || key.bundleIds?.includes(bundleId) === false ? no("TopicDisallowed") : undefined
}

/** Apple: these need bearer tokens, whatever a certificate lists. */
const tokensOnly: ReadonlySet<PushType.PushType> = new Set(["liveactivity", "location"])

/** Apple: an absent priority is 10. It calls a priority that a type must not have an error, without a reason. */
const checkPriority = (rules: Rules, priority = "10", type: PushType.PushType): Refusal | undefined =>
  rules.strict && !PushType.rulesOf(type).priorities.some((allowed) => String(allowed) === priority)
    ? no("BadPriority")
    : undefined

interface Body {
  readonly isJson: boolean
  readonly payload: unknown
}

const notJson: Body = { isJson: false, payload: null }
const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

/** A cohort's pushes share their bytes, the very same object; they are read once. Nobody changes bytes that are sent. */
const bodiesRead = new WeakMap<Uint8Array, Body>()

const readBody = (bytes: Uint8Array): Body => {
  const known = bodiesRead.get(bytes)
  if (known !== undefined) return known
  const read = parseBody(bytes)
  bodiesRead.set(bytes, read)
  return read
}

const parseBody = (bytes: Uint8Array): Body => {
  try {
    const payload: unknown = JSON.parse(fromUtf8.decode(bytes))
    return typeof payload === "object" && payload !== null && !Array.isArray(payload)
      ? { isJson: true, payload }
      : notJson
  } catch {
    return notJson
  }
}

const checkBody = (
  rules: Rules,
  bytes: Uint8Array,
  body: Body,
  type: PushType.PushType
): Refusal | undefined => {
  if (bytes.length === 0) return no("PayloadEmpty")
  if (bytes.length > PushType.rulesOf(type).limit) return no("PayloadTooLarge")
  // Apple documents no reason for a body that is not JSON.
  return body.isJson || !rules.strict ? undefined : no("PayloadEmpty")
}

/** A bucket for each token. */
const spend = (
  self: Gate,
  token: string,
  at: Instant.Instant
): readonly [Gate, tooMany: Pick<Response, "retryAfter"> | undefined] => {
  const { rate } = self.rules
  if (rate === null) return [self, undefined]
  const before = Option.getOrUndefined(HashMap.get(self.buckets, token))
  const [after, allowed] = Bucket.spend(rate, before, at)
  return [
    { ...self, buckets: HashMap.set(self.buckets, token, after) },
    allowed ? undefined : Bucket.retryAfter(rate, after)
  ]
}
