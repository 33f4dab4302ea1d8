import type { Instant } from "@sightscreen/decider"
import type { MatchEvent } from "@sightscreen/domain"
import { id, second } from "./cricket.ts"

/** An event by its name, about A off X unless said otherwise. */
export const event = <N extends MatchEvent.Name>(
  name: N,
  more: Partial<MatchEvent.Of<N>> & { readonly at?: Instant.Instant } = {}
): MatchEvent.Of<N> =>
  ({
    _tag: name,
    position: { innings: 1, over: 0, delivery: 1, label: "0.1", seq: 0 },
    ball: "0.1",
    at: second(0),
    ...samples[name],
    ...more
  }) as unknown as MatchEvent.Of<N>

const batter = id("A")
const bowler = id("X")

const samples: {
  readonly [N in MatchEvent.Name]: Omit<MatchEvent.Of<N>, "_tag" | "position" | "ball" | "at">
} = {
  match_end: {},
  innings_end: {},
  hundred: { batter, runs: 100, balls: 60 },
  batsman_on_90s: { batter, runs: 90 },
  fifty: { batter, runs: 50, balls: 30 },
  batsman_on_fire: { batter, runs: 30, balls: 15 },
  bowler_on_fire: { bowler, wickets: 3, runs: 10, balls: 18, overs: "3" },
  wicket: {
    batter,
    runs: 12,
    balls: 9,
    bowler,
    manner: "caught",
    fielders: ["Catcher"],
    score: "87/3",
    bowlerWickets: 1
  },
  new_batsman: { batter },
  hattrick: { bowler },
  on_hattrick: { bowler },
  consecutive_sixes: { batter, count: 3 },
  maiden: { bowler },
  six: { batter },
  four: { batter }
}

export const names = Object.keys(samples) as ReadonlyArray<MatchEvent.Name>
