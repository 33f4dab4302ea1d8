import { availableParallelism, cpus } from "node:os"
import type { Findings, Row } from "./Bench.ts"

/** Findings with the machine they were made on: as JSON for programs, as a table for people. */
export interface Report extends Findings {
  readonly bench: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
}

export const make = (bench: string, findings: Findings): Report => ({
  bench,
  machine: {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    node: process.version
  },
  ...findings
})

/** Digits past the fourth are noise. */
const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(4))

export const toJson = ({ bench, machine, ratios, rows }: Report): string =>
  JSON.stringify({
    bench,
    machine,
    rows: rows.map((row) => ({
      name: row.name,
      perSecond: rounded(row.perSecond),
      cpuSecondsPer10k: rounded(row.cpuSecondsPer10k),
      peakRssMiB: rounded(row.peakRssMiB),
      ...(row.growthMiB !== undefined && { growthMiB: rounded(row.growthMiB) }),
      ...(row.lateGrowthMiB !== undefined && { lateGrowthMiB: rounded(row.lateGrowthMiB) }),
      p50Millis: rounded(row.p50Millis),
      p99Millis: rounded(row.p99Millis)
    })),
    ratios: Object.fromEntries(Object.entries(ratios).map(([name, value]) => [name, rounded(value)]))
  })

const allColumns: ReadonlyArray<readonly [head: string, cell: (row: Row) => string]> = [
  ["", (row) => row.name],
  ["per second", (row) => (row.perSecond === null ? "" : rate(row.perSecond))],
  ["CPU s / 10,000", (row) => row.cpuSecondsPer10k?.toPrecision(3) ?? ""],
  ["peak MiB", (row) => (row.peakRssMiB === null ? "" : whole.format(row.peakRssMiB))],
  ["growth MiB", (row) => (row.growthMiB === undefined ? "" : whole.format(row.growthMiB))],
  ["of it late", (row) => (row.lateGrowthMiB === undefined ? "" : whole.format(row.lateGrowthMiB))],
  ["p50 ms", (row) => row.p50Millis?.toPrecision(3) ?? ""],
  ["p99 ms", (row) => row.p99Millis?.toPrecision(3) ?? ""]
]

/** Of what takes long there are fewer than one in a second. */
const rate = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toPrecision(3) : whole.format(perSecond)

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })

export const toTable = ({ bench, machine, ratios, rows, subject }: Report): string => {
  const columns = allColumns.filter(([, cell], nth) => nth === 0 || rows.some((row) => cell(row) !== ""))
  const table = [columns.map(([head]) => head), ...rows.map((row) => columns.map(([, cell]) => cell(row)))]
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ")
  const notes = rows.flatMap((row) => (row.note === undefined ? [] : [`${row.name}: ${row.note}`]))
  return [
    `${bench} · ${subject}`,
    `${machine.cpu} · ${machine.cores} cores · Node ${machine.node.slice(1)}`,
    "",
    ...table.map((row) => line(row).trimEnd()),
    "",
    inLines(Object.entries(ratios).map(([name, value]) => `${name} ${value.toPrecision(3)}`)),
    ...(notes.length === 0 ? [] : ["", ...notes])
  ].join("\n")
}

/** A few to a line. */
const inLines = (texts: ReadonlyArray<string>): string =>
  texts
    .map((text, nth) => text + (nth % 4 === 3 ? "\n" : "   "))
    .join("")
    .trimEnd()
