import type * as Wire from "./Wire.ts"

/**
 * The matches that everybody watches: told ball by ball, and read twice as often as others.
 *
 * They are those of some leagues, by id, code or name, or all of them.
 */
export type Marquee = "all" | ReadonlyArray<string>

/** "all", or leagues with commas between them; empty for none. */
export const parse = (text: string): Marquee => {
  const names = text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "")
  return names.includes("all") || names.includes("*") ? "all" : names
}

export const includes = (self: Marquee, { league, league_id }: Wire.Fixture): boolean => {
  if (self === "all") return true
  return [league_id, league?.id, league?.code, league?.name].some(
    (name) => name !== null && name !== undefined && self.includes(name.trim().toLowerCase())
  )
}
