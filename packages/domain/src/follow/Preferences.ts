import type { Instant } from "@sightscreen/decider"
import { Result, Schema } from "effect"
import type { Status } from "../cricket/Status.ts"
import { isOver } from "../cricket/Status.ts"
import type { MatchInfo } from "../cricket/Snapshot.ts"
import type { Name } from "../events/MatchEvent.ts"

/**
 * What a person likes to be told, and when not.
 *
 * Who says nothing is told everything. What is not to buzz still changes the screen: a preference takes away noise, never
 * news.
 */

/** What may buzz in the course of a match, in the words of a settings page. */
export const Kind = Schema.Literals(["wickets", "milestones", "bowling", "results"])
export type Kind = typeof Kind.Type

/** `prematch` is the reminder half an hour before the start. */
export const Alert = Schema.Literals([...Kind.literals, "prematch"])
export type Alert = typeof Alert.Type

const timeOfDay = Schema.String.check(
  Schema.isPattern(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { expected: "a time of day such as 22:30" })
)

/** By the clock where the person is; over midnight where it ends before it begins. */
export const QuietHours = Schema.Struct({
  from: timeOfDay,
  until: timeOfDay,
  /** In IANA's name for it: `Asia/Kolkata`. */
  timeZone: Schema.NonEmptyString.check(Schema.isMaxLength(64))
})
export type QuietHours = typeof QuietHours.Type

/** Which activity gives way where a phone can show no more: the one that has been there longest, or the one to come. */
export const Yields = Schema.Literals(["oldest", "newest"])
export type Yields = typeof Yields.Type

export const Preferences = Schema.Struct({
  alerts: Schema.Array(Alert).check(Schema.isMaxLength(Alert.literals.length)),
  quiet: Schema.NullOr(QuietHours),
  /** Teams whose matches are followed by themselves, by their names. */
  teams: Schema.Array(Schema.NonEmptyString.check(Schema.isMaxLength(128))).check(Schema.isMaxLength(50)),
  yields: Yields
})
export type Preferences = typeof Preferences.Type

export const usual: Preferences = { alerts: Alert.literals, quiet: null, teams: [], yields: "oldest" }

/** What an event is on a settings page. */
export const kindOf: Readonly<Record<Name, Kind>> = {
  match_end: "results",
  innings_end: "results",
  hundred: "milestones",
  fifty: "milestones",
  batsman_on_90s: "milestones",
  batsman_on_fire: "milestones",
  consecutive_sixes: "milestones",
  six: "milestones",
  four: "milestones",
  new_batsman: "wickets",
  wicket: "wickets",
  hattrick: "bowling",
  on_hattrick: "bowling",
  bowler_on_fire: "bowling",
  maiden: "bowling"
}

/** Whether there is such a time zone. */
export const isZone = (timeZone: string): boolean => Result.isSuccess(clockIn(timeZone))

const clockIn = (timeZone: string) =>
  Result.try(
    () => new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
  )

/** Whether a person wants quiet at a moment. Hours that begin when they end are none. */
export const isQuiet = ({ quiet }: Preferences, at: Instant.Instant): boolean => {
  if (quiet === null || quiet.from === quiet.until) return false
  const clock = clockIn(quiet.timeZone)
  if (Result.isFailure(clock)) return false
  const time = clock.success.format(at)
  return quiet.from < quiet.until
    ? quiet.from <= time && time < quiet.until
    : quiet.from <= time || time < quiet.until
}

/** What buzzes at a moment, in one order; null for everything. */
export const hears = (self: Preferences | null, at: Instant.Instant): ReadonlyArray<Kind> | null => {
  if (self === null) return null
  const heard = isQuiet(self, at) ? [] : Kind.literals.filter((kind) => self.alerts.includes(kind))
  return heard.length === Kind.literals.length ? null : heard
}

/** Is told otherwise than most people, now or at other times: what goes to everybody alike is not for them. */
export const isPersonal = (self: Preferences | null): boolean =>
  self !== null && (self.quiet !== null || Kind.literals.some((kind) => !self.alerts.includes(kind)))

/** Whether a person is to be reminded that a match begins. */
export const isReminded = (self: Preferences | null, at: Instant.Instant): boolean =>
  self === null || (self.alerts.includes("prematch") && !isQuiet(self, at))

/** Whether a person may be spoken to at all. */
export const mayBuzz = (self: Preferences | null, at: Instant.Instant): boolean =>
  self === null || !isQuiet(self, at)

/** One name for a team, however it is written. */
export const teamName = (name: string): string =>
  name.normalize("NFKC").trim().toLowerCase().replace(/\s+/g, " ")

/** Teams by whose followers a match is followed by itself. One that is over is not worth it. */
export const teamsOf = ({ away, home }: MatchInfo, status: Status): ReadonlyArray<string> =>
  isOver(status) ? [] : [teamName(home.name), teamName(away.name)]
