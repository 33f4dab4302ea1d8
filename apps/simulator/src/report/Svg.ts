/**
 * Pictures as text: elements of SVG, and scales from what is measured to where it is drawn.
 */
export type Attributes = Readonly<Record<string, string | number>>

export const element = (name: string, attributes: Attributes, inside = ""): string => {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`)
  return inside === "" ? `<${name}${given.join("")}/>` : `<${name}${given.join("")}>${inside}</${name}>`
}

/** What screen readers say, and what hovering shows. */
export const titled = (inside: string, title: string): string => `<title>${escape(title)}</title>${inside}`

export const text = (x: number, y: number, said: string, more: Attributes = {}): string =>
  element("text", { x: round(x), y: round(y), ...more }, escape(said))

/** A picture that is as wide as its place, and never so narrow that nobody can read it. */
export const picture = (
  width: number,
  height: number,
  label: string,
  inside: ReadonlyArray<string>
): string =>
  `<div class="chart">${element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    inside.join("")
  )}</div>`

export type Scale = (value: number) => number

export const scale =
  (from: number, to: number, start: number, end: number): Scale =>
  (value) =>
    to === from ? start : start + ((value - from) / (to - from)) * (end - start)

/** Round values that fall between, about so many. */
export const ticks = (most: number, about: number): ReadonlyArray<number> => {
  if (most <= 0) return [0]
  const rough = most / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough)!
  )
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, nth) => nth * step)
}

export const path = (points: ReadonlyArray<readonly [x: number, y: number]>): string =>
  points.map(([x, y], nth) => `${nth === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("")

/** From point to point in steps: a value holds until the next. */
export const stairs = (points: ReadonlyArray<readonly [x: number, y: number]>, end: number): string => {
  const [first, ...rest] = points
  if (first === undefined) return ""
  return `M${round(first[0])} ${round(first[1])}${rest
    .map(([x, y]) => `H${round(x)}V${round(y)}`)
    .join("")}H${round(end)}`
}

export const round = (value: number): number => Math.round(value * 10) / 10

export const escape = (said: string): string =>
  said.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`)

/** "1:07:30" since the run began. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  const [minutes, left] = [Math.floor(whole / 60), whole % 60]
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${String(left).padStart(2, "0")}`
}
