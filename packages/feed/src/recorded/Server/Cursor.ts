import { Instant, type Step } from "@sightscreen/decider"
import { Schema } from "effect"

/**
 * Where a recording stands that is played by the clock.
 *
 * A timeline has times of its own. The cursor says which of them it is now, and when each of those that have passed was
 * here: a match that was paused for an hour shows its next ball an hour later, and its earlier ones when they were shown.
 */
const Segment = Schema.Struct({
  /** On the timeline. */
  from: Instant.Instant,
  /** Here. */
  since: Instant.Instant,
  /** How many times as fast as the timeline says; 0 while it stands still. */
  speed: Schema.Finite
})
type Segment = typeof Segment.Type

export const Cursor = Schema.Struct({
  status: Schema.Literals(["playing", "paused", "stopped"]),
  /** Of the timeline's first instant that is shown. */
  begins: Instant.Instant,
  /** What it plays at when it plays. */
  speed: Schema.Finite,
  /** In order of time; the last one goes on. */
  segments: Schema.NonEmptyArray(Segment)
})
export type Cursor = typeof Cursor.Type

export type Input =
  | { readonly _tag: "Played"; readonly at: Instant.Instant }
  | { readonly _tag: "Paused"; readonly at: Instant.Instant }
  /** For good, or until it is reset. */
  | { readonly _tag: "Stopped"; readonly at: Instant.Instant }
  /** To an instant of the timeline. */
  | { readonly _tag: "Sought"; readonly to: Instant.Instant; readonly at: Instant.Instant }
  | { readonly _tag: "SpeedSet"; readonly speed: number; readonly at: Instant.Instant }
  /** To the beginning, where it waits to be played. */
  | { readonly _tag: "Reset"; readonly at: Instant.Instant }

export type Output = { readonly _tag: "Refused"; readonly reason: string }

/** Beyond it several balls fall between two polls, and nobody could follow. */
export const fastest = 2000

/** How often a replay may be taken hold of before the first of those moments blur. */
const mostSegments = 200

export const play = (begins: Instant.Instant, at: Instant.Instant, speed: number): Cursor => ({
  status: "playing",
  begins,
  speed,
  segments: [{ from: begins, since: at, speed }]
})

/** The timeline's time. */
export const read = ({ segments }: Cursor, at: Instant.Instant): Instant.Instant => {
  const last = segments[segments.length - 1]!
  return Instant.fromMillis(last.from + Math.max(0, at - last.since) * last.speed)
}

/** When an instant of the timeline was here; of one that is yet to come, when it will be if nobody touches the replay. */
export const wall = ({ segments }: Cursor, instant: Instant.Instant): Instant.Instant => {
  let index = segments.length - 1
  while (index > 0 && segments[index]!.from >= instant) index -= 1
  const { from, since, speed } = segments[index]!
  const reached = since + (speed === 0 ? 0 : (instant - from) / speed)
  const next = segments[index + 1]
  return Instant.fromMillis(Math.max(0, next === undefined ? reached : Math.min(reached, next.since)))
}

export const step = (self: Cursor, input: Input): Step.Step<Cursor, Output> => {
  if (self.status === "stopped" && input._tag !== "Reset" && input._tag !== "Stopped")
    return refused(self, "the replay was stopped; reset it first")
  switch (input._tag) {
    case "Played":
      return [goOn({ ...self, status: "playing" }, input.at), []]
    case "Paused":
      return [goOn({ ...self, status: "paused" }, input.at), []]
    case "Stopped":
      return [goOn({ ...self, status: "stopped" }, input.at), []]
    case "Sought":
      return [goOn(self, input.at, input.to), []]
    case "SpeedSet":
      return input.speed > 0 && input.speed <= fastest
        ? [goOn({ ...self, speed: input.speed }, input.at), []]
        : refused(self, `a speed of ${input.speed} is not above 0 and at most ${fastest}`)
    case "Reset":
      return [{ ...self, status: "paused", segments: [{ from: self.begins, since: input.at, speed: 0 }] }, []]
  }
}

const refused = (self: Cursor, reason: string): Step.Step<Cursor, Output> => [
  self,
  [{ _tag: "Refused", reason }]
]

/** From here on as it says now; what it had not come to yet, where it went back, was never here. */
const goOn = (self: Cursor, at: Instant.Instant, to = read(self, at)): Cursor => {
  const segment: Segment = { from: to, since: at, speed: self.status === "playing" ? self.speed : 0 }
  const before = self.segments.filter(({ from }) => from < to).slice(1 - mostSegments)
  const [first, ...rest] = [...before, segment]
  return { ...self, segments: [first!, ...rest] }
}
