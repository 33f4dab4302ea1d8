import { Delivery } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Feed } from "@sightscreen/feed"
import { Context, Duration, Effect, type Scope } from "effect"
import type { View } from "../checks/View.ts"
import type { Fate } from "../Fate.ts"
import * as AtApple from "../faults/AtApple.ts"
import * as Plan from "../faults/Plan.ts"
import { matchId } from "../scenario/MatchSource.ts"
import * as Phone from "../scenario/Phone.ts"
import type { Stage } from "../Stage.ts"
import * as World from "../World.ts"
import * as AppleLine from "./AppleLine.ts"
import * as Bearers from "./Bearers.ts"
import * as Look from "./Look.ts"
import * as Operations from "./Operations.ts"
import * as Owners from "./Owners.ts"
import * as Readings from "./Readings.ts"
import * as Tables from "./Tables.ts"
import * as Upheavals from "./Upheavals.ts"
import * as Ways from "./Ways.ts"
import * as WrongClock from "./WrongClock.ts"

/** From a notice that somebody heeds to the app being open. */
const tapsAfter = 20_000

/** Plays a scenario in a world, with trouble on every way of it, and looks at what is there at the end. */
export const play = Effect.fnUntraced(function* (stage: Stage): Effect.fn.Return<View, unknown, Scope.Scope> {
  const { begins, endsAt, faults, healAt, journal, scenario, settledAt, timeline, watch } = stage
  const { seed } = scenario
  const clock = yield* Effect.clockWith(Effect.succeed)
  const scope = yield* Effect.scope
  const context = yield* Effect.context<never>()
  const now = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
  const sleep = (millis: number) => clock.sleep(Duration.millis(millis))
  const until = (at: number) => Effect.suspend(() => sleep(Math.max(0, at - now())))
  const beside = (it: Effect.Effect<unknown, unknown>) =>
    void Effect.runForkWith(context)(Effect.forkIn(Effect.orDie(it), scope))
  const plan = Plan.make(scenario, faults)
  const owners = Owners.make({ seed, plan, journal, now, kickOff: timeline.info.startsAt })
  const { crowd } = owners

  let standing: World.World | null = null
  const running = () => standing?.running() ?? []
  const holder = (token: string) => standing?.holder(token) ?? null

  const crash = (one: World.Running, where: string | null) =>
    Effect.suspend(() => {
      journal.write({ _tag: "ProcessCrashed", at: now(), process: one.process, where })
      return one.crash
    })
  const operations = Operations.make({
    journal,
    begins,
    now,
    faults,
    plan,
    healAt: scenario.healAt,
    fall: (process, where, downMillis) =>
      beside(
        Effect.gen(function* () {
          const one = running().find((it) => it.process === process)
          if (one === undefined) return
          yield* crash(one, where)
          yield* sleep(downMillis)
          yield* standing!.start
        })
      ),
    oldest: () => running()[0]?.process ?? 0,
    isUp: (process) => running().some((one) => one.process === process),
    sleep
  })
  const bearers = yield* Bearers.make((process, issuedAt) =>
    journal.write({ _tag: "BearerMinted", at: now(), process, keyId: Bearers.keyId, issuedAt })
  )
  const clockOf = WrongClock.make({ plan, faults, journal, begins, now })
  const liar = Readings.lying({ journal, now, faults, begins, healAt, seed }, timeline)
  const operationCounts = new Map<string, number>()
  const ledger = new Set<string>()
  const attempts = new Map<string, number>()
  /** When each channel was made, in the order in which they were. */
  const channels = new Map<string, Instant.Instant>()
  const line = {
    journal,
    begins,
    now,
    befalls: AtApple.make(faults, plan),
    holder,
    operations,
    attempts,
    recorded: (pushId: string) => ledger.has(pushId),
    made: (channelId: string) => void channels.set(channelId, now())
  }
  const ways = Ways.make({
    journal,
    faults,
    begins,
    now,
    attempts,
    ownerOf: (token) => holder(token)?.deviceId ?? null
  })

  const world = yield* World.make({
    crowd,
    timelines: [timeline],
    userOf: () => null,
    tokenAfter: (deviceId) => {
      const millis = owners.settingsOf(deviceId)?.tokenAfter
      return millis === null ? null : Duration.millis(millis ?? 2000)
    },
    apple: {
      keys: [{ keyId: Bearers.keyId, teamId: Bearers.teamId }],
      delivery: {
        rules: Delivery.rules({ latencyMillis: 80, burstMillis: 2000 }),
        seed,
        onOutput: ways.onOutput
      }
    },
    disturb: (services, process) => {
      const store = Tables.disturbed(
        { journal, begins, now, faults, operations, sleep, ledger, counts: operationCounts },
        services,
        process
      )
      const real = liar ?? Context.get(services, Feed.Feed)
      const feed = Readings.witnessed({ journal, now, operations, clock }, real, process)
      return Context.add(Context.merge(services, store), Feed.Feed, feed)
    },
    between: {
      ...ways.between,
      line: (real, apple, process) => AppleLine.make(line, real, apple, process),
      bearers: bearers.layer,
      ...(clockOf === null ? {} : { clockOf: (_, real) => clockOf(real) }),
      started: (process) => journal.write({ _tag: "ProcessStarted", at: now(), process }),
      said: (deviceId, output) => {
        owners.hear(deviceId, output)
        journal.write({ _tag: "PhoneSaid", at: now(), deviceId, output })
        const isCalled = output._tag === "NotificationShown" && output.matchId !== null
        if (isCalled && owners.settingsOf(deviceId)?.taps === true)
          beside(
            Effect.andThen(
              sleep(tapsAfter),
              Effect.suspend(() => owners.act(world, Phone.numberOf(deviceId)!, "taps"))
            )
          )
      }
    }
  })
  standing = world

  beside(
    Effect.gen(function* () {
      for (const { at, because, does, phone } of plan.acts) {
        yield* until(begins + at)
        const done = yield* owners.act(world, phone, does)
        if (!done || because === null) continue
        faults.count(because)
        journal.write({ _tag: "FaultBefell", at: now(), kind: because, what: String(phone) })
      }
    })
  )
  const upheavals = Upheavals.all({
    world,
    plan,
    faults,
    journal,
    begins,
    healAt,
    now,
    until,
    made: channels
  })
  for (const upheaval of upheavals) beside(upheaval)

  const look = (when: View["when"], fateOf: (deviceId: string) => Fate | null) =>
    Look.at(world, {
      when,
      at: now(),
      matchId,
      deviceIds: owners.everyName,
      fateOf,
      untold: ways.untold,
      createdAt: (channelId) => channels.get(channelId) ?? begins
    })
  const whose = (deviceId: string) => ({
    phone: crowd.phone(deviceId),
    settings: owners.settingsOf(deviceId),
    diary: owners.diaryOf(deviceId),
    at: now()
  })

  yield* world.start
  yield* until(healAt)
  journal.write({ _tag: "Healed", at: now() })
  for (const extra of running().slice(1)) yield* crash(extra, null)
  if (settledAt !== null) {
    yield* until(settledAt)
    watch.look(yield* look("settled", (deviceId) => stage.excused(whose(deviceId))))
  }
  yield* until(endsAt)
  const end = yield* look("end", (deviceId) => stage.fateOf(whose(deviceId)))
  watch.look(end)
  return end
})
