import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import { type MatchEvent, type Name, subject } from "./MatchEvent.ts"

/**
 * What was told too recently, or once and for all, to be told again: subject → quiet until.
 *
 * An entry is made when an event leads, not when it is seen: what never reached a screen does not silence anything.
 */
export const Cooldown = Schema.Struct({
  /** Quiet for the rest of the match. A list and not a record: it is copied with every headline, and seldom asked. */
  once: Schema.Array(Schema.String),
  /** Quiet for a while; what has run out is dropped. */
  resting: Schema.Array(Schema.Struct({ about: Schema.String, until: Instant.Instant }))
})
export type Cooldown = typeof Cooldown.Type

export const empty: Cooldown = { once: [], resting: [] }

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
  const about = keyOf(event)
  return table[event._tag].quietFor === "once"
    ? self.once.includes(about)
    : self.resting.some((one) => one.about === about && at < one.until)
}

/** Notes that an event leads, and drops what has run out. */
export const note = (self: Cooldown, event: MatchEvent, at: Instant.Instant): Cooldown => {
  const about = keyOf(event)
  const { quietFor } = table[event._tag]
  if (quietFor === "once") return self.once.includes(about) ? self : { ...self, once: [...self.once, about] }
  const resting = self.resting.filter((one) => one.until > at && one.about !== about)
  return { once: self.once, resting: [...resting, { about, until: Instant.plus(at, quietFor) }] }
}

/** Frees the subject of an event that was taken back, where it can truly happen again. */
export const release = (self: Cooldown, event: MatchEvent): Cooldown => {
  const about = keyOf(event)
  if (!table[event._tag].released || !self.once.includes(about)) return self
  return { ...self, once: self.once.filter((one) => one !== about) }
}

/** As if the event had never led. */
export const forget = (self: Cooldown, event: MatchEvent): Cooldown => {
  const about = keyOf(event)
  return {
    once: self.once.filter((one) => one !== about),
    resting: self.resting.filter((one) => one.about !== about)
  }
}
