import { Instant } from "@sightscreen/decider"
import { type Ids, Recovery, Timings } from "@sightscreen/domain"
import { Duration } from "effect"
import type { Chance } from "../support/chance.ts"

/** A phone, a person and the matches they follow, played second by second against `Recovery`. */

export interface Phone {
  /** Whether it has a start token at all. */
  readonly hasToken: boolean
  /** Seconds from a start to its answer; null for a phone that swallows it. */
  readonly answersAfter: (dice: Chance) => number | null
  /** Whether an app that runs, because it was woken or because its owner tapped the alert, has a new token to report. */
  readonly renews: boolean
  /** How a phone answers that has reported a new token. */
  readonly answersThen: number | null
}

export interface Followed {
  readonly matchId: Ids.MatchId
  readonly startsAt: number
  readonly endsAt: number
}

export interface Heard {
  readonly matchId: Ids.MatchId
  readonly notifiedAt: ReadonlyArray<number>
  readonly shownAt: number | null
}

export interface Story {
  readonly heard: ReadonlyArray<Heard>
  /** Seconds at which a start was sent. */
  readonly startedAt: ReadonlyArray<number>
  readonly wokenAt: ReadonlyArray<number>
  readonly end: Recovery.Recovery
}

interface Ladder {
  readonly match: Followed
  attempt: number
  askedAt: number
  isDone: boolean
  answerDue: number | null
  shownAt: number | null
  readonly notifiedAt: Array<number>
}

const grain = 10

export const live = (
  phone: Phone,
  matches: ReadonlyArray<Followed>,
  dice: Chance,
  at: (second: number) => Instant.Instant
): Story => {
  const startedAt: Array<number> = []
  const wokenAt: Array<number> = []
  const ladders = matches.map(
    (match): Ladder => ({
      match,
      attempt: 0,
      askedAt: 0,
      isDone: false,
      answerDue: null,
      shownAt: null,
      notifiedAt: []
    })
  )
  let state = Recovery.fresh
  let registeredAt: number | null = phone.hasToken ? 0 : null
  let isNew = false
  let appRunsAt: number | null = null
  let now = 0

  const token = (): Recovery.StartToken =>
    registeredAt === null ? "none" : { registeredAt: at(registeredAt) }

  const tell = (input: Recovery.Input): ReadonlyArray<Recovery.Output> => {
    const [next, said] = Recovery.step(state, input)
    state = next
    for (const one of said) {
      if (one._tag === "WakeApp") wokenAt.push(now)
      if (one._tag === "NotifyUser")
        ladders.find(({ match }) => match.matchId === one.matchId)!.notifiedAt.push(now)
      if ((one._tag === "WakeApp" && dice.below(10) < 6) || one._tag === "NotifyUser")
        appRunsAt ??= now + dice.below(600)
      if (one._tag === "StartPending") {
        for (const ladder of ladders) {
          if (ladder.shownAt !== null) continue
          ladder.attempt = 0
          ladder.isDone = false
        }
      }
    }
    return said
  }

  const climb = (ladder: Ladder): void => {
    const { attempt, match } = ladder
    const { matchId } = match
    if (ladder.isDone || ladder.shownAt !== null) return
    if (attempt > 0) {
      if (now < ladder.askedAt + Duration.toSeconds(Timings.patience(attempt))) return
      tell({ _tag: "StartUnanswered", matchId, attempt, at: at(now) })
      if (attempt >= Timings.startsPerActivity) {
        ladder.isDone = true
        tell({ _tag: "AttemptsExhausted", matchId, at: at(now) })
        return
      }
    }
    const said = tell({
      _tag: "StartWanted",
      matchId,
      attempt: attempt + 1,
      startToken: token(),
      at: at(now)
    })
    if (!said.some(({ _tag }) => _tag === "StartAllowed")) return
    startedAt.push(now)
    ladder.attempt += 1
    ladder.askedAt = now
    const wait = isNew ? phone.answersThen : phone.answersAfter(dice)
    if (wait !== null) ladder.answerDue ??= now + wait
  }

  const end = Math.max(...matches.map(({ endsAt }) => endsAt))
  for (; now <= end; now += grain) {
    if (appRunsAt !== null && now >= appRunsAt) {
      appRunsAt = null
      if (phone.renews && !isNew) {
        isNew = true
        registeredAt = now
        tell({ _tag: "StartTokenReported", isNew: true, at: at(now) })
      } else if (registeredAt !== null) tell({ _tag: "StartTokenReported", isNew: false, at: at(now) })
    }
    for (const ladder of ladders) {
      const { endsAt, matchId, startsAt } = ladder.match
      if (now === startsAt - 600) tell({ _tag: "MatchSoon", matchId, startToken: token(), at: at(now) })
      if (now < startsAt || now > endsAt) continue
      if (ladder.answerDue !== null && now >= ladder.answerDue && ladder.shownAt === null) {
        ladder.shownAt = now
        tell({ _tag: "StartAnswered", matchId, at: at(now) })
      }
      climb(ladder)
    }
    if (now % 60 === 0) tell({ _tag: "Ticked", at: at(now) })
  }
  return {
    heard: ladders.map(({ match, notifiedAt, shownAt }) => ({ matchId: match.matchId, notifiedAt, shownAt })),
    startedAt,
    wokenAt,
    end: state
  }
}

/** The most of these moments that lie within any stretch of so many seconds. */
export const mostWithin = (moments: ReadonlyArray<number>, seconds: number): number =>
  Math.max(0, ...moments.map((from) => moments.filter((one) => one >= from && one < from + seconds).length))
