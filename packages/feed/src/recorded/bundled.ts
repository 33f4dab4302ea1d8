/** The tapes that come with the package: real matches, chosen for what happens in them. */
export interface Bundled {
  readonly id: string
  /** A name easier to type than the number. */
  readonly alias: string
  readonly description: string
  /** Where the tape is; reading it is the app's errand. */
  readonly url: URL
}

const tape = (id: string, alias: string, description: string): Bundled => ({
  id,
  alias,
  description,
  url: new URL(`../../tapes/${id}.tape`, import.meta.url)
})

export const bundled: ReadonlyArray<Bundled> = [
  tape("1512773", "final", "T20 World Cup final 2026: India make 255 and beat New Zealand by 96 runs"),
  tape("1298158", "one-run", "T20 World Cup 2022: Zimbabwe beat Pakistan by one run, off the last ball"),
  tape("1359487", "five-sixes", "IPL 2023: Rashid Khan's hat-trick, then five sixes in a row to win"),
  tape("1493279", "rain", "Big Bash 2026: ten overs a side, then a chase cut to seven by rain"),
  tape("1345425", "super-over", "Women's T20I 2022: Australia and India tie, and India win the super over"),
  tape("1144530", "lords", "World Cup final 2019: England and New Zealand tie twice"),
  tape("1322356", "follow-on", "Test 2023: New Zealand follow on and beat England by one run"),
  tape("1389401", "double-hundred", "Test 2024: India v England, five penalty runs and a double hundred")
]

/** Finds a tape by its number or its alias. */
export const find = (name: string): Bundled | undefined =>
  bundled.find(({ alias, id }) => id === name || alias === name)
