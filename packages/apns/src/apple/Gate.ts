import { Instant, type Step } from "@sightscreen/decider"
import { HashMap, Option, Result } from "effect"
import type { Environment } from "../Notification.ts"
import * as PushType from "../PushType.ts"
import { type Reason, table } from "../Reason.ts"
import * as Channels from "./Channels.ts"
import type { Jwt, Unreadable } from "./Jwt.ts"

/**
 * What Apple checks before it takes a push, in one fixed order; the first failure is the answer. What concerns channels it
 * passes on to `Channels`, once the sender is known.
 *
 * That authentication comes before topic, token and payload is observed; Apple does not publish the rest of the order. It
 * knows no sockets, clocks or cryptography: instants, spare ids and whether a signature is good come with the request.
 */
export interface Gate {
  readonly rules: Rules
  readonly tokens: HashMap.HashMap<string, Known>
  readonly connections: HashMap.HashMap<number, Connection>
  /** The token last seen for each key on any connection. */
  readonly minted: HashMap.HashMap<string, Jwt>
  readonly buckets: HashMap.HashMap<string, Bucket>
  readonly channels: Channels.Channels
}

/** A signing key that Apple knows. */
export interface Key {
  readonly keyId: string
  readonly teamId: string
  /** The bundle IDs it may push to; absent for any. */
  readonly bundleIds?: ReadonlyArray<string>
  /** The environment it is for; absent for both, as with older keys. */
  readonly environment?: Environment
  /** Whether it stands for all of its team's apps or for the listed ones only. */
  readonly scope?: "team" | "topics"
}

export interface Rules {
  /** Which of Apple's two worlds this is. */
  readonly environment: Environment
  readonly keys: ReadonlyArray<Key>
  /** Refuse what Apple calls an error without naming a reason. */
  readonly strict: boolean
  /** Where a second token of one key within 20 minutes is noticed. Apple says: on a connection. Reports say: by key. */
  readonly mintLimit: { readonly perConnection: boolean; readonly perKey: boolean }
  /** How many pushes one token may get in a row, and at what rate it recovers. Apple does not say. */
  readonly rate: { readonly burst: number; readonly perSecond: number } | null
  /** The spelling of that reason: Apple's page has one and the wire the other. */
  readonly environmentReason: "BadEnvironmentKeyInToken" | "BadEnvironmentKeyIdInToken"
  readonly channels: Channels.Rules
}

export const rules = (some: Pick<Rules, "keys"> & Partial<Rules>): Rules => ({
  environment: "production",
  strict: true,
  mintLimit: { perConnection: true, perKey: false },
  rate: { burst: 1000, perSecond: 50 },
  environmentReason: "BadEnvironmentKeyInToken",
  channels: Channels.rules(),
  ...some
})

/** A token that Apple has given to an app. */
export interface Known {
  readonly token: string
  readonly bundleId: string
  readonly environment: Environment
  readonly kind: Kind
  /** Since when, and why, it no longer works. */
  readonly retired?: { readonly since: Instant.Instant; readonly reason: "Unregistered" | "ExpiredToken" }
}

/** What a token is for. Each kind has a topic of its own; that of `mdm` is what stands in `bundleId`. */
export type Kind =
  | "device"
  | "start"
  | "update"
  | "voip"
  | "complication"
  | "fileprovider"
  | "location"
  | "pushtotalk"
  | "widgets"
  | "controls"
  | "mdm"

const suffixes: Record<Kind, string> = {
  device: "",
  start: PushType.rules.liveactivity.suffix,
  update: PushType.rules.liveactivity.suffix,
  voip: PushType.rules.voip.suffix,
  complication: PushType.rules.complication.suffix,
  fileprovider: PushType.rules.fileprovider.suffix,
  location: PushType.rules.location.suffix,
  pushtotalk: PushType.rules.pushtotalk.suffix,
  widgets: PushType.rules.widgets.suffix,
  controls: PushType.rules.controls.suffix,
  mdm: ""
}

/** What Apple remembers of a connection. */
interface Connection {
  /** An expired token has been shown: nothing is accepted any more. */
  readonly wedged: boolean
  /** The first key accepted, which decides which others may follow. */
  readonly key: Key | null
  readonly jwts: HashMap.HashMap<string, Jwt>
}

const unused: Connection = { wedged: false, key: null, jwts: HashMap.empty() }

interface Bucket {
  readonly level: number
  readonly at: Instant.Instant
}

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
  /** A UUID for the answer, should the request bring none. */
  readonly spareId: string
  /** Another, for Apple's delivery log. */
  readonly spareUniqueId?: string
  /** Which of Apple's hosts is asked: the one that takes pushes where absent. */
  readonly role?: "push" | "management"
}

