/**
 * One throw of the dice (mulberry32): whether something of this chance happens, and the seed of the next throw.
 *
 * What is certain or impossible is not thrown for, so that a world without chance leaves its seed alone.
 */
export const roll = (seed: number, chance: number): readonly [seed: number, happens: boolean] => {
  if (chance <= 0) return [seed, false]
  if (chance >= 1) return [seed, true]
  const next = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(next ^ (next >>> 15), 1 | next)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return [next, ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296 < chance]
}
