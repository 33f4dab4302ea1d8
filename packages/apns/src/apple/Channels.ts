import { Instant, PersistentMap, type Step } from "@sightscreen/decider"
import { HashMap, Option } from "effect"
import type { Environment } from "../Handling.ts"
import * as PushType from "../PushType.ts"
import { type Reason, table } from "../Reason.ts"
import * as Bucket from "./Bucket.ts"
import type { Contents, Fields } from "./Contents.ts"

/**
 * What Apple does with broadcast channels: keeps them, and takes what is published to them.
 *
 * `Gate` lets a request in once its bearer token is good; who may do what with which channel is decided here. It is as pure
 * as the gate: a new id comes from the randomness that the request brings. Who gets a publish is up to `Delivery`.
 */
export interface Channels {
  readonly rules: Rules
  /** By environment, app and id. */
  readonly channels: HashMap.HashMap<string, Kept>
  /** How many each app has in each environment. */
  readonly counts: HashMap.HashMap<string, number>
  readonly buckets: PersistentMap<string, Bucket.Bucket>
}

export interface Rules {
  /** Apple: 10,000 for each app in each environment. */
  readonly limit: number
  /** The apps whose broadcast capability is on; all of them where absent. */
  readonly enabled?: ReadonlyArray<string>
  /** How many publishes one channel may get in a row, and at what rate it recovers. Apple: dynamic, without numbers. */
  readonly rate: Bucket.Rate | null
}

export const rules = (some: Partial<Rules> = {}): Rules => ({
  limit: 10_000,
  rate: { burst: 100, perSecond: 5 },
  ...some
})

export interface Kept {
  readonly id: string
  readonly bundleId: string
  readonly environment: Environment
  /** Apple's `message-storage-policy`, which never changes. */
  readonly policy: 0 | 1
}

/** A request whose route is known to be good, from a sender whose bearer token is good. */
export interface Request {
  readonly at: Instant.Instant
  readonly environment: Environment
  readonly route: Route
  /** The bundle IDs that the sender's key covers; absent for any. */
  readonly covers: ReadonlyArray<string> | undefined
  readonly contents: Contents
  /** The id that came with it, if one did. */
  readonly sentId: string | undefined
  /** UUIDs that have not been used. */
  readonly spareId: string
  readonly spareUniqueId: string
}

export interface Route {
  readonly _tag: "Create" | "Read" | "Delete" | "List" | "Publish"
  readonly bundleId: string
}

export interface Response {
  readonly _tag: "ChannelResponse"
  readonly status: number
  /** As it was sent, or invented. */
  readonly requestId: string
  /** Absent when the request is done. */
  readonly reason?: Reason
  /** Of a new channel. */
  readonly channelId?: string
  /** Of a publish. */
  readonly uniqueId?: string
  /** What is read or listed. */
  readonly json?: object
  /** With 429, where the rules have it told: seconds until the next is let through. */
  readonly retryAfter?: number
}

/** A publish that Apple has taken, to be delivered to whoever follows the channel. */
export interface Published {
  readonly _tag: "Published"
  readonly at: Instant.Instant
  readonly channelId: string
  readonly bundleId: string
  readonly environment: Environment
  readonly policy: 0 | 1
  /** How long it is kept for devices that are offline; null for not at all. Apple: 8 h at most. */
  readonly until: Instant.Instant | null
  readonly requestId: string
  readonly uniqueId: string
  readonly headers: Readonly<Record<string, string>>
  /** As it was sent. */
  readonly body: Uint8Array
  /** The JSON; null for a body that is none. */
  readonly payload: unknown
}

export type Output = Response | Published

export const make = (some: Rules = rules()): Channels => ({
  rules: some,
  channels: HashMap.empty(),
  counts: HashMap.empty(),
  buckets: PersistentMap.empty()
})

