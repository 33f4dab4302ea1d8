import { Instant } from "@sightscreen/decider"
import { Clock, Context, Duration, Effect, Layer, Redacted, Result } from "effect"
import type { Environment } from "../Handling.ts"
import * as Request from "../Request.ts"
import { type Answer, Transport, type Why } from "../transport/Transport.ts"
import type { Certificate } from "./Certificate.ts"
import type * as Channels from "./Channels.ts"
import type * as Delivery from "./Delivery.ts"
import type * as Gate from "./Gate.ts"
import * as Jwt from "./Jwt.ts"
import * as Model from "./Model.ts"
import * as Trouble from "./Trouble.ts"

/**
 * The model Apple without sockets: a transport whose other end is the gate itself, for all of Apple's hosts at once.
 *
 * Nothing in it truly waits, so a world around it can run in virtual time. What is accepted or published goes to the world
 * before the answer goes to the sender; what is modelled beyond that, by `delivery`, arrives when `run` or `deliver` lets
 * time pass. No signature is verified: either the bearer token is right when it is the one that the world's `ProviderToken`
 * gives, or, with `keys`, it is read as a JWT and its signature believed unless `isSigned` knows better.
 */
export interface Apple {
  readonly register: (token: Gate.Known) => Effect.Effect<void>
  /** The same at once, for those who stand inside a callback. */
  readonly registerUnsafe: (token: Gate.Known) => void
  /** Since now, unless another moment is given. Registering the token again revives it. */
  readonly retire: (
    token: string,
    reason?: "Unregistered" | "ExpiredToken",
    since?: Instant.Instant
  ) => Effect.Effect<void>
  readonly issue: (key: Gate.Key) => Effect.Effect<void>
  readonly revoke: (keyId: string) => Effect.Effect<void>
  /** A device follows a channel. False where there is no such channel (in that environment). */
  readonly subscribe: (device: string, channelId: string, environment?: Environment) => Effect.Effect<boolean>
  readonly subscribeUnsafe: (device: string, channelId: string, environment?: Environment) => boolean
  readonly unsubscribe: (device: string, channelId: string) => Effect.Effect<void>
  /** Tells of devices that come and go, and that time has passed. Without a model of delivery nothing comes of it. */
  readonly deliver: (input: Delivery.Input) => Effect.Effect<void>
  readonly deliverUnsafe: (input: Delivery.Input) => void
  /** Lets time pass for what waits or is under way. To be forked beside the world; without it only `deliver` does. */
  readonly run: Effect.Effect<never>
  /** What goes wrong until `Heal`. It takes the place of what went wrong before; a lost channel is lost for good. */
  readonly inject: (fault: Fault | ReadonlyArray<Fault>) => Effect.Effect<void>
  readonly counts: Effect.Effect<Counts>
  readonly deliveries: Effect.Effect<Delivery.Counts>
  readonly broadcasts: Effect.Effect<Delivery.Broadcasts>
  /** Every channel there is, in no order. */
  readonly channels: Effect.Effect<ReadonlyArray<Channels.Kept>>
}

export interface Counts {
  readonly requests: number
  /** Pushes, and publishes to channels, that were taken. */
  readonly accepted: number
  readonly published: number
  /** Connections that were closed because of their mistakes. */
  readonly sentAway: number
}

/** What can go wrong between a sender and Apple, and for whom. */
export type Fault = Trouble.Target &
  (
    | {
        readonly _tag: "Refuse"
        readonly status: number
        readonly reason: string
        readonly timestamp?: Instant.Instant
        /** The header of that name: seconds, or an HTTP date. */
        readonly retryAfter?: string
      }
    /** Apple is not reached: nothing is processed, and the sender knows it. */
    | { readonly _tag: "Unreachable"; readonly why?: Why }
    /** Apple takes what it is sent, and its answers get lost. */
    | { readonly _tag: "Mute" }
    /** A channel is deleted behind its owner's back. */
    | { readonly _tag: "LoseChannel"; readonly channelId: string }
    | { readonly _tag: "Heal" }
  )

export interface Options extends Omit<Model.Options, "keys" | "rules"> {
  /** Told of every accepted push. Must not throw. */
  readonly onAccepted: (push: Gate.Accepted) => void
  readonly rules?: Partial<Omit<Gate.Rules, "keys">>
  /** The one bearer token that is right; that of `ProviderToken.layerTest` unless given. */
  readonly bearer?: string
  /** Instead: the keys whose JWTs are right. */
  readonly keys?: ReadonlyArray<Gate.Key>
  readonly isSigned?: (jwt: Jwt.Jwt) => boolean
  /** Instead of either: what every connection is opened with. */
  readonly certificate?: Certificate
  /** From the sender to Apple, and back, in the world's time. */
  readonly outward?: Duration.Input
  readonly homeward?: Duration.Input
  /** For faults that befall by chance. */
  readonly seed?: number
}

