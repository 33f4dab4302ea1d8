import type { Instant } from "@sightscreen/decider"
import { type Activity, Edition, type Ids, type Recovery } from "@sightscreen/domain"
import type { Deliveries } from "@sightscreen/store"
import { Duration } from "effect"
import * as Life from "./ExplainLife.ts"
import type { OfPhone } from "./ExplainRecord.ts"

export type Push = Deliveries.Delivery

/** What became of a bulletin for a phone. There is no other answer, and each bulletin has exactly one for each phone. */
export type Answer =
  /** Apple took it for the phone; `late` where it was the newest state for a phone that had missed some. */
  | { readonly _tag: "Sent"; readonly push: Push; readonly late: boolean }
  /** The start of its activity had this state; `shownAt` is when the phone said that it shows it, if it did. */
  | { readonly _tag: "Started"; readonly push: Push; readonly shownAt: Instant.Instant | null }
  /** Apple took it for the channel that the phone had joined, or had been told to join. */
  | { readonly _tag: "Published"; readonly push: Push; readonly joinedAt: Instant.Instant }
  /** Apple took it, and the phone ignores it (Apple): it had had newer state by then. */
  | { readonly _tag: "Overtaken"; readonly push: Push; readonly by: Push }
  /** It was tried, and Apple did not take it. */
  | { readonly _tag: "Refused"; readonly push: Push; readonly by: "token" | "channel" | "start" }
  /** Something newer went out before its turn came. */
  | { readonly _tag: "Replaced"; readonly by: Push; readonly tooOld: boolean }
  /** Its activity had been asked for, and its phone had not answered. */
  | { readonly _tag: "Pending"; readonly askedAt: Instant.Instant | null }
  /** Its activity was not to be asked for just then. */
  | { readonly _tag: "Held"; readonly since: Instant.Instant; readonly why: Recovery.HeldFor }
  /** Its activity had not been asked for. */
  | { readonly _tag: "Early"; readonly askedAt: Instant.Instant | null }
  /** Its activity's token or channel was dead, and it had not been asked for anew. */
  | { readonly _tag: "Unreachable"; readonly since: Instant.Instant }
  /** Its activity had been asked for in vain. */
  | { readonly _tag: "GivenUp"; readonly since: Instant.Instant }
  /** Its activity had ended, or ended before its turn came. */
  | { readonly _tag: "Gone"; readonly at: Instant.Instant; readonly why: Activity.EndReason | null }
  /** Nothing of it, and nothing newer, has been recorded for this phone yet. */
  | { readonly _tag: "Waiting" }

export interface Answered {
  readonly answer: Answer
  /** The push that showed this phone the bulletin's state or a newer one, where it is not the answer itself. */
  readonly caughtUp: Push | null
}

/** What is asked about. */
export interface Told {
  readonly matchId: Ids.MatchId
  readonly stamp: Instant.EpochSeconds
  readonly at: Instant.Instant
  readonly alert: boolean
}

/** All that was recorded of a phone in a match, each in the order of time. */
export interface Recorded {
  readonly steps: ReadonlyArray<OfPhone>
  /** What was sent to the phone. */
  readonly pushes: ReadonlyArray<Push>
  /** What was published to the match's channels. */
  readonly publishes: ReadonlyArray<Push>
}

/** Answers for one phone. */
export interface Witness {
  readonly answer: (told: Told) => Answered
}

