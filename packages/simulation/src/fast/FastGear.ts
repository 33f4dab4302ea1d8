import { Instant } from "@sightscreen/decider"
import type { ActiveMatch, Ids } from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import { ActivityKit } from "@sightscreen/handset"
import { Duration } from "effect"
import * as Checks from "../checks/index.ts"
import type { PhoneView, View } from "../checks/View.ts"
import type { Errand } from "../Errand.ts"
import * as Fate from "../Fate.ts"
import * as Fault from "../faults/Fault.ts"
import * as Plan from "../faults/Plan.ts"
import * as Journal from "../journal/Journal.ts"
import * as Said from "../journal/Said.ts"
import * as Looks from "../Looks.ts"
import * as Reasons from "../Reasons.ts"
import { type Run, tally, type Wants } from "../Run.ts"
import type { Scenario } from "../Scenario.ts"
import { matchId, resultOf, timelineOf, worldBegins } from "../scenario/MatchSource.ts"
import { AppleSide } from "./Apple.ts"
import { Bodies } from "./Bodies.ts"
import * as FeedSide from "./FeedSide.ts"
import { Loop, type Task } from "./Loop.ts"
import { Phones } from "./Phones.ts"
import { Process, type Setting } from "./Process.ts"
import { address } from "./Address.ts"
import { Server } from "./Server.ts"
import { Tables } from "./Tables.ts"

/**
 * The fast gear: the same deciders as the engine's, the model Apple and the model phones, in a plain loop.
 *
 * What surrounds the deciders in the engine is said once more here, in its order and without its runtime: it finds faults in
 * the rules, and in the order in which they are asked, by the tens of thousands of matches.
 */
