import { Instant, type Step } from "@sightscreen/decider"

/**
 * The life of one connection to Apple, as a decider: open → draining → closed.
 *
 * It counts streams and watches for silence; it opens nothing and sends nothing. Its instants come from the transport's
 * own steady clock and mean nothing outside.
 *
 * Apple: a connection with bearer tokens takes one stream until a push with a valid token has been posted, then as many
 * as its SETTINGS say, which change while it lives; a GOAWAY names the last stream it will answer.
 */
export interface Link {
  readonly phase: "open" | "draining" | "closed"
  /** Streams the server's SETTINGS allow at once. */
  readonly peerLimit: number
  /** Something has been answered here. */
  readonly proven: boolean
  /** Streams opened and not yet closed. */
  readonly busy: number
  /** The last stream the server will answer. */
  readonly lastStreamId: number
  readonly answeredAt: Instant.Instant
  readonly heardAt: Instant.Instant
  /** When the ping was sent that is still unanswered. */
  readonly pingedAt: Instant.Instant | null
}

/** How patient a link is. Milliseconds. */
export interface Manners {
  /** Streams to have open at once, whatever the server allows. */
  readonly maxStreams: number
  /** Silence with streams open that calls for a ping. */
  readonly silenceMillis: number
  /** Silence with nothing to say that calls for a ping. */
  readonly idleMillis: number
  /** How long a ping may stay unanswered. */
  readonly pongMillis: number
}

export const manners: Manners = {
  maxStreams: 1000,
  silenceMillis: 2000,
  idleMillis: 60_000,
  pongMillis: 3000
}

export type Input =
  | { readonly _tag: "SettingsHeard"; readonly at: Instant.Instant; readonly limit: number }
  /** `streams` of them at once; one where that is left out. */
  | { readonly _tag: "StreamOpened"; readonly at: Instant.Instant; readonly streams?: number }
  | {
      readonly _tag: "StreamDone"
      readonly at: Instant.Instant
      readonly answered: boolean
      readonly streams?: number
    }
  /** A stream opened at `openedAt` has waited too long for its answer. */
  | { readonly _tag: "StreamExpired"; readonly at: Instant.Instant; readonly openedAt: Instant.Instant }
  | { readonly _tag: "PongHeard"; readonly at: Instant.Instant }
  /** A GOAWAY. A graceful server sends two: one naming the highest possible stream, then one naming the last. */
  | { readonly _tag: "WentAway"; readonly at: Instant.Instant; readonly lastStreamId: number }
  /** We want no more of it. */
  | { readonly _tag: "Retired"; readonly at: Instant.Instant }
  | { readonly _tag: "Lost"; readonly at: Instant.Instant }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }

export type Output =
  | { readonly _tag: "Ping" }
  /** Open no more streams here; those under way go on. */
  | { readonly _tag: "Drain" }
  /** Give the connection up, with whatever is under way on it. */
  | { readonly _tag: "Close"; readonly why: "drained" | "lost" | "silent" }

/** With a certificate there is no bearer token to wait for: what SETTINGS say holds from the start. */
export const opened = (at: Instant.Instant, withCertificate = false): Link => ({
  phase: "open",
  peerLimit: 1,
  proven: withCertificate,
  busy: 0,
  lastStreamId: Number.POSITIVE_INFINITY,
  answeredAt: at,
  heardAt: at,
  pingedAt: null
})

/** How many streams may be open at once. */
export const allowed = (self: Link, { maxStreams }: Manners = manners): number =>
  self.phase === "open" ? (self.proven ? Math.min(self.peerLimit, maxStreams) : 1) : 0

/** How many streams may be opened right now. */
export const room = (self: Link, manners?: Manners): number => Math.max(0, allowed(self, manners) - self.busy)

/**
 * Whether the server has certainly not looked at a stream that broke without an answer. A stream without an id was never
 * sent at all.
 */
export const unread = (self: Link, streamId: number | undefined): boolean =>
  streamId === undefined || streamId > self.lastStreamId

export const step =
  (manners: Manners) =>
  (self: Link, input: Input): Step.Step<Link, Output> => {
    if (self.phase === "closed") return [self, []]
    switch (input._tag) {
      case "SettingsHeard":
        return [{ ...self, peerLimit: input.limit, heardAt: input.at }, []]
      case "StreamOpened":
        // An idle connection may rightly have been silent until now.
        return [
          {
            ...self,
            busy: self.busy + (input.streams ?? 1),
            heardAt: self.busy === 0 ? input.at : self.heardAt
          },
          []
        ]
      case "StreamDone": {
        const busy = self.busy - (input.streams ?? 1)
        return finish(
          input.answered
            ? { ...self, busy, proven: true, answeredAt: input.at, heardAt: input.at }
            : { ...self, busy }
        )
      }
      case "StreamExpired":
        // It may answer pings and no pushes: then nothing has been answered since the stream was opened.
        return self.answeredAt <= input.openedAt ? drain(self) : [self, []]
      case "PongHeard":
        return [{ ...self, heardAt: input.at, pingedAt: null }, []]
      case "WentAway":
        return drain({ ...self, lastStreamId: Math.min(self.lastStreamId, input.lastStreamId) })
      case "Retired":
        return drain(self)
      case "Lost":
        return close(self, "lost")
      case "Ticked":
        return tick(self, input.at, manners)
    }
  }

const drain = (self: Link): Step.Step<Link, Output> => {
  if (self.phase === "draining") return [self, []]
  const [next, outputs] = finish({ ...self, phase: "draining" })
  return [next, [{ _tag: "Drain" }, ...outputs]]
}

/** A draining link closes with its last stream. */
const finish = (self: Link): Step.Step<Link, Output> =>
  self.phase === "draining" && self.busy === 0 ? close(self, "drained") : [self, []]

const close = (self: Link, why: "drained" | "lost" | "silent"): Step.Step<Link, Output> => [
  { ...self, phase: "closed" },
  [{ _tag: "Close", why }]
]

const tick = (self: Link, at: Instant.Instant, manners: Manners): Step.Step<Link, Output> => {
  if (self.pingedAt !== null) {
    const patience = at - Instant.later(self.pingedAt, self.heardAt)
    return patience >= manners.pongMillis ? close(self, "silent") : [self, []]
  }
  const silence = at - self.heardAt
  return silence >= (self.busy > 0 ? manners.silenceMillis : manners.idleMillis)
    ? [{ ...self, pingedAt: at }, [{ _tag: "Ping" }]]
    : [self, []]
}
