import * as http2 from "node:http2"
import { Instant } from "@sightscreen/decider"
import * as Redacted from "effect/Redacted"
import type { Headers } from "../Headers.ts"
import * as Request from "../Request.ts"
import type { Connection, Open } from "./Connection.ts"
import { type Carrier, type Job, settle } from "./Job.ts"
import { Gauge } from "./Gauge.ts"
import { bytesOf } from "../Body.ts"
import * as Link from "./Link.ts"
import * as RealTime from "./RealTime.ts"

/** A thousand of the largest pushes, with room to spare; at Node's own 10 it resets streams that Apple has accepted. */
const sessionMegabytes = 64

/** How long a session may take over its goodbye. */
const lastWordsMillis = 1000

/** Refusals are short; what is longer is not Apple's. A list of channels is the longest answer there is. */
const longestBody = 1 << 20

/**
 * A connection by Node's own client.
 *
 * Every emitter has an error listener before it is used, and every call that can throw on a dying session is guarded.
 */
export const open: Open = (id, options, hooks) => {
  const { manners } = options
  const step = Link.step(manners)
  const flying = new Map<Job, http2.ClientHttp2Stream>()
  const prepared: Prepared = new WeakMap()
  const gauge = new Gauge()
  let link = Link.opened(RealTime.now(), options.certificate !== undefined)
  let sent = 0
  let usable = false
  let served = false
  let left = false
  let over = false

  const say = (input: Link.Input) => {
    const [next, outputs] = step(link, input)
    link = next
    for (const output of outputs) {
      switch (output._tag) {
        case "Ping":
          ping()
          break
        case "Drain":
          leave()
          break
        case "Close":
          finish(output.why === "drained")
          break
      }
    }
  }

  const saturated = () => usable && link.proven && Link.room(link, manners) === 0

  const leave = () => {
    if (left) return
    left = true
    hooks.left(self)
  }

  const finish = (orderly: boolean) => {
    if (over) return
    over = true
    stopWaiting()
    leave()
    if (orderly) {
      // Says goodbye first. A server that does not take it does not hold us up.
      session.close()
      stopWaiting = RealTime.after(lastWordsMillis, () => session.destroy())
    } else session.destroy()
    hooks.closed(self)
  }

  const ping = () => {
    if (session.destroyed) return
    try {
      session.ping((error) => {
        if (error === null) say({ _tag: "PongHeard", at: RealTime.now() })
      })
    } catch {
      say({ _tag: "Lost", at: RealTime.now() })
    }
  }

  const heard = (settings: http2.Settings) => {
    say({
      _tag: "SettingsHeard",
      at: RealTime.now(),
      limit: settings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
    })
    if (over || left) return
    if (!usable) {
      usable = true
      stopWaiting()
      hooks.opened(self)
    }
    hooks.roomMade(self)
  }

  const send = (job: Job): boolean => {
    let stream: http2.ClientHttp2Stream
    try {
      stream = session.request(headersOf(prepared, job), { endStream: false })
    } catch (error) {
      if (isSessionError(error)) {
        // The session is on its way out and has not said so yet.
        say({ _tag: "Retired", at: RealTime.now() })
        return false
      }
      settle(job, { _tag: "NotProcessed", why: "unsendable" })
      return true
    }
    const openedAt = RealTime.now()
    gauge.carry(job.authorization)
    job.carrier = carrier
    job.openedAt = openedAt
    job.deadline = Instant.fromMillis(openedAt + options.answerMillis)
    const nth = ++sent
    job.stream = nth
    flying.set(job, stream)
    say({ _tag: "StreamOpened", at: openedAt })

    let response: http2.IncomingHttpHeaders | undefined
    let body = ""
    let ended = false
    stream.on("error", ignore)
    stream.on("response", (headers) => {
      response = headers
    })
    stream.setEncoding("utf8")
    stream.on("data", (text: string) => {
      if (body.length < longestBody) body += text
    })
    stream.on("end", () => {
      ended = true
    })
    // "end" also comes when the session dies before any header, so the stream is judged when it closes.
    stream.on("close", () => {
      // A job that was given up may serve for another by now.
      const wanted = job.stream === nth && job.carrier === carrier
      if (wanted) {
        flying.delete(job)
        job.carrier = undefined
      }
      const status = Number(response?.[":status"] ?? 0)
      const whole = ended && stream.rstCode === 0 && !stream.aborted
      // The head alone says all there is to say about an accepted push.
      const answered = status === 200 || (status > 0 && whole)
      served ||= status === 200
      const now = RealTime.now()
      if (answered && wanted) gauge.sample(job, now, link.busy, Link.allowed(link, manners), saturated())
      if (answered) gauge.answered++
      say({ _tag: "StreamDone", at: now, answered })
      if (wanted && job.resolve !== undefined) {
        if (answered) {
          settle(job, {
            _tag: "Answered",
            status,
            apnsId: text(response?.["apns-id"])?.toLowerCase(),
            uniqueId: text(response?.["apns-unique-id"]),
            body,
            ...(!(status === 200 && job.path.startsWith(Request.devicePath)) && {
              headers: othersOf(response ?? {})
            }),
            connection: id
          })
        } else if (
          status === 0 &&
          (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM || Link.unread(link, stream.id))
        ) {
          hooks.sentBack(job)
        } else {
          settle(job, { _tag: "Unknown", why: "lost" })
        }
      }
      if (!over) hooks.roomMade(self)
    })
    stream.end(bytesOf(job.body))
    return true
  }

  const carrier: Carrier = {
    cancel: (job) => {
      const stream = flying.get(job)
      flying.delete(job)
      job.carrier = undefined
      if (stream !== undefined && !stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL)
    }
  }

  const tick = (now: Instant.Instant) => {
    for (const [job, stream] of flying) {
      if (job.deadline > now) break
      // Taken out at once: a stream whose session is stuck may never close.
      flying.delete(job)
      job.carrier = undefined
      // First of all, since settling may bring the next job at once.
      say({ _tag: "StreamExpired", at: now, openedAt: job.openedAt })
      settle(job, { _tag: "Unknown", why: "deadline" })
      if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL)
    }
    if (usable && !over) say({ _tag: "Ticked", at: now })
  }

  const session = http2.connect(options.origin, {
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.lookup !== undefined && { lookup: options.lookup }),
    ...(options.certificate !== undefined && {
      cert: options.certificate.certificate,
      key: Redacted.value(options.certificate.privateKey)
    }),
    // Node assumes 100 until SETTINGS come, and Apple refuses what exceeds its one.
    peerMaxConcurrentStreams: 1,
    maxSessionMemory: sessionMegabytes,
    settings: { enablePush: false }
  })
  session.on("error", () => say({ _tag: "Lost", at: RealTime.now() }))
  session.on("frameError", () => say({ _tag: "Lost", at: RealTime.now() }))
  session.on("close", () => {
    say({ _tag: "Lost", at: RealTime.now() })
    stopWaiting()
  })
  session.on("goaway", (_code, lastStreamId) =>
    say({ _tag: "WentAway", at: RealTime.now(), lastStreamId: lastStreamId ?? 0 })
  )
  session.on("remoteSettings", heard)
  let stopWaiting = RealTime.after(options.connectMillis, () => finish(false))

  const self: Connection = {
    id,
    link: () => link,
    served: () => served,
    room: () => (usable ? Link.room(link, manners) : 0),
    ready: () => usable && Link.room(link, manners) > 0,
    busy: () => link.busy,
    saturated,
    answers: () => gauge.answered,
    lightMillis: () => gauge.lightMillis,
    loadedMillis: () => gauge.loadedMillis,
    carried: (authorization) => gauge.carried(authorization),
    send,
    tick,
    retire: () => say({ _tag: "Retired", at: RealTime.now() }),
    destroy: () => {
      finish(false)
      session.destroy()
    }
  }
  return self
}

