import type { Notification } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Bulletin, Cohort, Edition, Ending, type Ids } from "@sightscreen/domain"
import { Result } from "effect"
import type { Mailing } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"

/** Decisions as mailings to tokens; null for what does not fit into a push. */

export const ofEdition = (
  edition: Edition.Edition,
  resumed: boolean,
  address: Envelope.Address
): Mailing | null => {
  const sealed = Envelope.edition(edition, address)
  return Result.isFailure(sealed) ? null : mailing(edition, sealed.success, resumed)
}

/** The state of a match for phones of a cohort that have missed some of it. */
export const standing = (
  bulletin: Bulletin.Bulletin,
  cohort: Cohort.Cohort,
  address: Envelope.Address,
  at: Instant.Instant
): Mailing | null => {
  const edition = Edition.standing(bulletin, cohort, at)
  return Result.isFailure(edition) ? null : ofEdition(edition.success, false, address)
}

const mailing = (edition: Edition.Edition, sealed: Notification.Sealed, resumed: boolean): Mailing => ({
  cause: edition.id,
  kind: Edition.kindOf(edition),
  matchId: edition.matchId,
  cohort: Cohort.nameOf(edition.cohort),
  stamp: edition.stamp,
  priority: edition.priority,
  alert: edition.alert !== null,
  sealed,
  until: edition.expiresAt,
  resumed
})

/** The end of an activity whose owner wants it gone. An end must be newer than every update that is under way. */
export const removal = (
  matchId: Ids.MatchId,
  last: Instant.EpochSeconds | null,
  address: Envelope.Address,
  at: Instant.Instant
): Mailing | null => {
  const stamp = Bulletin.nextStamp(last ?? 0, Instant.toSeconds(at))
  const sealed = Envelope.removal(stamp, at, address)
  if (Result.isFailure(sealed)) return null
  return {
    cause: `${matchId}/${stamp}/removal`,
    kind: "end",
    matchId,
    cohort: null,
    stamp,
    priority: 10,
    alert: false,
    sealed: sealed.success,
    until: Instant.plus(at, Ending.dismissAfter.over),
    resumed: false
  }
}
