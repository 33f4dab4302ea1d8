import * as http2 from "node:http2"
import type { Instant } from "@sightscreen/decider"
import { Effect, Redacted, Result, Schema, type Scope } from "effect"
import type { Authority } from "./Authority.ts"
import type * as Channels from "./Channels.ts"
import * as Delivery from "./Delivery.ts"
import * as Gate from "./Gate.ts"
import * as Jwt from "./Jwt.ts"
import * as Signatures from "./Signatures.ts"
import type { KeyFailed } from "./SigningKey.ts"

/**
 * A model Apple that answers on real sockets: HTTP/2 over TLS on loopback, with `Gate` behind it.
 *
 * It behaves as Apple's servers are seen to: one stream until a connection has shown a good bearer token, then a thousand;
 * GOAWAY with a reason in JSON; answers without a word about delivery. What it accepts it hands to `onAccepted`, and, if it
 * is to model delivery too, to `Delivery`. Channels are managed at a port of their own.
 */
export interface Server {
  readonly port: number
  /** `https://127.0.0.1:port`. */
  readonly origin: string
  /** Where channels are managed, if anywhere. */
  readonly management: { readonly port: number; readonly origin: string } | undefined
  readonly register: (token: Gate.Known) => Effect.Effect<void>
  readonly retire: (
    token: string,
    at: Instant.Instant,
    reason: "Unregistered" | "ExpiredToken"
  ) => Effect.Effect<void>
  readonly inject: (fault: Fault) => Effect.Effect<void>
  readonly counts: Effect.Effect<Counts>
  /** Tells of devices that come and go, and that time has passed. Without a model of delivery nothing comes of it. */
  readonly deliver: (input: Delivery.Input) => Effect.Effect<void>
  readonly deliveries: Effect.Effect<Delivery.Counts>
}

export interface Counts {
  /** Connections accepted since the start, and those open now. */
  readonly connections: number
  readonly open: number
  /** Requests read to their end, answered or not. */
  readonly requests: number
  readonly accepted: number
  readonly mostStreamsAtOnce: number
}

/** What can go wrong with a server. Faults add up until `Heal`. */
export type Fault =
  /** Every connection is told to go, after the request now being answered. */
  | { readonly _tag: "GoAway"; readonly reason: "Shutdown" | "IdleTimeout" }
  /** On the next connection to show it, the nth request from now is the last that is read. */
  | { readonly _tag: "GoAwayAtRequest"; readonly nth: number }
  /** Every connection is cut without a word. */
  | { readonly _tag: "Cut" }
  /** Requests are read and never answered. */
  | { readonly _tag: "Silence" }
  /** That many requests are answered with this. */
  | { readonly _tag: "Refuse"; readonly status: number; readonly reason: string; readonly times: number }
  /** Every connection may have this many streams at once from now on. */
  | { readonly _tag: "Limit"; readonly streams: number }
  | { readonly _tag: "Heal" }

export interface Options {
  readonly authority: Authority
  /** The keys' public halves, and what each may do. */
  readonly keys: ReadonlyArray<Gate.Key & { readonly publicKey: string }>
  /** The world's clock, by which bearer tokens age and pushes are stamped. */
  readonly now: () => Instant.Instant
  /** Told of every accepted push before its sender is. Must not throw. */
  readonly onAccepted?: (push: Gate.Accepted) => void
  /** Told of every publish to a channel that is taken. Must not throw. */
  readonly onPublished?: (publish: Channels.Published) => void
  readonly rules?: Partial<Gate.Rules>
  /** What happens to a push after it is accepted; nothing is modelled where absent. */
  readonly delivery?: {
    readonly rules?: Delivery.Rules
    readonly seed?: number
    /** The device that a token is on; one for each token unless given. */
    readonly deviceOf?: (token: string) => string
    /** Must not throw. */
    readonly onOutput: (output: Delivery.Output) => void
  }
  readonly tokens?: Iterable<Gate.Known>
  /** 0, the default, picks a free one. */
  readonly port?: number
  /** The port where channels are managed, 0 for a free one; without it there is none. */
  readonly managementPort?: number
}