const ignore = () => {}

const text = (header: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof header === "string" ? header : header?.[0]

const isSessionError = (error: unknown): boolean => {
  const code = (error as { readonly code?: unknown } | null)?.code
  return (
    code === "ERR_HTTP2_GOAWAY_SESSION" ||
    code === "ERR_HTTP2_INVALID_SESSION" ||
    code === "ERR_HTTP2_OUT_OF_STREAMS"
  )
}

/** Shared headers as Node wants them, made once for each cohort and connection. */
type Prepared = WeakMap<Headers, http2.OutgoingHttpHeaders>

const headersOf = (prepared: Prepared, job: Job): http2.OutgoingHttpHeaders => {
  let shared = prepared.get(job.shared)
  if (shared === undefined) {
    shared = Object.fromEntries(job.shared)
    prepared.set(job.shared, shared)
  }
  const path = job.path + (job.token ?? "")
  const headers: http2.OutgoingHttpHeaders = { ...shared, ":path": path }
  if (job.authorization !== "") headers["authorization"] = job.authorization
  if (job.pushId !== undefined) headers["apns-id"] = job.pushId
  // Apple asks for these two without indexing: they would only push useful entries out of the header table.
  headers[http2.sensitiveHeaders as unknown as string] = neverIndexed
  return headers
}

const neverIndexed = [":path", "authorization"]

const othersOf = (headers: http2.IncomingHttpHeaders): Readonly<Record<string, string>> => {
  const others: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) others[name] = String(value)
  }
  return others
}
