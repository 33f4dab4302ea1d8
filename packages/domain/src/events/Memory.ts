import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import * as Cooldown from "./Cooldown.ts"
import { key, MatchEvent } from "./MatchEvent.ts"

/** An event that was noticed, and whether anybody was shown it. */
export const Told = Schema.Struct({
  event: MatchEvent,
  /** It was on screens: taking it back must be seen there too. */
  shown: Schema.Boolean
})
export type Told = typeof Told.Type

/** What the pipeline remembers of a match: enough to say nothing twice, and to notice what is taken back. */
export const Memory = Schema.Struct({
  cooldown: Cooldown.Cooldown,
  /** Worthy losers, for one reading more. */
  deferred: Schema.Array(Schema.Struct({ event: MatchEvent, until: Instant.Instant })),
  /** Every event of the last two innings, to compare with when balls are told again. */
  told: Schema.Array(Told),
  /** Innings before this one are past correcting: their events are no longer remembered one by one. */
  horizon: Schema.Int,
  /** What was told and then taken back: if it comes back, it is no news, and keeps what was decided about it. */
  withdrawn: Schema.Array(Told)
})
export type Memory = typeof Memory.Type

export const empty: Memory = { cooldown: Cooldown.empty, deferred: [], told: [], horizon: 1, withdrawn: [] }

/** A match that was called off goes on: its end is yet to come, and is news when it does. */
export const reopened = (self: Memory): Memory => ({
  ...self,
  cooldown: { ...self.cooldown, once: self.cooldown.once.filter((about) => !about.startsWith("match_end:")) },
  told: self.told.filter(({ event }) => event._tag !== "match_end")
})

/** It was to be told, and nobody has heard of it: nothing keeps it from being told when it happens after all. */
export const untold = (self: Memory, event: MatchEvent): Memory => ({
  ...self,
  cooldown: Cooldown.forget(self.cooldown, event),
  withdrawn: self.withdrawn.filter((one) => key(one.event) !== key(event))
})
