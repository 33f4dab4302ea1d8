import { Instant } from "@sightscreen/decider"
import type { Ids, Snapshot } from "@sightscreen/domain"
import { Clock, Effect, Layer } from "effect"
import { Feed, type Listed } from "../Feed.ts"
import type { FeedError } from "../FeedError.ts"
import * as Recorded from "../recorded/Recorded.ts"
import * as Timeline from "../recorded/Timeline.ts"
import type * as Lie from "./Lie.ts"
import type { Lots } from "./Lots.ts"
import * as Lying from "./Lying.ts"

/** Matches played by the clock, told by a feed that errs: whatever takes time takes it on the clock. */
export interface World {
  readonly matches: ReadonlyArray<Lying.Truth>
  readonly lots: Lots
  /** Hears of each thing that goes wrong, as it does. */
  readonly fired?: ((kind: Lie.Name) => void) | undefined
}

export const layer = (world: World): Layer.Layer<Feed> => Layer.succeed(Feed, make(world))

export const make = ({ fired = () => {}, lots, matches }: World): Feed["Service"] => {
  const byId = new Map<Ids.MatchId, Lying.Liar>()
  for (const truth of matches) byId.set(truth.timeline.info.matchId, Lying.make(lots, truth))
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
  const count = (kinds: ReadonlyArray<Lie.Name>) => kinds.forEach((kind) => fired(kind))

  /** A question that is about no match fails as one about a match does. */
  const asked = <A>(subject: string, reply: (at: Instant.Instant) => A): Effect.Effect<A, FeedError> =>
    Effect.flatMap(now, (at) => {
      const said = at >= lots.healAt ? null : Lying.transport(lots, subject, at)
      return said === null
        ? Effect.succeed(reply(at))
        : Effect.andThen(heard(said, count), Effect.succeed(reply(at)))
    })

  const listed = ({ timeline }: Lying.Truth, at: Instant.Instant): Listed => {
    const { outcome, status } = Recorded.at(timeline, at)
    const said = at >= lots.healAt ? null : Lying.statusSaid(lots, timeline.info.matchId, status, at)
    return { info: timeline.info, status: said ?? status, outcome: said === null ? outcome : null }
  }
  const known = (at: Instant.Instant): ReadonlyArray<Lying.Truth> =>
    matches.filter(({ timeline }) => at >= lots.healAt || !Lying.isGone(lots, timeline.info.matchId, at))

  return Feed.of({
    snapshot: (matchId) =>
      Effect.flatMap(now, (at) => {
        const liar = byId.get(matchId)
        return liar === undefined ? Effect.succeed(null) : heard(Lying.answer(liar, at), count)
      }),
    schedule: () => asked("schedule", (at) => known(at).map((truth) => listed(truth, at))),
    live: asked("live", (at) =>
      known(at).flatMap((truth) =>
        Timeline.isLive(truth.timeline, at) && listed(truth, at).status !== "abandoned"
          ? [truth.timeline.info.matchId]
          : []
      )
    ),
    isMarquee: () => Effect.succeed(true)
  })
}

/** Counts what went wrong at once, and answers when it is time. */
const heard = (
  { afterMillis, answer, fired }: Lying.Said,
  count: (kinds: ReadonlyArray<Lie.Name>) => void
): Effect.Effect<Snapshot.Snapshot | null, FeedError> =>
  Effect.suspend(() => {
    count(fired)
    const reply =
      answer._tag === "Snapshot"
        ? Effect.succeed(answer.snapshot)
        : answer._tag === "Absent"
          ? Effect.succeed(null)
          : Effect.fail(answer.error)
    return afterMillis === 0 ? reply : Effect.andThen(Effect.sleep(afterMillis), reply)
  })
