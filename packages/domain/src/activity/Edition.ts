import { Instant } from "@sightscreen/decider"
import { Result, Schema } from "effect"
import * as Bulletin from "../live/Bulletin.ts"
import { dismissalOf } from "../live/Ending.ts"
import { MatchId } from "../Ids.ts"
import { Cohort, nameOf } from "./Cohort.ts"
import { ContentState } from "./ContentState.ts"
import type * as Retry from "../push/Retry.ts"
import * as Fit from "./Fit.ts"

/** A bulletin as one cohort is sent it: everything a push needs but the address. */
export const Edition = Schema.Struct({
  /** The bulletin's name and the cohort's: the same decision always has the same name. */
  id: Schema.String,
  matchId: MatchId,
  cohort: Cohort,
  event: Schema.Literals(["update", "end"]),
  stamp: Instant.EpochSeconds,
  priority: Schema.Literals([5, 10]),
  content: ContentState,
  alert: Schema.NullOr(
    Schema.Struct({ title: Schema.String, body: Schema.String, sound: Schema.NullOr(Schema.String) })
  ),
  relevance: Schema.Int,
  staleAt: Instant.EpochSeconds,
  /** When an ended activity leaves the lock screen; null while it lives. */
  dismissAt: Schema.NullOr(Instant.EpochSeconds),
  /** When it is no use any more, and Apple may drop it. */
  expiresAt: Instant.Instant
})
export type Edition = typeof Edition.Type

/** News that does not arrive within minutes is better not told: the newest state follows anyway. */
const usefulFor = { routine: 2 * 60_000, alert: 10 * 60_000, end: 4 * 60 * 60_000 }

/** The sound of an alert that has one; the phone's own. */
const sound = "default"

/** Room that a body takes beside the state and the alert: Apple's keys, and numbers at their longest. */
const envelope = 300

export const of = (bulletin: Bulletin.Bulletin, cohort: Cohort): Result.Result<Edition, Fit.TooLarge> => {
  const alert =
    bulletin.alert === null
      ? null
      : {
          title: Fit.cut(bulletin.alert.title, 60),
          body: Fit.cut(bulletin.alert.body, 140),
          sound: bulletin.importance.sound ? sound : null
        }
  const beside = envelope + Fit.bytesOf(alert)
  return Result.map(
    Fit.fit(bulletin.content, (state) => Fit.bytesOf(state) + beside),
    (content): Edition => ({
      id: `${Bulletin.idOf(bulletin)}/${nameOf(cohort)}`,
      matchId: bulletin.matchId,
      cohort,
      event: bulletin.final ? "end" : "update",
      stamp: bulletin.stamp,
      priority: bulletin.importance.priority,
      content,
      alert,
      relevance: bulletin.relevance,
      staleAt: bulletin.staleAt,
      dismissAt: bulletin.final ? dismissalOf(bulletin.at) : null,
      expiresAt: Instant.fromMillis(
        bulletin.at + usefulFor[bulletin.final ? "end" : alert === null ? "routine" : "alert"]
      )
    })
  )
}

/** Which patience it deserves when it gets no answer. */
export const kindOf = (self: Edition): Retry.Kind =>
  self.event === "end" ? "end" : self.alert === null ? "update" : "alert"

/** Must be kept until it has been sent to everybody: what buzzes, and the end. Plain state is replaced by newer state. */
export const isKept = (self: Edition): boolean => self.alert !== null || self.event === "end"
