import { isLimited } from "../cricket/Format.ts"
import { spent } from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import { interruption, isOver } from "../cricket/Status.ts"

const base = 50
const closeFinish = 25
const lastTenOvers = 15
const news = 10
const interrupted = -30
const over = 10

/** How much a match deserves the Dynamic Island, from 0 to 100; the highest of a phone's activities gets it (Apple: `relevance-score`). */
export const of = (match: Match.Match, alerting: boolean): number => {
  if (isOver(match.status)) return over
  const innings = Match.current(match)
  let score = base
  if (interruption(match.status, innings !== undefined) !== "none") score += interrupted
  if (innings !== undefined && isLimited(match.info.format)) {
    const { format } = match.info
    const aim = Match.target(match, innings)
    const balls = (aim?.balls ?? (format.overs ?? 0) * format.ballsPerOver) - spent(innings, format)
    if (aim !== null && balls > 0 && balls <= 5 * format.ballsPerOver) {
      const perOver = ((aim.runs - innings.runs) * format.ballsPerOver) / balls
      if (perOver >= 6 && perOver <= 14) score += closeFinish
    }
    if (balls <= 10 * format.ballsPerOver) score += lastTenOvers
  }
  if (alerting) score += news
  return Math.max(0, Math.min(100, score))
}
