import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Cursor, Recorded, type Recording, Replay, Timeline, Twin } from "@sightscreen/feed"
import type { Cast } from "@sightscreen/simulation"
import { Duration } from "effect"
import { leadMillis, type Order, waitForPhones } from "./Order.ts"

/** Before anybody can be ready. */
const hour = 3_600_000

/**
 * The match, as the world plays it and its provider of scores tells it.
 *
 * Until everybody is ready the first ball lies so far ahead that it cannot be bowled, and moves nearer when they are.
 */
export class Playing {
  readonly matchId: Ids.MatchId
  readonly twin = new Twin.Twin()
  readonly #order: Order
  readonly #recording: Recording.Recording
  readonly #now: () => Instant.Instant
  #startsAt: Instant.Instant | null
  #timeline: Timeline.Timeline

  constructor(given: {
    readonly order: Order
    readonly recording: Recording.Recording
    readonly matchId: Ids.MatchId
    readonly now: () => Instant.Instant
    /** When the first ball is bowled, where that is known already. */
    readonly startsAt: Instant.Instant | null
  }) {
    this.matchId = given.matchId
    this.#order = given.order
    this.#recording = given.recording
    this.#now = given.now
    this.#startsAt = given.startsAt
    const farAhead = hour + Duration.toMillis(waitForPhones(given.order)) * given.order.speed
    this.#timeline = this.#lay(given.startsAt ?? Instant.fromMillis(given.now() + farAhead))
  }

  /** When the first ball is bowled; null until everybody is ready. */
  get startsAt(): Instant.Instant | null {
    return this.#startsAt
  }

  /** From the first ball to the last. */
  get play(): Cast.Play {
    const { info, times } = this.#timeline
    return { from: info.startsAt, to: times.at(-1) ?? info.startsAt }
  }

  get isOver(): boolean {
    return Recorded.at(this.#timeline, this.#now()).outcome !== null
  }

  /** Everybody is ready. Tells whether that is news. */
  begin(): boolean {
    if (this.#startsAt !== null) return false
    this.#startsAt = Instant.fromMillis(this.#now() + leadMillis(this.#order))
    this.#timeline = this.#lay(this.#startsAt)
    return true
  }

  #lay(startsAt: Instant.Instant): Timeline.Timeline {
    const timeline = Timeline.make(this.#recording, { matchId: this.matchId, startsAt })
    this.twin.put(
      Replay.make({
        recording: this.#recording,
        tapeId: this.#order.match,
        timeline,
        cursor: Cursor.play(Instant.fromMillis(0), Instant.fromMillis(0), 1)
      })
    )
    return timeline
  }
}
