import type { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Context, DateTime, Duration, Effect, Layer, Result, type Schema } from "effect"
import type { HttpClient } from "effect/http"
import type { Allowances } from "../Allowances.ts"
import { Feed, type Listed, type Window } from "../Feed.ts"
import { FeedError } from "../FeedError.ts"
import { defaults, type Options as CallOptions, SportMonksCalls } from "./Calls.ts"
import * as Marquee from "./Marquee.ts"
import * as Names from "./Names.ts"
import * as Reading from "./Reading.ts"
import * as TheirStatus from "./Status.ts"
import * as Sweep from "./Sweep.ts"
import { translate } from "./translate.ts"
import * as Wire from "./Wire.ts"

/**
 * SportMonks' Cricket API as a feed.
 *
 * Everything that is live comes with one call. A match that is in it no more is read by itself, since its end may be seen
 * there only; a fixture that cannot be read is left out and told of, and the others are served.
 */
export interface Options extends CallOptions {
  readonly marquee?: Marquee.Marquee
  readonly paces?: Sweep.Paces
  /** Put before their ids, where more than one provider's matches are told. */
  readonly prefix?: string
}

/** For a call with its retry, unless the options say otherwise. */
export const callTimeout = defaults.timeout

/** Matches whose readings are remembered; beyond them the one that was asked for longest ago is forgotten. */
const mostReadings = 500
/** Pages of a schedule that are read for one answer. */
const mostPages = 30

export const layer = (options: Options): Layer.Layer<Feed | Raw, never, HttpClient.HttpClient | Allowances> =>
  Layer.effectContext(make(options)).pipe(Layer.provide(SportMonksCalls.layer(options)))

/** What is remembered between two readings, for people who run a server. */
export interface Remembered {
  readonly name: string
  readonly entries: number
  readonly hits: number
  readonly misses: number
}

