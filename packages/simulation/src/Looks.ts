import { ActiveMatch, Budget, Cohort, ContentState, Edition, Language } from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import * as EventLog from "./EventLog.ts"

type Seen = Pick<ContentState.ContentState, "compact" | "expanded" | "phase">

/** What a state looks like, without what only counts; the same text for the same look, whatever the order of keys. */
export const of = ({ compact, expanded, phase }: Seen): string => canonical({ phase, compact, expanded })

/** What the end of a match looks like to readers of each language; the empty text where there is nothing to see. */
export const atTheEnd = (recording: Recording.Recording): ((tag: string) => string) =>
  inEachLanguage(EventLog.of(recording).final)

/** The same for whoever reads the match once, when it is over: screens remember nothing of how it came about. */
export const ofLast = (timeline: Timeline.Timeline): ((tag: string) => string) => {
  const last = timeline.times.length - 1
  const at = Timeline.changes(timeline).at(-1) ?? timeline.info.startsAt
  const snapshot = Timeline.snapshot(timeline, last, at)
  const [final] = ActiveMatch.step(ActiveMatch.begin(timeline.info.matchId, true), {
    _tag: "SnapshotRead",
    snapshot
  })
  return inEachLanguage(final)
}

const inEachLanguage = (final: ActiveMatch.ActiveMatch): ((tag: string) => string) => {
  const standing = ActiveMatch.standing(final)
  const looks = new Map(
    Language.all.map((language) => {
      const cohort: Cohort.Cohort = {
        route: "token",
        schema: Cohort.currentSchema,
        language,
        level: Budget.levelOf(true)
      }
      return [language, standing === null ? "" : of(Edition.worded(standing, cohort))]
    })
  )
  return (tag) => looks.get(Language.of(tag)) ?? ""
}

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join(",")}}`
}
