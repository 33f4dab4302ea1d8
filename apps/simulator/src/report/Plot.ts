import * as Svg from "./Svg.ts"

/** The ground of a picture with two axes: where values are drawn, with lines across and numbers beside. */
export interface Plot {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly x: Svg.Scale
  readonly y: Svg.Scale
}

export interface Extent {
  readonly width: number
  readonly height: number
  /** What lies at the right end, and at the top; both axes begin at 0. */
  readonly across: number
  readonly up: number
}

const margins = { left: 44, right: 14, top: 28, bottom: 34 } as const

export const make = ({ across, height, up, width }: Extent): Plot => {
  const [left, right] = [margins.left, width - margins.right]
  const [top, bottom] = [margins.top, height - margins.bottom]
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    x: Svg.scale(0, across, left, right),
    y: Svg.scale(0, up, bottom, top)
  }
}

export const draw = (self: Plot, label: string, ...inside: ReadonlyArray<string>): string =>
  Svg.picture(self.width, self.height, label, inside)

/** Lines across at round values up to the most. */
export const rows = ({ left, right, y }: Plot, most: number): string =>
  Svg.ticks(most, 4)
    .map(
      (value) =>
        Svg.element("path", { d: `M${left} ${Svg.round(y(value))}H${right}`, class: "grid" }) +
        Svg.text(left - 6, y(value) + 4, `${value}`, { class: "axis", "text-anchor": "end" })
    )
    .join("")

/** A word under the ground. */
export const below = ({ bottom }: Plot, x: number, said: string, anchor = "middle"): string =>
  Svg.text(x, bottom + 18, said, { class: "axis", "text-anchor": anchor })

/** Which line is which, above the ground. */
export const legend = (
  { left }: Plot,
  names: ReadonlyArray<{ readonly said: string; readonly style: string }>
): string => {
  let x = left
  return names
    .map(({ said, style }) => {
      const one =
        Svg.element("path", { d: `M${x} 14h18`, class: style }) +
        Svg.text(x + 24, 18, said, { class: "legend" })
      x += 48 + said.length * 7
      return one
    })
    .join("")
}
