import type { Instant } from "@sightscreen/decider"
import type { Delivery, Snapshot } from "@sightscreen/domain"
import type * as Timeline from "../recorded/Timeline.ts"
import * as Distort from "./Distort.ts"
import type * as Lie from "./Lie.ts"
import type { Lots } from "./Lots.ts"

/** What is told wrongly of each ball, and until when: worked out once for a match, looked up at each poll. */
export interface Wrongs {
  /** By the running number of the ball. */
  readonly balls: ReadonlyArray<ReadonlyArray<Wrong>>
  /** When each ball that comes late is there; 0 for those that come in time. */
  readonly hiddenUntil: ReadonlyArray<number>
}

export interface Wrong {
  readonly kind: Kind
  readonly until: number
  /** What exactly is wrong, as any whole number. */
  readonly which: number
}

/** In the order in which they are done to a ball. */
const kinds = [
  "feed.corrected",
  "feed.playerReplaced",
  "feed.renamed",
  "feed.repeated",
  "feed.deleted",
  "feed.reordered",
  "feed.overRolledBack",
  "feed.totalsLag"
] as const satisfies ReadonlyArray<Lie.Name>
type Kind = (typeof kinds)[number]

/** A ball that comes late is there after so many milliseconds at the latest. */
export const latest = 20_000

export const of = (lots: Lots, { info, times }: Timeline.Timeline): Wrongs => {
  const { matchId } = info
  const on = kinds.filter(lots.has)
  const isLate = lots.has("feed.late")
  return {
    balls: times.map((at, ball) => {
      let wrongs: Array<Wrong> | null = null
      for (const kind of on) {
        if (!lots.decides(kind, at, matchId, ball)) continue
        wrongs ??= []
        wrongs.push({
          kind,
          until: at + lots.between(kind, 3000, 25_000, matchId, ball),
          which: lots.between(kind, 0, 999, matchId, ball, "which")
        })
      }
      return wrongs ?? none
    }),
    hiddenUntil: times.map((at, ball) =>
      isLate && lots.decides("feed.late", at, matchId, ball)
        ? at + lots.between("feed.late", 2000, latest, matchId, ball)
        : 0
    )
  }
}

const none: ReadonlyArray<Wrong> = []

/** A wrong that is on, and the place of its ball in the over under way. */
export interface Active extends Wrong {
  readonly place: number
}

/** What is wrong by now with an over of so many balls that ends with this one. */
export const active = (
  self: Wrongs,
  last: number,
  count: number,
  at: Instant.Instant
): ReadonlyArray<Active> => {
  let found: Array<Active> | null = null
  for (let place = 0; place < count; place++) {
    const ball = last - (count - 1 - place)
    for (const wrong of self.balls[ball] ?? none) {
      if (at >= wrong.until || (isOfOver(wrong.kind) && ball !== last)) continue
      found ??= []
      found.push({ ...wrong, place })
    }
  }
  return found ?? nothing
}

const nothing: ReadonlyArray<Active> = []

/** They last until the next ball at the latest. */
const isOfOver = (kind: Kind): boolean => kind === "feed.overRolledBack" || kind === "feed.totalsLag"

/** The snapshot with what is wrong in its last over; the totals are put wrong elsewhere, once all else is. */
export const apply = (
  snapshot: Snapshot.Snapshot,
  wrongs: ReadonlyArray<Active>,
  count: number
): Snapshot.Snapshot => {
  let told = snapshot
  if (wrongs.some(({ kind }) => !isOfOver(kind))) {
    const card = snapshot.innings[snapshot.innings.length - 1]!.card
    const over = card._tag === "Balls" ? card.overs[card.overs.length - 1] : undefined
    if (over === undefined) return snapshot
    const balls: Array<Delivery.Delivery> = []
    for (let place = 0; place < count; place++) push(balls, over.deliveries[place]!, place, wrongs)
    told = Distort.inLastOver(told, () => balls)
    if (wrongs.some(({ kind }) => kind === "feed.playerReplaced")) told = Distort.knowing(told)
  }
  return wrongs.some(({ kind }) => kind === "feed.overRolledBack")
    ? Distort.withOvers(told, (overs) => overs.slice(0, -1))
    : told
}

/** Adds a ball as it is told: changed, doubled, with another that never was, before the one before it. */
const push = (
  balls: Array<Delivery.Delivery>,
  ball: Delivery.Delivery,
  place: number,
  wrongs: ReadonlyArray<Active>
): void => {
  let one = ball
  let added = false
  const add = () => {
    if (!added) balls.push(one)
    added = true
  }
  for (const { kind, place: at, which } of wrongs) {
    if (at !== place) continue
    if (kind === "feed.corrected") one = Distort.other(one, which)
    else if (kind === "feed.playerReplaced") one = Distort.ofUnknown(one, which)
    else if (kind === "feed.renamed") one = { ...one, id: `again-${which}-${place}` }
    else if (kind === "feed.repeated") {
      add()
      balls.push({ ...one, id: named(one.id, "twice") })
    } else if (kind === "feed.deleted") {
      add()
      balls.push({ ...Distort.other(ball, which), id: named(ball.id, "never") })
    } else if (kind === "feed.reordered") {
      add()
      const later = balls.pop()!
      const earlier = balls.pop()
      balls.push(later)
      if (earlier !== undefined) balls.push(earlier)
    }
  }
  add()
}

const named = (id: string | null, as: string): string | null => (id === null ? null : `${id}-${as}`)
