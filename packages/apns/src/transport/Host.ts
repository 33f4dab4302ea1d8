import { Instant } from "@sightscreen/decider"
import type * as Connection from "./Connection.ts"
import type { Feed, Stand } from "./Feed.ts"
import * as Growth from "./Growth.ts"
import { type Job, Line, settle } from "./Job.ts"
import * as RealTime from "./RealTime.ts"

/**
 * The connections to one of Apple's hosts, and what waits for room on them: jobs in line, and feeds to take jobs from.
 *
 * Connections are opened one at a time: the first for the first job that needs it, another when {@link Growth} says so. They
 * are shared by all, held, and filled in the order of their age, so that what is not needed falls idle and can go. One that
 * drains lives on beside the others until its last answer. Connecting again waits longer after each failure: Apple takes
 * rapid reconnecting for an attack.
 */
export interface Host extends Stand {
  readonly submit: (job: Job) => void
  /** Retires the connections that have carried an authorization and gives back what waits with it. */
  readonly disown: (authorization: string, connection: number) => void
  readonly tick: (now: Instant.Instant) => void
  /** Sends what waits back to its callers and finishes what is under way; calls back when the last one is done. */
  readonly drain: (done: () => void) => void
  readonly destroy: () => void
}

export interface Options extends Connection.Options {
  readonly open: Connection.Open
  /** How many connections there may be at once, beside those that drain. */
  readonly mostConnections: number
  /** How long a connection that is not the only one may have nothing to do. */
  readonly spareMillis: number
  /** How old a connection gets before another takes its place, cut by up to a quarter at random. */
  readonly ageMillis: number
  /** How long a job may wait for a connection and for room on it. */
  readonly waitMillis: number
  /** How many jobs may wait. */
  readonly maxWaiting: number
  /** The delay before connecting again: doubled after each failure, up to the cap, then cut by up to half at random. */
  readonly backoff: { readonly firstMillis: number; readonly capMillis: number }
  /** A number at or above 0 and below 1. */
  readonly random: () => number
  readonly nextId: () => number
}

/** A connection that takes new requests. */
interface Open {
  readonly connection: Connection.Connection
  readonly retireAt: number
  busyAt: number
}

/**
 * A server that sends a request back so often is not going to read it. One that goes away under load sends the same back a
 * dozen times, and reads it in the end.
 */
const mostSendings = 100