export type Input =
  | Request
  | { readonly _tag: "Registered"; readonly token: Known }
  | {
      readonly _tag: "Retired"
      readonly token: string
      readonly at: Instant.Instant
      readonly reason: "Unregistered" | "ExpiredToken"
    }
  | { readonly _tag: "Disconnected"; readonly connection: number }

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
}

/** A push that Apple has taken, to be delivered. */
export interface Accepted {
  readonly _tag: "Accepted"
  readonly at: Instant.Instant
  readonly token: string
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
  /** The first good bearer token of a connection: more streams are allowed from now on, before the response. */
  | { readonly _tag: "StreamsLifted"; readonly connection: number }

export const make = (rules: Rules): Gate => ({
  rules,
  tokens: HashMap.empty(),
  connections: HashMap.empty(),
  minted: HashMap.empty(),
  buckets: HashMap.empty(),
  channels: Channels.make(rules.channels)
})

export const step = (self: Gate, input: Input): Step.Step<Gate, Output> => {
  switch (input._tag) {
    case "Request":
      return receive(self, input)
    case "Registered":
      // Registering a retired token again revives it.
      return [{ ...self, tokens: HashMap.set(self.tokens, input.token.token, input.token) }, []]
    case "Retired":
      return [retire(self, input.token, { since: input.at, reason: input.reason }), []]
    case "Disconnected":
      return [{ ...self, connections: HashMap.remove(self.connections, input.connection) }, []]
  }
}

const retire = (self: Gate, token: string, retired: NonNullable<Known["retired"]>): Gate => ({
  ...self,
  tokens: HashMap.modify(self.tokens, token, (known) => ({ ...known, retired: known.retired ?? retired }))
})

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
  if ("reason" in key) return [authenticated, [Channels.refused(requestId, key.reason)]]
  const before = lifting(self, request)

  const repeated = checkRepeats(request)
  if (repeated !== undefined)
    return [authenticated, [...before, Channels.refused(requestId, repeated.reason)]]
  const [channels, outputs] = Channels.step(authenticated.channels, {
    at: request.at,
    environment: self.rules.environment,
    route,
    covers: key.bundleIds,
    headers,
    body: request.body,
    spareId: request.spareId,
    spareUniqueId: request.spareUniqueId ?? request.spareId
  })
  return [{ ...authenticated, channels }, [...before, ...outputs]]
}

/** The first good bearer token of a connection lifts its limit, whatever becomes of the request. */
const lifting = (self: Gate, request: Request): ReadonlyArray<Output> =>
  connectionOf(self, request).key === null ? [{ _tag: "StreamsLifted", connection: request.connection }] : []

