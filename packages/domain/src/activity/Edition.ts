import { Instant } from "@sightscreen/decider"
import { Duration, Result, Schema } from "effect"
import * as Bulletin from "../live/Bulletin.ts"
import { fallback } from "./Language.ts"
import { dismissalOf, Ends } from "../live/Ending.ts"
import { MatchId } from "../Ids.ts"
import type * as Retry from "../push/Retry.ts"
import * as PushId from "../push/PushId.ts"
import { kindOf as heardAs } from "../follow/Preferences.ts"
import { Cohort, isHeard, nameOf } from "./Cohort.ts"
import { ContentState, inOrder } from "./ContentState.ts"
import * as Display from "./Display.ts"
import * as Fit from "./Fit.ts"
import * as Wording from "./Wording.ts"
import * as Words from "./words/index.ts"

/** A bulletin as one cohort is sent it: everything a push needs but the address. */
export const Edition = Schema.Struct({
  /** The bulletin's name and the cohort's: the same decision always has the same name. */
  id: Schema.String,
  matchId: MatchId,
  cohort: Cohort,
  stamp: Instant.EpochSeconds,
  priority: Schema.Literals([5, 10]),
  content: ContentState,
  alert: Schema.NullOr(
    Schema.Struct({ title: Schema.String, body: Schema.String, sound: Schema.NullOr(Schema.String) })
  ),
  relevance: Schema.Int,
  staleAt: Instant.EpochSeconds,
  /** The activity ends with it; null while it lives. */
  ends: Schema.NullOr(Ends),
  /** When an ended activity leaves the lock screen; null while it lives. */
  dismissAt: Schema.NullOr(Instant.EpochSeconds),
  /** When it is no use any more, and Apple may drop it. */
  expiresAt: Instant.Instant
})
export type Edition = typeof Edition.Type

/** News that does not arrive within minutes is better not told: the newest state follows anyway. */
export const usefulFor = {
  routine: Duration.minutes(2),
  alert: Duration.minutes(10),
  end: Duration.hours(4)
}

/** The sound of an alert that has one; the phone's own. */
const sound = "default"

/** Room that a body takes beside the state and the alert: Apple's keys, and numbers at their longest. */
const envelope = 300

export const of = (bulletin: Bulletin.Bulletin, cohort: Cohort): Result.Result<Edition, Fit.TooLarge> => {
  const alert = alertOf(bulletin, cohort)
  const beside = envelope + Fit.bytesOf(alert)
  const { ends } = bulletin
  return Result.map(
    Fit.fit(worded(bulletin, cohort), (state) => Fit.bytesOf(state) + beside),
    (content): Edition => ({
      id: `${Bulletin.idOf(bulletin)}/${nameOf(cohort)}`,
      matchId: bulletin.matchId,
      cohort,
      stamp: bulletin.stamp,
      priority: priorityOf(bulletin, cohort),
      content,
      alert,
      relevance: bulletin.relevance,
      staleAt: bulletin.staleAt,
      ends,
      dismissAt: ends === null ? null : dismissalOf(ends, bulletin.at),
      expiresAt: Instant.plus(
        bulletin.at,
        usefulFor[ends !== null ? "end" : alert === null ? "routine" : "alert"]
      )
    })
  )
}

/** The same for several cohorts: what those have in common who read the same language, and hear of it or not, is made once. */
export const all = (
  bulletin: Bulletin.Bulletin,
  cohorts: Iterable<Cohort>
): ReadonlyArray<Result.Result<Edition, Fit.TooLarge>> => {
  const made = new Map<string, Result.Result<Edition, Fit.TooLarge>>()
  return Array.from(cohorts, (cohort) => {
    const kind = `${cohort.language}/${hearsOf(bulletin, cohort)}`
    const known = made.get(kind)
    if (known === undefined) {
      const first = of(bulletin, cohort)
      made.set(kind, first)
      return first
    }
    return Result.map(known, (edition) => ({
      ...edition,
      id: `${Bulletin.idOf(bulletin)}/${nameOf(cohort)}`,
      cohort,
      priority: priorityOf(bulletin, cohort)
    }))
  })
}

/** Its state in the words of a cohort, not yet made to fit. */
export const worded = ({ content, match, shown }: Bulletin.Bulletin, { language }: Cohort): ContentState =>
  inOrder(language === "en" ? content : Display.inLanguage(content, match, shown, language))

const alertOf = (
  { alert, event, importance, match }: Bulletin.Bulletin,
  cohort: Cohort
): Edition["alert"] => {
  const { language } = cohort
  if (alert === null || event === null || !hearsOf({ event }, cohort)) return null
  const { body, title } = language === "en" ? alert : Wording.alert(event, match, Words.of(language))
  return { title: Fit.cut(title, 60), body: Fit.cut(body, 140), sound: importance.sound ? sound : null }
}

/** Whether people of a cohort hear of what leads a bulletin, should it buzz. */
const hearsOf = ({ event }: Pick<Bulletin.Bulletin, "event">, cohort: Cohort): boolean =>
  event === null || isHeard(cohort, heardAs[event._tag])

/** What would buzz and does not for this cohort has no need of the budget; an end arrives all the same. */
const priorityOf = (bulletin: Bulletin.Bulletin, cohort: Cohort): Edition["priority"] =>
  bulletin.ends === null && bulletin.alert !== null && !hearsOf(bulletin, cohort)
    ? 5
    : bulletin.priority[cohort.level]

/** What stands, for a phone that missed some of it: it is of use for as long from now as it was when it was new. */
export const standing = (
  bulletin: Bulletin.Bulletin,
  cohort: Cohort,
  at: Instant.Instant
): Result.Result<Edition, Fit.TooLarge> =>
  Result.map(of(bulletin, cohort), (edition) => ({
    ...edition,
    id: standingId(edition, bulletin),
    expiresAt: Instant.plus(at, Instant.since(edition.expiresAt, bulletin.at))
  }))

/**
 * What is worded is worded from the match as it stands now, which may have gone on since the bulletin: its words are then
 * others, and so is its name.
 */
const standingId = ({ cohort, id }: Edition, { at, match }: Bulletin.Bulletin): string =>
  cohort.language === fallback || match.readAt <= at ? `${id}/standing` : `${id}/${match.readAt}/standing`

/** Which patience it deserves when it gets no answer. */
export const kindOf = (self: Edition): Retry.Kind =>
  self.ends !== null ? "end" : self.alert === null ? "update" : "alert"

/** Must be kept until it has been sent to everybody: what buzzes, and the end. Plain state is replaced by newer state. */
export const isKept = (self: Edition): boolean => self.alert !== null || self.ends !== null

/**
 * Where one replaces the other on a phone that is offline, as Apple keeps a single one. An alert sent twice is the same
 * alert, and has the same name. (Apple: `apns-collapse-id`, 64 bytes at most.)
 */
export const collapseIdOf = (self: Edition): string | null =>
  isKept(self) ? PushId.of("collapse", self.id) : null
