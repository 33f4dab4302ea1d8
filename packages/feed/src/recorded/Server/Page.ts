import type { Instant } from "@sightscreen/decider"
import { Format, Match, type Outcome, type Snapshot, type Status } from "@sightscreen/domain"
import * as Timeline from "../Timeline.ts"
import * as Cursor from "./Cursor.ts"
import * as Replay from "./Replay.ts"
import * as Rows from "./Rows.ts"

/**
 * A replay as SportMonks would show it now: a fixture with the relations that were asked for.
 */
export type { Json } from "./Rows.ts"

/** The relations that can be asked for, as documented. */
export const includes: ReadonlySet<string> = new Set([
  "balls",
  "runs",
  "bowling",
  "batting",
  "venue",
  "stage",
  "season",
  "league",
  "visitorteam",
  "localteam",
  "scoreboards",
  "firstumpire",
  "secondumpire",
  "tvumpire",
  "referee",
  "manofseries",
  "manofmatch",
  "tosswon",
  "lineup"
])

/** Nested relations are asked for by the way to them: "batting.batsman". */
export const canInclude = (path: string): boolean => includes.has(path.split(".")[0]!)

export const fixture = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  asked: ReadonlySet<string>
): Rows.Json => {
  const { cursor, roster, timeline } = replay
  const { info } = timeline
  const { match } = Replay.figures(replay, shown)
  const has = (name: string) => [...asked].some((path) => path === name || path.startsWith(`${name}.`))
  const stamp = stampWith(cursor)
  const target = revisedTarget(shown, match)
  return {
    resource: "fixtures",
    id: roster.fixtureId,
    league_id: roster.league.id,
    season_id: roster.league["season_id"],
    stage_id: roster.league.id,
    round: null,
    localteam_id: roster.teams.home.id,
    visitorteam_id: roster.teams.away.id,
    starting_at: stamp(info.startsAt),
    type: types[info.format.kind],
    live: true,
    status: cursor.status === "stopped" ? "Cancl." : statusText(replay, shown, match),
    last_period: null,
    note: noteOf(info, shown.outcome),
    venue_id: roster.venue?.id ?? null,
    toss_won_team_id: null,
    winner_team_id: winnerOf(replay, shown.outcome),
    draw_noresult: undecided(shown.outcome),
    first_umpire_id: null,
    second_umpire_id: null,
    tv_umpire_id: null,
    referee_id: null,
    man_of_match_id: null,
    man_of_series_id: null,
    total_overs_played: info.format.overs,
    elected: null,
    super_over: shown.innings.some(({ superOver }) => superOver),
    follow_on: followsOn(shown),
    localteam_dl_data: noRainRule,
    visitorteam_dl_data: noRainRule,
    rpc_overs: target?.overs ?? null,
    rpc_target: target?.runs ?? null,
    weather_report: [],
    ...(has("localteam") ? { localteam: roster.teams.home } : {}),
    ...(has("visitorteam") ? { visitorteam: roster.teams.away } : {}),
    ...(has("league") ? { league: roster.league } : {}),
    ...(has("venue") ? { venue: roster.venue } : {}),
    ...(has("lineup") ? { lineup: roster.lineup } : {}),
    ...(has("runs") ? { runs: Rows.runs(replay, match) } : {}),
    ...(has("scoreboards") ? { scoreboards: Rows.scoreboards(replay, shown, match) } : {}),
    ...(has("batting") ? { batting: Rows.batting(replay, shown, match) } : {}),
    ...(has("bowling") ? { bowling: Rows.bowling(replay, shown, match) } : {}),
    ...(has("balls") ? { balls: Rows.balls(replay, shown) } : {})
  }
}

const noRainRule = { score: null, overs: null, wickets_out: null }

const types: Readonly<Record<Format.Kind, string>> = {
  t20: "T20",
  odi: "ODI",
  hundred: "100-Ball",
  test: "Test",
  "first class": "4day"
}

const stampWith =
  (cursor: Cursor.Cursor) =>
  (instant: Instant.Instant): string =>
    Rows.stampOf(Cursor.wall(cursor, instant))

