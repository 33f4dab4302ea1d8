import { Delivery } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { type Recording, Timeline } from "@sightscreen/feed"
import { Handset } from "@sightscreen/handset"
import { Cause, Context, Duration, Effect, Exit, Logger } from "effect"
import { Feed } from "@sightscreen/feed"
import * as Checks from "../checks/index.ts"
import type { View } from "../checks/View.ts"
import { Crowd } from "../Crowd.ts"
import * as Fate from "../Fate.ts"
import * as AtApple from "../faults/AtApple.ts"
import * as Fault from "../faults/Fault.ts"
import * as OnTheWay from "../faults/OnTheWay.ts"
import * as Plan from "../faults/Plan.ts"
import * as Journal from "../journal/Journal.ts"
import * as Looks from "../Looks.ts"
import * as Reasons from "../Reasons.ts"
import { aboutOf, askings, fateIn, mayWait } from "../Reporting.ts"
import { type Run, tally, type Wants } from "../Run.ts"
import type { Scenario } from "../Scenario.ts"
import * as Happening from "../scenario/Happening.ts"
import { matchId, resultOf, timelineOf, worldBegins } from "../scenario/MatchSource.ts"
import * as Phone from "../scenario/Phone.ts"
import * as World from "../World.ts"
import * as AppleLine from "./AppleLine.ts"
import * as Bearers from "./Bearers.ts"
import * as Look from "./Look.ts"
import * as Operations from "./Operations.ts"
import * as Readings from "./Readings.ts"
import * as Tables from "./Tables.ts"
import * as Upheavals from "./Upheavals.ts"
import * as VirtualTime from "./VirtualTime.ts"

/**
 * The true gear: the engine itself, with everything that can go wrong around it, from a scenario to what came of it.
 *
 * It has two halves. Until the world heals, nothing may happen that cannot be mended; from then on nothing goes wrong any
 * more, and everything has to come right. The whole run is one call, on virtual time; the same scenario always goes the same
 * way.
 */
export const run = (scenario: Scenario, recording: Recording.Recording, wants: Wants = {}): Run => {
  const timeline = timelineOf(scenario.match, recording)
  const overAt = Timeline.changes(timeline).at(-1) ?? timeline.info.startsAt
  const begins = worldBegins
  const healAt = Instant.fromMillis(begins + scenario.healAt)
  const faults = Fault.make(scenario.seed, scenario.faults, scenario.healAt)
  const terms: Checks.Terms = {
    matchId,
    begins,
    healAt,
    overAt,
    phones: scenario.phones.length,
    mostUnderWay,
    clockErrorMillis: Plan.clockErrorMillis(faults, scenario.healAt)
  }
  const watch = Checks.watch(terms)
  const figures = tally()
  const reasons = Reasons.make({ playsFrom: timeline.info.startsAt, overAt })
  const journal = Journal.make({
    digest: wants.digest ?? false,
    keep: wants.entries ?? false,
    hear: (entry) => {
      watch.hear(entry)
      figures.hear(entry)
      reasons.hear(entry)
    }
  })
  const play = make({ scenario, timeline, overAt, healAt, journal, faults, watch, reasons })
  const done = VirtualTime.run(play.pipe(Effect.scoped, Effect.provide(Logger.layer([]))), {
    seed: scenario.seed,
    begins,
    shuffle: scenario.shuffle
  })
  if (Exit.isFailure(done.exit)) throw new Error(`the world broke down: ${Cause.pretty(done.exit.cause)}`)
  const end = done.exit.value
  const counts = watch.counts()
  const { home, away } = timeline.info
  return {
    scenario,
    violations: watch.violations(),
    entries: journal.entries,
    began: begins,
    end,
    summary: {
      seed: scenario.seed,
      gear: "true",
      digest: journal.digest(),
      match: {
        source: scenario.match.source,
        title: `${home.name} v ${away.name}`,
        format: timeline.info.format.kind,
        deliveries: timeline.times.length,
        result: resultOf(timeline)
      },
      virtualSeconds: Math.round(done.millis / 1000),
      pushes: figures.pushes(),
      phones: {
        total: end.phones.length,
        showingFinalState: end.phones.filter(({ fate }) => fate?._tag === "Right").length,
        explained: end.phones.filter(({ fate }) => fate?._tag === "Explained").length
      },
      faults: faults.counts(),
      checks: counts,
      verdict: counts.every(({ violations }) => violations === 0) ? "pass" : "fail"
    }
  }
}

/** What `Apns` lets one process have under way. */
const mostUnderWay = 10_000

