import type { Report } from "@sightscreen/simulation"
import * as Svg from "./Svg.ts"

/**
 * The run from left to right: who batted, what happened and was told, what was sent, and which faults befell.
 *
 * The page moves a line over it with its slider; `left` and `right` tell it where time begins and ends.
 */
export const width = 1080
export const left = 196
export const right = width - 14

const row = 18

export const draw = (report: Report.Report): string => {
  const x = Svg.scale(0, report.lasts, left, right)
  const parts: Array<string> = []
  let y = 22
  const label = (said: string, at: number) =>
    parts.push(Svg.text(left - 10, at, said, { class: "axis", "text-anchor": "end" }))

  for (const tick of hours(report.lasts)) {
    parts.push(
      Svg.text(x(tick), 12, Svg.clock(tick).slice(0, -3), { class: "axis", "text-anchor": "middle" })
    )
  }

  label("innings", y + 14)
  for (const one of report.match.innings) {
    const wide = Math.max(2, x(one.to) - x(one.from))
    parts.push(
      Svg.element(
        "g",
        {},
        Svg.titled(
          Svg.element("rect", {
            x: Svg.round(x(one.from)),
            y,
            width: Svg.round(wide),
            height: 20,
            rx: 5,
            class: `innings ${one.side}`
          }) +
            (wide > 70
              ? Svg.text(x(one.from) + 8, y + 14, `${one.code} ${one.score}`, { class: "within" })
              : ""),
          `${one.code} ${one.score}`
        )
      )
    )
  }
  y += 34

  const told = report.events.filter(({ priority }) => priority !== null)
  const quiet = report.events.filter(({ priority }) => priority === null)
  for (const [name, events, style] of [
    ["told", told, "told"],
    ["not told", quiet, "untold"]
  ] as const) {
    label(name, y + 12)
    for (const one of events) {
      const loud = one.buzzed ? "loud" : ""
      parts.push(
        Svg.element(
          "g",
          { class: `event ${style} ${loud} ${one.name}` },
          Svg.titled(
            Svg.element("path", { d: `M${Svg.round(x(one.at))} ${y}v16` }),
            `${Svg.clock(one.at)}  ${one.where}  ${one.headline}${one.note === "" ? "" : ` (${one.note})`}`
          )
        )
      )
    }
    y += 24
  }

  const most = Math.max(1, ...report.traffic.map(({ quiet, refused, urgent }) => quiet + urgent + refused))
  const high = 64
  const scale = Svg.scale(0, most, 0, high)
  label("pushes a minute", y + 12)
  label(`most: ${most}`, y + 26)
  const wide = Math.max(0.6, x(60) - x(0) - 0.3)
  for (const minute of report.traffic) {
    let base = y + high
    for (const [style, count] of [
      ["quiet", minute.quiet],
      ["urgent", minute.urgent],
      ["refused", minute.refused]
    ] as const) {
      if (count === 0) continue
      const tall = scale(count)
      base -= tall
      parts.push(
        Svg.element("rect", {
          x: Svg.round(x(minute.at)),
          y: Svg.round(base),
          width: Svg.round(wide),
          height: Svg.round(tall),
          class: `traffic ${style}`
        })
      )
    }
  }
  y += high + 16

  for (const fault of report.faults.filter(({ times }) => times > 0)) {
    label(fault.kind, y + 12)
    for (const at of fault.at) {
      parts.push(
        Svg.element("rect", { x: Svg.round(x(at)), y: y + 2, width: 2.5, height: 12, rx: 1, class: "fault" })
      )
    }
    parts.push(
      Svg.element(
        "rect",
        { x: left, y, width: right - left, height: 16, class: "row" },
        Svg.titled("", `${fault.description}: ${fault.times} times`)
      )
    )
    y += row
  }
  parts.push(Svg.element("path", { id: "now", d: `M${left} 16V${y}`, class: "now" }))
  return Svg.picture(width, y + 8, "What happened when", parts)
}

const hours = (lasts: number): ReadonlyArray<number> => {
  const step = [600, 1800, 3600, 7200, 21_600, 86_400].find((each) => lasts / each <= 12) ?? 172_800
  return Array.from({ length: Math.floor(lasts / step) + 1 }, (_, nth) => nth * step)
}
