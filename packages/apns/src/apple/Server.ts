import * as http2 from "node:http2"
import type { Instant } from "@sightscreen/decider"
import { Effect, Redacted, Result, Schema, type Scope } from "effect"
import type { Authority } from "./Authority.ts"
import * as Gate from "./Gate.ts"
import * as Jwt from "./Jwt.ts"
import * as Signatures from "./Signatures.ts"
import type { KeyFailed } from "./SigningKey.ts"

/**
 * A model Apple that answers on a real socket: HTTP/2 over TLS on loopback, with `Gate` behind it.
 *
 * It behaves as Apple's servers are seen to: one stream until a connection has shown a good bearer token, then a thousand;
 * GOAWAY with a reason in JSON; answers without a word about delivery. What it accepts it hands to `onAccepted`.
 */
export interface Server {
  readonly port: number
  /** `https://127.0.0.1:port`. */
  readonly origin: string
  readonly register: (token: Gate.Known) => Effect.Effect<void>
  readonly retire: (
    token: string,
    at: Instant.Instant,
    reason: "Unregistered" | "ExpiredToken"
  ) => Effect.Effect<void>
  readonly inject: (fault: Fault) => Effect.Effect<void>
  readonly counts: Effect.Effect<Counts>
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
  readonly rules?: Partial<Gate.Rules>
  readonly tokens?: Iterable<Gate.Known>
  /** 0, the default, picks a free one. */
  readonly port?: number
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
  let gate = Gate.make(Gate.rules({ ...options.rules, keys: options.keys }))
  for (const token of options.tokens ?? []) [gate] = Gate.step(gate, { _tag: "Registered", token })

  const desk = new Desk(gate, signatures, options)
  const server = http2.createSecureServer({
    cert: options.authority.certificate,
    key: Redacted.value(options.authority.privateKey),
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
  server.on("session", desk.welcome)
  // Clients that break off, or speak something else, are their own affair.
  server.on("sessionError", ignore)
  server.on("unknownProtocol", (socket) => socket.destroy())
  server.on("tlsClientError", ignore)

  const port = yield* Effect.acquireRelease(listen(server, options.port ?? 0), () => close(server, desk))

  return {
    port,
    origin: `https://127.0.0.1:${port}`,
    register: (token) => Effect.sync(() => desk.say({ _tag: "Registered", token })),
    retire: (token, at, reason) => Effect.sync(() => desk.say({ _tag: "Retired", token, at, reason })),
    inject: (fault) => Effect.sync(() => desk.inject(fault)),
    counts: Effect.sync(() => desk.counts())
  }
})

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
  readonly session: http2.ServerHttp2Session
  /** Streams above it are not read any more: the client has been told so. */
  lastStreamId: number
  streams: number
}

/** Sits between sessions and the gate. Everything in it happens in callbacks of the event loop, one at a time. */
class Desk {
  #gate: Gate.Gate
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

  readonly welcome = (session: http2.ServerHttp2Session): void => {
    const client: Client = {
      id: ++this.#connections,
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
      spareId: crypto.randomUUID()
    })
    for (const output of outputs) {
      switch (output._tag) {
        case "StreamsLifted":
          allow(client.session, manyStreams)
          break
        case "Accepted":
          this.#accepted++
          this.#options.onAccepted?.(output)
          break
        case "Response":
          respond(stream, output.status, output.apnsId, {
            reason: output.reason,
            timestamp: output.timestamp
          })
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
  refusal: { readonly reason?: string | undefined; readonly timestamp?: number | undefined }
): void => {
  if (stream.closed || stream.destroyed) return
  const headers = { ":status": status, "apns-id": apnsId.toUpperCase() }
  if (refusal.reason === undefined) {
    stream.respond(headers, { endStream: true })
    return
  }
  stream.respond({ ...headers, "content-type": "application/json" })
  stream.end(JSON.stringify(refusal))
}