const spoken: Readonly<Record<Exclude<Status.Status, "live" | "stumps">, string>> = {
  scheduled: "NS",
  delayed: "Delayed",
  "innings break": "Innings Break",
  drinks: "Drinks Break",
  lunch: "Lunch",
  tea: "Tea Break",
  dinner: "Dinner",
  suspended: "Int.",
  postponed: "Postp.",
  abandoned: "Aban.",
  cancelled: "Cancl.",
  finished: "Finished"
}

const ordinals = ["1st", "2nd", "3rd", "4th"]

const statusText = (
  { timeline }: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): string => {
  const { status } = shown
  if (status === "stumps") return `Stump Day ${1 + daysBefore(timeline, shown)}`
  if (status !== "live") return spoken[status]
  const current = match === null ? undefined : Match.current(match)
  if (current?.superOver === true) return "Super Over"
  // After a break the next innings is announced before its first ball.
  const number = Math.max(1, current?.number ?? 1)
  const isDone =
    timeline.settled[number - 1] === shown.innings[number - 1] && number < timeline.settled.length
  if (isDone && timeline.settled[number]?.superOver === true) return "Super Over"
  return `${ordinals[number - 1 + (isDone ? 1 : 0)] ?? `${number}th`} Innings`
}

/** How many days' play have closed before the one that is shown. */
const daysBefore = (timeline: Timeline.Timeline, shown: Snapshot.Snapshot): number => {
  const position = Timeline.positionAt(timeline, shown.at)
  return timeline.places
    .slice(0, Math.max(0, position))
    .filter(({ shows }) => shows.some(({ status }) => status === "stumps")).length
}

const followsOn = ({ innings }: Snapshot.Snapshot): boolean =>
  innings[1] !== undefined &&
  innings[2] !== undefined &&
  !innings[2].superOver &&
  innings[1].batting === innings[2].batting

/** What rain has made of the chase, where it has. */
const revisedTarget = (
  { info, innings }: Snapshot.Snapshot,
  match: Match.Match | null
): { readonly runs: number; readonly overs: number } | null => {
  const [first, second] = innings
  const aim = second?.target ?? null
  if (!Format.isLimited(info.format) || first === undefined || aim === null || match === null) return null
  const usual = {
    runs: (match.innings[0]?.runs ?? 0) + 1,
    balls: (info.format.overs ?? 0) * info.format.ballsPerOver
  }
  const balls = aim.balls ?? usual.balls
  if (aim.runs === usual.runs && balls === usual.balls) return null
  return { runs: aim.runs, overs: Number(Format.asOvers(info.format, balls)) }
}

const winnerOf = ({ roster }: Replay.Replay, outcome: Outcome.Outcome | null): number | null => {
  if (outcome === null || outcome._tag === "Drawn" || outcome._tag === "NoResult") return null
  return outcome.winner === null ? null : roster.teams[outcome.winner].id
}

const undecided = (outcome: Outcome.Outcome | null): string | null =>
  outcome?._tag === "Drawn" ? "draw" : outcome?._tag === "NoResult" ? "no-result" : null

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

export const noteOf = (info: Snapshot.MatchInfo, outcome: Outcome.Outcome | null): string => {
  if (outcome === null) return ""
  const method = outcome.method === null ? "" : ` (${outcome.method} method)`
  switch (outcome._tag) {
    case "Won": {
      const { innings, runs, wickets } = outcome.by
      const margin =
        innings !== null
          ? runs === null
            ? " by an innings"
            : ` by an innings and ${many(runs, "run")}`
          : runs !== null
            ? ` by ${many(runs, "run")}`
            : wickets === null
              ? ""
              : ` by ${many(wickets, "wicket")}`
      return `${info[outcome.winner].name} won${margin}${method}`
    }
    case "Tied":
      return outcome.winner === null
        ? `Match tied${method}`
        : `Match tied (${info[outcome.winner].name} won the ${outcome.decidedBy ?? "super over"})${method}`
    case "Drawn":
      return `Match drawn${method}`
    case "NoResult":
      return `No result${method}`
    case "Awarded":
      return outcome.winner === null ? "Match awarded" : `Match awarded to ${info[outcome.winner].name}`
  }
}
