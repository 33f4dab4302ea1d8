import { Instant } from "@sightscreen/decider"
import { Delivery, type Ids, type Over, type Snapshot, Status } from "@sightscreen/domain"
import { Clock, Effect, Layer } from "effect"
import { Feed, type Listed } from "../Feed.ts"

/**
 * A feed that is wrong at times of our choosing, about matches that it otherwise tells as they are.
 *
 * What it does at an instant follows from the faults alone, but for misreadings: each is read once, by whoever reads first,
 * and the next reading is right again.
 */
export type Fault =
  /** The feed does not know the match, and lists it nowhere; null for good. */
  | {
      readonly _tag: "Vanishes"
      readonly matchId: Ids.MatchId
      readonly from: Instant.Instant
      readonly until: Instant.Instant | null
    }
  /** The feed says another status than the true one, without an outcome; play goes on behind it. */
  | {
      readonly _tag: "Says"
      readonly matchId: Ids.MatchId
      readonly from: Instant.Instant
      readonly until: Instant.Instant
      readonly status: Status.Status
    }
  /** One reading is wrong: the first from an instant on that can be. */
  | {
      readonly _tag: "Misreads"
      readonly matchId: Ids.MatchId
      readonly from: Instant.Instant
      readonly as: Misreading
    }

/** What is read instead; null where a snapshot does not lend itself to the mistake, which then waits for the next one. */
export type Misreading = (snapshot: Snapshot.Snapshot) => Snapshot.Snapshot | null

/** The misreadings that have been read. */
export type Spent = ReadonlySet<Fault>

export const unspent: Spent = new Set()

const isOn = (fault: Fault, matchId: Ids.MatchId, at: Instant.Instant): boolean =>
  fault.matchId === matchId &&
  at >= fault.from &&
  (fault._tag === "Misreads" || fault.until === null || at < fault.until)

const hasVanished = (faults: ReadonlyArray<Fault>, matchId: Ids.MatchId, at: Instant.Instant): boolean =>
  faults.some((fault) => fault._tag === "Vanishes" && isOn(fault, matchId, at))

/** The last one of several that say a status at once. */
const saidOf = (
  faults: ReadonlyArray<Fault>,
  matchId: Ids.MatchId,
  at: Instant.Instant
): Status.Status | null => {
  const said = faults.findLast((fault) => fault._tag === "Says" && isOn(fault, matchId, at))
  return said?._tag === "Says" ? said.status : null
}

/** What is read instead of a true snapshot, and the misreadings spent then. */
export const read = (
  faults: ReadonlyArray<Fault>,
  spent: Spent,
  snapshot: Snapshot.Snapshot
): readonly [seen: Snapshot.Snapshot | null, spent: Spent] => {
  const { at, info } = snapshot
  if (hasVanished(faults, info.matchId, at)) return [null, spent]
  const said = saidOf(faults, info.matchId, at)
  const seen = said === null ? snapshot : { ...snapshot, status: said, outcome: null }
  for (const fault of faults) {
    if (fault._tag !== "Misreads" || spent.has(fault) || !isOn(fault, info.matchId, at)) continue
    const wrong = fault.as(seen)
    if (wrong !== null) return [wrong, new Set(spent).add(fault)]
  }
  return [seen, spent]
}

export const schedule = (
  faults: ReadonlyArray<Fault>,
  listed: ReadonlyArray<Listed>,
  at: Instant.Instant
): ReadonlyArray<Listed> =>
  listed.flatMap((one) => {
    if (hasVanished(faults, one.info.matchId, at)) return []
    const said = saidOf(faults, one.info.matchId, at)
    return said === null ? one : { info: one.info, status: said, outcome: null }
  })

/** A match that is said to be over is not listed as live. */
export const live = (
  faults: ReadonlyArray<Fault>,
  matches: ReadonlyArray<Ids.MatchId>,
  at: Instant.Instant
): ReadonlyArray<Ids.MatchId> =>
  matches.filter((matchId) => {
    const said = saidOf(faults, matchId, at)
    return !hasVanished(faults, matchId, at) && (said === null || !Status.isOver(said))
  })

/** Puts faults between a feed and its readers. What is spent is spent for all of them. */
export const make = (feed: Feed["Service"], faults: ReadonlyArray<Fault>): Feed["Service"] => {
  let spent = unspent
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
  return Feed.of({
    snapshot: (matchId) =>
      Effect.map(feed.snapshot(matchId), (snapshot) => {
        if (snapshot === null) return null
        const [seen, after] = read(faults, spent, snapshot)
        spent = after
        return seen
      }),
    schedule: (window) =>
      Effect.zipWith(feed.schedule(window), now, (listed, at) => schedule(faults, listed, at)),
    live: Effect.zipWith(feed.live, now, (matches, at) => live(faults, matches, at)),
    isMarquee: feed.isMarquee
  })
}

export const layer = (faults: ReadonlyArray<Fault>): Layer.Layer<Feed, never, Feed> =>
  Layer.effect(
    Feed,
    Effect.map(Feed, (feed) => make(feed, faults))
  )

/** The striker bowled with the last ball, or run out where it was a wide or a no-ball; he was not. */
export const falseWicket: Misreading = (snapshot) =>
  inLastBall(snapshot, (ball) => ({
    ...ball,
    bat: 0,
    boundary: false,
    byes: 0,
    legByes: 0,
    dismissals: [{ batter: ball.batter, manner: Delivery.isLegal(ball) ? "bowled" : "run out", fielders: [] }]
  }))

/** Four off the last ball, to the boundary; it was not. */
export const falseFour: Misreading = (snapshot) =>
  inLastBall(snapshot, (ball) => ({ ...ball, bat: 4, boundary: true, byes: 0, legByes: 0 }))

/** Changes the last ball that was bowled, of an innings in play, if it got nobody out and was no four. */
const inLastBall = (
  snapshot: Snapshot.Snapshot,
  change: (ball: Delivery.Delivery) => Delivery.Delivery
): Snapshot.Snapshot | null => {
  const innings = snapshot.innings.at(-1)
  if (snapshot.status !== "live" || innings === undefined || innings.card._tag !== "Balls") return null
  const over = innings.card.overs.at(-1)
  const ball = over?.deliveries.at(-1)
  if (over === undefined || ball === undefined || ball.dismissals.length > 0 || Delivery.isFour(ball))
    return null
  const deliveries = [...over.deliveries.slice(0, -1), change(ball)]
  const overs: ReadonlyArray<Over.Over> = [...innings.card.overs.slice(0, -1), { ...over, deliveries }]
  return {
    ...snapshot,
    innings: [...snapshot.innings.slice(0, -1), { ...innings, card: { ...innings.card, overs } }]
  }
}
