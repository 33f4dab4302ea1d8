import type { LookupFunction } from "node:net"
import type { Instant } from "@sightscreen/decider"
import type { Job } from "./Job.ts"
import type { ClientCertificate } from "./ClientCertificate.ts"
import type * as Link from "./Link.ts"

/**
 * One HTTP/2 connection and its {@link Link.Link}: turns what happens on it into inputs and does what the link says.
 *
 * A bad connection costs its own streams and never the process.
 */
export interface Connection {
  readonly id: number
  readonly link: () => Link.Link
  /** Whether a request has ever been answered with 200 here. */
  readonly served: () => boolean
  readonly room: () => number
  /** Whether the next of those it has room for can be sent at once. */
  readonly ready: () => boolean
  /** Streams under way. */
  readonly busy: () => number
  /** Whether every stream that the server allows is taken. */
  readonly saturated: () => boolean
  /** Requests answered so far. */
  readonly answers: () => number
  /** How long an answer takes, lately, with few streams taken and with all of them. Milliseconds; 0 where unknown. */
  readonly lightMillis: () => number
  readonly loadedMillis: () => number
  /** Whether a request with this authorization has been sent here. */
  readonly carried: (authorization: string) => boolean
  /** Opens a stream for a job, if there is room. False when the session turns out to take none. */
  readonly send: (job: Job) => boolean
  /** Lets deadlines and silence take effect. */
  readonly tick: (now: Instant.Instant) => void
  readonly retire: () => void
  readonly destroy: () => void
}

export interface Options {
  /** `https://host:port`. */
  readonly origin: string
  /** Certificates to trust instead of the system's. PEM. */
  readonly ca: string | undefined
  /** Looks names up; the system's resolver where absent. */
  readonly lookup: LookupFunction | undefined
  /** To show to the server. */
  readonly certificate: ClientCertificate | undefined
  /** For name look-up, TCP, TLS and the server's first SETTINGS together. */
  readonly connectMillis: number
  readonly answerMillis: number
  readonly manners: Link.Manners
}

export interface Hooks {
  /** The server's SETTINGS have come: it can be used. */
  readonly opened: (connection: Connection) => void
  /** There may be room for more streams. */
  readonly roomMade: (connection: Connection) => void
  /** It takes no new streams, or never took one. Called once, in the very tick in which that is known. */
  readonly left: (connection: Connection) => void
  /** All over. Called once, after `left`. */
  readonly closed: (connection: Connection) => void
  /** The server has certainly not read this job. */
  readonly sentBack: (job: Job) => void
}

/** A way of talking HTTP/2. */
export type Open = (id: number, options: Options, hooks: Hooks) => Connection