export const witness = (matchId: Ids.MatchId, { publishes, pushes, steps }: Recorded): Witness => {
  const lives = Life.lives(steps)
  const asked = lives
    .flatMap(({ phases }) => phases.flatMap(({ askedAt }) => askedAt ?? []))
    .sort((a, b) => a - b)
  const ofState = pushes.filter(carriesState)
  const starts = pushes.filter(isStart)
  const heard = publishes.flatMap((push) => {
    const listening = listeningTo(lives, starts, push)
    return listening === null ? [] : [{ push, joinedAt: listening.joinedAt }]
  })

  const caughtUp = ({ at, stamp }: Told): Push | null => {
    const shows = (push: Push) => isAccepted(push) && push.stamp >= stamp && push.sentAt >= at
    const alone = ofState.find(shows) ?? null
    const shared = heard.find(({ push }) => shows(push))?.push ?? null
    return alone === null || (shared !== null && shared.sentAt < alone.sentAt) ? shared : alone
  }

  /**
   * What goes out after one another only ever gets newer; but a start carries the newest state, and may be before older
   * news that waited. One by a dead token is accepted too, and shows nothing: the phone's answer is what counts.
   */
  const overtaken = (push: Push): Answer | null => {
    const by = starts.find(
      (one) =>
        isAccepted(one) &&
        one.sentAt <= push.sentAt &&
        one.stamp > push.stamp &&
        (push.activityId === null || push.activityId === one.activityId) &&
        shownAfter(lives, starts, one) !== null
    )
    return by === undefined ? null : { _tag: "Overtaken", push, by }
  }

  /** By what was sent with its stamp. */
  const byPush = ({ stamp }: Told): Answer | null => {
    const alone = ofState.filter((push) => push.stamp === stamp)
    const updates = alone.filter((push) => !isStart(push))
    const taken = updates.filter(isAccepted)
    const push = taken.find((one) => !isStanding(one)) ?? taken[0]
    if (push !== undefined) return overtaken(push) ?? { _tag: "Sent", push, late: isStanding(push) }
    const start = alone.find((one) => isStart(one) && isAccepted(one))
    if (start !== undefined)
      return { _tag: "Started", push: start, shownAt: shownAfter(lives, starts, start) }
    const shared = heard.filter((one) => one.push.stamp === stamp)
    const published = shared.find((one) => isAccepted(one.push))
    if (published !== undefined) return overtaken(published.push) ?? { _tag: "Published", ...published }
    const refused = updates.at(-1)
    if (refused !== undefined) return { _tag: "Refused", push: refused, by: "token" }
    const unpublished = shared.at(-1)
    if (unpublished !== undefined) return { _tag: "Refused", push: unpublished.push, by: "channel" }
    const unstarted = alone.at(-1)
    return unstarted === undefined ? null : { _tag: "Refused", push: unstarted, by: "start" }
  }

  /** By how the phone stood when it was decided. */
  const byState = ({ alert, at, stamp }: Told): Answer => {
    const standing = Life.standingAt(lives, at)
    const held = Life.heldAt(steps, matchId, at)
    if (standing === null) {
      return held === null
        ? { _tag: "Early", askedAt: asked.find((one) => one > at) ?? null }
        : { _tag: "Held", ...held }
    }
    const { activityId, phase } = standing
    switch (phase.state) {
      case "Ended":
        return { _tag: "Gone", at: phase.from, why: phase.ended }
      case "Pending":
        return held === null || (phase.askedAt !== null && phase.askedAt >= held.since)
          ? { _tag: "Pending", askedAt: phase.askedAt }
          : { _tag: "Held", ...held }
      case "TokenInvalid":
        return held === null ? { _tag: "Unreachable", since: phase.from } : { _tag: "Held", ...held }
      case "Failed":
        return held === null ? { _tag: "GivenUp", since: phase.from } : { _tag: "Held", ...held }
      case "Active": {
        const newer =
          phase.where?._tag === "Channel"
            ? heard.find(({ push }) => push.stamp > stamp)?.push
            : ofState.find((push) => push.stamp > stamp && !isStart(push))
        const life = lives.find((one) => one.activityId === activityId)
        const end = life?.phases.find(
          ({ from, state }) => from >= at && (state === "Ended" || state === "TokenInvalid")
        )
        if (newer !== undefined && (end === undefined || newer.sentAt <= end.from)) {
          return { _tag: "Replaced", by: newer, tooOld: alert && newer.sentAt - at > usefulForMillis }
        }
        if (end === undefined) return { _tag: "Waiting" }
        return end.state === "Ended"
          ? { _tag: "Gone", at: end.from, why: end.ended }
          : { _tag: "Unreachable", since: end.from }
      }
    }
  }

  return {
    answer: (told) => {
      const answer = byPush(told) ?? byState(told)
      return { answer, caughtUp: delivers.has(answer._tag) ? null : caughtUp(told) }
    }
  }
}

/** Answers that are themselves the push that reached the phone, as far as anybody can tell. */
const delivers: ReadonlySet<Answer["_tag"]> = new Set(["Sent", "Started", "Published", "Overtaken"])

const usefulForMillis = Duration.toMillis(Edition.usefulFor.alert)

export const isAccepted = ({ verdict }: Push): boolean => verdict === "Accepted"

const isStart = ({ kind }: Push): boolean => kind === "start"

/** The end of an activity that its owner did not want any more is no bulletin, whatever stamp it has. */
export const isRemoval = ({ cause }: Push): boolean => cause?.endsWith("/removal") ?? false

const states: ReadonlySet<string> = new Set(["start", "update", "alert", "end"])

/** It shows how the match stands, as silent pushes and notices do not. */
export const carriesState = (push: Push): boolean => states.has(push.kind) && !isRemoval(push)

const isStanding = ({ cause }: Push): boolean => cause?.endsWith("/standing") ?? false

/** When the phone said that it shows what was started then: of several starts it answers the last. */
const shownAfter = (
  lives: ReadonlyArray<Life.Life>,
  starts: ReadonlyArray<Push>,
  { activityId, sentAt }: Push
): Instant.Instant | null => {
  const life = lives.find((one) => one.activityId === activityId)
  const at = life?.phases.find(({ from, state }) => state === "Active" && from >= sentAt)?.from
  if (at === undefined) return null
  const again = starts.some(
    (one) => one.activityId === activityId && isAccepted(one) && one.sentAt > sentAt && one.sentAt <= at
  )
  return again ? null : at
}

/** A phone joins with the start, and says so later; it counts from the start on if it does say so. */
const listeningTo = (
  lives: ReadonlyArray<Life.Life>,
  starts: ReadonlyArray<Push>,
  { cohort, sentAt, tokenTail }: Push
): { readonly joinedAt: Instant.Instant } | null => {
  for (const { activityId, phases } of lives) {
    const first = phases.find(({ where }) => where?._tag === "Channel" && where.tail === tokenTail)
    if (first === undefined) continue
    const joined = { joinedAt: first.from }
    for (const [index, { from, where }] of phases.entries()) {
      const until = phases[index + 1]?.from ?? Infinity
      const isThere = where?._tag === "Channel" && where.tail === tokenTail
      if (isThere && from <= sentAt && sentAt <= until) return joined
    }
    // Of several starts the last one before its word is what it answers.
    const start = starts.findLast(
      (one) =>
        one.activityId === activityId && one.cohort === cohort && isAccepted(one) && one.sentAt <= first.from
    )
    if (start !== undefined && start.sentAt <= sentAt && sentAt < first.from) return joined
  }
  return null
}
