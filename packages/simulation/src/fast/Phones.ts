import { Instant } from "@sightscreen/decider"
import { ActivityKit, Handset, type Push } from "@sightscreen/handset"
import { Duration } from "effect"
import type { Trip } from "../Between.ts"
import { Crowd } from "../Crowd.ts"
import * as Errand from "../Errand.ts"
import * as Fate from "../Fate.ts"
import * as OnTheWay from "../faults/OnTheWay.ts"
import type { Plan } from "../faults/Plan.ts"
import * as Reporting from "../Reporting.ts"
import * as Happening from "../scenario/Happening.ts"
import { matchId, worldBegins } from "../scenario/MatchSource.ts"
import * as Phone from "../scenario/Phone.ts"
import type { Holding } from "./Attempted.ts"
import { Copies } from "./Copies.ts"
import type { Setting } from "./Process.ts"

/** What phones ask of the world around them. */
export interface Around {
  /** Apple gets to know of a token, and of its death. */
  readonly register: (token: string, kind: Holding["kind"]) => void
  readonly retire: (token: string, reason: "Unregistered" | "ExpiredToken", since: Instant.Instant) => void
  readonly subscribe: (deviceId: string, channelId: string) => void
  readonly unsubscribe: (deviceId: string, channelId: string) => void
  readonly connect: (deviceId: string, isOnline: boolean) => void
  /** Hands an errand to whoever runs; tells what became of it, by the process that did it, or null where nobody did. */
  readonly serve: (errand: Errand.Errand, served: (process: number | null) => void) => void
}

const reportAfter = 200
const tryAgainAfter = 1000
const arrivesAfter = 80
const tapsAfter = 20_000
/** How long a start token that died goes on being accepted; Apple takes its time to notice. */
const noticeAfter = Duration.toMillis(Duration.minutes(5))

interface Report {
  readonly name: string
  readonly errand: Errand.Errand
  attempt: number
  /** How often it was carried out. */
  done: number
}

/** Everybody's phones: what comes to them, what they do by themselves, what is done to them, what they report. */
export class Phones {
  readonly crowd: Crowd
  readonly names: Array<string> = []
  readonly #setting: Setting
  readonly #around: Around
  readonly #kickOff: Instant.Instant
  readonly #byNumber: ReadonlyMap<number, Phone.Phone>
  readonly #goesBy = new Map<number, string>()
  readonly #diaries = new Map<number, Fate.Diary>()
  readonly #holdings = new Map<
    string,
    { deviceId: string; readonly kind: Holding["kind"]; isAlive: boolean }
  >()
  readonly #due = new Map<string, number>()
  readonly #followed = new Map<string, ReadonlyArray<string>>()
  readonly #queues = new Map<string, Array<Report>>()
  readonly #reports = new Map<string, number>()
  readonly #untold = new Map<string, number>()
  readonly #copies = new Copies()
  readonly #mayRepeat: boolean

  constructor(setting: Setting, plan: Plan, kickOff: Instant.Instant, around: Around) {
    this.#setting = setting
    this.#around = around
    this.#kickOff = kickOff
    this.#mayRepeat = setting.faults.has("delivery.lost") || setting.faults.has("delivery.late")
    this.#byNumber = new Map(plan.phones.map((phone) => [phone.number, phone]))
    this.crowd = new Crowd(
      plan.phones.map((phone) => {
        const settings = Phone.settingsOf(phone, setting.seed)
        this.#goesBy.set(phone.number, settings.deviceId)
        this.names.push(settings.deviceId)
        return Handset.make({ ...settings, userId: Phone.userIdOf(phone) } as Handset.Settings)
      })
    )
  }

  holding(token: string): Holding | undefined {
    return this.#holdings.get(token)
  }

  untold(deviceId: string): number {
    return this.#untold.get(deviceId) ?? 0
  }