export class ModelApple extends Context.Service<ModelApple, Apple>()("@sightscreen/apns/ModelApple") {}

const bearersKey: Gate.Key = { keyId: "MODELKEY01", teamId: "MODELTEAM1" }

type Lasting = Exclude<Fault, { readonly _tag: "Heal" | "LoseChannel" }>

/** Builds the model once; its `transport` may be given to one sender after another, as Apple outlives its senders. */
export const make = (
  options: Options
): { readonly apple: Apple; readonly transport: Transport["Service"] } => {
  const { certificate, homeward = 0, keys, outward = 0, seed = 1 } = options
  const model = new Model.Model({ ...options, keys: keys ?? [bearersKey] })
  const show = keys === undefined ? showBearer(options.bearer ?? "test-token") : showJwt(options.isSigned)
  /** One to each host, until it is closed. */
  const connections = new Map<string, number>()
  let trouble = Trouble.make<Lasting>([], seed)
  let requests = 0
  let sentAway = 0

  const connectionTo = (host: string): number => {
    const connection = connections.get(host) ?? model.connect()
    connections.set(host, connection)
    return connection
  }
  const hangUp = (connection: number): void => {
    for (const [host, open] of connections) if (open === connection) connections.delete(host)
    model.disconnect(connection)
  }

  const befalls = (request: Request.Request): Lasting | null => {
    const channelId = Request.headers(request).find(([name]) => name === "apns-channel-id")?.[1]
    const role = Request.roleOf(request)
    const [next, fault] = Trouble.next(trouble, Trouble.caseOf({ ...request, role, channelId }))
    trouble = next
    return fault
  }

  const judge = (request: Request.Request, bearer: string, at: Instant.Instant): Answer => {
    const nth = ++requests
    const role = Request.roleOf(request)
    const fault = befalls(request)
    if (fault?._tag === "Unreachable") return { _tag: "NotProcessed", why: fault.why ?? "no-connection" }
    const connection = connectionTo(`${request.environment}/${role}`)
    if (fault?._tag === "Refuse") return refusal(fault, connection, spareId(nth), isAboutChannels(request))
    const outputs = model.ask({
      at,
      connection,
      method: Request.methodOf(request),
      path: request.path,
      headers: request.shared,
      body: request.body,
      id: request.pushId,
      ...show(bearer, at),
      certificate,
      spareId: spareId(nth),
      spareUniqueId: spareId(nth, "9"),
      role,
      environment: request.environment
    })
    let answer: Answer = { _tag: "Unknown", why: "lost" }
    for (const output of outputs) {
      if (output._tag === "Response") answer = answerTo(output, connection)
      if (output._tag === "ChannelResponse") answer = channelAnswer(output, connection)
      if (output._tag === "SentAway") {
        sentAway++
        hangUp(connection)
      }
    }
    return fault?._tag === "Mute" ? { _tag: "Unknown", why: "deadline" } : answer
  }

  const inject = (fault: Fault): void => {
    if (fault._tag === "LoseChannel") model.loseChannel(fault.channelId)
    else if (fault._tag !== "Heal") trouble = Trouble.add(trouble, fault)
  }

  return {
    apple: {
      register: (token) => Effect.sync(() => model.register(token)),
      registerUnsafe: (token) => model.register(token),
      retire: (token, reason = "Unregistered", since) =>
        Effect.map(now, (at) => model.retire(token, { reason, since: since ?? at })),
      issue: (key) => Effect.sync(() => model.issue(key)),
      revoke: (keyId) => Effect.sync(() => model.revoke(keyId)),
      subscribe: (device, channelId, environment) =>
        Effect.sync(() => model.subscribe(device, channelId, environment)),
      subscribeUnsafe: (device, channelId, environment) => model.subscribe(device, channelId, environment),
      unsubscribe: (device, channelId) =>
        Effect.map(now, (at) => model.deliver({ _tag: "Unsubscribed", at, device, channelId })),
      deliver: (input) => Effect.sync(() => model.deliver(input)),
      deliverUnsafe: (input) => model.deliver(input),
      run: run(model),
      inject: (given) =>
        Effect.sync(() => {
          const faults: ReadonlyArray<Fault> = "_tag" in given ? [given] : given
          const loses = faults.every(({ _tag }) => _tag === "LoseChannel")
          if (!loses) trouble = Trouble.make<Lasting>([], trouble.seed)
          for (const fault of faults) inject(fault)
        }),
      counts: Effect.sync(() => ({
        requests,
        accepted: model.accepted,
        published: model.published,
        sentAway
      })),
      deliveries: Effect.sync(() => model.deliveries),
      broadcasts: Effect.sync(() => model.broadcasts),
      channels: Effect.sync(() => model.channels)
    },
    transport: {
      exchange: Effect.fnUntraced(function* (request, bearer) {
        yield* pause(outward)
        const answer = judge(request, Redacted.value(bearer), yield* now)
        yield* pause(homeward)
        return answer
      }),
      disown: (_, connection) => Effect.sync(() => hangUp(connection))
    }
  }
}

