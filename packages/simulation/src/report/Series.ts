import { Duration } from "effect"
import type { Entry } from "../journal/Entry.ts"
import type * as Report from "./Report.ts"

/** Figures over time, worked out from what happened. Times are seconds since the run began. */
type Clock = (at: number) => number

/** Pushes in each minute. */
export const traffic = (entries: ReadonlyArray<Entry>, clock: Clock): ReadonlyArray<Report.Minute> => {
  const minutes = new Map<number, { urgent: number; quiet: number; refused: number }>()
  for (const entry of entries) {
    if (entry._tag !== "Attempted") continue
    const at = Math.floor(clock(entry.at) / 60) * 60
    const minute = minutes.get(at) ?? { urgent: 0, quiet: 0, refused: 0 }
    if (!entry.taken) minute.refused++
    else if (entry.priority === 10) minute.urgent++
    else minute.quiet++
    minutes.set(at, minute)
  }
  return [...minutes].sort(([a], [b]) => a - b).map(([at, minute]) => ({ at, ...minute }))
}

const hour = Duration.toMillis("1 hour")

/** Pushes that hurry, to one phone, within the hour before: of the phone that has most of them, and of one in the middle. */
export const urgency = (entries: ReadonlyArray<Entry>, clock: Clock): ReadonlyArray<Report.Series> => {
  const urgent = new Set<string>()
  const recent = new Map<string, Array<number>>()
  const most: Array<readonly [number, number]> = []
  const middle: Array<readonly [number, number]> = []
  let next = Number.NEGATIVE_INFINITY
  const take = (at: number) => {
    const counts = [...recent.values()].map((times) => {
      while (times.length > 0 && times[0]! <= at - hour) times.shift()
      return times.length
    })
    counts.sort((a, b) => a - b)
    most.push([clock(at), counts.at(-1) ?? 0])
    middle.push([clock(at), counts[Math.floor(counts.length / 2)] ?? 0])
  }
  for (const entry of entries) {
    if (entry.at >= next && recent.size > 0) {
      take(entry.at)
      next = entry.at + Duration.toMillis("2 minutes")
    }
    if (entry._tag === "Attempted" && entry.priority === 10 && entry.event === "update")
      urgent.add(entry.pushId)
    if (entry._tag !== "Delivered" || !urgent.has(entry.pushId)) continue
    const known = recent.get(entry.deviceId)
    if (known === undefined) recent.set(entry.deviceId, [entry.at])
    else known.push(entry.at)
  }
  return [
    { name: "the phone with most", points: most },
    { name: "a phone in the middle", points: middle }
  ]
}

/** From the decision to the first sight of it on each phone, ascending, in seconds. */
export const latencies = (entries: ReadonlyArray<Entry>): ReadonlyArray<number> => {
  const issued = new Map<number, number>()
  const seen = new Set<string>()
  const found: Array<number> = []
  for (const entry of entries) {
    if (entry._tag === "BulletinIssued") issued.set(entry.stamp, entry.at)
    if (entry._tag !== "PhoneSaid" || entry.output._tag !== "Shown") continue
    const { timestamp } = entry.output
    const at = issued.get(timestamp)
    const name = `${entry.deviceId}/${timestamp}`
    if (at === undefined || seen.has(name)) continue
    seen.add(name)
    found.push((entry.at - at) / 1000)
  }
  return found.sort((a, b) => a - b)
}

/** Tokens that phones have given out and that are good; those of them that died there; those that the server gave up. */
export const tokens = (entries: ReadonlyArray<Entry>, clock: Clock): ReadonlyArray<Report.Tokens> => {
  const living = new Set<string>()
  const dead = new Set<string>()
  const retired = new Set<string>()
  const counts: Array<Report.Tokens> = [{ at: 0, living: 0, dead: 0, retired: 0 }]
  for (const entry of entries) {
    if (entry._tag === "TokenRetired") retired.add(entry.token)
    else if (entry._tag === "PhoneSaid") {
      const { output } = entry
      if (
        output._tag === "StartTokenReported" ||
        output._tag === "UpdateTokenReported" ||
        output._tag === "DeviceTokenReported"
      )
        living.add(output.token)
      else if (output._tag === "TokensDied")
        for (const token of output.tokens) if (living.delete(token)) dead.add(token)
    } else continue
    const last = counts.at(-1)!
    const now = { at: clock(entry.at), living: living.size, dead: dead.size, retired: retired.size }
    if (now.living !== last.living || now.dead !== last.dead || now.retired !== last.retired) counts.push(now)
  }
  return counts
}
