import { styleText } from "node:util"
import type { Outcome } from "./Outcome.ts"

/** The outcome of a run as a page for people. */
export const page = (outcome: Outcome, { colours }: { readonly colours: boolean }): string => {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text
  const { checks, digest, faults, match, phones, pushes, violations } = outcome
  const pace = outcome.virtualSeconds / Math.max(0.001, outcome.wallSeconds)
  const passed = outcome.verdict === "pass"
  const broken = checks.filter((check) => check.violations > 0)
  const row = (name: string, ...lines: ReadonlyArray<string>) =>
    lines.flatMap(wrapped).map((line, nth) => `  ${paint("dim", (nth === 0 ? name : "").padEnd(9))}${line}`)
  return [
    paint("bold", `${match.title} · ${match.result}`),
    paint(
      "dim",
      `seed ${outcome.seed} · ${outcome.gear} gear · ${outcome.commit}${digest === null ? "" : ` · digest ${digest}`}`
    ),
    "",
    ...row(
      "time",
      `${duration(outcome.virtualSeconds)} in ${outcome.wallSeconds.toFixed(2)} s, ${number(Math.round(pace))} times as fast as life`
    ),
    ...row(
      "pushes",
      `${number(pushes.sent)}: ${counts(pushes.byKind)}`,
      `priority ${counts(pushes.byPriority)}`
    ),
    ...row("answers", counts(pushes.byVerdict)),
    ...row(
      "phones",
      `${number(phones.total)}: ${number(phones.showingFinalState)} show the final state, ${number(phones.explained)} have a reason not to`
    ),
    ...row("faults", counts(faults) || "none"),
    ...row("checks", `${checks.length - broken.length} of ${checks.length} kept`),
    ...broken.flatMap(({ name, violations: times }) => [
      `  ${paint("red", "✗")} ${paint("bold", name)} ${paint("dim", `${times} ×`)}`,
      ...violations
        .filter(({ check }) => check === name)
        .slice(0, 3)
        .map(({ at, what }) => `      ${paint("dim", clock(at))} ${what}`)
    ]),
    "",
    passed ? paint("green", "pass") : paint("red", "fail")
  ].join("\n")
}

/** Beside the names of rows, in a terminal of the usual width. */
const lineLength = 88

/** A line in pieces, parted between two entries of a list. */
const wrapped = (line: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const entry of line.split(" · ")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + entry.length + 3 <= lineLength) {
      lines[lines.length - 1] = `${last} · ${entry}`
    } else lines.push(entry)
  }
  return lines
}

/** The most frequent first, and none that there was not. */
const counts = (all: Readonly<Record<string, number>>): string =>
  Object.entries(all)
    .filter(([, count]) => count > 0)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(" · ")

const number = (value: number): string => value.toLocaleString("en-GB")

const duration = (seconds: number): string => {
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** "1:07:30" since the run began. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number) => String(value).padStart(2, "0")
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}
