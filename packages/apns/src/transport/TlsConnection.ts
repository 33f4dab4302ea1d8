import { type NetConnectOpts, isIP } from "node:net"
import * as tls from "node:tls"
import * as Redacted from "effect/Redacted"
import { Instant } from "@sightscreen/decider"
import type { Connection, Hooks, Open, Options } from "./Connection.ts"
import { Gauge } from "./Gauge.ts"
import * as Client from "./h2/Client.ts"
import { type Carrier, type Job, settle } from "./Job.ts"
import * as Link from "./Link.ts"
import * as RealTime from "./RealTime.ts"

/**
 * A connection by our own client: the socket, the clock and the {@link Link.Link} around `h2/Client.ts`.
 *
 * A turn is what happens between two looks at the socket. What is opened in a turn leaves in one write at its end, and the
 * link is told once what was opened and answered in it.
 */
export const open: Open = (id, options, hooks) => new TlsConnection(id, options, hooks)

/** How long a socket may take over its goodbye. */
const lastWordsMillis = 1000

/** How long answers may take that have been sent before a write has failed. */
const lastAnswersMillis = 100

/** What is read at once. A TLS record holds 16 KiB, and Node hands on one record at a time. */
const readBytes = 64 * 1024

class TlsConnection implements Connection, Carrier, Client.Listener<Job> {
  readonly id: number
  readonly #options: Options
  readonly #hooks: Hooks
  readonly #step: ReturnType<typeof Link.step>
  readonly #client: Client.Client<Job>
  readonly #socket: tls.TLSSocket
  readonly #gauge = new Gauge()
  #link: Link.Link
  #stopWaiting: () => void
  #secure = false
  #usable = false
  #served = false
  #left = false
  #over = false
  /** The last words are worth sending: the other side is there to read them. */
  #polite = false
  #writing = false
  /** The turn before this one ended with every stream taken, or the window shut. */
  #wasSaturated = false
  /** When the turn began; undefined between turns. */
  #turn: Instant.Instant | undefined
  // What the link has not been told of yet.
  #opened = 0
  #answered = 0
  #broken = 0

  constructor(id: number, options: Options, hooks: Hooks) {
    this.id = id
    this.#options = options
    this.#hooks = hooks
    this.#step = Link.step(options.manners)
    this.#link = Link.opened(RealTime.now(), options.certificate !== undefined)
    const { host, hostname, port } = new URL(options.origin)
    const name = hostname.replace(/^\[|\]$/g, "")
    this.#client = new Client.Client<Job>({ authority: host }, this)
    const connecting: tls.ConnectionOptions & NetConnectOpts = {
      host: name,
      port: port === "" ? 443 : Number(port),
      // A name to show is a host name; RFC 6066 3 leaves addresses out.
      ...(isIP(name) === 0 && { servername: name }),
      ...(options.ca !== undefined && { ca: options.ca }),
      ...(options.lookup !== undefined && { lookup: options.lookup }),
      ...(options.certificate !== undefined && {
        cert: options.certificate.certificate,
        key: Redacted.value(options.certificate.privateKey)
      }),
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.2",
      // One buffer for every read, and no stream between the socket and us.
      onread: { buffer: Buffer.allocUnsafeSlow(readBytes), callback: this.#read }
    }
    // The name is looked up for each connection anew, as Apple asks: Node keeps no answers.
    this.#socket = tls.connect(connecting)
    this.#socket.on("error", this.#lost)
    this.#socket.on("end", this.#lost)
    this.#socket.on("close", this.#lost)
    this.#socket.on("secureConnect", () => {
      if (this.#socket.alpnProtocol !== "h2") return this.#lost()
      this.#secure = true
      this.#flush()
    })
    this.#readToTheEnd()
    this.#socket.setNoDelay(true)
    this.#stopWaiting = RealTime.after(options.connectMillis, () => this.#finish())
  }

  readonly link = (): Link.Link => this.#link

  readonly served = (): boolean => this.#served

