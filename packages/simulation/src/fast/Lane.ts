import { Instant } from "@sightscreen/decider"
import { type Bulletin, Cohort, Edition, type Ids, Outbox, Turn } from "@sightscreen/domain"
import { type Dispatcher, Mailings } from "@sightscreen/engine"
import { Result } from "effect"
import { ChannelLane } from "./ChannelLane.ts"
import { Latch, type Life, type Task } from "./Loop.ts"
import { together } from "./Process.ts"
import { address } from "./Address.ts"
import type { Server } from "./Server.ts"

type Recipient = Dispatcher.Recipient
type Mailing = Dispatcher.Mailing

/** A phone that is told something apart from the others. */
export interface Latecomer extends Recipient {
  /** The name of its cohort. */
  readonly cohort: string
}

const slice = 500
const slicesAtOnce = 4

/** One match's way out. */
export class Lane {
  readonly #server: Server
  readonly #life: Life
  readonly #matchId: Ids.MatchId
  readonly #standing: () => Bulletin.Bulletin | null
  readonly #wake = new Latch()
  readonly #quiet = new Latch(true)
  #outbox = Outbox.empty
  readonly #resumed = new Set<string>()
  readonly #cohorts = new Map<string, Cohort.Cohort>()
  readonly #channels = new Map<string, ChannelLane>()
  #everybody: boolean
  readonly #behind = new Set<string>()
  readonly #late = new Map<string, Latecomer>()
  readonly #missed = new Map<string, Latecomer>()
  readonly #removals = new Map<string, Recipient>()
  readonly #left = new Set<string>()
  #retryAt: Instant.Instant | null = null
  #vain = 0

