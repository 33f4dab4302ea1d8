import { Instant } from "@sightscreen/decider"
import { Innings, Progress, type Snapshot } from "@sightscreen/domain"
import { Feed, Lie, Lying, Simulated, type Timeline } from "@sightscreen/feed"
import { Clock, Effect, Exit } from "effect"
import type { Faults } from "../faults/Fault.ts"
import type { FeedAnswered } from "../journal/Entry.ts"
import type { Journal } from "../journal/Journal.ts"
import type { Operations } from "./Operations.ts"

/** The feed as a process reads it; every answer is written down. */
export const witnessed = (
  given: {
    readonly journal: Journal
    readonly now: () => Instant.Instant
    readonly operations: Operations
    readonly clock: Clock.Clock
  },
  feed: Feed.Feed["Service"],
  process: number
): Feed.Feed["Service"] => ({
  schedule: (window) => onWorldTime(given.clock, feed.schedule(window)),
  live: onWorldTime(given.clock, feed.live),
  isMarquee: feed.isMarquee,
  snapshot: (matchId) =>
    given.operations.of(
      process,
      "feed.snapshot",
      Effect.onExit(stamped(onWorldTime(given.clock, feed.snapshot(matchId))), (exit) =>
        Effect.sync(() => {
          const answer: FeedAnswered["answer"] = Exit.isSuccess(exit)
            ? exit.value === null
              ? { _tag: "Absent" }
              : told(exit.value)
            : { _tag: "Failed", why: "no answer" }
          given.journal.write({ _tag: "FeedAnswered", at: given.now(), process, matchId, answer })
        })
      )
    )
})

/** Matches go by the world's clock, whatever a process takes for the time. */
const onWorldTime = <A, E>(clock: Clock.Clock, it: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.provideService(it, Clock.Clock, clock)

/** An answer is of when it was read, by the reader's clock. */
const stamped = <E>(it: Effect.Effect<Snapshot.Snapshot | null, E>) =>
  Effect.zipWith(it, Clock.currentTimeMillis, (snapshot, millis) =>
    snapshot === null ? null : { ...snapshot, at: Instant.fromMillis(millis) }
  )

/**
 * A feed that does wrong what the scenario's faults say, the same for every process; null where they say nothing of feeds.
 */
export const lying = (
  given: {
    readonly journal: Journal
    readonly now: () => Instant.Instant
    readonly faults: Faults
    readonly begins: Instant.Instant
    readonly healAt: Instant.Instant
    readonly seed: number
  },
  timeline: Timeline.Timeline
): Feed.Feed["Service"] | null => {
  const { begins, faults, healAt, journal, now, seed } = given
  if (!Lie.names.some(faults.has)) return null
  const truth = faults.has("feed.swapped") ? Lying.truthOf(timeline, seed) : { timeline, decoy: timeline }
  return Simulated.make({
    matches: [truth],
    lots: {
      healAt,
      has: faults.has,
      decides: (kind, at, ...names) => faults.decides(kind, at - begins, null, ...names),
      between: faults.between
    },
    fired: (kind) => {
      faults.count(kind)
      journal.write({ _tag: "FaultBefell", at: now(), kind, what: "" })
    }
  })
}

type Answer = Extract<FeedAnswered["answer"], { readonly _tag: "Snapshot" }>

const known = new WeakMap<object, Answer>()

/** What a snapshot says, worked out from all of its balls and from nothing before it. */
export const told = (snapshot: Snapshot.Snapshot): Answer => {
  const before = known.get(snapshot.innings)
  if (before !== undefined && before.status === snapshot.status) return before
  const read = Progress.advance(null, snapshot)
  const innings = read._tag === "Refused" ? [] : read.match.innings
  const last = innings.at(-1)
  const answer: Answer = {
    _tag: "Snapshot",
    status: snapshot.status,
    score: last === undefined ? "" : Innings.score(last),
    overs: last === undefined ? "" : Innings.oversLabel(last),
    innings: innings.length,
    balls: innings.reduce((sum, one) => sum + Innings.bowled(one), 0)
  }
  known.set(snapshot.innings, answer)
  return answer
}
