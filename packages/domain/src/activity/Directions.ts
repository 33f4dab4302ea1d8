import type { Instant } from "@sightscreen/decider"
import type { DeviceId, MatchId } from "../Ids.ts"
import type * as Recovery from "../device/Recovery.ts"
import type * as Activity from "./Activity.ts"
import * as Filed from "./Filed.ts"
import * as Report from "./Report.ts"

/**
 * What is to be done about what activities of a match have said; in the order of the fields: what is on a screen is put
 * right before anything new comes onto one.
 */
export interface Directions<R extends Filed.Row> {
  /** Tokens that their activities have replaced: whoever was to be told something there later is told it elsewhere. */
  readonly leave: ReadonlyArray<string>
  /** Channels that somebody has joined. */
  readonly republish: ReadonlyArray<string>
  /** To be sent the newest state: the end, with the last score, where match or day is over. */
  readonly refresh: ReadonlyArray<{ readonly row: R; readonly token: string; readonly cohort: string }>
  /** To go off the lock screen at once. */
  readonly remove: ReadonlyArray<{ readonly row: R; readonly token: string }>
  /** Nobody can reach one activity on a channel, nor any whose address is no more: the app is woken, and ends it. */
  readonly recall: ReadonlyArray<DeviceId>
  /** Alive since now: each has answered its phone's ladder, and takes the place of the one before. */
  readonly alive: ReadonlyArray<R>
  readonly ladder: ReadonlyArray<Heard>
  readonly start: ReadonlyArray<Filed.Stepped<R>>
  /** To be given a successor. */
  readonly renew: ReadonlyArray<R>
}

/** What a phone's ladder hears. */
export interface Heard {
  readonly deviceId: DeviceId
  readonly input: Recovery.Input
}

/** `isOver` says whether match or day has ended, so that the newest state is the end. */
export const of = <R extends Filed.Row>(
  said: ReadonlyArray<Filed.Stepped<R>>,
  matchId: MatchId,
  isOver: boolean,
  at: Instant.Instant
): Directions<R> => {
  const refresh: Array<Directions<R>["refresh"][number]> = []
  const republish: Array<string> = []
  const remove: Array<Directions<R>["remove"][number]> = []
  const recall: Array<DeviceId> = []
  const alive: Array<R> = []
  const ladder: Array<Heard> = []
  const start: Array<Filed.Stepped<R>> = []
  const renew: Array<R> = []
  for (const one of said) {
    const { before, output, row } = one
    const { deviceId } = row
    switch (output._tag) {
      case "Refresh":
      case "End": {
        if (output._tag === "Refresh" && before._tag !== "Active") alive.push(row)
        // A start has come to something although nobody wanted it by then.
        if (output._tag === "End" && before._tag === "Ended")
          ladder.push({ deviceId, input: { _tag: "StartAnswered", matchId, at } })
        const cohort = Filed.cohortAt(row, output.address)
        const stays = output._tag === "Refresh" || (isOver && closings.has(output.reason))
        if (output.address._tag === "Channel") {
          if (stays) republish.push(cohort)
          // One that another has taken the place of may share its channel with it.
          else if (output._tag === "End" && output.reason !== "superseded") recall.push(deviceId)
        } else if (stays) refresh.push({ row, token: output.address.token, cohort })
        else remove.push({ row, token: output.address.token })
        break
      }
      case "Unanswered":
        ladder.push({
          deviceId,
          input: { _tag: "StartUnanswered", matchId, attempt: output.attempt, at }
        })
        break
      case "GaveUp":
        ladder.push({ deviceId, input: { _tag: "AttemptsExhausted", matchId, at } })
        break
      case "Start":
        start.push(one)
        break
      case "Recall":
        recall.push(deviceId)
        break
      case "Renew":
        renew.push(row)
        break
      case "Unfollow":
        break
    }
  }
  const leave = Report.forsaken(said).map(({ token }) => token)
  return { leave, refresh, republish, remove, recall: [...new Set(recall)], alive, ladder, start, renew }
}

const closings: ReadonlySet<Activity.EndReason> = new Set(["match over", "day over", "postponed"])
