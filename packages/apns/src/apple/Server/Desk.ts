import * as http2 from "node:http2"
import type { TLSSocket } from "node:tls"
import type { Instant } from "@sightscreen/decider"
import { Result } from "effect"
import type { Environment } from "../../Handling.ts"
import * as Bucket from "../Bucket.ts"
import * as Certificate from "../Certificate.ts"
import type * as Gate from "../Gate.ts"
import * as Jwt from "../Jwt.ts"
import type { Model } from "../Model.ts"
import type { Signatures } from "../Signatures.ts"
import * as Trouble from "../Trouble.ts"
import type { Fault, RequestFault } from "./Fault.ts"
import * as Reply from "./Reply.ts"

/**
 * Sits between a host's sessions and the model. Everything in it happens in callbacks of the event loop, one at a time.
 */
export interface Options {
  readonly environment: Environment
  readonly now: () => Instant.Instant
  /** Real time without a stream after which a connection is told to go. */
  readonly idleMillis: number | null
  /** How many connections may come in a row, and at what rate more. */
  readonly reconnects: Bucket.Rate | null
  readonly seed: number
  readonly onAnswered: ((exchange: Exchange) => void) | undefined
}

/** A request and what it was answered, as a log may show it. */
export interface Exchange {
  readonly at: Instant.Instant
  readonly environment: Environment
  readonly method: string
  /** Of a token, its last six digits. */
  readonly path: string
  readonly pushType: string | null
  /** Null for a stream that was reset, or not answered at all. */
  readonly status: number | null
  readonly reason: string | null
}

export interface Counts {
  /** Connections accepted since the start, and those open now. */
  readonly connections: number
  readonly open: number
  /** Connections that came too soon after others, and those closed because of their mistakes. */
  readonly turnedAway: number
  readonly sentAway: number
  /** Requests read to their end, answered or not. */
  readonly requests: number
  /** Pushes, and publishes to channels, that were taken. */
  readonly accepted: number
  readonly published: number
  readonly mostStreamsAtOnce: number
}

/** How many streams a connection gets once it has shown a good bearer token. Apple, as observed: 1000. */
const manyStreams = 1000

type Role = "push" | "management"

interface Client {
  readonly id: number
  readonly role: Role
  readonly session: http2.ServerHttp2Session
  /** What the connection was opened with, if with one. */
  readonly certificate: Certificate.Certificate | undefined
  /** Streams above it are not read any more: the client has been told so. */
  lastStreamId: number
  streams: number
}

/** A request read to its end. */
interface Letter {
  readonly client: Client
  readonly stream: http2.ServerHttp2Stream
  readonly headers: http2.IncomingHttpHeaders
  readonly rawHeaders: ReadonlyArray<string>
  readonly chunks: ReadonlyArray<Uint8Array>
}

export class Desk {
  readonly #model: Model
  readonly #signatures: Signatures
  readonly #options: Options
  readonly #clients = new Set<Client>()
  #trouble: Trouble.Trouble<RequestFault>
  #arrivals: Bucket.Bucket | undefined
  #connections = 0
  #turnedAway = 0
  #sentAway = 0
  #requests = 0
  #accepted = 0
  #published = 0
  #mostStreams = 0
  #silent = false
  #goAwayIn = 0

  constructor(model: Model, signatures: Signatures, options: Options) {
    this.#model = model
    this.#signatures = signatures
    this.#options = options
    this.#trouble = Trouble.make<RequestFault>([], options.seed)
  }

  counts(): Counts {
    return {
      connections: this.#connections,
      open: this.#clients.size,
      turnedAway: this.#turnedAway,
      sentAway: this.#sentAway,
      requests: this.#requests,
      accepted: this.#accepted,
      published: this.#published,
      mostStreamsAtOnce: this.#mostStreams
    }
  }

  /** Apple: connections that are opened again and again may be taken for an attack, and blocked for a while. */
  readonly admits = (): boolean => {
    const { now, reconnects } = this.#options
    if (reconnects === null) return true
    const [after, admitted] = Bucket.spend(reconnects, this.#arrivals, now())
    this.#arrivals = after
    if (!admitted) this.#turnedAway++
    return admitted
  }

  readonly welcome =
    (role: Role) =>
    (session: http2.ServerHttp2Session): void => {
      const client: Client = {
        id: this.#model.connect(),
        role,
        session,
        certificate: certificateOf(session),
        lastStreamId: Number.POSITIVE_INFINITY,
        streams: 0
      }
      this.#connections++
      this.#clients.add(client)
      session.on("error", ignore)
      session.on("frameError", ignore)
      if (client.certificate !== undefined) allow(session, manyStreams)
      session.on("close", () => {
        this.#clients.delete(client)
        this.#model.disconnect(client.id)
      })
      const { idleMillis } = this.#options
      if (idleMillis !== null) {
        session.setTimeout(idleMillis, () => this.#goAway(client, "IdleTimeout", undefined))
      }
      session.on("stream", (stream, headers, _flags, rawHeaders) => {
        stream.on("error", ignore)
        this.#mostStreams = Math.max(this.#mostStreams, ++client.streams)
        stream.on("close", () => client.streams--)
        const chunks: Array<Uint8Array> = []
        stream.on("data", (chunk: Uint8Array) => chunks.push(chunk))
        stream.on("end", () =>
          this.#read({
            client,
            stream,
            headers,
            rawHeaders: rawHeaders as unknown as ReadonlyArray<string>,
            chunks
          })
        )
      })
    }