const receivePush = (self: Gate, request: Request): Step.Step<Gate, Output> => {
  const wrongRoute = checkRoute(request)
  if (wrongRoute !== undefined) return [self, [refused(request, wrongRoute)]]

  const [authenticated, key] = authenticate(self, request)
  if ("reason" in key) return [authenticated, [refused(request, key)]]
  const before = lifting(self, request)

  const repeated = checkRepeats(request)
  if (repeated !== undefined) return [authenticated, [...before, refused(request, repeated)]]
  const headers = Object.fromEntries(request.headers)
  const pushType = headers["apns-push-type"] ?? "alert"
  const body = readBody(request.body)

  const refusal =
    checkForm(headers) ??
    (PushType.is(pushType) ? undefined : no("InvalidPushType")) ??
    checkTopic(headers["apns-topic"], pushType as PushType.PushType, key) ??
    checkPriority(self.rules, headers["apns-priority"], pushType as PushType.PushType) ??
    checkBody(self.rules, request.body, body, pushType as PushType.PushType) ??
    checkToken(self, tokenOf(request), headers["apns-topic"]!)
  if (refusal !== undefined) return [authenticated, [...before, refused(request, refusal)]]

  const [next, allowed] = spend(authenticated, tokenOf(request), request.at)
  if (!allowed) return [next, [...before, refused(request, no("TooManyRequests"))]]
  const apnsId = idOf(request)
  const accepted: Accepted = {
    _tag: "Accepted",
    at: request.at,
    token: tokenOf(request),
    apnsId,
    pushType: pushType as PushType.PushType,
    headers,
    payload: body.payload
  }
  const response: Response = {
    _tag: "Response",
    status: 200,
    apnsId,
    ...(self.rules.environment === "sandbox" &&
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

const connectionOf = (self: Gate, { connection }: Request): Connection =>
  Option.getOrElse(HashMap.get(self.connections, connection), () => unused)

const hour = 3600
const twentyMinutes = 1200

/** The key that vouches for the request, or why none does. A connection remembers what it has been shown. */
const authenticate = (self: Gate, request: Request): readonly [Gate, Key | Refusal] => {
  const connection = connectionOf(self, request)
  if (Result.isFailure(request.jwt)) {
    return [self, no(request.jwt.failure === "Missing" ? "MissingProviderToken" : "InvalidProviderToken")]
  }
  if (connection.wedged && self.rules.strict) return [self, no("ExpiredProviderToken")]

  const jwt = request.jwt.success
  const key = self.rules.keys.find(({ keyId }) => keyId === jwt.keyId)
  if (key === undefined || key.teamId !== jwt.teamId || request.signature === "invalid") {
    return [self, no("InvalidProviderToken")]
  }
  const age = request.at / 1000 - jwt.issuedAtSeconds
  if (age > hour) {
    return [remember(self, request, { ...connection, wedged: true }), no("ExpiredProviderToken")]
  }
  if (age < -hour) return [self, no("InvalidProviderToken")]

  const misplaced = checkKey(self.rules, connection.key, key)
  if (misplaced !== undefined) return [self, misplaced]

  const { perConnection, perKey } = self.rules.mintLimit
  if (
    (perConnection && tooSoon(HashMap.get(connection.jwts, key.keyId), jwt)) ||
    (perKey && tooSoon(HashMap.get(self.minted, key.keyId), jwt))
  ) {
    return [self, no("TooManyProviderTokenUpdates")]
  }
  // The same token again, which nearly every request brings, changes nothing.
  const known = Option.getOrUndefined(HashMap.get(connection.jwts, key.keyId))
  if (known?.text === jwt.text) return [self, key]
  const bound = {
    ...connection,
    key: connection.key ?? key,
    jwts: HashMap.set(connection.jwts, key.keyId, jwt)
  }
  return [{ ...remember(self, request, bound), minted: HashMap.set(self.minted, key.keyId, jwt) }, key]
}

const remember = (self: Gate, { connection }: Request, as: Connection): Gate => ({
  ...self,
  connections: HashMap.set(self.connections, connection, as)
})

/**
 * Tokens are told apart by their own `iat`, not by when they are first seen: a sender that renews properly may well open a
 * connection just before it renews. Going back to the previous token is allowed.
 */
const tooSoon = (last: Option.Option<Jwt>, next: Jwt): boolean =>
  Option.isSome(last) &&
  last.value.text !== next.text &&
  Math.abs(next.issuedAtSeconds - last.value.issuedAtSeconds) < twentyMinutes

/** Apple: the first push ties its team to the connection, and keys of narrower scope exclude all others. */
const checkKey = (rules: Rules, first: Key | null, key: Key): Refusal | undefined => {
  if (key.environment !== undefined && key.environment !== rules.environment) {
    return no(rules.environmentReason)
  }
  if (first === null || first.keyId === key.keyId) return undefined
  // Apple names no reason for a second team.
  if (first.teamId !== key.teamId) return no("InvalidProviderToken")
  return first.scope === "topics" || key.scope === "topics" ? no("UnrelatedKeyIdInToken") : undefined
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

const checkTopic = (topic: string | undefined, type: PushType.PushType, key: Key): Refusal | undefined => {
  if (topic === undefined || topic === "") return no("MissingTopic")
  if (!/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/.test(topic)) return no("BadTopic")
  const { suffix } = PushType.rulesOf(type)
  if (suffix === null) return undefined
  const wrongSuffix =
    suffix === "" ? longSuffixes.some((other) => topic.endsWith(other!)) : !topic.endsWith(suffix)
  const bundleId = topic.slice(0, topic.length - suffix.length)
  return wrongSuffix || key.bundleIds?.includes(bundleId) === false ? no("TopicDisallowed") : undefined
}

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

const readBody = (bytes: Uint8Array): Body => {
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

const checkToken = (self: Gate, token: string, topic: string): Refusal | undefined => {
  const known = Option.getOrUndefined(HashMap.get(self.tokens, token))
  if (known === undefined || known.environment !== self.rules.environment) return no("BadDeviceToken")
  if (known.bundleId + suffixes[known.kind] !== topic) return no("DeviceTokenNotForTopic")
  return known.retired && { reason: known.retired.reason, since: known.retired.since }
}

/** A bucket for each token, which its pushes empty and time fills. */
const spend = (self: Gate, token: string, at: Instant.Instant): readonly [Gate, allowed: boolean] => {
  const { rate } = self.rules
  if (rate === null) return [self, true]
  const before = Option.getOrElse(HashMap.get(self.buckets, token), (): Bucket => ({ level: rate.burst, at }))
  const refill = (Math.max(0, at - before.at) / 1000) * rate.perSecond
  const level = Math.min(rate.burst, before.level + refill)
  const allowed = level >= 1
  const after: Bucket = { level: allowed ? level - 1 : level, at: Instant.later(at, before.at) }
  return [{ ...self, buckets: HashMap.set(self.buckets, token, after) }, allowed]
}
