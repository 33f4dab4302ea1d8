import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Clock, Effect, Layer, Result, Schema, Semaphore } from "effect"
import type { Recording } from "./Recording.ts"
import { deliveries } from "./Recording.ts"
import {
  type Command,
  NoSuchReplay,
  NoSuchTape,
  Replays,
  type Replaying,
  ReplayRefused,
  type Tape
} from "./Replays.ts"
import * as Cursor from "./Server/Cursor.ts"
import * as Page from "./Server/Page.ts"
import * as Replay from "./Server/Replay.ts"
import * as Roster from "./Server/Roster.ts"
import * as Routes from "./Server/Routes.ts"
import type { Twin } from "./Server/Twin.ts"
import * as Timeline from "./Timeline.ts"

/**
 * SportMonks' twin: recorded matches behind SportMonks' own routes and shapes, and the desk that plays them.
 *
 * The routes are for an HTTP server that whoever launches it provides.
 */
export const routes = Routes.make

/** Where the routes begin. */
export const base = Routes.base

/** The number that a recorded match goes by. */
export const fixtureIdOf = Roster.fixtureIdOf

/** What can be played, and how to get at it. */
export interface Shelf {
  readonly tapes: ReadonlyArray<{
    readonly tapeId: string
    readonly alias: string
    readonly description: string
  }>
  readonly open: (tapeId: string) => Effect.Effect<Recording, NoSuchTape>
}

/** Where replays are written down, so that another process goes on with them. */
export interface Ledger {
  readonly read: Effect.Effect<Schema.Json | null>
  readonly write: (replays: Schema.Json) => Effect.Effect<void>
}

export interface Options {
  readonly twin: Twin
  readonly shelf: Shelf
  readonly ledger: Ledger
  /** What replays' ids begin with for everybody but the twin: see `SportMonks.Options`. */
  readonly prefix: string
}

/** A replay as it is written down; what it shows follows from that. */
const Saved = Schema.Array(
  Schema.Struct({ fixtureId: Schema.Int, tapeId: Schema.String, cursor: Cursor.Cursor })
)
const codec = Schema.toCodecJson(Saved)
const decode = Schema.decodeUnknownResult(codec)
const encode = Schema.encodeSync(codec)

/** From the order to the first ball, in our time: so that there is somebody to watch it. */
const leadMillis = 60_000

