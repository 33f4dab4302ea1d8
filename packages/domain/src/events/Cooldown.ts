import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import { type MatchEvent, type Name, subject } from "./MatchEvent.ts"

/**
 * What was told too recently, or once and for all, to be told again: subject → quiet until.
 *
 * An entry is made when an event leads, not when it is seen: what never reached a screen does not silence anything.
 */
export const Cooldown = Schema.Record(Schema.String, Schema.Finite)
export type Cooldown = typeof Cooldown.Type

export const empty: Cooldown = {}

/** For ever, as far as a match is concerned, and still a number that JSON can hold. */
const forever = Number.MAX_SAFE_INTEGER

interface Rule {
  /** What competes for the same silence. It names the ball and the player, never a running number that a correction shifts. */
  readonly about: (event: MatchEvent) => string
  readonly quietFor: Duration.Duration | "once"
  /** Taking the event back makes the subject free again. What a batter or bowler reaches once in an innings stays told. */
  readonly released: boolean
}

const match = () => ""
const innings = (event: MatchEvent) => `${event.position.innings}`
const player = (event: MatchEvent) => `${event.position.innings}/${subject(event)}`
const playerAndBall = (event: MatchEvent) => `${event.position.innings}/${event.ball}/${subject(event)}`

const table: Readonly<Record<Name, Rule>> = {
  match_end: { about: match, quietFor: "once", released: false },
  innings_end: { about: innings, quietFor: "once", released: false },
  hundred: {
    about: (event) => `${player(event)}/${event._tag === "hundred" ? event.runs : ""}`,
    quietFor: "once",
    released: false
  },
  fifty: { about: player, quietFor: "once", released: false },
  batsman_on_90s: { about: player, quietFor: "once", released: false },
  batsman_on_fire: { about: player, quietFor: "once", released: false },
  bowler_on_fire: { about: player, quietFor: "once", released: false },
  wicket: { about: playerAndBall, quietFor: "once", released: true },
  hattrick: { about: playerAndBall, quietFor: "once", released: true },
  on_hattrick: { about: playerAndBall, quietFor: "once", released: true },
  consecutive_sixes: { about: player, quietFor: Duration.seconds(60), released: false },
  maiden: {
    about: (event) => `${event.position.innings}/${event.position.over}`,
    quietFor: "once",
    released: true
  },
  new_batsman: { about: player, quietFor: "once", released: false },
  six: { about: match, quietFor: Duration.seconds(15), released: false },
  four: { about: match, quietFor: Duration.seconds(15), released: false }
}

const keyOf = (event: MatchEvent): string => `${event._tag}:${table[event._tag].about(event)}`

export const isQuiet = (self: Cooldown, event: MatchEvent, at: Instant.Instant): boolean => {
  const until = self[keyOf(event)]
  return until !== undefined && at < until
}

/** Notes that an event leads, and drops what has run out. */
export const note = (self: Cooldown, event: MatchEvent, at: Instant.Instant): Cooldown => {
  const { quietFor } = table[event._tag]
  const next: Record<string, number> = {}
  for (const [key, until] of Object.entries(self)) if (until > at) next[key] = until
  next[keyOf(event)] = quietFor === "once" ? forever : at + Duration.toMillis(quietFor)
  return next
}

/** Frees the subject of an event that was taken back, where it can truly happen again. */
export const release = (self: Cooldown, event: MatchEvent): Cooldown => {
  const key = keyOf(event)
  if (!table[event._tag].released || self[key] === undefined) return self
  const { [key]: _, ...rest } = self
  return rest
}
