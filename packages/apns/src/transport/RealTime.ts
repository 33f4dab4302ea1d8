import { Instant } from "@sightscreen/decider"

/**
 * The time sockets live in.
 *
 * A world may run its `Clock` a hundred times as fast, and its peer's TCP stack does not: what waits for a socket waits in
 * real time. Nothing outside `transport/` uses this.
 */

/** A steady clock: milliseconds since the process started, untouched when the wall clock is set. */
export const now = (): Instant.Instant => Instant.fromMillis(performance.now())

/** Calls back once, unless the returned function is called first. */
export const after = (millis: number, callback: () => void): (() => void) => {
  // @effect-diagnostics-next-line globalTimers:off
  const timer = setTimeout(callback, millis)
  return () => clearTimeout(timer)
}

/** Calls back again and again, until the returned function is called. */
export const every = (millis: number, callback: () => void): (() => void) => {
  // @effect-diagnostics-next-line globalTimers:off
  const timer = setInterval(callback, millis)
  return () => clearInterval(timer)
}

/** Calls back once what has arrived by now has been read. */
export const soon = (callback: () => void): void => {
  setImmediate(callback)
}