export const run = (scenario: Scenario, recording: Recording.Recording, wants: Wants = {}): Run => {
  const timeline = timelineOf(scenario.match, recording)
  const overAt = Timeline.changes(timeline).at(-1) ?? timeline.info.startsAt
  const healAt = Instant.fromMillis(worldBegins + scenario.healAt)
  const faults = Fault.make(scenario.seed, scenario.faults, scenario.healAt)
  const watch = Checks.watch({
    matchId,
    begins: worldBegins,
    healAt,
    overAt,
    phones: scenario.phones.length,
    mostUnderWay,
    clockErrorMillis: Plan.clockErrorMillis(faults, scenario.healAt)
  })
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
  const world = new World(scenario, timeline, overAt, healAt, journal, faults, watch, reasons)
  const end = world.play()
  const counts = watch.counts()
  const { home, away } = timeline.info
  return {
    scenario,
    violations: watch.violations(),
    entries: journal.entries,
    began: worldBegins,
    end,
    summary: {
      seed: scenario.seed,
      gear: "fast",
      digest: journal.digest(),
      match: {
        source: scenario.match.source,
        title: `${home.name} v ${away.name}`,
        format: timeline.info.format.kind,
        deliveries: timeline.times.length,
        result: resultOf(timeline)
      },
      virtualSeconds: Math.round((end.at - worldBegins) / 1000),
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

class World {
  readonly #timeline: Timeline.Timeline
  readonly #overAt: Instant.Instant
  readonly #healAt: Instant.Instant
  readonly #watch: Checks.Watch
  readonly #reasons: Reasons.Reasons
  readonly #plan: Plan.Plan
  readonly #setting: Setting
  readonly #apple: AppleSide
  readonly #feed: FeedSide.FeedSide
  readonly #phones: Phones
  #server: Server | null = null
  #processes = 0
  /** Errands that the process of the moment is at. */
  #serving = new Set<() => void>()

  constructor(
    scenario: Scenario,
    timeline: Timeline.Timeline,
    overAt: Instant.Instant,
    healAt: Instant.Instant,
    journal: Journal.Journal,
    faults: Fault.Faults,
    watch: Checks.Watch,
    reasons: Reasons.Reasons
  ) {
    const { seed, shuffle } = scenario
    this.#timeline = timeline
    this.#overAt = overAt
    this.#healAt = healAt
    this.#watch = watch
    this.#reasons = reasons
    this.#plan = Plan.make(scenario, faults)
    const loop = new Loop(worldBegins, shuffle ? seed : null)
    this.#setting = {
      seed,
      loop,
      tables: new Tables(),
      faults,
      journal,
      clockError: this.#clock(loop, faults, journal)
    }
    const bodies = new Bodies()
    this.#apple = new AppleSide(
      this.#setting,
      bodies,
      this.#plan,
      (token) => this.#phones.holding(token),
      (deviceId, push, pushId, isStart) => this.#phones.bring(deviceId, push, pushId, isStart)
    )
    const { model } = this.#apple
    const { bundleId, environment } = address
    this.#phones = new Phones(this.#setting, this.#plan, timeline.info.startsAt, {
      register: (token, kind) => model.register({ token, bundleId, environment, kind }),
      retire: (token, reason, since) => model.retire(token, { reason, since }),
      subscribe: (deviceId, channelId) => void model.subscribe(deviceId, channelId, environment),
      unsubscribe: (device, channelId) =>
        model.deliver({ _tag: "Unsubscribed", at: loop.instant, device, channelId }),
      connect: (device, isOnline) =>
        model.deliver({ _tag: isOnline ? "Connected" : "Disconnected", at: loop.instant, device }),
      serve: (errand, served) => this.#serve(errand, served)
    })
    this.#feed = FeedSide.make(this.#setting, timeline, healAt)
  }

  /** By how much the server's clock is wrong, at any moment. */
  #clock(loop: Loop, faults: Fault.Faults, journal: Journal.Journal): () => number {
    const windows = [...this.#plan.windows("clock.forward"), ...this.#plan.windows("clock.backward")]
    if (windows.length === 0) return () => 0
    let error = 0
    for (const { by, from, until } of windows) {
      const kind = by < 0 ? ("clock.backward" as const) : ("clock.forward" as const)
      loop.plan(worldBegins + from, () => {
        error += by
        faults.count(kind)
        journal.write({ _tag: "FaultBefell", at: loop.instant, kind, what: `${by}` })
      })
      loop.plan(worldBegins + until, () => {
        error -= by
      })
    }
    return () => error
  }

  #start(): void {
    const { journal, loop } = this.#setting
    const number = ++this.#processes
    journal.write({ _tag: "ProcessStarted", at: loop.instant, process: number })
    const process = new Process(this.#setting, number, () => this.#fell(number))
    this.#server = new Server(process, matchId, this.#apple, this.#feed, (of, outputs) =>
      this.#said(number, of, outputs)
    )
    this.#server.run()
  }

  #fell(number: number): void {
    const { faults, loop } = this.#setting
    this.#server = null
    const unserved = this.#serving
    this.#serving = new Set()
    for (const give of unserved) give()
    const down = faults.between("process.crash", 1000, 30_000, number)
    loop.plan(loop.now + down, () => this.#start())
  }

  #serve(errand: Errand, served: (process: number | null) => void): void {
    const server = this.#server
    if (server === null) return served(null)
    const { process } = server
    const gaveUp = () => served(null)
    this.#serving.add(gaveUp)
    process.spawn(handle(server, errand), () => {
      this.#serving.delete(gaveUp)
      served(process.number)
    })
  }

  #said(process: number, of: Ids.MatchId, outputs: ReadonlyArray<ActiveMatch.Output>): void {
    const { journal, loop } = this.#setting
    for (const output of outputs)
      for (const entry of Said.entriesOf(output, process, of, loop.instant)) journal.write(entry)
  }

  #loseChannel(from: number): void {
    const { faults, journal, loop } = this.#setting
    const all = this.#apple.model.channels
      .map(({ id }) => id)
      .sort((a, b) => this.#apple.createdAt.get(a)! - this.#apple.createdAt.get(b)! || (a < b ? -1 : 1))
    if (all.length === 0) return
    const channelId = all[faults.between("apple.channelLost", 0, all.length - 1, from, "which")]!
    faults.count("apple.channelLost")
    journal.write({ _tag: "FaultBefell", at: loop.instant, kind: "apple.channelLost", what: channelId })
    this.#apple.model.loseChannel(channelId)
  }

  play(): View {
    const { faults, journal, loop } = this.#setting
    for (const { at, because, does, phone } of this.#plan.acts)
      loop.plan(worldBegins + at, () => {
        const isDone = this.#phones.act(phone, does)
        if (!isDone || because === null) return
        faults.count(because)
        journal.write({ _tag: "FaultBefell", at: loop.instant, kind: because, what: String(phone) })
      })
    for (const { from } of this.#plan.windows("apple.channelLost"))
      loop.plan(worldBegins + from, () => this.#loseChannel(from))
    this.#start()
    loop.run(this.#healAt - 1)
    loop.now = Math.max(loop.now, this.#healAt)
    journal.write({ _tag: "Healed", at: loop.instant })
    const settled = Instant.plus(this.#healAt, settles)
    if (settled < this.#overAt) {
      loop.run(settled)
      this.#watch.look(this.#look("settled", (deviceId) => this.#explained(deviceId)))
    }
    loop.run(Instant.plus(Instant.later(this.#overAt, this.#healAt), afterwards))
    const right = Looks.ofLast(this.#timeline)
    const end = this.#look("end", (deviceId) => this.#fateOf(deviceId, right))
    this.#watch.look(end)
    return end
  }

  /** Why nothing is to be expected of a phone; null where something is. */
  #explained(deviceId: string): Fate.Fate | null {
    const phone = this.#phones.crowd.phone(deviceId)
    const settings = this.#phones.settings(deviceId)
    if (phone === undefined || settings === undefined) return null
    const why = phone.userId === null ? "signed out by its owner" : this.#reasons.of(settings)
    return why === null ? null : { _tag: "Explained", why }
  }

  #fateOf(deviceId: string, right: (language: string) => string): Fate.Fate | null {
    const phone = this.#phones.crowd.phone(deviceId)
    const settings = this.#phones.settings(deviceId)
    if (phone === undefined || settings === undefined) return null
    return Fate.of(phone, this.#phones.diary(settings.number), {
      matchId,
      right,
      at: this.#setting.loop.instant,
      from: this.#timeline.info.startsAt,
      to: this.#overAt,
      goesOn: false,
      because: this.#reasons.of(settings)
    })
  }

  #look(when: View["when"], fateOf: (deviceId: string) => Fate.Fate | null): View {
    const { loop, tables } = this.#setting
    const known = new Set<string>()
    for (const { channel } of tables.channels.values())
      if ("channelId" in channel) known.add(channel.channelId)
    const ledger: Record<string, number> = {}
    for (const verdict of tables.ledger.values()) ledger[verdict] = (ledger[verdict] ?? 0) + 1
    return {
      when,
      at: loop.instant,
      phones: this.#phones.crowd.phones.map(
        ({ activities, counters, deviceId, forceQuit, online, userId }): PhoneView => ({
          deviceId,
          userId,
          online,
          forceQuit,
          fate: fateOf(deviceId),
          activities: activities.map((one) => ({
            activityId: one.id,
            live: ActivityKit.isLive(one),
            route: one.address._tag === "Token" ? "token" : "channel",
            address: one.address._tag === "Token" ? one.address.token : one.address.channelId,
            told: one.address._tag === "Channel" || one.address.told,
            stamp: one.timestamp
          })),
          doubled: counters.doubled,
          undecodable: counters.undecodable,
          untold: this.#phones.untold(deviceId)
        })
      ),
      channels: this.#apple.model.channels.map(({ id: channelId }) => ({
        channelId,
        known: known.has(channelId),
        createdAt: this.#apple.createdAt.get(channelId) ?? worldBegins
      })),
      tables: {
        devices: [...tables.devices.values()].map(({ deviceId, userId }) => ({ deviceId, userId })),
        tokens: [...tables.tokens.values()].map(({ deviceId, retiredAt, token }) => ({
          token,
          deviceId,
          alive: retiredAt === null
        })),
        activities: [...tables.activities.values()].map(({ activityId, deviceId, status }) => ({
          activityId,
          deviceId,
          status
        })),
        follows: [...tables.follows.keys()],
        matches: tables.matches.size,
        pending: [...tables.editions.values()].filter(({ finished }) => !finished).length,
        ledger
      }
    }
  }
}

const handle = (server: Server, errand: Errand): Task => {
  const { keeper } = server
  const userId = errand.userId as Ids.UserId
  const deviceId = errand.deviceId as Ids.DeviceId
  const about = (it: { readonly activityId: string; readonly matchId: string }) => ({
    userId,
    deviceId,
    matchId: it.matchId as Ids.MatchId,
    instance: it.activityId
  })
  switch (errand._tag) {
    case "Register":
      return keeper.device(userId, deviceId, errand.facts)
    case "StartToken":
      return keeper.startToken(userId, deviceId, errand.token)
    case "UpdateToken":
      return keeper.updateToken(about(errand.about), errand.token)
    case "Joined":
      return keeper.joined(about(errand.about), errand.channelId)
    case "Dismissed":
      return keeper.dismissed(about(errand.about), errand.by)
    case "SignOut":
      return keeper.signedOut(userId, deviceId)
    case "Follow":
      return keeper.followed(userId, errand.matchId as Ids.MatchId)
    case "Unfollow":
      return keeper.unfollowed(userId, errand.matchId as Ids.MatchId)
  }
}
