import type { Report } from "@sightscreen/simulation"
import * as Plot from "./Plot.ts"
import * as Svg from "./Svg.ts"

/**
 * The two pictures of an innings that everybody who follows cricket knows: the worm (runs as they add up, over by over) and
 * the Manhattan (runs in each over, with the wickets that fell on top).
 */
export const worm = (innings: ReadonlyArray<Report.Innings>): string => {
  const overs = Math.max(1, ...innings.map((one) => one.overs.length))
  const most = Math.max(1, ...innings.map((one) => one.overs.at(-1)?.total ?? 0))
  const plot = Plot.make({ width: 1080, height: 320, across: overs, up: most * 1.05 })
  return Plot.draw(
    plot,
    "Runs by over, innings by innings",
    Plot.rows(plot, most),
    scaleOfOvers(plot, overs),
    ...innings.map((one, nth) => line(plot, one, styleOf(one, nth))),
    Plot.legend(
      plot,
      innings.map((one, nth) => ({ said: nameOf(one), style: `worm ${styleOf(one, nth)}` }))
    )
  )
}

const line = ({ x, y }: Plot.Plot, { code, overs }: Report.Innings, style: string): string => {
  const points = overs.map(({ total }, over) => [x(over + 1), y(total)] as const)
  return (
    Svg.element("path", { d: Svg.path([[x(0), y(0)], ...points]), class: `worm ${style}` }) +
    overs
      .map(({ total, wickets }, over) =>
        fallen(x(over + 1), y(total), wickets, style, `${code}: out in over ${over + 1}`)
      )
      .join("")
  )
}

export const manhattan = (one: Report.Innings, across: number, most: number): string => {
  const plot = Plot.make({ width: 540, height: 260, across, up: most * 1.15 })
  const { bottom, x, y } = plot
  const wide = Math.max(1, x(1) - x(0) - 2)
  return Plot.draw(
    plot,
    `${one.code}: runs in each over`,
    Plot.rows(plot, most),
    scaleOfOvers(plot, across),
    ...one.overs.map(({ runs, wickets }, over) => {
      const said = `Over ${over + 1}: ${runs} runs${wickets === 0 ? "" : `, ${wickets} out`}`
      const bar = Svg.element("rect", {
        x: Svg.round(x(over) + 1),
        y: Svg.round(y(runs)),
        width: Svg.round(wide),
        height: Svg.round(bottom - y(runs)),
        class: `bar ${one.side}`
      })
      const middle = x(over) + 1 + wide / 2
      return Svg.element(
        "g",
        {},
        Svg.titled(bar, said) + fallen(middle, y(runs) - 7, wickets, one.side, said)
      )
    }),
    Plot.legend(plot, [{ said: nameOf(one), style: `worm ${one.side}` }])
  )
}

/** A circle for each wicket, one above the other. */
const fallen = (x: number, y: number, wickets: number, style: string, said: string): string =>
  Array.from({ length: wickets }, (_, nth) =>
    Svg.element(
      "circle",
      { cx: Svg.round(x), cy: Svg.round(y - nth * 9), r: 3.8, class: `wicket ${style}` },
      Svg.titled("", said)
    )
  ).join("")

const scaleOfOvers = (plot: Plot.Plot, overs: number): string =>
  Svg.ticks(overs, 10)
    .map((over) => Plot.below(plot, plot.x(over), `${over}`))
    .join("")

const nameOf = ({ code, score }: Report.Innings): string => `${code} ${score}`

/** A side that bats again has the same colour, and a broken line. */
const styleOf = ({ side }: Report.Innings, nth: number): string => (nth < 2 ? side : `${side} second`)