export const layer = (options: Options): Layer.Layer<Transport | ModelApple> =>
  Layer.unwrap(
    Effect.sync(() => {
      const { apple, transport } = make(options)
      return Layer.merge(Layer.succeed(Transport, transport), Layer.succeed(ModelApple, apple))
    })
  )

const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)

const pause = (duration: Duration.Input): Effect.Effect<void> => {
  const millis = Duration.toMillis(duration)
  return millis > 0 ? Effect.sleep(millis) : Effect.void
}

/** Sleeps until something is due, or something else becomes due sooner. */
const run = (model: Model.Model): Effect.Effect<never> =>
  Effect.gen(function* () {
    const at = yield* now
    model.deliver({ _tag: "Ticked", at })
    const { due } = model
    const sooner = Effect.callback<void>((resume) => {
      const wake = () => resume(Effect.void)
      model.onSooner = wake
      // Something may have come between the look and the wait.
      if (model.due !== null && (due === null || model.due < due)) wake()
      return Effect.sync(() => {
        model.onSooner = () => {}
      })
    })
    yield* due === null
      ? sooner
      : Effect.timeoutOrElse(sooner, { duration: Math.max(0, due - at), orElse: () => Effect.void })
  }).pipe(Effect.forever)

/** What a bearer token shows at the gate. */
type Show = (bearer: string, at: Instant.Instant) => Pick<Gate.Request, "jwt" | "signature">

/** A bearer token that is no JWT, read as one that is always young. */
const showBearer =
  (right: string): Show =>
  (bearer, at) => ({
    jwt: Result.succeed({
      text: bearer,
      keyId: bearersKey.keyId,
      teamId: bearersKey.teamId,
      issuedAtSeconds: Instant.toSeconds(at),
      signed: "",
      signature: new Uint8Array()
    }),
    signature: bearer === right ? "valid" : "invalid"
  })

const showJwt = (isSigned: (jwt: Jwt.Jwt) => boolean = () => true): Show => {
  /** The one that was shown last, as nearly every request shows it again. */
  let last: { readonly bearer: string; readonly jwt: Gate.Request["jwt"] } | null = null
  return (bearer) => {
    if (last?.bearer !== bearer) last = { bearer, jwt: Jwt.parse(`bearer ${bearer}`) }
    const { jwt } = last
    return { jwt, signature: Result.isSuccess(jwt) && isSigned(jwt.success) ? "valid" : "invalid" }
  }
}

const isAboutChannels = (request: Request.Request): boolean =>
  Request.roleOf(request) === "management" || request.path.startsWith("/4/broadcasts")

const answered = (
  status: number,
  connection: number,
  body: object | undefined
): Extract<Answer, { readonly _tag: "Answered" }> => ({
  _tag: "Answered",
  status,
  apnsId: undefined,
  uniqueId: undefined,
  body: body === undefined ? "" : JSON.stringify(body),
  connection
})

const refusal = (
  { reason, retryAfter, status, timestamp }: Extract<Fault, { readonly _tag: "Refuse" }>,
  connection: number,
  id: string,
  aboutChannels: boolean
): Answer => ({
  ...answered(status, connection, { reason, timestamp }),
  ...(!aboutChannels && { apnsId: id }),
  headers: {
    ...(aboutChannels && { "apns-request-id": id }),
    ...(retryAfter !== undefined && { "retry-after": retryAfter })
  }
})

const answerTo = (it: Gate.Response, connection: number): Answer => {
  const { apnsId, reason, retryAfter, status, timestamp, uniqueId } = it
  const body = reason === undefined ? undefined : { reason, timestamp }
  const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) }
  return { ...answered(status, connection, body), apnsId, uniqueId, ...(headers && { headers }) }
}

const channelAnswer = (it: Channels.Response, connection: number): Answer => ({
  ...answered(it.status, connection, it.reason === undefined ? it.json : { reason: it.reason }),
  uniqueId: it.uniqueId,
  headers: {
    "apns-request-id": it.requestId,
    ...(it.channelId !== undefined && { "apns-channel-id": it.channelId }),
    ...(it.retryAfter !== undefined && { "retry-after": String(it.retryAfter) })
  }
})

const spareId = (nth: number, kind = "8"): string =>
  `00000000-0000-4000-${kind}000-${nth.toString(16).padStart(12, "0")}`