/** After the end, or after all has healed if that is later: the end is told again for an hour, and channels are deleted. */
const afterwards = Duration.minutes(95)

/** Once healed, what was broken has so long to come right. */
const settles = Duration.minutes(6)

interface Given {
  readonly scenario: Scenario
  readonly timeline: Timeline.Timeline
  readonly overAt: Instant.Instant
  readonly healAt: Instant.Instant
  readonly journal: Journal.Journal
  readonly faults: Fault.Faults
  readonly watch: Checks.Watch
  readonly reasons: Reasons.Reasons
}

const make = Effect.fnUntraced(function* (
  given: Given
): Effect.fn.Return<View, unknown, import("effect").Scope.Scope> {
  const { faults, healAt, journal, overAt, reasons, scenario, timeline, watch } = given
  const { seed } = scenario
  const begins = worldBegins
  const clock = yield* Effect.clockWith(Effect.succeed)
  const scope = yield* Effect.scope
  const context = yield* Effect.context<never>()
  const now = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
  const sleep = (millis: number) => clock.sleep(Duration.millis(millis))
  const until = (at: number) => Effect.suspend(() => sleep(Math.max(0, at - now())))
  const beside = (it: Effect.Effect<unknown, unknown>) =>
    void Effect.runForkWith(context)(Effect.forkIn(Effect.orDie(it), scope))
  const plan = Plan.make(scenario, faults)
  const byNumber = new Map(plan.phones.map((phone) => [phone.number, phone]))
  /** What each phone goes by now; all names that there ever were; and what its owner remembers. */
  const names = new Map<number, string>()
  const everyName: Array<string> = []
  const diaries = new Map<number, Fate.Diary>()
  const untold = new Map<string, number>()
  const createdAt = new Map<string, Instant.Instant>()
  const channelsSeen: Array<string> = []

  const crowd = new Crowd(
    plan.phones.map((phone) => {
      const settings = Phone.settingsOf(phone, seed)
      names.set(phone.number, settings.deviceId)
      everyName.push(settings.deviceId)
      return Handset.make({ ...handsetOf(settings), userId: Phone.userIdOf(phone) })
    })
  )

  const phoneOf = (deviceId: string): Phone.Phone | undefined => {
    const number = Phone.numberOf(deviceId)
    return number === null ? undefined : byNumber.get(number)
  }

  const remember = (deviceId: string, input: Handset.Input, outputs: ReadonlyArray<Handset.Output>): void => {
    const number = Phone.numberOf(deviceId)
    if (number === null) return
    diaries.set(
      number,
      Fate.remember(diaries.get(number) ?? Fate.untouched, input, outputs, timeline.info.startsAt)
    )
  }

  let world: World.World | null = null
  const running = () => world?.running() ?? []

  const fall = (process: number, where: string, downMillis: number): void =>
    beside(
      Effect.gen(function* () {
        const one = running().find((it) => it.process === process)
        if (one === undefined) return
        journal.write({ _tag: "ProcessCrashed", at: now(), process, where })
        yield* one.crash
        yield* sleep(downMillis)
        yield* world!.start
      })
    )
  const operations = Operations.make({
    journal,
    begins,
    now,
    faults,
    plan,
    healAt: scenario.healAt,
    fall,
    oldest: () => running()[0]?.process ?? 0,
    isUp: (process) => running().some((one) => one.process === process),
    sleep
  })
  const bearers = yield* Bearers.make((process, issuedAt) =>
    journal.write({ _tag: "BearerMinted", at: now(), process, keyId: Bearers.keyId, issuedAt })
  )
  const befalls = AtApple.make(faults, plan)
  const attempts = new Map<string, number>()
  const operationCounts = new Map<string, number>()
  const skews = [...plan.windows("clock.forward"), ...plan.windows("clock.backward")]
  const skewed = new Set<object>()
  const skew = (millis: number): number => {
    let by = 0
    for (const window of skews) {
      if (millis < begins + window.from || millis >= begins + window.until) continue
      by += window.by
      if (skewed.has(window)) continue
      skewed.add(window)
      const kind = window.by < 0 ? "clock.backward" : "clock.forward"
      faults.count(kind)
      journal.write({ _tag: "FaultBefell", at: now(), kind, what: `${window.by}` })
    }
    return by
  }

  const liar = Readings.lying({ journal, now, faults, begins, healAt, seed }, timeline)

  const answer = yield* World.make({
    crowd,
    timelines: [timeline],
    userOf: () => null,
    tokenAfter: (deviceId) => {
      const millis = phoneOf(deviceId)?.tokenAfter
      return millis === null ? null : Duration.millis(millis ?? 2000)
    },
    apple: {
      keys: [{ keyId: Bearers.keyId, teamId: Bearers.teamId }],
      delivery: {
        rules: Delivery.rules({ latencyMillis: 80, burstMillis: 2000 }),
        seed,
        onOutput: (output) => {
          if (output._tag === "Discarded")
            journal.write({
              _tag: "Discarded",
              at: output.at,
              pushId: output.push.apnsId.toLowerCase(),
              deviceId: world?.holder(output.push.token)?.deviceId ?? null,
              why: output.why
            })
          if (output._tag === "Missed")
            journal.write({
              _tag: "Missed",
              at: output.at,
              pushId: output.publish.requestId.toLowerCase(),
              deviceId: output.device,
              why: output.why
            })
        }
      }
    },
    disturb: (services, process) => {
      const store = Tables.disturbed(
        { journal, begins, now, faults, operations, sleep, counts: operationCounts },
        services,
        process
      )
      const feed = Readings.witnessed(
        { journal, now, operations, clock },
        liar ?? Context.get(services, Feed.Feed),
        process
      )
      return Context.add(Context.merge(services, store), Feed.Feed, feed)
    },
    between: {
      line: (real, apple, process) =>
        AppleLine.make(
          {
            journal,
            begins,
            now,
            befalls,
            holder: (token) => world?.holder(token) ?? null,
            operations,
            attempts,
            made: (channelId) => {
              createdAt.set(channelId, now())
              channelsSeen.push(channelId)
            }
          },
          real,
          apple,
          process
        ),
      bearers: bearers.layer,
      ...(skews.length === 0
        ? {}
        : {
            clockOf: (_, real) => {
              const millis = () => real.currentTimeMillisUnsafe() + skew(real.currentTimeMillisUnsafe())
              const nanos = () => BigInt(millis()) * 1_000_000n
              return {
                ...real,
                currentTimeMillisUnsafe: millis,
                currentTimeMillis: Effect.sync(millis),
                currentTimeNanosUnsafe: nanos,
                currentTimeNanos: Effect.sync(nanos)
              }
            }
          }),
      travel: (delivered) => {
        const pushId = (
          delivered._tag === "Delivered" ? delivered.push.apnsId : delivered.publish.requestId
        ).toLowerCase()
        const number = Phone.numberOf(delivered.device)
        if (number === null) return [0]
        const copies = OnTheWay.travel(faults, {
          at: delivered.at - begins,
          pushId,
          phone: number,
          nth: attempts.get(pushId) ?? 1,
          isStart: delivered._tag === "Delivered" && isStart(delivered.push.payload)
        })
        if (copies.length === 0)
          journal.write({
            _tag: delivered._tag === "Delivered" ? "Discarded" : "Missed",
            at: delivered.at,
            pushId,
            deviceId: delivered.device,
            why: "lost"
          })
        return copies
      },
      trip: (report, errand, attempt) =>
        OnTheWay.trip(faults, {
          at: now() - begins,
          phone: Phone.numberOf(errand.deviceId) ?? 0,
          report,
          attempt,
          mayWait: mayWait.has(errand._tag)
        }),
      started: (process) => journal.write({ _tag: "ProcessStarted", at: now(), process }),
      asked: (report, errand) => {
        untold.set(errand.deviceId, (untold.get(errand.deviceId) ?? 0) + 1)
        journal.write({
          _tag: "ReportAsked",
          at: now(),
          report,
          deviceId: errand.deviceId,
          userId: errand.userId,
          asks: askings[errand._tag],
          about: aboutOf(errand)
        })
      },
      acknowledged: (report, process, count) => {
        const deviceId = report.slice(0, report.lastIndexOf("/"))
        untold.set(deviceId, (untold.get(deviceId) ?? 1) - 1)
        journal.write({ _tag: "ReportAcknowledged", at: now(), report, process, attempts: count })
      },
      said: (deviceId, output) => {
        remember(deviceId, { _tag: "Ticked", at: now() }, [output])
        journal.write({ _tag: "PhoneSaid", at: now(), deviceId, output })
        if (
          output._tag === "NotificationShown" &&
          phoneOf(deviceId)?.taps === true &&
          output.matchId !== null
        )
          beside(
            Effect.andThen(
              sleep(20_000),
              Effect.suspend(() => act(Phone.numberOf(deviceId)!, "taps"))
            )
          )
      },
      arrived: (delivered, deviceId, before, after) => {
        const isDirect = delivered._tag === "Delivered"
        const pushId = (isDirect ? delivered.push.apnsId : delivered.publish.requestId).toLowerCase()
        if (before === null || after === null) {
          journal.write({
            _tag: isDirect ? "Discarded" : "Missed",
            at: now(),
            pushId,
            deviceId,
            why: "out of reach"
          })
          return
        }
        journal.write({
          _tag: "Delivered",
          at: now(),
          pushId,
          deviceId,
          route: isDirect ? "token" : "channel",
          address: isDirect ? delivered.push.token : delivered.publish.channelId,
          fate: fateIn(before.counters, after.counters)
        })
      }
    }
  })
  world = answer

  /** Somebody does something with a phone; nothing where there is nothing to do it with. */
  const act = (number: number, does: Happening.Deed): Effect.Effect<boolean> =>
    Effect.gen(function* () {
      const deviceId = names.get(number)
      const phone = deviceId === undefined ? undefined : crowd.phone(deviceId)
      const settings = byNumber.get(number)
      if (deviceId === undefined || phone === undefined || settings === undefined) return false
      if (Happening.isErrand(does)) {
        if (phone.userId === null || !phone.online) return false
        journal.write({ _tag: "PhoneTold", at: now(), deviceId, does })
        yield* does === "follows" ? answer.follow(deviceId, matchId) : answer.unfollow(deviceId, matchId)
        return true
      }
      const anew = `${Phone.deviceIdOf(number)}-${everyName.length}`
      const input = Happening.inputOf(does, phone, {
        at: now(),
        owner: Phone.userIdOf(settings),
        matchId,
        anew
      })
      if (input === null) return false
      journal.write({ _tag: "PhoneTold", at: now(), deviceId, does })
      if (input._tag === "Reinstalled" || input._tag === "RestoredTo") {
        names.set(number, anew)
        everyName.push(anew)
      }
      remember(deviceId, input, [])
      yield* answer.touch(deviceId, input)
      return true
    })

  beside(
    Effect.gen(function* () {
      for (const { at, because, does, phone } of plan.acts) {
        yield* until(begins + at)
        const done = yield* act(phone, does)
        if (!done || because === null) continue
        faults.count(because)
        journal.write({ _tag: "FaultBefell", at: now(), kind: because, what: String(phone) })
      }
    })
  )
  const upheavals = Upheavals.all({
    world: answer,
    plan,
    faults,
    journal,
    begins,
    healAt,
    now,
    until,
    made: channelsSeen
  })
  for (const upheaval of upheavals) beside(upheaval)

  const lookNow = (when: View["when"], fateOf: (deviceId: string) => Fate.Fate | null) =>
    Look.at(answer, {
      when,
      at: now(),
      matchId,
      deviceIds: everyName,
      fateOf,
      untold: (deviceId) => untold.get(deviceId) ?? 0,
      createdAt: (channelId) => createdAt.get(channelId) ?? begins
    })

  /** Why nothing is to be expected of a phone; null where something is. */
  const explained = (deviceId: string): Fate.Fate | null => {
    const settings = phoneOf(deviceId)
    const phone = crowd.phone(deviceId)
    if (settings === undefined || phone === undefined) return null
    const why = phone.userId === null ? "signed out by its owner" : reasons.of(settings)
    return why === null ? null : { _tag: "Explained", why }
  }

  yield* answer.start
  yield* until(healAt)
  journal.write({ _tag: "Healed", at: now() })
  for (const extra of running().slice(1)) {
    journal.write({ _tag: "ProcessCrashed", at: now(), process: extra.process, where: null })
    yield* extra.crash
  }
  const settled = Instant.plus(healAt, settles)
  if (settled < overAt) {
    yield* until(settled)
    watch.look(yield* lookNow("settled", (deviceId) => explained(deviceId)))
  }
  yield* until(Instant.plus(Instant.later(overAt, healAt), afterwards))
  const right = Looks.ofLast(timeline)
  const end = yield* lookNow("end", (deviceId) => {
    const phone = crowd.phone(deviceId)
    const settings = phoneOf(deviceId)
    if (phone === undefined || settings === undefined) return null
    return Fate.of(phone, diaries.get(settings.number) ?? Fate.untouched, {
      matchId,
      right,
      at: now(),
      from: timeline.info.startsAt,
      to: overAt,
      goesOn: false,
      because: timeline.times.length === 0 ? "not a ball was bowled" : reasons.of(settings)
    })
  })
  watch.look(end)
  return end
})

const handsetOf = (settings: ReturnType<typeof Phone.settingsOf>): Handset.Settings =>
  settings as Handset.Settings

const isStart = (payload: unknown): boolean =>
  (payload as { readonly aps?: { readonly event?: string } }).aps?.event === "start"