const management = /^\/1\/apps\/([^/?#]+)\/(channels|all-channels)$/
const publishing = /^\/4\/broadcasts\/apps\/([^/?#]+)$/

/** Where a request to one of Apple's hosts leads, as far as channels go; or why nowhere. */
export const route = (
  role: "push" | "management",
  method: string,
  path: string
): Route | "BadPath" | "MethodNotAllowed" => {
  if (role === "push") {
    const bundleId = publishing.exec(path)?.[1]
    if (bundleId === undefined) return "BadPath"
    return method === "POST" ? { _tag: "Publish", bundleId } : "MethodNotAllowed"
  }
  const [, bundleId, what] = management.exec(path) ?? []
  if (bundleId === undefined) return "BadPath"
  if (what === "all-channels") return method === "GET" ? { _tag: "List", bundleId } : "MethodNotAllowed"
  switch (method) {
    case "POST":
      return { _tag: "Create", bundleId }
    case "GET":
      return { _tag: "Read", bundleId }
    case "DELETE":
      return { _tag: "Delete", bundleId }
  }
  return "MethodNotAllowed"
}

export const step = (self: Channels, request: Request): Step.Step<Channels, Output> => {
  const refusal = checkApp(self, request)
  if (refusal !== undefined) return refuse(self, request, refusal)
  switch (request.route._tag) {
    case "Create":
      return create(self, request)
    case "Read":
      return read(self, request)
    case "Delete":
      return remove(self, request)
    case "List":
      return [self, [done(request, 200, { json: { channels: list(self, request) } })]]
    case "Publish":
      return publish(self, request)
  }
}

/** A channel by its id, in whichever world and of whichever app it is. */
export const find = (self: Channels, channelId: string): Kept | undefined =>
  Option.getOrUndefined(HashMap.findFirst(self.channels, ({ id }) => id === channelId))?.[1]

/** All of them, in no order. */
export const all = (self: Channels): ReadonlyArray<Kept> => [...HashMap.values(self.channels)]

/** Takes a channel away behind its owner's back, as when a person switches the broadcast capability off. */
export const lose = (self: Channels, channelId: string): Channels => {
  const kept = find(self, channelId)
  return kept === undefined ? self : without(self, kept)
}

const without = (self: Channels, { bundleId, environment, id }: Kept): Channels => ({
  ...self,
  channels: HashMap.remove(self.channels, `${environment}/${bundleId}/${id}`),
  counts: HashMap.modify(self.counts, `${environment}/${bundleId}`, (count) => count - 1)
})

/** An answer to a request that did not get as far as its channel. */
export const refused = (requestId: string, reason: Reason): Response => ({
  _tag: "ChannelResponse",
  status: table[reason].status,
  requestId,
  reason
})

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Apple's first sample of a publish names it `apns-id`. */
export const sentId = (fields: Fields): string | undefined => fields["apns-request-id"] ?? fields["apns-id"]

export const requestIdOf = (sent: string | undefined, spareId: string): string =>
  sent !== undefined && uuid.test(sent.toLowerCase()) ? sent : spareId

const refuse = (self: Channels, request: Request, reason: Reason): Step.Step<Channels, Output> => [
  self,
  [refused(requestIdOf(request.sentId, request.spareId), reason)]
]

const done = (
  { sentId, spareId }: Request,
  status: number,
  more: Pick<Response, "channelId" | "uniqueId" | "json"> = {}
): Response => ({
  _tag: "ChannelResponse",
  status,
  requestId: requestIdOf(sentId, spareId),
  ...more
})

const suffixes = PushType.all.map((type) => PushType.rulesOf(type).suffix).filter((suffix) => !!suffix)

const checkApp = (self: Channels, { covers, route, sentId }: Request): Reason | undefined => {
  if (suffixes.some((suffix) => route.bundleId.endsWith(suffix!))) return "TopicDisallowed"
  if (covers?.includes(route.bundleId) === false) return "TopicMismatch"
  if (self.rules.enabled?.includes(route.bundleId) === false) return "FeatureNotEnabled"
  return sentId !== undefined && !uuid.test(sentId.toLowerCase()) ? "BadMessageId" : undefined
}

const appOf = ({ environment, route }: Request) => `${environment}/${route.bundleId}`
const keyOf = (request: Request, id: string) => `${appOf(request)}/${id}`

/** Base64 of the bytes of a UUID. Apple: random, and of no length to be relied on. */
export const idFrom = (spareId: string): string => {
  const bytes = spareId.replaceAll("-", "").match(/../g) ?? []
  return btoa(String.fromCharCode(...bytes.map((hex) => Number.parseInt(hex, 16))))
}

const create = (self: Channels, request: Request): Step.Step<Channels, Output> => {
  const { body, bytes } = request.contents
  if (bytes.length === 0) return refuse(self, request, "PayloadEmpty")
  const asked = body.payload
  if (asked === null) return refuse(self, request, "BadRequestPayload")
  const { "message-storage-policy": policy, "push-type": pushType, ...unknown } = asked
  if (Object.keys(unknown).length > 0) return refuse(self, request, "BadRequestParams")
  if (policy !== 0 && policy !== 1) return refuse(self, request, "MissingChannelQueueSize")
  if (pushType === undefined) return refuse(self, request, "MissingPushType")
  if (pushType !== "LiveActivity") return refuse(self, request, "InvalidPushType")
  const app = appOf(request)
  const count = Option.getOrElse(HashMap.get(self.counts, app), () => 0)
  if (count >= self.rules.limit) return refuse(self, request, "CannotCreateChannelConfig")
  const { bundleId } = request.route
  const kept: Kept = { id: idFrom(request.spareId), bundleId, environment: request.environment, policy }
  return [
    {
      ...self,
      channels: HashMap.set(self.channels, keyOf(request, kept.id), kept),
      counts: HashMap.set(self.counts, app, count + 1)
    },
    [done(request, 201, { channelId: kept.id })]
  ]
}

const read = (self: Channels, request: Request): Step.Step<Channels, Output> => {
  const kept = named(self, request)
  if (typeof kept === "string") return refuse(self, request, kept)
  const found = { "message-storage-policy": kept.policy, "push-type": "LiveActivity" }
  return [self, [done(request, 200, { json: found })]]
}

const remove = (self: Channels, request: Request): Step.Step<Channels, Output> => {
  const kept = named(self, request)
  if (typeof kept === "string") return refuse(self, request, kept)
  return [without(self, kept), [done(request, 204)]]
}

const list = (self: Channels, request: Request): ReadonlyArray<string> =>
  [...HashMap.values(self.channels)]
    .filter(
      ({ bundleId, environment }) =>
        bundleId === request.route.bundleId && environment === request.environment
    )
    .map(({ id }) => id)

const named = (self: Channels, request: Request): Kept | Reason => {
  const id = request.contents.fields["apns-channel-id"]
  return checkId(id) ?? lookUp(self, request, id!)
}

const checkId = (id: string | undefined): Reason | undefined => {
  if (id === undefined || id === "") return "MissingChannelId"
  return /^[A-Za-z0-9+/_-]{1,512}={0,2}$/.test(id) ? undefined : "BadChannelId"
}

const lookUp = (self: Channels, request: Request, id: string): Kept | Reason =>
  Option.getOrElse(
    HashMap.get(self.channels, keyOf(request, id)),
    (): Kept | Reason => "ChannelNotRegistered"
  )

const eightHours = 8 * 3_600_000

const publish = (self: Channels, request: Request): Step.Step<Channels, Output> => {
  const { contents, sentId, spareId } = request
  const { bytes, fields } = contents
  const id = fields["apns-channel-id"]
  // Apple names no reason for a required header that is missing; here it is the one for a wrong value.
  const malformed = checkId(id) ?? checkForm(fields)
  if (malformed !== undefined) return refuse(self, request, malformed)
  const kept = lookUp(self, request, id!)
  if (typeof kept === "string") return refuse(self, request, kept)
  const expiration = Number(fields["apns-expiration"])
  if (kept.policy === 0 && expiration !== 0) return refuse(self, request, "BadExpirationDate")
  if (bytes.length === 0) return refuse(self, request, "PayloadEmpty")
  if (bytes.length > PushType.broadcastLimit) return refuse(self, request, "PayloadTooLarge")

  const [next, tooMany] = spend(self, keyOf(request, kept.id), request.at)
  const requestId = requestIdOf(sentId, spareId)
  if (tooMany !== undefined) return [next, [{ ...refused(requestId, "TooManyRequests"), ...tooMany }]]
  const published: Published = {
    _tag: "Published",
    at: request.at,
    channelId: kept.id,
    bundleId: kept.bundleId,
    environment: kept.environment,
    policy: kept.policy,
    until: kept.policy === 0 || expiration === 0 ? null : soonest(expiration, request.at),
    requestId,
    uniqueId: request.spareUniqueId,
    headers: fields,
    body: bytes,
    payload: contents.body.payload
  }
  return [next, [published, done(request, 200, { uniqueId: request.spareUniqueId })]]
}

const soonest = (expiration: number, at: Instant.Instant): Instant.Instant =>
  Instant.fromMillis(Math.min(expiration * 1000, at + eightHours))

const checkForm = (headers: Fields): Reason | undefined => {
  const pushType = headers["apns-push-type"]
  if (pushType === undefined || pushType === "") return "MissingPushType"
  // Apple's table has it with a capital, its samples without.
  if (pushType.toLowerCase() !== "liveactivity") return "InvalidPushType"
  const expiration = headers["apns-expiration"]
  if (expiration === undefined || !/^\d{1,10}$/.test(expiration) || Number(expiration) > 0xffff_ffff) {
    return "BadExpirationDate"
  }
  return /^(?:1|5|10)$/.test(headers["apns-priority"] ?? "") ? undefined : "BadPriority"
}

const spend = (
  self: Channels,
  key: string,
  at: Instant.Instant
): readonly [Channels, tooMany: Pick<Response, "retryAfter"> | undefined] => {
  const { rate } = self.rules
  if (rate === null) return [self, undefined]
  const [after, allowed] = Bucket.spend(rate, self.buckets.get(key), at)
  return [
    { ...self, buckets: self.buckets.set(key, after) },
    allowed ? undefined : Bucket.retryAfter(rate, after)
  ]
}
