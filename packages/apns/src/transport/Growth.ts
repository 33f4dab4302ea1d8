import { Instant } from "@sightscreen/decider"

/**
 * When one connection more to a host is worth it.
 *
 * Apple: several connections are allowed, and a burst is spread over them. A connection carries as many requests in a round
 * trip as it has streams. While there is more to send and no stream is free, another adds as much again, but only where it
 * is the way that takes time. A server, a network or a processor at its limit answers the slower the more it is asked, and
 * gains nothing by more connections. So the time of an answer is held against that of a connection with little to do; and
 * what a new connection has brought is measured before the next is thought of.
 */
export interface Growth {
  /** All streams have been taken, with more to send, since then. */
  readonly saturated: Mark | null
  /** The newest connection is on trial, against so many answers a second before it. */
  readonly trial: number | null
  /** Another is not thought of before. */
  readonly notBefore: Instant.Instant
  /** Trials in a row that brought nothing. */
  readonly failures: number
}

/** A time, and how many answers there had been by then. */
interface Mark {
  readonly at: Instant.Instant
  readonly answered: number
}

export const none: Growth = { saturated: null, trial: null, notBefore: Instant.fromMillis(0), failures: 0 }

/** What is seen of a host every now and then. */
export interface Load {
  readonly at: Instant.Instant
  /** There is more to send, and no connection has a stream left. */
  readonly saturated: boolean
  /** One is being opened, or has not been answered yet. */
  readonly opening: boolean
  readonly connections: number
  readonly most: number
  /** Answers since the beginning. */
  readonly answered: number
  /** How long an answer takes where little is under way, and where all streams are taken. Milliseconds. */
  readonly lightMillis: number
  readonly loadedMillis: number
}

export type Advice = "stay" | "add" | "remove"

/** Below that a connection with a thousand streams carries more than a processor can write. */
const leastMillis = 5
/** How much slower an answer may be under load before something else than the way is at its limit. */
const mostSlower = 3
/** How long is looked before anything is said, and how many answers' time at least. */
const lookMillis = 300
const lookAnswers = 3
/** What a new connection has to bring. */
const gain = 1.1
/** How long one that brought nothing is the last, doubled each time. */
const pauseMillis = 60_000
const mostDoublings = 6

export const step = (self: Growth, load: Load): readonly [Growth, Advice] => {
  const { answered, at, loadedMillis } = load
  if (!load.saturated) return [{ ...self, saturated: null, trial: null }, "stay"]
  // What is seen while one is being opened says nothing about it.
  if (load.opening || self.saturated === null) return [{ ...self, saturated: { at, answered } }, "stay"]

  const span = at - self.saturated.at
  if (span < Math.max(lookMillis, lookAnswers * loadedMillis)) return [self, "stay"]
  const rate = (1000 * (answered - self.saturated.answered)) / span
  if (self.trial !== null && rate < gain * self.trial) {
    const notBefore = Instant.fromMillis(at + pauseMillis * 2 ** Math.min(self.failures, mostDoublings))
    return [
      { ...self, saturated: null, trial: null, notBefore, failures: self.failures + 1 },
      load.connections > 1 ? "remove" : "stay"
    ]
  }
  const proven = self.trial === null ? self : { ...self, trial: null, failures: 0 }
  const worthIt =
    load.connections < load.most &&
    at >= self.notBefore &&
    loadedMillis >= leastMillis &&
    loadedMillis <= mostSlower * load.lightMillis
  return worthIt ? [{ ...proven, saturated: null, trial: rate }, "add"] : [proven, "stay"]
}
