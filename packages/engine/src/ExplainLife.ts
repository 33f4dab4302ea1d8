import type { Instant } from "@sightscreen/decider"
import type { Activity, Ids, Recovery } from "@sightscreen/domain"
import type { OfPhone } from "./ExplainRecord.ts"

/** What was known of a phone's activities of a match, and from when to when: worked out again from what was recorded. */
export interface Phase {
  readonly from: Instant.Instant
  readonly state: Activity.Activity["_tag"]
  /** When it was last asked for, if ever. */
  readonly askedAt: Instant.Instant | null
  readonly where: Where | null
  /** Why it ended. */
  readonly ended: Activity.EndReason | null
}

/** Where an activity listens, by the end of the name. */
export interface Where {
  readonly _tag: "Token" | "Channel"
  readonly tail: string
}

export interface Life {
  readonly activityId: Ids.ActivityId
  /** By the time at which each begins. */
  readonly phases: ReadonlyArray<Phase>
}

/** Each activity from its first step on, in the order in which they began. */
export const lives = (recorded: ReadonlyArray<OfPhone>): ReadonlyArray<Life> => {
  const found = new Map<Ids.ActivityId, Array<Phase>>()
  for (const one of recorded) {
    if (one._tag !== "Activity") continue
    const { activityId, at, body } = one
    const phases = found.get(activityId) ?? []
    found.set(activityId, phases)
    const before = phases.at(-1)
    const asked = body.outputs?.some(({ said }) => said === "Start") ?? false
    const moved: Where | null =
      body.heard === "Reported" && body.address !== undefined
        ? { _tag: body.by === "Channel" ? "Channel" : "Token", tail: body.address }
        : null
    phases.push({
      from: at,
      state: body.to,
      // Wanted once more, it is yet to be asked for.
      askedAt: asked ? at : body.heard === "Wanted" ? null : (before?.askedAt ?? null),
      where: body.to === "Active" ? (moved ?? before?.where ?? null) : null,
      ended: body.ended ?? null
    })
  }
  return [...found].map(([activityId, phases]) => ({ activityId, phases }))
}

/** How an activity stood; null before its first step. */
export const phaseAt = ({ phases }: Life, at: Instant.Instant): Phase | null =>
  // What ends with its match or its day ends after the bulletin that closes it, in the same moment.
  phases.findLast(
    ({ ended, from }) => from < at || (from === at && (ended === null || !closing.has(ended)))
  ) ?? null

export interface Standing {
  readonly activityId: Ids.ActivityId
  readonly phase: Phase
}

const closing: ReadonlySet<Activity.EndReason> = new Set(["match over", "day over", "postponed"])

const rank: Readonly<Record<Phase["state"], number>> = {
  Active: 4,
  Pending: 3,
  TokenInvalid: 2,
  Failed: 1,
  Ended: 0
}

/** The activity that a phone was nearest to showing; of two alike the later one. Null before there was any. */
export const standingAt = (all: ReadonlyArray<Life>, at: Instant.Instant): Standing | null =>
  all.reduce<Standing | null>((best, life) => {
    const phase = phaseAt(life, at)
    return phase === null || (best !== null && rank[phase.state] < rank[best.phase.state])
      ? best
      : { activityId: life.activityId, phase }
  }, null)

export interface Hold {
  readonly since: Instant.Instant
  readonly why: Recovery.HeldFor
}

/** Why no start could be sent then, if the phone's ladder held it back. */
export const heldAt = (
  recorded: ReadonlyArray<OfPhone>,
  matchId: Ids.MatchId,
  at: Instant.Instant
): Hold | null => {
  const holds: Array<Hold> = []
  for (const one of recorded) {
    if (one.at > at || one._tag !== "Ladder") continue
    for (const { match, said, why } of one.body.outputs) {
      if ((match ?? one.matchId) !== matchId) continue
      if (said === "StartAllowed") holds.length = 0
      // Asked about again for another reason, it is held from then on.
      if (said === "StartHeld" && why !== undefined && holds.at(-1)?.why !== why)
        holds.push({ since: one.at, why })
    }
  }
  return holds.at(-1) ?? null
}
