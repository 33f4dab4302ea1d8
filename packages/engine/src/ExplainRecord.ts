import { Activity, Ending, type Ids, MatchEvent, Pipeline, Recovery } from "@sightscreen/domain"
import type { Instant } from "@sightscreen/decider"
import type { Decisions } from "@sightscreen/store"
import { Option, Schema } from "effect"

/**
 * Recorded decisions, read back as data.
 *
 * The book is written by whatever version ran then. What this one cannot read is left out: an answer is given from the rest.
 */
const Event = {
  event: Schema.Literals(Object.keys(MatchEvent.MatchEvent.cases) as ReadonlyArray<MatchEvent.Name>),
  key: Schema.String,
  /** "14.2", as scorers name it. */
  ball: Schema.optionalKey(Schema.String)
}

const Priority = Schema.Literals([5, 10])

const Bulletin = Schema.Struct({
  score: Schema.String,
  overs: Schema.String,
  event: Schema.NullOr(Event.event),
  key: Schema.optionalKey(Schema.String),
  ball: Event.ball,
  alert: Schema.NullOr(Schema.String),
  /** What it was worth. */
  wanted: Priority,
  /** What the budget gave it. */
  priority: Schema.Struct({ normal: Priority, frequent: Priority }),
  ends: Schema.NullOr(Ending.Ends)
})

const Noticed = Schema.Struct({ ...Event, fate: Pipeline.Fate, reason: Schema.String })
const Held = Schema.Struct(Event)
const Dropped = Schema.Struct({ ...Event, why: Schema.String })
const Refused = Schema.Struct({ reason: Schema.String })
const Paused = Schema.Struct({ status: Schema.String })
const Channel = Schema.Struct({
  cohort: Schema.String,
  said: Schema.String,
  channel: Schema.optionalKey(Schema.String)
})

const ActivityStep = Schema.Struct({
  from: Schema.String,
  to: Schema.Literals(Object.keys(Activity.Activity.cases) as ReadonlyArray<Activity.Activity["_tag"]>),
  heard: Schema.String,
  /** The end of a token, or of a channel's name. */
  address: Schema.optionalKey(Schema.String),
  by: Schema.optionalKey(Schema.String),
  ended: Schema.optionalKey(Activity.EndReason),
  outputs: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        said: Schema.String,
        attempt: Schema.optionalKey(Schema.Int),
        address: Schema.optionalKey(Schema.String)
      })
    )
  )
})
export type ActivityStep = typeof ActivityStep.Type

const LadderStep = Schema.Struct({
  heard: Schema.String,
  outputs: Schema.Array(
    Schema.Struct({
      said: Schema.String,
      match: Schema.optionalKey(Schema.String),
      why: Schema.optionalKey(
        Schema.Literals([
          "no start token",
          "suspect start token",
          "start budget spent"
        ] satisfies ReadonlyArray<Recovery.HeldFor>)
      )
    })
  )
})

/** Of a match: the same for everybody. */
export type OfMatch = { readonly at: Instant.Instant } & (
  | { readonly _tag: "Bulletin"; readonly stamp: Instant.EpochSeconds; readonly body: typeof Bulletin.Type }
  | { readonly _tag: "Noticed"; readonly body: typeof Noticed.Type }
  | { readonly _tag: "Held"; readonly body: typeof Held.Type }
  | { readonly _tag: "Dropped"; readonly body: typeof Dropped.Type }
  | { readonly _tag: "Refused"; readonly body: typeof Refused.Type }
  | { readonly _tag: "Paused"; readonly body: typeof Paused.Type }
  | { readonly _tag: "Channel"; readonly body: typeof Channel.Type }
  | { readonly _tag: "Resumed" | "Vanished" }
)

/** Of a phone. */
export type OfPhone = { readonly at: Instant.Instant } & (
  | { readonly _tag: "Activity"; readonly activityId: Ids.ActivityId; readonly body: ActivityStep }
  | {
      readonly _tag: "Ladder"
      /** Null where it was about no match, or about several. */
      readonly matchId: Ids.MatchId | null
      readonly body: typeof LadderStep.Type
    }
)

export const ofMatch = (all: ReadonlyArray<Decisions.Decision>): ReadonlyArray<OfMatch> =>
  all.flatMap(({ at, body, deviceId, kind, stamp }): ReadonlyArray<OfMatch> => {
    if (deviceId !== null) return []
    switch (kind) {
      case "bulletin":
        return stamp === null
          ? []
          : read(readers.bulletin(body), (it) => ({ _tag: "Bulletin", at, stamp, body: it }))
      case "noticed":
        return read(readers.noticed(body), (it) => ({ _tag: "Noticed", at, body: it }))
      case "held":
        return read(readers.held(body), (it) => ({ _tag: "Held", at, body: it }))
      case "dropped":
        return read(readers.dropped(body), (it) => ({ _tag: "Dropped", at, body: it }))
      case "refused":
        return read(readers.refused(body), (it) => ({ _tag: "Refused", at, body: it }))
      case "paused":
        return read(readers.paused(body), (it) => ({ _tag: "Paused", at, body: it }))
      case "channel":
        return read(readers.channel(body), (it) => ({ _tag: "Channel", at, body: it }))
      case "resumed":
        return [{ _tag: "Resumed", at }]
      case "vanished":
        return [{ _tag: "Vanished", at }]
      default:
        return []
    }
  })

export const ofPhone = (all: ReadonlyArray<Decisions.Decision>): ReadonlyArray<OfPhone> =>
  all.flatMap(({ activityId, at, body, kind, matchId }): ReadonlyArray<OfPhone> => {
    switch (kind) {
      case "activity":
        return activityId === null
          ? []
          : read(readers.activity(body), (it) => ({ _tag: "Activity", at, activityId, body: it }))
      case "ladder":
        return read(readers.ladder(body), (it) => ({ _tag: "Ladder", at, matchId, body: it }))
      default:
        return []
    }
  })

const readers = {
  bulletin: Schema.decodeUnknownOption(Bulletin),
  noticed: Schema.decodeUnknownOption(Noticed),
  held: Schema.decodeUnknownOption(Held),
  dropped: Schema.decodeUnknownOption(Dropped),
  refused: Schema.decodeUnknownOption(Refused),
  paused: Schema.decodeUnknownOption(Paused),
  channel: Schema.decodeUnknownOption(Channel),
  activity: Schema.decodeUnknownOption(ActivityStep),
  ladder: Schema.decodeUnknownOption(LadderStep)
}

const read = <A, B>(body: Option.Option<A>, wrap: (body: A) => B): ReadonlyArray<B> =>
  Option.isSome(body) ? [wrap(body.value)] : []
