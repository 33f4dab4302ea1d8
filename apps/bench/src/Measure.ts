/**
 * Times synchronous work.
 *
 * Rows take turns, sample by sample, so that a machine that is busy for a while is unfair to all of them alike; medians
 * then forget it. Samples are long enough for each row to pay for its own garbage. It is not collected on command between
 * them: with the last object of a kind the compiler forgets what it knew of the kind, and every sample would begin cold.
 */
export interface Work {
  /** Does all of it once. */
  readonly run: () => void
  /** How many of what is counted that is: deliveries, pushes. */
  readonly units: number
}

export interface Measured {
  /** Medians, for one unit. */
  readonly millis: number
  readonly cpuMillis: number
  /** Of the whole process, up to and with this row. */
  readonly peakRssMiB: number
  /** Milliseconds for one unit, round by round. */
  readonly rounds: ReadonlyArray<number>
}

/**
 * How much longer one row takes than another: the median over rounds. The two samples of a round lie close together in
 * time, so a machine that was busy then was busy for both.
 */
export const ratio = (of: Measured, to: Measured): number =>
  quantile(
    of.rounds.map((millis, round) => millis / to.rounds[round]!),
    0.5
  )

export const measure = <Name extends string>(
  works: Readonly<Record<Name, Work>>,
  { millis, rounds }: { readonly millis: number; readonly rounds: number }
): Readonly<Record<Name, Measured>> => {
  const rows = (Object.keys(works) as Array<Name>).map((name) => {
    const { run, units } = works[name]
    return {
      name,
      run,
      units,
      repeats: warmUp(run, millis),
      wall: [] as Array<number>,
      cpu: [] as Array<number>,
      rss: 0
    }
  })
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another row: no row always follows the same one.
    for (let turn = 0; turn < rows.length; turn++) {
      const row = rows[(round + turn) % rows.length]!
      const cpu = process.cpuUsage()
      const begun = performance.now()
      for (let repeat = 0; repeat < row.repeats; repeat++) row.run()
      const wall = performance.now() - begun
      const { system, user } = process.cpuUsage(cpu)
      row.rss = Math.max(row.rss, process.memoryUsage.rss())
      row.wall.push(wall / row.repeats / row.units)
      row.cpu.push((user + system) / 1000 / row.repeats / row.units)
    }
  }
  const measured = rows.map(({ cpu, name, rss, wall }): readonly [Name, Measured] => [
    name,
    { millis: quantile(wall, 0.5), cpuMillis: quantile(cpu, 0.5), peakRssMiB: rss / 2 ** 20, rounds: wall }
  ])
  return Object.fromEntries(measured) as Record<Name, Measured>
}

/** Runs until the compiler has seen enough of it; answers how often it fits into a sample. */
const warmUp = (run: () => void, millis: number): number => {
  let last = 0
  const begun = performance.now()
  for (let times = 0; times < 3 || performance.now() - begun < millis * 5; times++) {
    const start = performance.now()
    run()
    last = performance.now() - start
  }
  return Math.max(1, Math.ceil(millis / Math.max(last, 0.001)))
}

/** Between the two nearest values; `values` need no order. */
export const quantile = (values: ReadonlyArray<number>, at: number): number => {
  const sorted = Float64Array.from(values).sort()
  const place = (sorted.length - 1) * at
  const below = Math.floor(place)
  const low = sorted[below] ?? 0
  return low + ((sorted[below + 1] ?? low) - low) * (place - below)
}
