/** What a sender is told to do, in a process of its own: the first and only argument of that process, as JSON. */
export interface Order {
  readonly client: string
  /** `https://host:port` of the sink. */
  readonly origin: string
  /** Files. */
  readonly ca: string
  readonly key: string
  readonly bodies: Bodies
  /** How many pushes are under way at once. */
  readonly underWay: number
  /** Connections that may be used, where a client can be told. */
  readonly connections: number
  /** How much processor time goes into what runs before it is measured. */
  readonly warmMillis: number
  readonly millis: number
  /** How many are sent, where that does not follow from the time. */
  readonly pushes: number | null
  /** Pushes a second, where they are not to go as fast as they can. */
  readonly rate: number | null
  /** So many from a standing start, with all that the process has cost; nothing is run before. */
  readonly cold: number | null
}

/** One body for all; one for each, made from an object; or one for each, from a mould. */
export type Bodies = "shared" | "distinct" | "moulded"

/** What it has found. */
export interface Found {
  /** Answered, whatever the answer. */
  readonly pushes: number
  readonly accepted: number
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of the resident set, from before the measured pushes to its highest point in them. */
  readonly growthMiB: number
  /** How much higher that was in the second half than in the first. */
  readonly lateGrowthMiB: number
  readonly peakRssMiB: number
  readonly p50Millis: number
  readonly p99Millis: number
}

export const keyId = "ABC123DEFG"
export const teamId = "DEF123GHIJ"
export const bundleId = "uk.example.cricket"
export const topic = `${bundleId}.push-type.liveactivity`

/** About 600 bytes as JSON. */
export const payload = (nth: number) => ({
  aps: {
    timestamp: 1_700_000_000,
    event: "update" as const,
    "content-state": contentState(nth)
  }
})

export const contentState = (nth: number) => ({
  batting: { name: "Northern Superchargers", runs: 187, wickets: 4, overs: "18.3" },
  chasing: nth,
  lastBalls: ["1", "4", "0", "W", "6", "2", "1", "1", "0", "4", "4", "1"],
  striker: { name: "A. Batter", runs: 64, balls: 41 },
  bowler: { name: "B. Bowler", figures: "3-0-28-1" },
  commentary
})

// A text put together from pieces is taken apart again by whoever reads it first; this one is whole from the start.
const commentary = Buffer.from("Short and wide, and cut away hard behind point. ".repeat(5)).toString(
  "latin1"
)

/** As many distinct tokens as are asked for, the same every time. */
export const tokens = (howMany: number): ReadonlyArray<string> => {
  const bytes = Buffer.alloc(32)
  let seed = 0x9e3779b9
  return Array.from({ length: howMany }, (_, nth) => {
    bytes.writeUInt32BE(nth, 0)
    for (let at = 4; at < bytes.length; at += 4) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      bytes.writeUInt32BE(seed, at)
    }
    // A text put together from pieces is taken apart again by whoever reads it first; this one is whole from the start.
    return bytes.toString("hex")
  })
}
