import { Instant } from "@sightscreen/decider"
import { Status } from "@sightscreen/domain"
import { Clock, Deferred, Duration, Effect, Random, Result, type Scope } from "effect"
import { FeedError } from "../FeedError.ts"
import type { Calls } from "./Calls.ts"
import * as Marquee from "./Marquee.ts"
import * as TheirStatus from "./Status.ts"
import * as Wire from "./Wire.ts"

/**
 * One look at everything that is live, shared by all who want to know.
 *
 * Whoever follows a match asks for a sweep later than the last one he was given. If there is one he gets it; if one is under
 * way he waits for it; otherwise his asking begins one, not sooner after the last than the pace allows. So one call serves
 * every match, the eager set the pace, and when nobody asks nothing is called.
 */
export interface Sweep {
  /** From 1. */
  readonly number: number
  /** When the answer came. */
  readonly at: Instant.Instant
  readonly fixtures: ReadonlyMap<string, Wire.Fixture>
  /** Of fixtures that do not fit, what is wrong, by their ids. */
  readonly misfits: ReadonlyMap<string, string>
}

export interface Paces {
  /** Between two sweeps while a marquee match is on. */
  readonly marquee: Duration.Duration
  /** While there are others only. */
  readonly usual: Duration.Duration
}

export const paces: Paces = { marquee: Duration.millis(2500), usual: Duration.seconds(5) }

/** Servers that were started together do not ask together for ever. */
const jitter = 0.1

export interface Sweeper {
  /** One that is later than a number, and no older than the pace. */
  readonly after: (number: number) => Effect.Effect<Sweep, FeedError>
  /** The last one, however old; null before the first. */
  readonly last: () => Sweep | null
  /** How many were made, and how many there were to whom one was given. */
  readonly counts: () => { readonly made: number; readonly given: number }
  /** The next one is made from the ground up. */
  readonly forget: () => void
}

/** Without balls for matches that are not told by them: they are most of the answer. */
const plain = [
  "localteam",
  "visitorteam",
  "league",
  "venue",
  "runs",
  "scoreboards",
  "lineup",
  "batting.result",
  "bowling"
]

export const relations = (balls: boolean): string => [...plain, ...(balls ? ["balls"] : [])].join(",")

export const isOn = (fixture: Wire.Fixture): boolean => {
  const status = TheirStatus.read(fixture.status)
  const begun = (fixture.runs ?? []).length > 0 || (fixture.balls ?? []).length > 0
  if (status === null) return begun
  return Status.phase(status, begun) === "live" || status === "innings break"
}

export const make = Effect.fnUntraced(function* (
  calls: Calls,
  marquee: Marquee.Marquee,
  paces: Paces,
  prefix: string
): Effect.fn.Return<Sweeper, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
  let last: Sweep | null = null
  let made = 0
  let given = 0
  let text = ""
  let begunAt: Instant.Instant | null = null
  let running: Deferred.Deferred<Sweep, FeedError> | null = null
  /** Misfits that were told, so that each is told once. */
  const told = new Set<string>()

  const on = () => [...(last?.fixtures.values() ?? [])].filter(isOn)
  const pace = () =>
    on().some((fixture) => Marquee.includes(marquee, fixture)) ? paces.marquee : paces.usual

  const read = Effect.fnUntraced(function* () {
    const live = on()
    const balls = live.length === 0 || live.some((fixture) => Marquee.includes(marquee, fixture))
    const answer = yield* calls.get("livescores", "/livescores", { include: relations(balls) })
    if (answer === null)
      return yield* new FeedError({
        reason: "unreadable",
        subject: "livescores",
        problem: "the address that is set is not that of their API"
      })
    made += 1
    const number = made
    // While nothing happens the very same text comes again, and with it the very same fixtures.
    if (last !== null && answer.text === text) return { ...last, number, at: answer.at }
    const opened = Wire.envelope(answer.text)
    const data = Result.isSuccess(opened) ? opened.success.data : null
    if (!Array.isArray(data))
      return yield* new FeedError({
        reason: "unreadable",
        subject: "livescores",
        problem: "the answer is no list of matches"
      })
    const { fixtures, misfits } = Wire.fixtures(data)
    for (const { id, problem } of misfits) {
      const line = calls.clean(`match ${prefix}${id ?? "of no id"} is left out, it does not fit: ${problem}`)
      if (told.has(line)) continue
      if (told.size >= 1000) told.clear()
      told.add(line)
      yield* Effect.logWarning(line)
    }
    text = answer.text
    return {
      number,
      at: answer.at,
      fixtures: new Map(fixtures.map((fixture) => [fixture.id, fixture])),
      misfits: new Map(misfits.flatMap(({ id, problem }) => (id === null ? [] : [[id, problem]])))
    }
  })

  const sweep = Effect.gen(function* () {
    if (begunAt !== null) {
      const apart = Duration.times(pace(), 1 - jitter + 2 * jitter * (yield* Random.next))
      const at = yield* now
      // A clock that was set back has not made the last sweep any younger than its pace.
      const wait = Duration.min(apart, Instant.since(Instant.plus(begunAt, apart), at))
      if (Duration.toMillis(wait) > 0) yield* Effect.sleep(wait)
    }
    begunAt = yield* now
    last = yield* read()
    return last
  })

  const start = Effect.gen(function* () {
    const result = yield* Deferred.make<Sweep, FeedError>()
    running = result
    yield* sweep.pipe(
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          running = null
          return Deferred.done(result, exit)
        })
      ),
      Effect.ignoreCause,
      Effect.forkIn(scope)
    )
    return result
  })

  return {
    last: () => last,
    counts: () => ({ made, given }),
    forget: () => {
      last = null
      text = ""
    },
    after: Effect.fnUntraced(function* (number) {
      given += 1
      const at = yield* now
      const isNews = last !== null && last.number > number
      if (last !== null && isNews && Duration.isLessThan(Instant.since(at, last.at), pace())) return last
      return yield* Deferred.await(running ?? (yield* start))
    })
  }
})