  /** The phone as the scenario has it, by whatever name it goes. */
  settings(deviceId: string): Phone.Phone | undefined {
    const number = Phone.numberOf(deviceId)
    return number === null ? undefined : this.#byNumber.get(number)
  }

  diary(number: number): Fate.Diary {
    return this.#diaries.get(number) ?? Fate.untouched
  }

  /** Apple brings something: once, later, twice or not at all. */
  bring(deviceId: string, push: Push.Push, pushId: string, isStart: boolean): void {
    const { faults, loop } = this.#setting
    const phone = Phone.numberOf(deviceId)
    if (phone === null) return
    const nth = this.#mayRepeat ? this.#copies.count(pushId, deviceId, "token" in push) : 1
    const copies = OnTheWay.travel(faults, { at: loop.now - worldBegins, pushId, phone, nth, isStart })
    if (copies.length === 0) this.#lose(deviceId, push, pushId, "lost")
    for (const late of copies)
      loop.plan(loop.now + arrivesAfter + late, () => this.#arrive(deviceId, push, pushId))
  }

  #lose(deviceId: string, push: Push.Push, pushId: string, why: string): void {
    const { journal, loop } = this.#setting
    const _tag = "token" in push ? ("Discarded" as const) : ("Missed" as const)
    journal.write({ _tag, at: loop.instant, pushId, deviceId, why })
  }