export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  port: Schema.Int,
  cause: Schema.Defect()
}) {}

/** How many streams a connection gets once it has shown a good bearer token. Apple, as observed: 1000. */
const manyStreams = 1000

/** A thousand requests at once, with room to spare; Node's own 10 make it reset streams under load. */
const sessionMegabytes = 64

/** How long closing waits for clients to leave by themselves. */
const farewellMillis = 500

/** Listens for as long as the scope lives. */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Server, KeyFailed | ListenFailed, Scope.Scope> {
  const signatures = yield* Signatures.make(options.keys)
  const gate = Gate.make(Gate.rules({ ...options.rules, keys: options.keys }))
  const desk = new Desk(gate, signatures, options)
  for (const token of options.tokens ?? []) desk.register(token)

  const open = (role: Role, port: number) => {
    const server = createServer(options.authority)
    server.on("session", desk.welcome(role))
    return Effect.acquireRelease(listen(server, port), () => close(server, desk))
  }
  const port = yield* open("push", options.port ?? 0)
  const management =
    options.managementPort === undefined ? undefined : yield* open("management", options.managementPort)

  return {
    port,
    origin: originOf(port),
    management: management === undefined ? undefined : { port: management, origin: originOf(management) },
    register: (token) => Effect.sync(() => desk.register(token)),
    retire: (token, at, reason) => Effect.sync(() => desk.retire(token, at, reason)),
    inject: (fault) => Effect.sync(() => desk.inject(fault)),
    counts: Effect.sync(() => desk.counts()),
    deliver: (input) => Effect.sync(() => desk.deliver(input)),
    deliveries: Effect.sync(() => desk.deliveries())
  }
})

type Role = "push" | "management"

const originOf = (port: number) => `https://127.0.0.1:${port}`

const createServer = ({ certificate, privateKey }: Authority): http2.Http2SecureServer => {
  const server = http2.createSecureServer({
    cert: certificate,
    key: Redacted.value(privateKey),
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    maxSessionMemory: sessionMegabytes,
    settings: {
      headerTableSize: 4096,
      initialWindowSize: 65_535,
      maxFrameSize: 16_384,
      maxHeaderListSize: 8000,
      maxConcurrentStreams: 1
    }
  })
  // Clients that break off, or speak something else, are their own affair.
  server.on("sessionError", ignore)
  server.on("unknownProtocol", (socket) => socket.destroy())
  server.on("tlsClientError", ignore)
  return server
}

const ignore = () => {}

