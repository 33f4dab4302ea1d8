import { Chance, Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { type Feed, Lie, Lying, Recorded, Timeline } from "@sightscreen/feed"
import type { FeedAnswered } from "../journal/Entry.ts"
import { matchId, worldBegins } from "../scenario/MatchSource.ts"
import { told } from "../true/Readings.ts"
import type { Reading } from "./Following.ts"
import type { Process, Setting } from "./Process.ts"

/** The feed as processes read it. It goes by the world's clock; what is read carries the reader's. */
export interface FeedSide {
  /** How long a question takes, in milliseconds. */
  readonly latency: () => number
  readonly read: (process: Process) => { readonly reading: Reading; readonly takes: number }
  /** Null where it does not answer. */
  readonly live: (process: Process) => ReadonlyArray<Ids.MatchId> | null
  readonly schedule: (process: Process) => ReadonlyArray<Feed.Listed> | null
}

/** A reader waits no longer. */
const patienceMillis = 10_000

export const make = (setting: Setting, timeline: Timeline.Timeline, healAt: Instant.Instant): FeedSide => {
  const { faults, journal, loop, seed } = setting
  const lots = Chance.lots(seed, "feed")
  let asked = 0
  const latency = () => 50 + Math.floor(lots.unitOf(asked++) * 200)
  const errs = Lie.names.some(faults.has)
  const truth: Lying.Truth =
    errs && faults.has("feed.swapped") ? Lying.truthOf(timeline, seed) : { timeline, decoy: timeline }
  const chance = {
    healAt,
    has: faults.has,
    decides: (kind: Lie.Name, at: Instant.Instant, ...names: ReadonlyArray<Chance.Name>) =>
      faults.decides(kind, at - worldBegins, null, ...names),
    between: faults.between
  }
  const liar = Lying.make(chance, truth)
  const count = (kinds: ReadonlyArray<Lie.Name>): void => {
    for (const kind of kinds) {
      faults.count(kind)
      journal.write({ _tag: "FaultBefell", at: loop.instant, kind, what: "" })
    }
  }

  const write = ({ number }: Process, answer: FeedAnswered["answer"]): void =>
    journal.write({ _tag: "FeedAnswered", at: loop.instant, process: number, matchId, answer })

  /** What a question that is about no match meets with; whether it is answered. */
  const isAnswered = (subject: string): boolean => {
    if (!errs || loop.now >= healAt) return true
    const said = Lying.transport(chance, subject, loop.instant)
    if (said !== null) count(said.fired)
    return said === null
  }

  const isKnown = (): boolean => !errs || loop.now >= healAt || !Lying.isGone(chance, matchId, loop.instant)

  const listed = (): Feed.Listed => {
    const { outcome, status } = Recorded.at(timeline, loop.instant)
    const said = !errs || loop.now >= healAt ? null : Lying.statusSaid(chance, matchId, status, loop.instant)
    return { info: timeline.info, status: said ?? status, outcome: said === null ? outcome : null }
  }

  return {
    latency,
    read: (process) => {
      if (!errs) {
        const snapshot = Recorded.at(timeline, loop.instant)
        write(process, told(snapshot))
        return { reading: { _tag: "Read", snapshot: { ...snapshot, at: process.now } }, takes: latency() }
      }
      const { afterMillis, answer, fired } = Lying.answer(liar, loop.instant)
      count(fired)
      const takes = latency() + afterMillis
      if (takes >= patienceMillis) {
        write(process, { _tag: "Failed", why: "no answer" })
        return { reading: { _tag: "Silent", why: "no answer" }, takes: patienceMillis }
      }
      switch (answer._tag) {
        case "Snapshot": {
          const { snapshot } = answer
          write(process, told(snapshot))
          return { reading: { _tag: "Read", snapshot: { ...snapshot, at: process.now } }, takes }
        }
        case "Absent":
          write(process, { _tag: "Absent" })
          return { reading: { _tag: "Absent" }, takes }
        case "Failed":
        case "Silent":
          write(process, { _tag: "Failed", why: answer.error.problem })
          return { reading: { _tag: "Silent", why: answer.error.problem }, takes }
      }
    },
    live: () => {
      if (!isAnswered("live")) return null
      if (!isKnown()) return []
      return Timeline.isLive(timeline, loop.instant) && listed().status !== "abandoned" ? [matchId] : []
    },
    schedule: () => {
      if (!isAnswered("schedule")) return null
      return isKnown() ? [listed()] : []
    }
  }
}