  inject(fault: Exclude<Fault, { readonly _tag: "HalfOpen" }>): void {
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
      case "Limit":
        for (const { session } of this.#clients) allow(session, fault.streams)
        break
      case "LoseChannel":
        this.#model.loseChannel(fault.channelId)
        break
      case "Refuse":
      case "Reset":
      case "Stall":
        this.#trouble = Trouble.add(this.#trouble, fault)
        break
      case "Heal":
        this.#silent = false
        this.#goAwayIn = 0
        this.#trouble = Trouble.make<RequestFault>([], this.#trouble.seed)
        break
    }
  }

  #read(letter: Letter): void {
    const { client, headers, stream } = letter
    const streamId = stream.id ?? 0
    if (streamId > client.lastStreamId) return
    this.#requests++
    if (this.#goAwayIn > 0 && --this.#goAwayIn === 0) this.#goAway(client, "Shutdown", streamId)
    if (this.#silent) return this.#log(letter, null)
    const fault = this.#befalls(letter)
    if (fault?._tag === "Refuse") {
      const isPush = client.role === "push" && !headers[":path"]?.startsWith("/4/")
      return this.#answer(letter, Reply.refusal(fault, crypto.randomUUID(), isPush), null)
    }
    if (fault?._tag === "Reset" && !fault.processed) {
      this.#log(letter, null)
      return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
    }
    const jwt = Jwt.parse(headers.authorization)
    const judge = (signature: boolean) => {
      if (!stream.closed) this.#judge(letter, jwt, signature, fault)
    }
    const signature = Result.isSuccess(jwt) ? this.#signatures.judge(jwt.success) : false
    if (typeof signature === "boolean") judge(signature)
    else void signature.then(judge)
  }

  #befalls({ client: { role }, headers }: Letter): RequestFault | null {
    const channelId = headers["apns-channel-id"]
    const [next, fault] = Trouble.next(
      this.#trouble,
      Trouble.caseOf({
        environment: this.#options.environment,
        role,
        path: headers[":path"] ?? "",
        channelId: Array.isArray(channelId) ? channelId[0] : channelId
      })
    )
    this.#trouble = next
    return fault
  }

  #judge(letter: Letter, jwt: Gate.Request["jwt"], signature: boolean, fault: RequestFault | null): void {
    const { chunks, client, headers, rawHeaders } = letter
    const outputs = this.#model.ask({
      at: this.#options.now(),
      connection: client.id,
      method: headers[":method"] ?? "",
      path: headers[":path"] ?? "",
      headers: pairs(rawHeaders),
      body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
      jwt,
      signature: signature ? "valid" : "invalid",
      certificate: client.certificate,
      spareId: crypto.randomUUID(),
      spareUniqueId: crypto.randomUUID(),
      role: client.role,
      environment: this.#options.environment
    })
    for (const output of outputs) {
      switch (output._tag) {
        case "StreamsLifted":
          allow(client.session, manyStreams)
          break
        case "StreamsCut":
          allow(client.session, 1)
          break
        case "SentAway":
          this.#sentAway++
          this.#goAway(client, output.reason, undefined)
          break
        case "Accepted":
          this.#accepted++
          break
        case "Published":
          this.#published++
          break
        case "Response":
          this.#answer(letter, Reply.toPush(output), fault)
          break
        case "ChannelResponse":
          this.#answer(letter, Reply.aboutChannels(output), fault)
          break
      }
    }
  }

  #answer(letter: Letter, reply: Reply.Reply, fault: RequestFault | null): void {
    const { stream } = letter
    if (fault?._tag === "Reset") {
      this.#log(letter, null)
      return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
    }
    this.#log(letter, reply)
    if (fault?._tag !== "Stall") return Reply.send(stream, reply)
    // A socket's peer waits in real time.
    // @effect-diagnostics-next-line globalTimers:off
    setTimeout(() => Reply.send(stream, reply), fault.millis).unref()
  }

  #log({ headers }: Letter, reply: Reply.Reply | null): void {
    const { environment, now, onAnswered } = this.#options
    if (onAnswered === undefined) return
    const pushType = headers["apns-push-type"]
    onAnswered({
      at: now(),
      environment,
      method: headers[":method"] ?? "",
      path: shortened(headers[":path"] ?? ""),
      pushType: typeof pushType === "string" ? pushType : null,
      status: reply?.headers[":status"] ?? null,
      reason: reply?.reason ?? null
    })
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

const ignore = () => {}

const certificateOf = (session: http2.ServerHttp2Session): Certificate.Certificate | undefined => {
  const socket = session.socket as TLSSocket
  const shown = socket.getPeerX509Certificate()
  return shown && { ...Certificate.read(shown.raw), trusted: socket.authorized }
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

/** A path without the tokens it may hold, wherever a sender has put them. */
const shortened = (path: string): string =>
  path
    .replace(/(?<=^\/3\/device\/)[^/]+/, tail)
    .replace(/[0-9A-Fa-f]{13,}/g, tail)
    .slice(0, 200)

/** As `Token.tail`, of whatever stands where a token should. */
const tail = (token: string): string => `…${token.slice(-Math.min(6, token.length >> 1))}`
