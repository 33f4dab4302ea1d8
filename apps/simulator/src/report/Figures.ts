import type { Report } from "@sightscreen/simulation"
import * as Plot from "./Plot.ts"
import * as Svg from "./Svg.ts"

/**
 * Pictures of the run's figures: what hurried, against Apple's budget, how long news took to the screen, and tokens by state.
 */
const size = { width: 540, height: 230 } as const

export const urgency = ({ lasts, urgency: series }: Report.Report): string =>
  overTime("Updates at priority 10 within an hour", lasts, series)

export const tokens = ({ lasts, tokens: counts }: Report.Report): string =>
  overTime(
    "Tokens by state",
    lasts,
    (["living", "dead", "retired"] as const).map((name) => ({
      name,
      points: counts.map((one) => [one.at, one[name]] as const)
    }))
  )

const overTime = (label: string, lasts: number, series: ReadonlyArray<Report.Series>): string => {
  const most = Math.max(1, ...series.flatMap(({ points }) => points.map(([, value]) => value)))
  const plot = Plot.make({ ...size, across: lasts, up: most * 1.02 })
  const { right, x, y } = plot
  return Plot.draw(
    plot,
    label,
    Plot.rows(plot, most),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      Plot.below(plot, x(lasts * share), Svg.clock(lasts * share).slice(0, -3), anchors[share] ?? "middle")
    ),
    ...series.map(({ name, points }, nth) =>
      Svg.element(
        "path",
        {
          d: Svg.stairs(
            points.map(([at, value]) => [x(at), y(value)] as const),
            right
          ),
          class: `series s${nth}`
        },
        Svg.titled("", name)
      )
    ),
    Plot.legend(
      plot,
      series.map(({ name }, nth) => ({ said: name, style: `series s${nth}` }))
    )
  )
}

/** Words at the ends stay inside. */
const anchors: Readonly<Record<number, string>> = { 0: "start", 1: "end" }

const bounds: ReadonlyArray<readonly [seconds: number, said: string]> = [
  [0.2, "0.2 s"],
  [0.5, "0.5 s"],
  [1, "1 s"],
  [2, "2 s"],
  [5, "5 s"],
  [10, "10 s"],
  [20, "20 s"],
  [60, "1 min"],
  [300, "5 min"],
  [Number.POSITIVE_INFINITY, "more"]
]

export const latency = ({ latencies }: Report.Report): string => {
  const counts = bounds.map(
    ([bound], nth) =>
      latencies.filter((one) => one <= bound && (nth === 0 || one > bounds[nth - 1]![0])).length
  )
  const most = Math.max(1, ...counts)
  const plot = Plot.make({ ...size, across: bounds.length, up: most })
  const { bottom, x, y } = plot
  const wide = x(1) - x(0) - 6
  return Plot.draw(
    plot,
    "From the decision to the screen",
    Plot.rows(plot, most),
    ...counts.map((count, nth) => {
      const said = bounds[nth]![1]
      const bar = Svg.element("rect", {
        x: Svg.round(x(nth) + 3),
        y: Svg.round(y(count)),
        width: Svg.round(wide),
        height: Svg.round(bottom - y(count)),
        class: "bar s0"
      })
      return (
        Svg.element("g", {}, Svg.titled(bar, `${count} within ${said}`)) +
        Plot.below(plot, x(nth) + 3 + wide / 2, said)
      )
    })
  )
}

/** The value below which that share lies; null where there is none. */
export const quantile = (sorted: ReadonlyArray<number>, share: number): number | null =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