const listen = (server: http2.Http2SecureServer, port: number) =>
  Effect.callback<number, ListenFailed>((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new ListenFailed({ port, cause }))))
    server.listen(port, "127.0.0.1", () => {
      server.on("error", ignore)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

const close = (server: http2.Http2SecureServer, desk: Desk) =>
  Effect.callback<void>((resume) => {
    // Sockets close in real time, whatever clock the world runs on.
    // @effect-diagnostics-next-line globalTimersInEffect:off
    const timer = setTimeout(() => desk.inject({ _tag: "Cut" }), farewellMillis)
    server.close(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
    desk.inject({ _tag: "GoAway", reason: "Shutdown" })
  })

interface Client {
  readonly id: number
  readonly role: Role
  readonly session: http2.ServerHttp2Session
  /** Streams above it are not read any more: the client has been told so. */
  lastStreamId: number
  streams: number
}

/** Sits between sessions and the gate. Everything in it happens in callbacks of the event loop, one at a time. */
class Desk {
  #gate: Gate.Gate
  #delivery: Delivery.Delivery
  readonly #signatures: Signatures.Signatures
  readonly #options: Options
  readonly #clients = new Set<Client>()
  #connections = 0
  #requests = 0
  #accepted = 0
  #mostStreams = 0
  #silent = false
  #goAwayIn = 0
  #refuse: { status: number; reason: string; times: number } | undefined

  constructor(gate: Gate.Gate, signatures: Signatures.Signatures, options: Options) {
    this.#gate = gate
    this.#signatures = signatures
    this.#options = options
    this.#delivery = Delivery.make(options.delivery?.rules, options.delivery?.seed)
  }

  register(token: Gate.Known): void {
    this.say({ _tag: "Registered", token })
    const { deviceOf = (it: string) => it } = this.#options.delivery ?? {}
    const { bundleId } = token
    this.deliver({ _tag: "Attached", token: token.token, device: deviceOf(token.token), bundleId })
  }

  retire(token: string, at: Instant.Instant, reason: "Unregistered" | "ExpiredToken"): void {
    this.say({ _tag: "Retired", token, at, reason })
    this.deliver({ _tag: "Detached", token, at })
  }

  deliver(input: Delivery.Input): void {
    const { delivery } = this.#options
    if (delivery === undefined) return
    const [next, outputs] = Delivery.step(this.#delivery, input)
    this.#delivery = next
    for (const output of outputs) delivery.onOutput(output)
  }

  deliveries(): Delivery.Counts {
    return this.#delivery.counts
  }

  counts(): Counts {
    return {
      connections: this.#connections,
      open: this.#clients.size,
      requests: this.#requests,
      accepted: this.#accepted,
      mostStreamsAtOnce: this.#mostStreams
    }
  }

  say(input: Gate.Input): ReadonlyArray<Gate.Output> {
    const [gate, outputs] = Gate.step(this.#gate, input)
    this.#gate = gate
    return outputs
  }

  readonly welcome =
    (role: Role) =>
    (session: http2.ServerHttp2Session): void => {
      const client: Client = {
        id: ++this.#connections,
        role,
        session,
        lastStreamId: Number.POSITIVE_INFINITY,
        streams: 0
      }
      this.#clients.add(client)
      session.on("error", ignore)
      session.on("frameError", ignore)
      session.on("close", () => {
        this.#clients.delete(client)
        this.say({ _tag: "Disconnected", connection: client.id })
      })
      session.on("stream", (stream, headers, _flags, rawHeaders) => {
        stream.on("error", ignore)
        this.#mostStreams = Math.max(this.#mostStreams, ++client.streams)
        stream.on("close", () => client.streams--)
        const chunks: Array<Uint8Array> = []
        stream.on("data", (chunk: Uint8Array) => chunks.push(chunk))
        stream.on("end", () => {
          this.#read(client, stream, headers, rawHeaders as unknown as ReadonlyArray<string>, chunks)
        })
      })
    }

  #read(
    client: Client,
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    rawHeaders: ReadonlyArray<string>,
    chunks: ReadonlyArray<Uint8Array>
  ): void {
    const streamId = stream.id ?? 0
    if (streamId > client.lastStreamId) return
    this.#requests++
    if (this.#goAwayIn > 0 && --this.#goAwayIn === 0) this.#goAway(client, "Shutdown", streamId)
    if (this.#silent) return
    if (this.#refuse !== undefined) {
      const { reason, status } = this.#refuse
      if (--this.#refuse.times <= 0) this.#refuse = undefined
      return respond(stream, status, crypto.randomUUID(), { reason })
    }
    const jwt = Jwt.parse(headers.authorization)
    const judge = (signature: boolean) => {
      if (!stream.closed) this.#judge(client, stream, headers, rawHeaders, chunks, jwt, signature)
    }
    const signature = Result.isSuccess(jwt) ? this.#signatures(jwt.success) : false
    if (typeof signature === "boolean") judge(signature)
    else void signature.then(judge)
  }

  #judge(
    client: Client,
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    rawHeaders: ReadonlyArray<string>,
    chunks: ReadonlyArray<Uint8Array>,
    jwt: Gate.Request["jwt"],
    signature: boolean
  ): void {
    const outputs = this.say({
      _tag: "Request",
      at: this.#options.now(),
      connection: client.id,
      method: headers[":method"] ?? "",
      path: headers[":path"] ?? "",
      headers: pairs(rawHeaders),
      body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
      jwt,
      signature: signature ? "valid" : "invalid",
      spareId: crypto.randomUUID(),
      spareUniqueId: crypto.randomUUID(),
      role: client.role
    })
    for (const output of outputs) {
      switch (output._tag) {
        case "StreamsLifted":
          allow(client.session, manyStreams)
          break
        case "Accepted":
          this.#accepted++
          this.#options.onAccepted?.(output)
          this.deliver(output)
          break
        case "Published":
          this.#options.onPublished?.(output)
          break
        case "Response": {
          const { reason, timestamp, uniqueId } = output
          const more = uniqueId === undefined ? {} : { "apns-unique-id": uniqueId }
          respond(stream, output.status, output.apnsId, { reason, timestamp }, more)
          break
        }
        case "ChannelResponse":
          respondForChannel(stream, output)
          break
      }
    }
  }

  inject(fault: Fault): void {
    switch (fault._tag) {
      case "GoAway":
        for (const client of this.#clients) this.#goAway(client, fault.reason, undefined)
        break
      case "GoAwayAtRequest":
        this.#goAwayIn = fault.nth
        break
      case "Cut":
        for (const { session } of this.#clients) session.destroy()
        break
      case "Silence":
        this.#silent = true
        break
      case "Refuse":
        this.#refuse = { status: fault.status, reason: fault.reason, times: fault.times }
        break
      case "Limit":
        for (const { session } of this.#clients) allow(session, fault.streams)
        break
      case "Heal":
        this.#silent = false
        this.#goAwayIn = 0
        this.#refuse = undefined
        break
    }
  }

  /** Without a stream to be the last one, every stream opened so far is still answered. */
  #goAway(client: Client, reason: string, lastStreamId: number | undefined): void {
    if (client.session.destroyed) return
    client.session.goaway(
      http2.constants.NGHTTP2_NO_ERROR,
      lastStreamId ?? 0,
      Buffer.from(JSON.stringify({ reason }))
    )
    if (lastStreamId === undefined) client.session.close()
    else client.lastStreamId = Math.min(client.lastStreamId, lastStreamId)
  }
}

/** A session on its way out takes no settings, nor does one with too many unacknowledged. Neither is a loss here. */
const allow = (session: http2.ServerHttp2Session, streams: number): void => {
  try {
    session.settings({ maxConcurrentStreams: streams })
  } catch {}
}

const pairs = (raw: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> => {
  const found: Array<readonly [string, string]> = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    if (!name.startsWith(":")) found.push([name, raw[i + 1]!])
  }
  return found
}

const respond = (
  stream: http2.ServerHttp2Stream,
  status: number,
  apnsId: string,
  refusal: { readonly reason?: string | undefined; readonly timestamp?: number | undefined },
  more: http2.OutgoingHttpHeaders = {}
): void =>
  answer(
    stream,
    { ":status": status, "apns-id": apnsId.toUpperCase(), ...more },
    refusal.reason === undefined ? undefined : refusal
  )

const respondForChannel = (stream: http2.ServerHttp2Stream, it: Channels.Response): void =>
  answer(
    stream,
    {
      ":status": it.status,
      "apns-request-id": it.requestId,
      ...(it.channelId !== undefined && { "apns-channel-id": it.channelId }),
      ...(it.uniqueId !== undefined && { "apns-unique-id": it.uniqueId })
    },
    it.reason === undefined ? it.json : { reason: it.reason }
  )

const answer = (
  stream: http2.ServerHttp2Stream,
  headers: http2.OutgoingHttpHeaders,
  body: object | undefined
): void => {
  if (stream.closed || stream.destroyed) return
  if (body === undefined) {
    stream.respond(headers, { endStream: true })
    return
  }
  stream.respond({ ...headers, "content-type": "application/json" })
  stream.end(JSON.stringify(body))
}
