import type { Ids } from "@sightscreen/domain"
import { Replays } from "@sightscreen/feed"
import { Context, Data, Effect, Layer } from "effect"

/** A recorded match that is played again. */
export interface Playing {
  readonly matchId: Ids.MatchId
  readonly tapeId: string
  readonly state: "playing" | "paused" | "stopped"
  readonly speed: number
  /** Balls bowled so far, and in all. */
  readonly position: number
  readonly balls: number
}

export interface Tape {
  readonly tapeId: string
  readonly name: string
  readonly durationMillis: number
  readonly balls: number
}

export type Control =
  | { readonly action: "play" | "pause" | "stop" | "reset" }
  | { readonly action: "seek"; readonly position: number }
  | { readonly action: "setSpeed"; readonly speed: number }

/** There is no such tape, or no such match is played. */
export class NoSuchReplay extends Data.TaggedError("NoSuchReplay")<{ readonly name: string }> {}

/** Where recorded matches come from does not answer. */
export class ReplayFailed extends Data.TaggedError("ReplayFailed")<{ readonly problem: string }> {}

type Answer<A> = Effect.Effect<A, NoSuchReplay | ReplayFailed>

/**
 * Plays recorded matches beside live ones, under names of their own. Asked for as an optional service: a server that is not
 * set up for replays has none.
 */
export class ReplayDesk extends Context.Service<
  ReplayDesk,
  {
    readonly start: (tapeId: string, speed: number) => Answer<Playing>
    readonly all: Answer<ReadonlyArray<Playing>>
    readonly control: (matchId: Ids.MatchId, control: Control) => Answer<Playing>
    readonly remove: (matchId: Ids.MatchId) => Answer<void>
    readonly tapes: Answer<ReadonlyArray<Tape>>
  }
>()("@sightscreen/engine/ReplayDesk") {
  /** The desk of the feed's twin, which plays what is recorded. */
  static readonly layer = Layer.effect(
    ReplayDesk,
    Effect.map(Replays.Replays, ({ control, remove, replays, start, tapes }) =>
      ReplayDesk.of({
        start: (tapeId, speed) => answered(Effect.map(start({ tapeId, speed }), playing)),
        all: Effect.map(replays, (all) => all.map(playing)),
        control: (matchId, order) => answered(Effect.map(control(matchId, commandOf(order)), playing)),
        remove: (matchId) => answered(remove(matchId)),
        tapes: Effect.map(tapes, (all) =>
          all.map(({ balls, description, durationMillis, tapeId }) => ({
            tapeId,
            name: description,
            durationMillis,
            balls
          }))
        )
      })
    )
  )
}

const playing = ({ balls, matchId, position, speed, status, tapeId }: Replays.Replaying): Playing => ({
  matchId: matchId as Ids.MatchId,
  tapeId,
  state: status,
  speed,
  position,
  balls
})

const commandOf = (order: Control): Replays.Command =>
  order.action === "setSpeed" ? { action: "speed", speed: order.speed } : order

const answered = <A>(
  asked: Effect.Effect<A, Replays.NoSuchReplay | Replays.NoSuchTape | Replays.ReplayRefused>
): Answer<A> =>
  Effect.catchTags(asked, {
    NoSuchReplay: ({ matchId }) => Effect.fail(new NoSuchReplay({ name: matchId })),
    NoSuchTape: ({ tapeId }) => Effect.fail(new NoSuchReplay({ name: tapeId })),
    ReplayRefused: ({ message }) => Effect.fail(new ReplayFailed({ problem: message }))
  })
