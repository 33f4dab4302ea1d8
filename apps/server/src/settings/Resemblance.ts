/** How many letters would have to be put in, taken out, changed, or swapped with their neighbour to get from one to the other. */
export const distance = (from: string, to: string): number => {
  let before: Array<number> = []
  let last = Array.from({ length: to.length + 1 }, (_, n) => n)
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1]
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (swapped) best = Math.min(best, before[j - 2]! + 1)
      row.push(best)
    }
    before = last
    last = row
  }
  return last[to.length]!
}

/** What somebody who wrote this may have meant: the likest of the names, if any is like it at all. */
export const meant = (written: string, names: Iterable<string>, most = 3): string | null => {
  let found: string | null = null
  let nearest = Math.min(most, Math.floor(written.length / 3)) + 1
  for (const name of names) {
    const apart = distance(written.toUpperCase(), name)
    if (apart < nearest) [found, nearest] = [name, apart]
  }
  return found
}