  #arrive(deviceId: string, push: Push.Push, pushId: string): void {
    const { journal, loop } = this.#setting
    const before = this.crowd.phone(deviceId)
    if (before === undefined || !before.online) return this.#lose(deviceId, push, pushId, "out of reach")
    const at = loop.instant
    const { tokenAfter } = this.#byNumber.get(Phone.numberOf(deviceId)!)!
    const after = this.#hear(deviceId, before, {
      _tag: "Delivered",
      at,
      push,
      tokenAfter:
        tokenAfter === undefined ? usualTokenAfter : tokenAfter === null ? null : Duration.millis(tokenAfter)
    })
    const isDirect = "token" in push
    journal.write({
      _tag: "Delivered",
      at,
      pushId,
      deviceId,
      route: isDirect ? "token" : "channel",
      address: isDirect ? push.token : push.channelId,
      fate: Reporting.fateIn(before.counters, after!.counters)
    })
  }

  /** Somebody does something with a phone; false where there is nothing to do it with. */
  act(number: number, does: Happening.Deed): boolean {
    const { journal, loop } = this.#setting
    const deviceId = this.#goesBy.get(number)
    const settings = this.#byNumber.get(number)
    const phone = deviceId === undefined ? undefined : this.crowd.phone(deviceId)
    if (deviceId === undefined || phone === undefined || settings === undefined) return false
    const at = loop.instant
    if (Happening.isErrand(does)) {
      const { userId } = phone
      if (userId === null || !phone.online) return false
      journal.write({ _tag: "PhoneTold", at, deviceId, does })
      this.#ask({ _tag: does === "follows" ? "Follow" : "Unfollow", deviceId, userId, matchId })
      return true
    }
    const anew = `${Phone.deviceIdOf(number)}-${this.names.length}`
    const owner = Phone.userIdOf(settings)
    const input = Happening.inputOf(does, phone, { at, owner, matchId, anew })
    if (input === null) return false
    journal.write({ _tag: "PhoneTold", at, deviceId, does })
    if (input._tag === "Reinstalled" || input._tag === "RestoredTo") {
      this.#goesBy.set(number, anew)
      this.names.push(anew)
    }
    this.#remember(number, input, [])
    this.hear(deviceId, input)
    return true
  }

  #remember(number: number, input: Handset.Input, outputs: ReadonlyArray<Handset.Output>): void {
    const before = this.diary(number)
    const after = Fate.remember(before, input, outputs, this.#kickOff)
    if (after !== before) this.#diaries.set(number, after)
  }

  hear(deviceId: string, input: Handset.Input): void {
    const before = this.crowd.phone(deviceId)
    if (before !== undefined) this.#hear(deviceId, before, input)
  }

  /** What the phone is then, by whatever name it goes. */
  #hear(deviceId: string, before: Handset.Handset, input: Handset.Input): Handset.Handset | undefined {
    const outputs = this.crowd.hear(deviceId, input)
    const now = "deviceId" in input ? input.deviceId : deviceId
    const after = this.crowd.phone(now)
    if (outputs.length > 0) this.#pass(deviceId, after, outputs, input.at)
    if (input._tag === "WentOffline" || input._tag === "CameOnline")
      this.#around.connect(deviceId, input._tag === "CameOnline")
    if (after !== undefined && (after.activities !== before.activities || now !== deviceId)) {
      if (now !== deviceId || !hearsTheSame(before, after))
        this.#follow(deviceId, now === deviceId ? after : null)
      this.#expect(now, after)
    }
    return after
  }

  /** A phone listens to the channels of its living activities, whether or not its app has said so. */
  #follow(deviceId: string, phone: Handset.Handset | null): void {
    const before = this.#followed.get(deviceId) ?? nothing
    const after = phone === null ? nothing : Handset.channels(phone)
    if (before.length === 0 && after.length === 0) return
    if (before.length === 1 && after.length === 1 && before[0] === after[0]) return
    this.#followed.set(deviceId, after)
    for (const channelId of after)
      if (!before.includes(channelId)) this.#around.subscribe(deviceId, channelId)
    for (const channelId of before)
      if (!after.includes(channelId)) this.#around.unsubscribe(deviceId, channelId)
  }

  /** It is told the time when something is due. */
  #expect(deviceId: string, phone: Handset.Handset): void {
    const due = Handset.nextDue(phone)
    if (due === null) return
    const planned = this.#due.get(deviceId)
    if (planned !== undefined && planned <= due) return
    this.#due.set(deviceId, due)
    const { loop } = this.#setting
    loop.plan(due, () => {
      if (this.#due.get(deviceId) !== due) return
      this.#due.delete(deviceId)
      const found = this.crowd.phone(deviceId)
      if (found === undefined) return
      const next = Handset.nextDue(found)
      if (next !== null && next <= loop.now) this.hear(deviceId, { _tag: "Ticked", at: loop.instant })
      const again = this.crowd.phone(deviceId)
      if (again !== undefined) this.#expect(deviceId, again)
    })
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  #pass(
    deviceId: string,
    phone: Handset.Handset | undefined,
    outputs: ReadonlyArray<Handset.Output>,
    at: Instant.Instant
  ): void {
    const { journal, loop } = this.#setting
    const number = Phone.numberOf(deviceId)!
    for (const output of outputs) {
      journal.write({ _tag: "PhoneSaid", at, deviceId, output })
      switch (output._tag) {
        case "Shown":
        case "AlertShown":
        case "Logged":
          continue
        case "NotificationShown":
          this.#remember(number, { _tag: "Ticked", at }, [output])
          if (this.#byNumber.get(number)?.taps === true && output.matchId !== null)
            loop.plan(loop.now + tapsAfter, () => void this.act(number, "taps"))
          continue
        case "TokensDied":
          this.#die(output)
          continue
        case "StartTokenReported":
          this.#known(deviceId, output.token, "start")
          break
        case "UpdateTokenReported":
          this.#known(deviceId, output.token, "update")
          break
        case "DeviceTokenReported":
          this.#known(deviceId, output.token, "device")
          break
        default:
          break
      }
      if (phone === undefined) continue
      const userId = output._tag === "SignedOut" ? output.userId : phone.userId
      const errand = userId === null ? null : Errand.of(phone, userId, output)
      if (errand !== null) this.#ask(errand)
    }
  }

  #known(deviceId: string, token: string, kind: Holding["kind"]): void {
    const known = this.#holdings.get(token)
    if (known?.deviceId === deviceId && known.isAlive) return
    this.#holdings.set(token, { deviceId, kind, isAlive: true })
    this.#around.register(token, kind)
  }

  #die({ tokens, why }: Extract<Handset.Output, { readonly _tag: "TokensDied" }>): void {
    const { loop } = this.#setting
    for (const token of tokens) {
      const known = this.#holdings.get(token)
      if (known !== undefined) known.isAlive = false
    }
    if (why === "ended") return
    const since = loop.instant
    loop.plan(loop.now + noticeAfter, () => {
      for (const token of tokens)
        this.#around.retire(token, why === "removed" ? "Unregistered" : "ExpiredToken", since)
    })
  }

  #ask(errand: Errand.Errand): void {
    const { journal, loop } = this.#setting
    const { deviceId, userId } = errand
    const nth = (this.#reports.get(deviceId) ?? 0) + 1
    this.#reports.set(deviceId, nth)
    this.#untold.set(deviceId, this.untold(deviceId) + 1)
    const report: Report = { name: `${deviceId}/${nth}`, errand, attempt: 0, done: 0 }
    journal.write({
      _tag: "ReportAsked",
      at: loop.instant,
      report: report.name,
      deviceId,
      userId,
      asks: Reporting.askings[errand._tag],
      about: Reporting.aboutOf(errand)
    })
    const queue = this.#queues.get(deviceId)
    if (queue === undefined) {
      this.#queues.set(deviceId, [report])
      this.#next(deviceId)
    } else queue.push(report)
  }

  #next(deviceId: string): void {
    const report = this.#queues.get(deviceId)?.[0]
    if (report === undefined) this.#queues.delete(deviceId)
    else
      this.#carry(report, () => {
        this.#queues.get(deviceId)?.shift()
        this.#next(deviceId)
      })
  }

  /** Goes on until somebody acknowledges it; what comes after it waits until then, or until it has been put aside. */
  #carry(report: Report, goOn: () => void): void {
    const { faults, loop } = this.#setting
    const { errand, name } = report
    report.attempt += 1
    const trip = OnTheWay.trip(faults, {
      at: loop.now - worldBegins,
      phone: Phone.numberOf(errand.deviceId) ?? 0,
      report: name,
      attempt: report.attempt,
      mayWait: Errand.mayBeOvertaken(errand),
      mayLieAbout: errand._tag === "UpdateToken"
    })
    const next = trip.aside ? () => {} : goOn
    if (trip.aside) goOn()
    const again = () => loop.plan(loop.now + tryAgainAfter, () => this.#carry(report, next))
    loop.plan(loop.now + reportAfter + trip.delayMillis, () => this.#deliver(report, trip, next, again))
  }

  #deliver(report: Report, trip: Trip, next: () => void, again: () => void): void {
    const { journal, loop } = this.#setting
    const { errand, name } = report
    if (trip.lost === "there") return again()
    let isSettled = false
    const served = (process: number | null): void => {
      if (process !== null) report.done += 1
      if (isSettled) return
      isSettled = true
      if (process === null || trip.lost === "back") return again()
      this.#untold.set(errand.deviceId, this.untold(errand.deviceId) - 1)
      journal.write({
        _tag: "ReportAcknowledged",
        at: loop.instant,
        report: name,
        process,
        attempts: report.done
      })
      next()
    }
    this.#around.serve(errand, served)
    if (trip.twice === null) return
    if (trip.twice === 0) this.#around.serve(errand, () => {})
    else loop.plan(loop.now + trip.twice, () => this.#around.serve(errand, () => {}))
  }
}

const nothing: ReadonlyArray<string> = []

const usualTokenAfter = Duration.millis(2000)

/** The same activities listen where they did, as after almost every push. */
const hearsTheSame = (
  { activities: before }: Handset.Handset,
  { activities: after }: Handset.Handset
): boolean =>
  before.length === after.length &&
  after.every((one, nth) => {
    const other = before[nth]!
    return one.address === other.address && ActivityKit.isLive(one) === ActivityKit.isLive(other)
  })