  readonly room = (): number =>
    this.#usable && this.#client.ready
      ? Math.max(
          0,
          Math.min(this.#client.room, Link.allowed(this.#link, this.#options.manners) - this.#client.busy)
        )
      : 0

  readonly ready = (): boolean => this.#client.ready

  readonly busy = (): number => this.#client.busy

  readonly saturated = (): boolean =>
    this.#usable &&
    this.#link.proven &&
    (this.#client.blocked ||
      this.#client.room <= 0 ||
      this.#client.busy >= Link.allowed(this.#link, this.#options.manners))

  readonly answers = (): number => this.#gauge.answered
  readonly lightMillis = (): number => this.#gauge.lightMillis
  readonly loadedMillis = (): number => this.#gauge.loadedMillis
  readonly carried = (authorization: string): boolean => this.#gauge.carried(authorization)

  readonly send = (job: Job): boolean => {
    const stream = this.#client.open(job, job.authorization, job)
    if (stream === 0) return false
    if (stream === Client.unsendable) {
      settle(job, { _tag: "NotProcessed", why: "unsendable" })
      return true
    }
    const now = this.#begin()
    this.#gauge.carry(job.authorization)
    job.carrier = this
    job.stream = stream
    job.openedAt = now
    job.deadline = Instant.fromMillis(now + this.#options.answerMillis)
    this.#opened++
    return true
  }

  readonly cancel = (job: Job): void => {
    this.#begin()
    this.#giveUp(job)
  }

  readonly tick = (now: Instant.Instant): void => {
    if (this.#over) return
    this.#client.refresh()
    if (this.#client.busy > 0) {
      const late: Array<Job> = []
      for (const [, job] of this.#client) if (job.deadline <= now) late.push(job)
      if (late.length > 0) this.#begin()
      for (const job of late) {
        // Settling one may have ended another, and its job may serve for the next.
        if (job.carrier !== this || job.deadline > now) continue
        this.#giveUp(job)
        // First of all, since settling may bring the next job at once.
        this.#say({ _tag: "StreamExpired", at: now, openedAt: job.openedAt })
        settle(job, { _tag: "Unknown", why: "deadline" })
      }
    }
    if (this.#usable && !this.#over) this.#say({ _tag: "Ticked", at: now })
    this.#flush()
  }

  readonly retire = (): void => {
    this.#say({ _tag: "Retired", at: RealTime.now() })
  }

  readonly destroy = (): void => {
    this.#polite = false
    this.#finish()
    this.#socket.destroy()
  }

  // ------------------------------------------------------------------ what the client has understood

  settings(streams: number): void {
    this.#say({ _tag: "SettingsHeard", at: RealTime.now(), limit: streams })
    if (this.#usable || this.#over || this.#left) return
    this.#usable = true
    this.#stopWaiting()
    this.#hooks.opened(this)
  }

  answered(
    job: Job,
    status: number,
    apnsId: string | undefined,
    uniqueId: string | undefined,
    body: string,
    headers: Client.Others | undefined
  ): void {
    job.carrier = undefined
    // One answer stands for all of a turn.
    if (this.#answered++ === 0) {
      const allowed = Link.allowed(this.#link, this.#options.manners)
      const now = this.#turn ?? RealTime.now()
      this.#gauge.sample(job, now, this.#client.busy + 1, allowed, this.#wasSaturated)
    }
    this.#gauge.answered++
    this.#served ||= status === 200
    // The first answer is what lifts the limit of one stream.
    if (!this.#link.proven) this.#account()
    settle(
      job,
      headers === undefined
        ? { _tag: "Answered", status, apnsId, uniqueId, body, connection: this.id }
        : { _tag: "Answered", status, apnsId, uniqueId, body, headers, connection: this.id }
    )
  }

  broken(job: Job, unread: boolean, status: number): void {
    // The head alone says all there is to say about an accepted push.
    if (status === 200) return this.answered(job, status, undefined, undefined, "", undefined)
    job.carrier = undefined
    this.#broken++
    if (job.resolve === undefined) return
    if (unread) this.#hooks.sentBack(job)
    else settle(job, { _tag: "Unknown", why: "lost" })
  }

  ponged(): void {
    this.#say({ _tag: "PongHeard", at: RealTime.now() })
  }

  ended(streams: number): void {
    this.#broken += streams
  }

  wentAway(lastStreamId: number): void {
    this.#polite = true
    this.#say({ _tag: "WentAway", at: RealTime.now(), lastStreamId })
  }

  failed(): void {
    this.#polite = true
    this.#lost()
  }

  // ------------------------------------------------------------------ turns

  /** Begins a turn unless one is under way. */
  #begin(): Instant.Instant {
    if (this.#turn === undefined) {
      this.#turn = RealTime.now()
      // A server may send each answer in a TLS record of its own, and Node hands on one record at a time: what has arrived
      // together is read before anything is made of it.
      RealTime.soon(this.#end)
    }
    return this.#turn
  }

  readonly #end = (): void => {
    this.#account()
    if (this.#client.exhausted) this.retire()
    if (!this.#over) {
      this.#hooks.roomMade(this)
      this.#account()
      this.#wasSaturated = this.saturated()
      this.#flush()
    }
    this.#turn = undefined
  }

  readonly #read = (bytes: number, buffer: Uint8Array): boolean => {
    if (this.#over) return true
    this.#begin()
    this.#client.receive(buffer as Buffer, bytes)
    return true
  }

  #flush(): void {
    if (this.#writing || this.#over || !this.#secure) return
    const bytes = this.#client.take()
    if (bytes === undefined) return
    this.#writing = true
    this.#socket.write(bytes, this.#wrote)
  }

  readonly #wrote = (error?: Error | null): void => {
    // What has failed once is not written to again; reading tells when it is over.
    if (error != null) return
    this.#writing = false
    if (this.#over) return
    this.#hooks.roomMade(this)
    this.#flush()
  }

  /**
   * A server that goes away may close while we still write. What it has answered before is then there to be read, and Node
   * would throw it away together with the socket at the first write that fails. So the first failure waits for what reading
   * brings: the end, a failure of its own, or nothing for a while.
   */
  #readToTheEnd(): void {
    const socket = this.#socket
    const destroy = socket.destroy.bind(socket)
    let failed = false
    socket.destroy = (error?: NodeJS.ErrnoException) => {
      if (error?.syscall !== "write" || failed || this.#over) return destroy(error)
      failed = true
      RealTime.after(lastAnswersMillis, () => destroy(error))
      return socket
    }
  }

  #giveUp(job: Job): void {
    this.#client.reset(job.stream)
    job.carrier = undefined
  }

  // ------------------------------------------------------------------ the link

  /** Tells the link what has become of streams. */
  #account(): void {
    const at = this.#turn ?? RealTime.now()
    const opened = this.#opened
    const answered = this.#answered
    const broken = this.#broken
    this.#opened = 0
    this.#answered = 0
    this.#broken = 0
    if (opened > 0) this.#tell({ _tag: "StreamOpened", at, streams: opened })
    if (answered > 0) this.#tell({ _tag: "StreamDone", at, answered: true, streams: answered })
    if (broken > 0) this.#tell({ _tag: "StreamDone", at, answered: false, streams: broken })
  }

  #say(input: Link.Input): void {
    this.#account()
    this.#tell(input)
  }

  #tell(input: Link.Input): void {
    const [next, outputs] = this.#step(this.#link, input)
    this.#link = next
    for (const output of outputs) {
      switch (output._tag) {
        case "Ping":
          this.#client.ping()
          break
        case "Drain":
          this.#leave()
          break
        case "Close":
          this.#polite ||= output.why === "drained"
          this.#finish()
          break
      }
    }
  }

  readonly #lost = (): void => this.#say({ _tag: "Lost", at: RealTime.now() })

  #leave(): void {
    if (this.#left) return
    this.#left = true
    this.#hooks.left(this)
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#stopWaiting()
    this.#leave()
    if (this.#polite) this.#client.goAway()
    this.#client.lose()
    this.#account()
    if (this.#polite) {
      const bytes = this.#client.take()
      // Says goodbye first. A server that does not take it does not hold us up.
      if (bytes === undefined) this.#socket.end()
      else this.#socket.end(bytes)
      const stop = RealTime.after(lastWordsMillis, () => this.#socket.destroy())
      this.#socket.on("close", stop)
    } else this.#socket.destroy()
    this.#hooks.closed(this)
  }
}
