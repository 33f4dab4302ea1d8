import { Instant, Step } from "@sightscreen/decider"
import { ActiveMatch, type ContentState, type Ids } from "@sightscreen/domain"
import { Bundled, type Feed, type Recording, Tape, Timeline } from "@sightscreen/feed"
import { ActivityKit, type Handset } from "@sightscreen/handset"
import { Crowd, EventLog, World } from "@sightscreen/simulation"
import { Activities, Deliveries, Follows, type Store } from "@sightscreen/store"
import { Context, Duration, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { assert } from "vitest"

/** Worlds for journeys: a short match by the clock, a few phones, and questions to ask of them afterwards. */
export const noon = Instant.fromMillis(1_750_000_000_000)

const final = Result.getOrThrow(Tape.decode(readFileSync(Bundled.find("final")!.url)))

/** The first overs of each innings of a real match, with its real result. */
const cut = (recording: Recording.Recording, overs: ReadonlyArray<number>): Recording.Recording => ({
  ...recording,
  innings: recording.innings.map((innings, index) => ({
    ...innings,
    overs: innings.overs.slice(0, overs[index] ?? 0)
  }))
})

/** Five alerts fall in it: India on fire after 27 balls, a fifty, the break, a wicket, the end. */
export const short = cut(final, [6, 3])

export const matchId = "world-final" as Ids.MatchId

/** The first ball is bowled a minute after noon, then one every ten seconds; the last one ten minutes and a half later. */
export const timelineWith = (options: Timeline.Options = {}, recording = short): Timeline.Timeline =>
  Timeline.make(recording, {
    matchId,
    startsAt: Instant.plus(noon, Duration.minutes(1)),
    ballMillis: 10_000,
    breakMillis: 60_000,
    ...options
  })

export const timeline = timelineWith()

/** What buzzes, and when it happens, for who reads each ball as it falls. */
export const news = ((): ReadonlyArray<{ readonly title: string; readonly after: Duration.Duration }> => {
  const readings = timeline.times.map(
    (at, position): ActiveMatch.Input => ({
      _tag: "SnapshotRead",
      snapshot: Timeline.snapshot(timeline, position, at)
    })
  )
  const [, said] = Step.play(ActiveMatch.step, ActiveMatch.begin(matchId, true), readings)
  return said.flatMap((one) =>
    one._tag === "BulletinIssued" && one.bulletin.alert !== null
      ? [{ title: one.bulletin.alert.title, after: Instant.since(one.bulletin.at, noon) }]
      : []
  )
})()

export const [fire, fifty, innings, wicket, result] = news.map(({ after }) => after) as [
  Duration.Duration,
  Duration.Duration,
  Duration.Duration,
  Duration.Duration,
  Duration.Duration
]

/** When the last ball is bowled. */
export const over = Instant.since(timeline.times.at(-1)!, noon)

/** A state without what only counts. */
export const looks = ({
  compact,
  expanded,
  phase
}: Pick<ContentState.ContentState, "compact" | "expanded" | "phase">): string =>
  canonical({ phase, compact, expanded })

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join(",")}}`
}

/** What every phone is to show in the end. */
export const right = ((): string => {
  const { content } = EventLog.of({ ...short, info: { ...short.info, matchId } }).final
  return content === null ? "" : looks(content)
})()

export const phones = (count: number): Crowd.Crowd => Crowd.make(count, "kit", [17, 4])

export const ids = (crowd: Crowd.Crowd): ReadonlyArray<string> => crowd.phones.map(({ deviceId }) => deviceId)

/** A world at noon in which everybody has the app and follows the match. */
export const everybodyFollows = Effect.fnUntraced(function* (
  options: Partial<World.Options> & { readonly count?: number } = {}
) {
  const world = yield* atNoon(options)
  yield* world.start
  for (const deviceId of ids(world.crowd)) {
    yield* world.launch(deviceId)
    yield* world.follow(deviceId, matchId)
  }
  return world
})

export const atNoon = Effect.fnUntraced(function* ({
  count = 4,
  ...options
}: Partial<World.Options> & { readonly count?: number } = {}) {
  yield* TestClock.setTime(noon)
  return yield* World.make({ crowd: phones(count), timelines: [timeline], ...options })
})

/** Lets time pass until so long after noon. */
export const until = (after: Duration.Input) =>
  Effect.flatMap(
    Effect.clockWith((clock) => clock.currentTimeMillis),
    (now) => TestClock.adjust(Duration.millis(Math.max(0, noon + Duration.toMillis(after) - now)))
  )

/** Long enough for everything to have been told. */
export const toTheEnd = until(Duration.sum(over, Duration.minutes(2)))

/** One phone's activities of the match, in order of their start. */
export const activities = (world: World.World, deviceId: string) =>
  world.crowd.phone(deviceId)!.activities.filter((one) => one.matchId === matchId)

export const live = (world: World.World, deviceId: string) =>
  activities(world, deviceId).filter(ActivityKit.isLive)

export const shows = (activity: ActivityKit.Activity | undefined): string =>
  activity === undefined ? "" : looks(activity.content as unknown as ContentState.ContentState)

/** Ended, with the final state on screen. */
export const isRight = (world: World.World, deviceId: string): boolean => {
  const last = activities(world, deviceId).at(-1)
  return last !== undefined && !ActivityKit.isLive(last) && shows(last) === right
}

export const alerts = (world: World.World, deviceId: string): ReadonlyArray<Handset.AlertShown> =>
  world.crowd.phone(deviceId)!.alerts

export const titles = (world: World.World, deviceId: string): ReadonlyArray<string> =>
  alerts(world, deviceId).map(({ title }) => title)

/** An activity goes from a phone, and nobody hears of it: its app does not run. */
export const forget = (world: World.World, deviceId: string, activityId: string): void => {
  for (const input of [
    { _tag: "WentOffline", at: noon },
    { _tag: "Dismissed", activityId, at: noon }
  ] as const)
    world.crowd.hear(deviceId, input)
  // What it would report is lost; it comes online without it.
  const { unsent } = world.crowd.phone(deviceId)!
  assert.isAtLeast(unsent.length, 1)
  world.crowd.hear(deviceId, { _tag: "CameOnline", at: noon })
}

/** Pushes that Apple took, in order. */
export const accepted = (world: World.World, event?: string) =>
  world.journal
    .filter((one) => one._tag === "Accepted")
    .filter((one) => event === undefined || one.event === event)

/** What each phone buzzes for, beside its activity's start. */
export const checkAlerts = (world: World.World, expected = news.map(({ title }) => title)): void => {
  for (const deviceId of ids(world.crowd)) {
    assert.deepStrictEqual(titles(world, deviceId).slice(1), expected, deviceId)
  }
}

export const checkRight = (world: World.World): void => {
  for (const deviceId of ids(world.crowd)) assert.isTrue(isRight(world, deviceId), deviceId)
}

/** What must hold of every world, whatever happened in it. */
export const checkSafe = (world: World.World): void => {
  for (const { counters, deviceId, alerts: shown } of world.crowd.phones) {
    assert.strictEqual(counters.doubled, 0, `${deviceId} had two activities of one match`)
    assert.strictEqual(counters.undecodable, 0, `${deviceId} could not read a push`)
    const said = shown.map(({ activityId, timestamp }) => `${activityId} ${timestamp}`)
    assert.deepStrictEqual(said, [...new Set(said)], `${deviceId} buzzed twice for one thing`)
  }
  for (const [token, stamps] of stampsByToken(world)) {
    assert.deepStrictEqual(
      stamps,
      stamps.toSorted((a, b) => a - b),
      `stamps fell for ${token.slice(-6)}`
    )
  }
}

/** The stamps that Apple was given for each update token and each channel, in order. */
export const stampsByToken = (world: World.World): ReadonlyMap<string, ReadonlyArray<number>> => {
  const found = new Map<string, Array<number>>()
  for (const { event, stamp, token } of accepted(world)) {
    if (event !== "update" && event !== "end") continue
    found.set(token, [...(found.get(token) ?? []), stamp])
  }
  return found
}

/** The ledger and Apple tell the same story: what was accepted, and how often. */
export const checkLedger = Effect.fnUntraced(function* (world: World.World) {
  const counts = yield* Context.get(world.store, Deliveries.Deliveries).counts(matchId)
  const recorded = counts.reduce((sum, { count, verdict }) => sum + (verdict === "Accepted" ? count : 0), 0)
  const ids = new Set(accepted(world).map(({ pushId }) => pushId))
  assert.strictEqual(recorded, ids.size)
})

/** One service with something else in its place. */
export const instead = <I extends Store.Store | Feed.Feed, S>(
  services: Context.Context<Store.Store | Feed.Feed>,
  service: Context.Service<I, S>,
  change: (service: S) => S
): Context.Context<Store.Store | Feed.Feed> =>
  Context.add(services, service, change(Context.get(services, service as never) as S)) as never

export const statuses = Effect.fnUntraced(function* (world: World.World) {
  const rows = yield* Context.get(world.store, Activities.Activities).ofMatch(
    matchId,
    ["pending", "active", "token_invalid", "failed", "ended"],
    { after: null, limit: 1000 }
  )
  return rows.map(({ status }) => status)
})

export const followers = (world: World.World) =>
  Effect.map(
    Context.get(world.store, Follows.Follows).followers(matchId, { after: null, limit: 1000 }),
    (rows) => rows.map(({ userId }) => userId as string)
  )
