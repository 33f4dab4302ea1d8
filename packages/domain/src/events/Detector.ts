import * as Innings from "../cricket/Innings.ts"
import type * as Match from "../cricket/Match.ts"
import type { Moment } from "../cricket/Progress.ts"
import type { MatchEvent, Name } from "./MatchEvent.ts"

/**
 * The smallest thing that notices: it looks at one moment of a match and says what it saw.
 *
 * Detectors hold no memory. What must be remembered is in the figures (a bowler's streak, a batter's sixes running) or in
 * the cooldown, and both can be counted again from the balls.
 */
export interface Detector {
  readonly name: Name
  /** 0 looks at scores and works for every match; 1 looks at balls and needs a feed that has them. */
  readonly tier: 0 | 1
  readonly detect: (moment: Moment, match: Match.Match) => ReadonlyArray<MatchEvent>
}

/** Nothing seen; shared, since that is what nearly every look at a ball ends with. */
export const nothing: ReadonlyArray<never> = []

/** What an event inherits from the moment it was seen in. */
export const from = (moment: Moment): Pick<MatchEvent, "position" | "at" | "ball"> => {
  const { position } = moment
  const id = moment._tag === "Bowled" ? moment.ball.id : null
  return { position, at: moment.at, ball: id ?? `${position.over}.${position.delivery}` }
}

/** Batters whose figures a moment changed, as they were and as they are. Milestones of a super over count for nobody. */
export const battersChanged = (
  moment: Moment,
  see: (was: Innings.Batter | undefined, is: Innings.Batter) => MatchEvent | null
): ReadonlyArray<MatchEvent> => {
  if ((moment._tag !== "Bowled" && moment._tag !== "Scored") || moment.after.superOver) return nothing
  if (moment._tag === "Bowled") {
    const { batter } = moment.ball
    const seen = see(Innings.batter(moment.before, batter), Innings.batter(moment.after, batter)!)
    return seen === null ? nothing : [seen]
  }
  // Figures that shrink are a correction: the new ones are the base to go on from.
  if (moment.after.runs < moment.before.runs) return nothing
  return moment.after.batters.flatMap((is) => see(Innings.batter(moment.before, is.id), is) ?? [])
}
