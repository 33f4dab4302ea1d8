import type { ActiveMatch, Ids } from "@sightscreen/domain"
import type { Recording } from "@sightscreen/feed"
import type { View } from "../checks/View.ts"
import type { Errand } from "../Errand.ts"
import * as Fate from "../Fate.ts"
import * as Fault from "../faults/Fault.ts"
import * as Plan from "../faults/Plan.ts"
import * as Journal from "../journal/Journal.ts"
import * as Said from "../journal/Said.ts"
import type { Run, Wants } from "../Run.ts"
import type { Scenario } from "../Scenario.ts"
import * as Stage from "../Stage.ts"
import { matchId, worldBegins } from "../scenario/MatchSource.ts"
import { AppleSide } from "./Apple.ts"
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
  const stage = Stage.set(scenario, recording, wants)
  return stage.runOf("fast", new World(stage).play())
}

class World {
  readonly #stage: Stage.Stage
  readonly #plan: Plan.Plan
  readonly #setting: Setting
  readonly #apple: AppleSide
  readonly #feed: FeedSide.FeedSide
  readonly #phones: Phones
  #server: Server | null = null
  #processes = 0
  /** Errands that the process of the moment is at. */
  #serving = new Set<() => void>()

  constructor(stage: Stage.Stage) {
    const { faults, healAt, journal, scenario, timeline } = stage
    const { seed, shuffle } = scenario
    this.#stage = stage
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
    this.#apple = new AppleSide(
      this.#setting,
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
      for (const entry of Said.entriesOf(output, { at: loop.instant, process, matchId: of }))
        journal.write(entry)
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
    const { endsAt, healAt, settledAt, watch } = this.#stage
    loop.run(healAt - 1)
    loop.now = Math.max(loop.now, healAt)
    journal.write({ _tag: "Healed", at: loop.instant })
    if (settledAt !== null) {
      loop.run(settledAt)
      watch.look(this.#look("settled", (deviceId) => this.#stage.excused(this.#whose(deviceId))))
    }
    loop.run(endsAt)
    const end = this.#look("end", (deviceId) => this.#stage.fateOf(this.#whose(deviceId)))
    watch.look(end)
    return end
  }

  #whose(deviceId: string): Stage.Whose {
    const settings = this.#phones.settings(deviceId)
    return {
      phone: this.#phones.crowd.phone(deviceId),
      settings,
      diary: settings === undefined ? Fate.untouched : this.#phones.diary(settings.number),
      at: this.#setting.loop.instant
    }
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
      phones: this.#phones.crowd.phones.map((phone) =>
        Stage.viewOf(phone, fateOf(phone.deviceId), this.#phones.untold(phone.deviceId))
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
