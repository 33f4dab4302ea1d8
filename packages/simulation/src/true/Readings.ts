import type { Instant } from "@sightscreen/decider"
import { Innings, Progress, type Snapshot } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { Effect, Exit } from "effect"
import type { FeedAnswered } from "../journal/Entry.ts"
import type { Journal } from "../journal/Journal.ts"
import type { Operations } from "./Operations.ts"

/** The feed as a process reads it; every answer is written down. */
export const witnessed = (
  given: {
    readonly journal: Journal
    readonly now: () => Instant.Instant
    readonly operations: Operations
  },
  feed: Feed.Feed["Service"],
  process: number
): Feed.Feed["Service"] => ({
  ...feed,
  snapshot: (matchId) =>
    given.operations.of(
      process,
      "feed.snapshot",
      Effect.onExit(feed.snapshot(matchId), (exit) =>
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