export const desk = ({ ledger, prefix, shelf, twin }: Options): Layer.Layer<Replays> =>
  Layer.effect(
    Replays,
    Effect.gen(function* () {
      const oneAtATime = yield* Semaphore.make(1)
      const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)

      const layOut = (recording: Recording, fixtureId: number) =>
        Timeline.make(recording, { matchId: String(fixtureId) as Ids.MatchId })

      const save = Effect.suspend(() =>
        ledger.write(
          encode(
            twin.replays.map(({ cursor, roster, tapeId }) => ({
              fixtureId: roster.fixtureId,
              tapeId,
              cursor
            }))
          )
        )
      )

      /** What was being replayed goes on where the clock has brought it to. */
      const recall = Effect.gen(function* () {
        const found = yield* ledger.read
        if (found === null) return
        const saved = decode(found)
        if (Result.isFailure(saved)) {
          return yield* Effect.logWarning("the replays that were written down cannot be read; there are none")
        }
        for (const { cursor, fixtureId, tapeId } of saved.success) {
          const recording = yield* Effect.option(shelf.open(tapeId))
          if (recording._tag === "None") {
            yield* Effect.logWarning(`the replay ${prefix}${fixtureId} has lost its tape ${tapeId}`)
            continue
          }
          const timeline = layOut(recording.value, fixtureId)
          twin.put(Replay.make({ recording: recording.value, tapeId, timeline, cursor }))
        }
      })
      yield* recall

      const matchIdOf = (replay: Replay.Replay): string => `${prefix}${replay.roster.fixtureId}`

      const standing = (replay: Replay.Replay, at: Instant.Instant): Replaying => {
        const shown = Replay.snapshot(replay, at)
        return {
          matchId: matchIdOf(replay),
          tapeId: replay.tapeId,
          status: replay.cursor.status,
          speed: replay.cursor.speed,
          position: Replay.ballsOf(shown),
          balls: replay.timeline.times.length,
          shows: String(Page.fixture(replay, shown, new Set())["status"])
        }
      }

      const find = (matchId: Ids.MatchId) => {
        const replay = matchId.startsWith(prefix) ? twin.get(Number(matchId.slice(prefix.length))) : undefined
        return replay === undefined ? Effect.fail(new NoSuchReplay({ matchId })) : Effect.succeed(replay)
      }

      const tapes = Effect.forEach(shelf.tapes, ({ alias, description, tapeId }) =>
        Effect.map(shelf.open(tapeId), (recording): Tape => {
          const timeline = Timeline.make(recording)
          const durationMillis = (timeline.times.at(-1) ?? timeline.info.startsAt) - timeline.info.startsAt
          return { tapeId, alias, description, balls: deliveries(recording), durationMillis }
        })
      )

      const start = Effect.fnUntraced(function* ({
        speed,
        tapeId
      }: {
        readonly tapeId: string
        readonly speed: number
      }) {
        const recording = yield* shelf.open(tapeId)
        const at = yield* now
        if (!(speed > 0 && speed <= Cursor.fastest))
          return yield* new ReplayRefused({
            matchId: tapeId,
            reason: `a speed of ${speed} is not above 0 and at most ${Cursor.fastest}`
          })
        // A match is another one each time it is played, and no server has seen it before.
        let fixtureId = Math.floor(at / 1000) * 10
        while (twin.get(fixtureId) !== undefined) fixtureId += 1
        const timeline = layOut(recording, fixtureId)
        const begins = Instant.fromMillis(Math.max(0, timeline.info.startsAt - leadMillis * speed))
        const replay = Replay.make({
          recording,
          tapeId,
          timeline,
          cursor: Cursor.play(begins, at, speed)
        })
        twin.put(replay)
        yield* save
        return standing(replay, at)
      })

      const control = Effect.fnUntraced(function* (matchId: Ids.MatchId, command: Command) {
        const replay = yield* find(matchId)
        const at = yield* now
        const input = inputOf(command, replay, at)
        if (typeof input === "string") return yield* new ReplayRefused({ matchId, reason: input })
        const [cursor, [refusal]] = Cursor.step(replay.cursor, input)
        if (refusal !== undefined) return yield* new ReplayRefused({ matchId, reason: refusal.reason })
        const next = Replay.withCursor(replay, cursor)
        twin.put(next)
        yield* save
        return standing(next, at)
      })

      const remove = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        const replay = yield* find(matchId)
        twin.remove(replay.roster.fixtureId)
        yield* save
      })

      return Replays.of({
        tapes: Effect.orDie(tapes),
        start: (order) => oneAtATime.withPermits(1)(start(order)),
        replays: Effect.map(now, (at) => twin.replays.map((replay) => standing(replay, at))),
        control: (matchId, command) => oneAtATime.withPermits(1)(control(matchId, command)),
        remove: (matchId) => oneAtATime.withPermits(1)(remove(matchId))
      })
    })
  )

const inputOf = (
  command: Command,
  { timeline }: Replay.Replay,
  at: Instant.Instant
): Cursor.Input | string => {
  switch (command.action) {
    case "play":
      return { _tag: "Played", at }
    case "pause":
      return { _tag: "Paused", at }
    case "stop":
      return { _tag: "Stopped", at }
    case "reset":
      return { _tag: "Reset", at }
    case "speed":
      return { _tag: "SpeedSet", speed: command.speed, at }
    case "seek": {
      const { position } = command
      const { times } = timeline
      if (!Number.isInteger(position) || position < 0 || position > times.length)
        return `there is no ball ${position}: the match has ${times.length}`
      const to =
        position === 0 ? Instant.fromMillis(Math.max(0, timeline.info.startsAt - 1)) : times[position - 1]!
      return { _tag: "Sought", to, at }
    }
  }
}
