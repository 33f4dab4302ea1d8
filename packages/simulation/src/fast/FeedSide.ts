import { Instant } from "@sightscreen/decider"
import type { Ids, Snapshot, Status } from "@sightscreen/domain"
import { type Feed, Recorded, Timeline } from "@sightscreen/feed"
import { Chance } from "@sightscreen/decider"
import type { Reading } from "./Following.ts"
import type { Process } from "./Process.ts"

/** The feed as processes read it. */
export interface FeedSide {
  /** How long a question takes, in milliseconds. */
  readonly latency: (process: Process) => number
  readonly read: (process: Process) => { readonly reading: Reading; readonly takes: number }
  readonly live: (process: Process) => ReadonlyArray<Ids.MatchId>
  readonly schedule: (process: Process) => ReadonlyArray<Feed.Listed>
}

/** The score as screens write it, and the balls that it stands after. */
export interface Standing {
  readonly status: Status.Status
  readonly score: string
  readonly overs: string
  readonly innings: number
  readonly balls: number
}

export const make = (
  timeline: Timeline.Timeline,
  seed: number,
  answered: (process: Process, snapshot: Snapshot.Snapshot) => void
): FeedSide => {
  const lots = Chance.lots(seed, "feed")
  let asked = 0
  const latency = () => 50 + Math.floor(lots.unitOf(asked++) * 200)
  return {
    latency,
    read: (process) => {
      const snapshot = Recorded.at(timeline, at(process))
      answered(process, snapshot)
      return { reading: { _tag: "Read", snapshot: { ...snapshot, at: process.now } }, takes: latency() }
    },
    live: (process) => (Timeline.isLive(timeline, at(process)) ? [timeline.info.matchId] : []),
    schedule: (process) => {
      const { outcome, status } = Recorded.at(timeline, at(process))
      return [{ info: timeline.info, status, outcome }]
    }
  }
}

/** The feed goes by the world's clock. */
const at = (process: Process): Instant.Instant => process.at