export const make = (options: Options): Host => {
  const waiting = new Line()
  /** What a server has sent back goes before what has not been sent. */
  const returned = new Line()
  const feeds: Array<Feed> = []
  let turn = 0
  const connections = new Map<number, Connection.Connection>()
  /** By age. */
  const open: Array<Open> = []
  let opening: Connection.Connection | undefined
  let growth = Growth.none
  /** What connections that are gone have answered. */
  let answeredBefore = 0
  let stopBackoff: (() => void) | undefined
  let failures = 0
  let whenDrained: (() => void) | undefined
  let serving = false
  let serveAgain = false

  const wanted = () =>
    (returned.peek() ?? waiting.peek()) !== undefined || feeds.some((feed) => feed.peek() !== undefined)

  /** Lines and feeds take turns, so that none of them starves another. */
  const take = (): Job | undefined => {
    const job = returned.shift()
    if (job !== undefined) return job
    if (feeds.length === 0) return waiting.shift()
    if (feeds.length === 1 && waiting.length === 0) return feeds[0]!.take(self)
    for (let tries = 0; tries <= feeds.length; tries++) {
      turn = (turn + 1) % (feeds.length + 1)
      const next = turn === 0 ? waiting.shift() : feeds[turn - 1]?.take(self)
      if (next !== undefined) return next
    }
    return undefined
  }

  const fill = (connection: Connection.Connection) => {
    for (let room = connection.room(); room > 0 && connection.ready(); room--) {
      const job = take()
      if (job === undefined) return
      if (!connection.send(job)) {
        returned.push(job)
        return
      }
    }
  }

  // Sending can settle a job, end a connection and begin another: what that calls for is done in another round.
  const serve = () => {
    serveAgain = true
    if (serving) return
    serving = true
    while (serveAgain) {
      serveAgain = false
      for (let nth = 0; nth < open.length; nth++) fill(open[nth]!.connection)
    }
    serving = false
    if (open.length === 0) connect()
  }

  const connect = () => {
    if (opening !== undefined || stopBackoff !== undefined) return
    if (whenDrained !== undefined || !wanted()) return
    opening = options.open(options.nextId(), options, hooks)
    connections.set(opening.id, opening)
  }

  const grow = (now: Instant.Instant) => {
    if (options.mostConnections <= 1 || open.length === 0) return
    let answered = answeredBefore
    for (const connection of connections.values()) answered += connection.answers()
    const lights = open.map(({ connection }) => connection.lightMillis()).filter((millis) => millis > 0)
    const loads = open.map(({ connection }) => connection.loadedMillis())
    const [next, advice] = Growth.step(growth, {
      at: now,
      saturated: open.every(({ connection }) => connection.saturated()) && wanted(),
      opening: opening !== undefined || open.some(({ connection }) => !connection.link().proven),
      connections: open.length,
      most: options.mostConnections,
      answered,
      lightMillis: lights.length === 0 ? 0 : Math.min(...lights),
      loadedMillis: Math.max(...loads)
    })
    growth = next
    if (advice === "add") connect()
    if (advice === "remove") open.at(-1)?.connection.retire()
  }

  /** Lets a connection go that is too old, or that the others can do without. */
  const prune = (now: Instant.Instant) => {
    for (const it of open) if (it.connection.busy() > 0) it.busyAt = now
    const old = open.find(({ retireAt }) => now >= retireAt)
    if (old !== undefined) return old.connection.retire()
    const newest = open.at(-1)
    if (open.length > 1 && newest !== undefined && now - newest.busyAt >= options.spareMillis) {
      newest.connection.retire()
    }
  }

  const hooks: Connection.Hooks = {
    opened: (connection) => {
      opening = undefined
      const now = RealTime.now()
      const retireAt = now + options.ageMillis * (1 - options.random() / 4)
      open.push({ connection, retireAt, busyAt: now })
    },
    roomMade: (connection) => {
      if (open.some((it) => it.connection === connection)) serve()
    },
    left: (connection) => {
      const nth = open.findIndex((it) => it.connection === connection)
      if (nth >= 0) open.splice(nth, 1)
      if (connection === opening) opening = undefined
      // Having connected proves little: a host may take connections and refuse all that comes by them.
      failures = connection.served() ? 0 : failures + 1
      if (open.length > 0) return serve()
      if (failures === 0) return connect()
      if (whenDrained !== undefined || stopBackoff !== undefined) return
      stopBackoff = RealTime.after(backoff(options, failures), () => {
        stopBackoff = undefined
        if (open.length === 0) connect()
      })
    },
    closed: (connection) => {
      connections.delete(connection.id)
      answeredBefore += connection.answers()
      if (connections.size === 0) whenDrained?.()
    },
    sentBack: (job) => {
      if (whenDrained !== undefined) return settle(job, { _tag: "NotProcessed", why: "closed" })
      // A batch's job has waited for nothing before it was sent.
      if (job.notification !== undefined && job.sentBack === 0) job.submittedAt = job.openedAt
      if (++job.sentBack > mostSendings) return settle(job, { _tag: "NotProcessed", why: "sent-back" })
      const last = job.submittedAt + 2 * options.waitMillis + options.answerMillis
      job.deadline = Instant.fromMillis(Math.min(RealTime.now() + options.waitMillis, last))
      returned.push(job)
      serve()
    }
  }

  const self: Host = {
    attach: (feed) => {
      feeds.push(feed)
    },
    detach: (feed) => {
      const nth = feeds.indexOf(feed)
      if (nth >= 0) feeds.splice(nth, 1)
    },
    serve: () => {
      if (whenDrained === undefined) return serve()
      for (const feed of feeds.slice()) feed.giveUp("closed")
    },
    submit: (job) => {
      if (whenDrained !== undefined) return settle(job, { _tag: "NotProcessed", why: "closed" })
      if (waiting.length >= options.maxWaiting)
        return settle(job, { _tag: "NotProcessed", why: "queue-full" })
      job.deadline = Instant.fromMillis(job.submittedAt + options.waitMillis)
      waiting.push(job)
      serve()
    },
    disown: (authorization, id) => {
      let harmed = false
      // Apple refuses all that comes after an expired token by the same connection, so each that has carried it goes.
      for (const connection of connections.values()) {
        if (connection.link().phase !== "open") continue
        if (connection.id !== id && !connection.carried(authorization)) continue
        harmed = true
        connection.retire()
      }
      if (!harmed) return
      // Listed first, since settling may bring new jobs at once.
      const jobs = [...returned, ...waiting].filter((job) => job.authorization === authorization)
      const asking = feeds.filter((feed) => feed.authorization === authorization)
      for (const job of jobs) settle(job, { _tag: "NotProcessed", why: "disowned" })
      for (const feed of asking) feed.disowned()
    },
    tick: (now) => {
      for (const line of [returned, waiting]) {
        for (let job = line.peek(); job !== undefined && job.deadline <= now; job = line.peek()) {
          settle(job, { _tag: "NotProcessed", why: "no-connection" })
        }
      }
      for (const feed of feeds.slice()) if (feed.stuck(now, options.waitMillis)) feed.giveUp("no-connection")
      prune(now)
      for (const connection of connections.values()) connection.tick(now)
      grow(now)
    },
    drain: (done) => {
      whenDrained = done
      stopBackoff?.()
      for (const line of [returned, waiting]) {
        for (let job = line.shift(); job !== undefined; job = line.shift()) {
          settle(job, { _tag: "NotProcessed", why: "closed" })
        }
      }
      for (const feed of feeds.slice()) feed.giveUp("closed")
      if (connections.size === 0) return done()
      for (const connection of connections.values()) connection.retire()
    },
    destroy: () => {
      for (const connection of connections.values()) connection.destroy()
    }
  }
  return self
}

const backoff = ({ backoff, random }: Options, failures: number): number =>
  Math.min(backoff.capMillis, backoff.firstMillis * 2 ** (failures - 1)) * (0.5 + random() / 2)
