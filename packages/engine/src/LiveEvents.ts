import { ActiveMatch, type Bulletin, type Ids } from "@sightscreen/domain"
import { RealTime } from "@sightscreen/store"
import { Context, Effect, Layer, PubSub, Queue, Schedule, type Scope, Stream } from "effect"
import { MatchEventBus } from "./MatchEventBus.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"

/** What a line is sent. A `state` is whole: whoever missed the one before needs only the newest. */
export interface Told {
  readonly id?: string
  readonly event: "state" | "ping" | "over"
  readonly data: {
    readonly stamp: Bulletin.Bulletin["stamp"]
    readonly happened: NonNullable<Bulletin.Bulletin["event"]>["_tag"] | null
    readonly alert: Bulletin.Bulletin["alert"]
    readonly displayState: Bulletin.Bulletin["content"] | null
  }
}

interface Line {
  readonly queue: Queue.Queue<Told>
  /** Of the last bulletin that was put on it. */
  stamp: number
}

const toldOf = ({ alert, content, ends, event, stamp }: Bulletin.Bulletin): Told => ({
  id: `${stamp}`,
  event: ends === "over" ? "over" : "state",
  data: { stamp, happened: event?._tag ?? null, alert, displayState: content }
})

/**
 * Matches as they go, for whoever listens: bulletin by bulletin, with what was missed since the last one that arrived.
 *
 * It has room for so many lines, each remembers so much, and a match is remembered so far: a listener that is slower than its
 * match misses bulletins, and none that would matter.
 */
export class LiveEvents extends Context.Service<
  LiveEvents,
  {
    /** Begins with what came after `last`, or with what stands; null where there is no room. */
    readonly of: (matchId: Ids.MatchId, last: string | null) => Effect.Effect<Stream.Stream<Told> | null>
    readonly lines: Effect.Effect<number>
  }
>()("@sightscreen/engine/LiveEvents") {
  static readonly room = 2000
  /** Bulletins that wait for one listener. */
  static readonly waiting = 32
  /** Bulletins kept of a match, and matches of which some are kept. */
  static readonly kept = 64
  static readonly matches = 200
  /** A line over which nothing comes is taken for dead. */
  static readonly pings = "15 seconds"
  /** Matches that another process tells are looked at this often. */
  static readonly looks = "5 seconds"

  static readonly layer = Layer.effect(
    LiveEvents,
    Effect.gen(function* () {
      const bus = yield* MatchEventBus
      const orchestrator = yield* MatchOrchestrator
      const lines = new Map<Ids.MatchId, Set<Line>>()
      const books = new Map<Ids.MatchId, ReadonlyArray<Told>>()
      let count = 0

      const put = (line: Line, told: Told): void => {
        if (told.data.stamp <= line.stamp) return
        line.stamp = told.data.stamp
        Queue.offerUnsafe(line.queue, told)
      }

      const publish = (matchId: Ids.MatchId, told: Told): void => {
        const book = books.get(matchId) ?? []
        books.delete(matchId)
        books.set(matchId, [...book.slice(1 - LiveEvents.kept), told])
        if (books.size > LiveEvents.matches) {
          const [oldest] = books.keys()
          if (oldest !== undefined) books.delete(oldest)
        }
        for (const line of lines.get(matchId) ?? []) put(line, told)
      }

      const subscription = yield* PubSub.subscribe(bus)
      yield* PubSub.take(subscription).pipe(
        Effect.tap(({ outputs }) =>
          Effect.sync(() => {
            for (const output of outputs)
              if (output._tag === "BulletinIssued") publish(output.bulletin.matchId, toldOf(output.bulletin))
          })
        ),
        Effect.forever,
        Effect.forkScoped
      )

      const ping = Effect.sync(() => {
        for (const some of lines.values())
          for (const { queue, stamp } of some)
            Queue.offerUnsafe(queue, {
              event: "ping",
              data: {
                stamp: stamp as Bulletin.Bulletin["stamp"],
                happened: null,
                alert: null,
                displayState: null
              }
            })
      })
      yield* ping.pipe(Effect.repeat(Schedule.spaced(LiveEvents.pings)), RealTime.provide, Effect.forkScoped)

      const standingOf = (matchId: Ids.MatchId) =>
        orchestrator.place(matchId).pipe(
          Effect.map(({ lane, state }) => ({
            here: lane !== null,
            standing: state === null ? null : ActiveMatch.standing(state)
          })),
          Effect.catch((error) =>
            Effect.as(Effect.logWarning(`match ${matchId}: cannot be looked at`, error), {
              here: false,
              standing: null
            })
          )
        )

      const look = Effect.gen(function* () {
        for (const [matchId, some] of lines) {
          const { here, standing } = yield* standingOf(matchId)
          if (!here && standing !== null) for (const line of some) put(line, toldOf(standing))
        }
      })
      yield* look.pipe(Effect.repeat(Schedule.spaced(LiveEvents.looks)), RealTime.provide, Effect.forkScoped)

      const listen = (matchId: Ids.MatchId) =>
        Effect.acquireRelease(
          Effect.map(Queue.sliding<Told>(LiveEvents.waiting), (queue): Line => {
            const line: Line = { queue, stamp: 0 }
            const some = lines.get(matchId) ?? new Set<Line>()
            lines.set(matchId, some.add(line))
            count += 1
            return line
          }),
          (line) =>
            Effect.suspend(() => {
              const some = lines.get(matchId)
              some?.delete(line)
              if (some?.size === 0) lines.delete(matchId)
              count -= 1
              return Queue.shutdown(line.queue)
            })
        )

      const begin = (
        matchId: Ids.MatchId,
        last: string | null
      ): Effect.Effect<Stream.Stream<Told>, never, Scope.Scope> =>
        Effect.gen(function* () {
          const line = yield* listen(matchId)
          const book = books.get(matchId) ?? []
          const from = last !== null && /^\d{1,12}$/.test(last) ? Number(last) : null
          const place = from === null ? -1 : book.findIndex(({ data }) => data.stamp === from)
          if (place !== -1) for (const told of book.slice(place + 1)) put(line, told)
          else {
            const { standing } = yield* standingOf(matchId)
            if (standing !== null && standing.stamp !== from) put(line, toldOf(standing))
          }
          return Stream.fromQueue(line.queue).pipe(Stream.takeUntil(({ event }) => event === "over"))
        })

      return LiveEvents.of({
        of: (matchId, last) =>
          Effect.sync(() => (count >= LiveEvents.room ? null : Stream.unwrap(begin(matchId, last)))),
        lines: Effect.sync(() => count)
      })
    })
  )
}
