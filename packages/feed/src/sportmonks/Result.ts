import type { Outcome, Snapshot } from "@sightscreen/domain"
import type * as Wire from "./Wire.ts"

/**
 * How a match ended, as far as they can be believed.
 *
 * The status says that it is over before the winner is there, and the winner has been seen wrong for a while. What the
 * scores settle is held against them before anybody is told.
 */
export type Result =
  | { readonly _tag: "Known"; readonly outcome: Outcome.Outcome }
  /** Nobody is named yet. */
  | { readonly _tag: "Awaited" }
  /** The scores say another winner than they do. */
  | { readonly _tag: "Doubted"; readonly outcome: Outcome.Outcome }

/** The score of one innings, in order of play. */
export interface Total {
  readonly batting: Outcome.Side
  readonly superOver: boolean
  readonly runs: number
  readonly wickets: number
}

export const read = (
  fixture: Wire.Fixture,
  info: Snapshot.MatchInfo,
  totals: ReadonlyArray<Total>
): Result => {
  const note = fixture.note ?? ""
  const method = methodOf(note)
  const undecided = (fixture.draw_noresult ?? "").toLowerCase()
  const side = sideOf(fixture)
  if (/no.?result|abandon/i.test(note) || /no.?result/.test(undecided))
    return known({ _tag: "NoResult", method })
  if (/\btied?\b/i.test(note) || /\btied?\b/.test(undecided)) {
    const outcome = tied(note, info, side, method)
    const unsettled = fixture.super_over === true && outcome._tag === "Tied" && outcome.winner === null
    return unsettled ? { _tag: "Awaited" } : known(outcome)
  }
  if (/draw/i.test(note) || /draw/.test(undecided)) return known({ _tag: "Drawn", method })
  const named = side ?? winnerIn(note, info)
  if (/award|conceded|forfeit/i.test(note)) return known({ _tag: "Awarded", winner: named, method })
  if (named === null) return { _tag: "Awaited" }
  // A rule that gave the match away gave it without a margin, unless one is told.
  const by = marginIn(note) ?? (method === null ? marginOf(named, totals, info) : noMargin)
  const outcome: Outcome.Outcome = { _tag: "Won", winner: named, by, method }
  const revised = (fixture.rpc_target ?? null) !== null || method !== null
  const scored = revised ? null : ahead(info, totals)
  return scored === null || scored === named ? known(outcome) : { _tag: "Doubted", outcome }
}

const known = (outcome: Outcome.Outcome): Result => ({ _tag: "Known", outcome })

/** The winner by runs where the match is one of limited overs and both have batted; null where that settles nothing. */
const ahead = (info: Snapshot.MatchInfo, totals: ReadonlyArray<Total>): Outcome.Side | null => {
  const [first, second] = totals.filter(({ superOver }) => !superOver)
  if (info.format.innings !== 2 || first === undefined || second === undefined) return null
  if (first.runs === second.runs) return null
  return first.runs > second.runs ? first.batting : second.batting
}

/** What the scores alone make of a match of limited overs that is over; null where they settle nothing. */
export const byScores = (info: Snapshot.MatchInfo, totals: ReadonlyArray<Total>): Outcome.Outcome | null => {
  const winner = ahead(info, totals)
  return winner === null ? null : { _tag: "Won", winner, by: marginOf(winner, totals, info), method: null }
}

const sideOf = ({ localteam_id, visitorteam_id, winner_team_id }: Wire.Fixture): Outcome.Side | null =>
  winner_team_id === localteam_id ? "home" : winner_team_id === visitorteam_id ? "away" : null

const winnerIn = (note: string, info: Snapshot.MatchInfo): Outcome.Side | null => {
  const text = note.toLowerCase()
  if (!/\bwon\b|awarded to/.test(text)) return null
  const at = (team: Snapshot.Team) => {
    const before = text.indexOf(`${team.name.toLowerCase()} won`)
    return before >= 0 ? before : text.indexOf(`awarded to ${team.name.toLowerCase()}`)
  }
  const [home, away] = [at(info.home), at(info.away)]
  // One side's name may be a part of the other's: the longer one was meant.
  if (home >= 0 && away >= 0) return info.home.name.length > info.away.name.length ? "home" : "away"
  return home >= 0 ? "home" : away >= 0 ? "away" : null
}

/** "Match tied (England won the Super Over)". */
const tied = (
  note: string,
  info: Snapshot.MatchInfo,
  side: Outcome.Side | null,
  method: string | null
): Outcome.Outcome => {
  const winner = winnerIn(note, info) ?? side
  if (winner === null) return { _tag: "Tied", winner: null, decidedBy: null, method }
  const decidedBy = /bowl.?out/i.test(note) ? "bowl-out" : "super over"
  return { _tag: "Tied", winner, decidedBy, method }
}

type Margin = Extract<Outcome.Outcome, { readonly _tag: "Won" }>["by"]

/** "by 2 wickets", "by 96 runs", "by an innings and 46 runs". */
const marginIn = (note: string): Margin | null => {
  const count = (what: string): number | null => {
    const found = new RegExp(`(\\d+) ${what}`, "i").exec(
      /\bby\b(.*)/i.exec(note.replace(/\(.*/, ""))?.[1] ?? ""
    )
    return found === null ? null : Number(found[1])
  }
  const innings = /by (an|1|one) innings/i.test(note) ? 1 : null
  const runs = count("runs?")
  const wickets = count("wickets?|wkts?")
  return innings === null && runs === null && wickets === null ? null : { innings, runs, wickets }
}

const noMargin: Margin = { innings: null, runs: null, wickets: null }

const marginOf = (winner: Outcome.Side, totals: ReadonlyArray<Total>, info: Snapshot.MatchInfo): Margin => {
  const ordinary = totals.filter(({ superOver }) => !superOver)
  const last = ordinary.at(-1)
  const sum = (side: Outcome.Side) =>
    ordinary.reduce((runs, one) => (one.batting === side ? runs + one.runs : runs), 0)
  const loser: Outcome.Side = winner === "home" ? "away" : "home"
  const by = sum(winner) - sum(loser)
  if (last === undefined || ordinary.length < 2 || by <= 0) return noMargin
  if (last.batting === winner) return { ...noMargin, wickets: Math.max(0, 10 - last.wickets) }
  const count = (side: Outcome.Side) => ordinary.filter(({ batting }) => batting === side).length
  const byInnings = info.format.innings === 4 && count(winner) < count(loser)
  return byInnings ? { innings: 1, runs: by, wickets: null } : { ...noMargin, runs: by }
}

/** The rain rule, by the name that records use: "D/L". */
const methodOf = (note: string): string | null => {
  const named = /\(([^()]+?) method\)/i.exec(note)?.[1] ?? null
  if (/\b(dls|d\/l|duckworth)/i.test(named ?? note)) return "D/L"
  return /\bvjd\b/i.test(named ?? note) ? "VJD" : named
}
