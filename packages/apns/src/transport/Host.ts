import { Instant } from "@sightscreen/decider"
import type * as Connection from "./Connection.ts"
import { type Job, Line, settle } from "./Job.ts"
import * as RealTime from "./RealTime.ts"

/**
 * The connections to one of Apple's hosts, and the line of jobs that wait for room on them.
 *
 * One connection is in use at a time, opened for the first job that needs it, shared by all and held; one that drains
 * lives on beside it until its last answer. Connecting again waits longer after each failure: Apple takes rapid
 * reconnecting for an attack.
 */
export interface Host {
  readonly submit: (job: Job) => void
  /** Retires a connection and gives back what waits with this authorization. */
  readonly disown: (authorization: string, connection: number) => void
  readonly tick: (now: Instant.Instant) => void
  /** Sends what waits back to its callers and finishes what is under way; calls back when the last one is done. */
  readonly drain: (done: () => void) => void
  readonly destroy: () => void
}

export interface Options extends Connection.Options {
  readonly open: Connection.Open
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

/** A server that sends a request back for the fifth time is not going to read it. */
const mostSendings = 4

export const make = (options: Options): Host => {
  const waiting = new Line()
  /** What a server has sent back goes before what has not been sent. */
  const returned = new Line()
  const connections = new Map<number, Connection.Connection>()
  let retireAt = Number.POSITIVE_INFINITY
  let current: Connection.Connection | undefined
  let opening: Connection.Connection | undefined
  let stopBackoff: (() => void) | undefined
  let failures = 0
  let whenDrained: (() => void) | undefined

  const take = () => returned.shift() ?? waiting.shift()

  const serve = () => {
    // Sending can end the connection and begin another, so it is looked up anew each time.
    for (;;) {
      const connection = current
      const job = connection === undefined || connection.room() === 0 ? undefined : take()
      if (connection === undefined || job === undefined) break
      if (!connection.send(job)) returned.push(job)
    }
    connect()
  }

  const connect = () => {
    if (current !== undefined || opening !== undefined || stopBackoff !== undefined) return
    if (whenDrained !== undefined || (returned.peek() ?? waiting.peek()) === undefined) return
    opening = options.open(options.nextId(), options, hooks)
    connections.set(opening.id, opening)
  }

  const hooks: Connection.Hooks = {
    opened: (connection) => {
      opening = undefined
      current = connection
      retireAt = RealTime.now() + options.ageMillis * (1 - options.random() / 4)
    },
    roomMade: (connection) => {
      if (connection === current) serve()
    },
    left: (connection) => {
      if (connection === current) current = undefined
      if (connection === opening) opening = undefined
      // Having connected proves little: a host may take connections and refuse all that comes by them.
      failures = connection.served() ? 0 : failures + 1
      if (failures === 0) return connect()
      if (whenDrained !== undefined || stopBackoff !== undefined) return
      stopBackoff = RealTime.after(backoff(options, failures), () => {
        stopBackoff = undefined
        connect()
      })
    },
    closed: (connection) => {
      connections.delete(connection.id)
      if (connections.size === 0) whenDrained?.()
    },
    sentBack: (job) => {
      if (whenDrained !== undefined) return settle(job, { _tag: "NotProcessed", why: "closed" })
      if (++job.sentBack > mostSendings) return settle(job, { _tag: "NotProcessed", why: "sent-back" })
      const last = job.submittedAt + 2 * options.waitMillis + options.answerMillis
      job.deadline = Instant.fromMillis(Math.min(RealTime.now() + options.waitMillis, last))
      returned.push(job)
      serve()
    }
  }

  return {
    submit: (job) => {
      if (whenDrained !== undefined) return settle(job, { _tag: "NotProcessed", why: "closed" })
      if (waiting.length >= options.maxWaiting)
        return settle(job, { _tag: "NotProcessed", why: "queue-full" })
      job.deadline = Instant.fromMillis(job.submittedAt + options.waitMillis)
      waiting.push(job)
      serve()
    },
    disown: (authorization, id) => {
      const connection = connections.get(id)
      if (connection === undefined || connection.link().phase !== "open") return
      connection.retire()
      // Listed first, since settling may bring new jobs at once.
      for (const job of [...returned, ...waiting]) {
        if (job.authorization === authorization) settle(job, { _tag: "NotProcessed", why: "disowned" })
      }
    },
    tick: (now) => {
      for (const line of [returned, waiting]) {
        for (let job = line.peek(); job !== undefined && job.deadline <= now; job = line.peek()) {
          settle(job, { _tag: "NotProcessed", why: "no-connection" })
        }
      }
      if (now >= retireAt) current?.retire()
      for (const connection of connections.values()) connection.tick(now)
    },
    drain: (done) => {
      whenDrained = done
      stopBackoff?.()
      for (const line of [returned, waiting]) {
        for (let job = line.shift(); job !== undefined; job = line.shift()) {
          settle(job, { _tag: "NotProcessed", why: "closed" })
        }
      }
      if (connections.size === 0) return done()
      for (const connection of connections.values()) connection.retire()
    },
    destroy: () => {
      for (const connection of connections.values()) connection.destroy()
    }
  }
}

const backoff = ({ backoff, random }: Options, failures: number): number =>
  Math.min(backoff.capMillis, backoff.firstMillis * 2 ** (failures - 1)) * (0.5 + random() / 2)
