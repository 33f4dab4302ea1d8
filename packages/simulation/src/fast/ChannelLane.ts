import { Instant } from "@sightscreen/decider"
import { type Bulletin, type Cohort, Edition, Outbox, Turn } from "@sightscreen/domain"
import { Result } from "effect"
import { Latch, type Life, type Task } from "./Loop.ts"
import type { Server } from "./Server.ts"

/** The queue of one broadcast channel. */
export class ChannelLane {
  readonly quiet: Latch
  readonly #server: Server
  readonly #cohort: Cohort.Cohort
  readonly #standing: () => Bulletin.Bulletin | null
  readonly #wake = new Latch()
  #outbox = Outbox.empty
  #due: Instant.Instant | null
  #republishedAt: Instant.Instant | null = null
  #vain = 0

  constructor(server: Server, life: Life, cohort: Cohort.Cohort, standing: () => Bulletin.Bulletin | null) {
    this.#server = server
    this.#cohort = cohort
    this.#standing = standing
    // A process before this one may have left the newest state unsaid.
    this.#due = standing() === null ? null : server.process.now
    this.quiet = new Latch(standing() === null)
    server.process.setting.loop.spawn(life, this.#run())
  }

  offer(edition: Edition.Edition): void {
    ;[this.#outbox] = Outbox.step(this.#outbox, { _tag: "Offered", edition })
    this.quiet.close()
    this.#wake.open()
  }

  /** Somebody has joined. */
  republish(): void {
    if (this.#due !== null) return
    this.#due = Turn.republishAt(this.#republishedAt, this.#server.process.now)
    this.#republishedAt = this.#due
    this.#wake.open()
  }

  *#run(): Task {
    const { process } = this.#server
    for (;;) {
      if (Outbox.isEmpty(this.#outbox)) yield process.until(this.#due, this.#wake)
      this.#wake.close()
      yield* this.#drain()
      if (Outbox.isEmpty(this.#outbox)) this.quiet.open()
    }
  }

  *#drain(): Task {
    const { process, store } = this.#server
    for (;;) {
      const [next, [edition]] = Outbox.step(this.#outbox, { _tag: "Taken" })
      this.#outbox = next
      const time = process.now
      if (edition !== undefined) {
        if (Turn.isSpent(edition, time)) this.#due = time
        else yield* this.#publish(edition)
        if (Edition.isKept(edition)) store.finish(edition.id)
      } else if (this.#due !== null && this.#due <= time) {
        this.#due = null
        const bulletin = this.#standing()
        if (bulletin === null) continue
        const newest = Edition.standing(bulletin, this.#cohort, time)
        if (Result.isSuccess(newest)) yield* this.#publish(newest.success)
      } else return
    }
  }

  /** What could not be said is said later, by what stands then. */
  *#publish(edition: Edition.Edition): Task {
    const { broadcaster, process } = this.#server
    // Whoever joins from now on may miss it; and what waited for its turn may be older than what stands.
    if (edition.stamp >= (this.#standing()?.stamp ?? 0)) this.#due = null
    if ((yield* broadcaster.publish(edition)) === "done") {
      this.#vain = 0
      return
    }
    const again = Instant.plus(process.now, Turn.pauseAfter(this.#vain))
    if (this.#due === null || this.#due > again) this.#due = again
    this.#vain += 1
  }
}