  constructor(server: Server, life: Life, matchId: Ids.MatchId, standing: () => Bulletin.Bulletin | null) {
    this.#server = server
    this.#life = life
    this.#matchId = matchId
    this.#standing = standing
    this.#everybody = standing() !== null
    const { store } = server
    for (const name of server.orchestrator.cohorts(matchId)) this.greet(name)
    for (const edition of store.pending()) {
      this.#resumed.add(edition.id)
      this.#offer(edition)
    }
    if (this.#everybody) this.#rouse()
    server.process.setting.loop.spawn(life, this.#run())
  }

  /** Editions of a bulletin, for every cohort; those to be kept belong into the same save as the state. */
  editions(bulletin: Bulletin.Bulletin): ReadonlyArray<Edition.Edition> {
    return Edition.all(bulletin, this.#cohorts.values()).flatMap((one) =>
      Result.isSuccess(one) ? [one.success] : []
    )
  }

  offer(editions: ReadonlyArray<Edition.Edition>): void {
    for (const edition of editions) this.#offer(edition)
  }

  #offer(edition: Edition.Edition): void {
    if (edition.cohort.route === "channel") {
      const name = Cohort.nameOf(edition.cohort)
      this.greet(name)
      this.#channels.get(name)?.offer(edition)
      return
    }
    ;[this.#outbox] = Outbox.step(this.#outbox, { _tag: "Offered", edition })
    this.#rouse()
  }

  greet(name: string): void {
    if (this.#cohorts.has(name)) return
    const cohort = Cohort.named(name)
    if (cohort === null) return
    this.#cohorts.set(name, cohort)
    if (cohort.route === "channel")
      this.#channels.set(name, new ChannelLane(this.#server, this.#life, cohort, this.#standing))
  }

  refresh(recipients: ReadonlyArray<Latecomer>): void {
    for (const one of recipients) {
      this.greet(one.cohort)
      if (!this.#left.has(one.token)) this.#late.set(one.token, one)
    }
    if (recipients.length > 0) this.#rouse()
  }

  republish(cohort: string): void {
    this.greet(cohort)
    this.#channels.get(cohort)?.republish()
  }

  leave(tokens: ReadonlyArray<string>): void {
    for (const token of tokens) {
      this.#left.add(token)
      this.#late.delete(token)
      this.#missed.delete(token)
    }
  }

  remove(recipients: ReadonlyArray<Recipient>, at: Instant.Instant): void {
    for (const one of recipients) this.#removals.set(one.token, one)
    if (recipients.length === 0) return
    this.#postpone(at)
    this.#wake.open()
  }

  *idle(): Task {
    yield { at: Infinity, latch: this.#quiet }
    for (const channel of this.#channels.values()) yield { at: Infinity, latch: channel.quiet }
  }

  #postpone(at: Instant.Instant): void {
    this.#retryAt ??= Instant.plus(at, Turn.pauseAfter(this.#vain))
  }

  #rouse(): void {
    this.#quiet.close()
    this.#wake.open()
  }

  *#run(): Task {
    const { process } = this.#server
    for (;;) {
      yield process.until(this.#retryAt, this.#wake)
      this.#wake.close()
      yield* this.#drain()
      if (
        Outbox.isEmpty(this.#outbox) &&
        !this.#everybody &&
        this.#behind.size === 0 &&
        this.#late.size === 0
      )
        this.#quiet.open()
    }
  }

  *#drain(): Task {
    const { process } = this.#server
    for (;;) {
      const waiting: Turn.Waiting = {
        editions: !Outbox.isEmpty(this.#outbox),
        everybody: this.#everybody || this.#behind.size > 0,
        late: this.#late.size > 0,
        retryAt: this.#retryAt
      }
      switch (Turn.next(waiting, process.now)) {
        case "edition": {
          const [next, [edition]] = Outbox.step(this.#outbox, { _tag: "Taken" })
          this.#outbox = next
          yield* this.#tell(edition!)
          break
        }
        case "everybody":
          yield* this.#tellEverybody()
          break
        case "late":
          yield* this.#tellLate()
          break
        case "missed":
          yield* this.#tellMissed()
          break
        case "rest":
          return
      }
    }
  }

  *#send(mailing: Mailing, cohort: string, recipients: ReadonlyArray<Recipient>): Task {
    const { process, sending } = this.#server
    for (const { token } of recipients) {
      this.#late.delete(token)
      this.#missed.delete(token)
    }
    const answers = yield* sending.send(mailing, recipients)
    const later = yield* sending.settle(mailing, answers)
    for (const one of later) if (!this.#left.has(one.token)) this.#missed.set(one.token, { ...one, cohort })
    if (later.length > 0) this.#postpone(process.now)
    else if (answers.length > 0) this.#vain = 0
  }

  *#toAll(mailing: Mailing, cohort: string): Task {
    const { process } = this.#server
    const { activities, audience } = process.tables
    process.op()
    const all: Array<Recipient> = []
    for (const activityId of audience.of(cohort)) {
      const row = activities.get(activityId)!
      all.push({ token: row.updateToken as Recipient["token"], deviceId: row.deviceId, activityId })
    }
    if (all.length <= slice) return yield* this.#send(mailing, cohort, all)
    const tasks: Array<Task> = []
    for (let from = 0; from < all.length; from += slice)
      tasks.push(this.#send(mailing, cohort, all.slice(from, from + slice)))
    yield* together(process.setting.loop, this.#life, tasks, slicesAtOnce, () => new Latch())
  }

  *#tell(edition: Edition.Edition): Task {
    const { process, store } = this.#server
    if (Turn.isSpent(edition, process.now)) this.#everybody = true
    else {
      const mailing = Mailings.ofEdition(edition, this.#resumed.has(edition.id), address)
      if (mailing === null) this.#everybody = true
      else yield* this.#toAll(mailing, Cohort.nameOf(edition.cohort))
    }
    if (Edition.isKept(edition)) store.finish(edition.id)
    this.#resumed.delete(edition.id)
  }

  #newest(cohort: Cohort.Cohort): Mailing | null {
    const bulletin = this.#standing()
    if (bulletin === null) return null
    const { now } = this.#server.process
    const mailing = Mailings.standing(bulletin, cohort, address, now)
    return mailing === null ? null : { ...mailing, until: now }
  }

  *#tellEverybody(): Task {
    if (this.#everybody)
      for (const [name, { route }] of this.#cohorts) if (route !== "channel") this.#behind.add(name)
    this.#everybody = false
    const [name] = this.#behind
    if (name === undefined) return
    this.#behind.delete(name)
    const mailing = this.#newest(this.#cohorts.get(name)!)
    if (mailing !== null) yield* this.#toAll(mailing, name)
  }

  *#tellLate(): Task {
    const [first] = this.#late.values()
    if (first === undefined) return
    const some: Array<Latecomer> = []
    for (const one of this.#late.values()) {
      if (one.cohort === first.cohort) some.push(one)
      if (some.length === slice) break
    }
    for (const { token } of some) this.#late.delete(token)
    const cohort = Cohort.named(first.cohort)
    const mailing = cohort === null ? null : this.#newest(cohort)
    if (mailing !== null) yield* this.#send(mailing, first.cohort, some)
  }

  *#tellMissed(): Task {
    const { process, sending } = this.#server
    this.#retryAt = null
    this.#vain += 1
    for (const [token, one] of this.#missed) this.#late.set(token, one)
    this.#missed.clear()
    const gone = [...this.#removals.values()]
    this.#removals.clear()
    if (gone.length === 0) return
    const at = process.now
    const mailing = Mailings.removal(this.#matchId, this.#standing()?.stamp ?? null, address, at)
    if (mailing === null) return
    const answers = yield* sending.send({ ...mailing, until: at }, gone)
    this.remove(yield* sending.settle(mailing, answers), at)
  }
}