/** The feed as it comes, and what is remembered of it. */
export class Raw extends Context.Service<
  Raw,
  {
    /** Their fixtures of some days, letter by letter but for the key; dates as `YYYY-MM-DD`. */
    readonly fixtures: (asked: {
      readonly from: string
      readonly to: string
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<Schema.Json>, FeedError>
    /** Forgets what is remembered of a match, or everything, and tells how much that was. */
    readonly forget: (matchId: Ids.MatchId | null) => Effect.Effect<number>
    readonly remembered: Effect.Effect<ReadonlyArray<Remembered>>
  }
>()("@sightscreen/feed/SportMonksRaw") {}

const make = Effect.fnUntraced(function* ({
  marquee = "all",
  paces = Sweep.paces,
  prefix = ""
}: Pick<Options, "marquee" | "paces" | "prefix">) {
  const calls = yield* SportMonksCalls
  const sweeper = yield* Sweep.make(calls, marquee, paces, prefix)
  const readings = new Map<Ids.MatchId, { reading: Reading.Reading; sweep: number }>()

  const matchIdOf = (id: string): Ids.MatchId => `${prefix}${id}` as Ids.MatchId
  /** Null for a match that is not theirs. */
  const idOf = (matchId: Ids.MatchId): string | null => {
    const id = matchId.startsWith(prefix) ? matchId.slice(prefix.length) : ""
    return /^\d+$/.test(id) ? id : null
  }

  const held = (matchId: Ids.MatchId) => {
    const found = readings.get(matchId) ?? { reading: Reading.begin, sweep: 0 }
    readings.delete(matchId)
    readings.set(matchId, found)
    if (readings.size > mostReadings) readings.delete(readings.keys().next().value!)
    return found
  }

  const read = Effect.fnUntraced(function* (
    matchId: Ids.MatchId,
    fixture: Wire.Fixture,
    at: Instant.Instant
  ) {
    const kept = held(matchId)
    const balls = Marquee.includes(marquee, fixture)
    const [next, { news, snapshot }] = Reading.step(kept.reading, fixture, { at, matchId, balls })
    kept.reading = next
    for (const line of news) yield* Effect.logWarning(`match ${matchId}: ${calls.clean(line)}`)
    return snapshot
  })

  /** A match by itself: what became of one that is listed as live no more. */
  const readAlone = Effect.fnUntraced(function* (matchId: Ids.MatchId, id: string) {
    const answer = yield* calls.get("fixtures", `/fixtures/${id}`, { include: Sweep.relations(true) })
    if (answer === null) return null
    const opened = Wire.envelope(answer.text)
    const fixture = Result.flatMap(opened, ({ data }) =>
      Result.mapError(Wire.fixture(data), ({ problem }) => problem)
    )
    if (Result.isFailure(fixture)) return yield* unreadable(matchId, fixture.failure)
    const status = TheirStatus.read(fixture.success.status)
    // They say that it goes on, and list it nowhere: nobody tells us how.
    const goesOn = status === null || status === "live" || status === "innings break"
    return goesOn ? null : yield* read(matchId, fixture.success, answer.at)
  })

  const unreadable = (matchId: Ids.MatchId, problem: string) =>
    Effect.fail(
      new FeedError({ reason: "unreadable", subject: `match ${matchId}`, problem: calls.clean(problem) })
    )

  const snapshot = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
    const id = idOf(matchId)
    if (id === null) return null
    const sweep = yield* sweeper.after(held(matchId).sweep)
    held(matchId).sweep = sweep.number
    const fixture = sweep.fixtures.get(id)
    if (fixture !== undefined) return yield* read(matchId, fixture, sweep.at)
    const misfit = sweep.misfits.get(id)
    if (misfit !== undefined) return yield* unreadable(matchId, misfit)
    return yield* readAlone(matchId, id)
  })

  const schedule = Effect.fnUntraced(function* ({ from, to }: Window) {
    const listed: Array<Listed> = []
    for (let page = 1; page <= mostPages; page++) {
      const answer = yield* calls.get("fixtures", "/fixtures", {
        "filter[starts_between]": `${day(from)},${day(to, 1)}`,
        include: "localteam,visitorteam,league,venue,runs",
        page: String(page)
      })
      if (answer === null) return listed
      const opened = Wire.envelope(answer.text)
      if (Result.isFailure(opened) || !Array.isArray(opened.success.data))
        return yield* new FeedError({
          reason: "unreadable",
          subject: "schedule",
          problem: "the answer is no list of matches"
        })
      const { fixtures, misfits } = Wire.fixtures(opened.success.data)
      for (const { id, problem } of misfits)
        yield* Effect.logWarning(
          calls.clean(`the schedule's match ${id ?? "of no id"} is left out, it does not fit: ${problem}`)
        )
      for (const fixture of fixtures) listed.push(listing(fixture, answer.at))
      if (!opened.success.more) return listed
    }
    yield* Effect.logWarning(`the schedule is longer than ${mostPages} pages; the rest is left out`)
    return listed
  })

  const listing = (fixture: Wire.Fixture, at: Instant.Instant): Listed => {
    const { snapshot } = translate(fixture, {
      at,
      matchId: matchIdOf(fixture.id),
      names: Names.learn(Names.empty, fixture),
      before: null,
      balls: false,
      distrusted: new Set(),
      penalties: {},
      impatient: true
    })
    return { info: snapshot.info, status: snapshot.status, outcome: snapshot.outcome }
  }

  /** No sweep is made for it that another one would not do for. */
  const live = Effect.map(sweeper.after(0), ({ fixtures }) =>
    [...fixtures.values()].filter(Sweep.isOn).map(({ id }) => matchIdOf(id))
  )

  const fixtures = Effect.fnUntraced(function* (asked: {
    readonly from: string
    readonly to: string
    readonly limit: number
  }) {
    const all: Array<Schema.Json> = []
    for (let page = 1; page <= mostPages && all.length < asked.limit; page++) {
      const answer = yield* calls.get("fixtures", "/fixtures", {
        "filter[starts_between]": `${asked.from},${asked.to}`,
        page: String(page)
      })
      if (answer === null) break
      const opened = Wire.envelope(calls.hide(answer.text))
      if (Result.isFailure(opened) || !Array.isArray(opened.success.data)) break
      all.push(...(opened.success.data as ReadonlyArray<Schema.Json>))
      if (!opened.success.more) break
    }
    return all.slice(0, asked.limit)
  })

  const raw = Raw.of({
    fixtures,
    forget: (matchId) =>
      Effect.sync(() => {
        if (matchId !== null) return readings.delete(matchId) ? 1 : 0
        const { size } = readings
        readings.clear()
        sweeper.forget()
        return size
      }),
    remembered: Effect.sync(() => {
      const { given, made } = sweeper.counts()
      return [{ name: "sportmonks", entries: readings.size, hits: Math.max(0, given - made), misses: made }]
    })
  })

  const feed = Feed.of({
    snapshot,
    schedule,
    live,
    isMarquee: (matchId) =>
      Effect.sync(() => {
        const fixture = sweeper.last()?.fixtures.get(idOf(matchId) ?? "")
        return marquee === "all" || (fixture !== undefined && Marquee.includes(marquee, fixture))
      })
  })
  return Context.make(Feed, feed).pipe(Context.add(Raw, raw))
})

/** "2026-06-14"; their end of a span is exclusive at midnight, so a day is added to it. */
const day = (instant: Instant.Instant, later = 0): string =>
  DateTime.formatIsoDateUtc(DateTime.makeUnsafe(instant + later * Duration.toMillis(Duration.days(1))))
