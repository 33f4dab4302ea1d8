import type { Ids } from "@sightscreen/domain"
import { Context, type Effect, Schema } from "effect"

/** A recorded match that can be played. */
export const Tape = Schema.Struct({
  tapeId: Schema.String,
  /** A name easier to type. */
  alias: Schema.String,
  description: Schema.String,
  balls: Schema.Int,
  /** At the speed of life, breaks included. */
  durationMillis: Schema.Finite
})
export type Tape = typeof Tape.Type

/** A replay, and where it stands. */
export const Replaying = Schema.Struct({
  matchId: Schema.String,
  tapeId: Schema.String,
  status: Schema.Literals(["playing", "paused", "stopped"]),
  speed: Schema.Finite,
  /** Balls that have been bowled. */
  position: Schema.Int,
  balls: Schema.Int,
  /** As the feed shows it: "1st Innings". */
  shows: Schema.String
})
export type Replaying = typeof Replaying.Type

/** What can be done with a replay. */
export const Command = Schema.Union([
  Schema.Struct({ action: Schema.Literals(["play", "pause", "stop", "reset"]) }),
  /** So many balls have been bowled; 0 is before the first. */
  Schema.Struct({ action: Schema.Literal("seek"), position: Schema.Int }),
  Schema.Struct({ action: Schema.Literal("speed"), speed: Schema.Finite })
])
export type Command = typeof Command.Type

export class NoSuchTape extends Schema.TaggedError<NoSuchTape>()("NoSuchTape", { tapeId: Schema.String }) {
  override get message(): string {
    return `there is no tape ${JSON.stringify(this.tapeId)}`
  }
}

export class NoSuchReplay extends Schema.TaggedError<NoSuchReplay>()("NoSuchReplay", {
  matchId: Schema.String
}) {
  override get message(): string {
    return `no replay goes by ${JSON.stringify(this.matchId)}`
  }
}

/** What was asked cannot be done with the replay as it stands; nothing has changed. */
export class ReplayRefused extends Schema.TaggedError<ReplayRefused>()("ReplayRefused", {
  matchId: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.matchId}: ${this.reason}`
  }
}

/** Plays recorded matches beside those that are live, for whoever tries something out. */
export class Replays extends Context.Service<
  Replays,
  {
    readonly tapes: Effect.Effect<ReadonlyArray<Tape>>
    /** Begins one at so many times the speed of life; the first ball is bowled shortly after. */
    readonly start: (order: {
      readonly tapeId: string
      readonly speed: number
    }) => Effect.Effect<Replaying, NoSuchTape | ReplayRefused>
    readonly replays: Effect.Effect<ReadonlyArray<Replaying>>
    readonly control: (
      matchId: Ids.MatchId,
      command: Command
    ) => Effect.Effect<Replaying, NoSuchReplay | ReplayRefused>
    /** The feed knows it no more. */
    readonly remove: (matchId: Ids.MatchId) => Effect.Effect<void, NoSuchReplay>
  }
>()("@sightscreen/feed/Replays") {}
