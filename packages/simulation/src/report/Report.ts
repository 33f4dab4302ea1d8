/**
 * A run as a person reads it: plain data, laid out for a page, in seconds since the run began.
 *
 * It is written into the page as JSON, so it holds nothing twice: screens are kept once and named by their place.
 */
export interface Report {
  readonly run: Facts
  readonly match: Match
  /** How long the run lasted, in virtual seconds. */
  readonly lasts: number
  readonly events: ReadonlyArray<Event>
  /** Distinct states that phones showed, as they decoded them. */
  readonly screens: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly phones: ReadonlyArray<Phone>
  /** Phones without a story here, since there were too many; none of them ended wrong. */
  readonly untold: number
  /** What was sent in each minute, by priority. */
  readonly traffic: ReadonlyArray<Minute>
  /** Pushes that hurry, within the hour before: what Apple's budget is spent on. */
  readonly urgency: ReadonlyArray<Series>
  /** From the decision to the screen, in seconds, ascending. */
  readonly latencies: ReadonlyArray<number>
  readonly tokens: ReadonlyArray<Tokens>
  readonly faults: ReadonlyArray<Fault>
}

export interface Facts {
  readonly seed: number
  readonly commit: string
  readonly gear: string
  readonly digest: string
  readonly wallSeconds: number
  readonly pushes: {
    readonly sent: number
    readonly byKind: Readonly<Record<string, number>>
    readonly byPriority: Readonly<Record<string, number>>
    readonly byVerdict: Readonly<Record<string, number>>
  }
  readonly phones: {
    readonly total: number
    readonly showingFinalState: number
    readonly explained: number
  }
  readonly checks: ReadonlyArray<Check>
  readonly verdict: string
}

export interface Check {
  readonly name: string
  readonly violations: ReadonlyArray<string>
}

export interface Match {
  /** "India v England". */
  readonly title: string
  /** Competition and format. */
  readonly subtitle: string
  readonly result: string
  readonly innings: ReadonlyArray<Innings>
}

export interface Innings {
  /** The side that bats: "IND". */
  readonly code: string
  readonly side: "home" | "away"
  readonly from: number
  readonly to: number
  /** "187/4". */
  readonly score: string
  /** By over, in order. */
  readonly overs: ReadonlyArray<Over>
}

export interface Over {
  readonly runs: number
  readonly wickets: number
  /** Of the innings, after it. */
  readonly total: number
}

export interface Event {
  readonly at: number
  /** Where in the match: "2/17.4". */
  readonly where: string
  readonly name: string
  readonly headline: string
  /** What became of it: `headline` was told; the rest was not. */
  readonly fate: string
  /** Why it was not told, or what was sent of it. */
  readonly note: string
  /** Apple's priority of the bulletin that it led; null where it led none. */
  readonly priority: 5 | 10 | null
  readonly buzzed: boolean
}

export interface Phone {
  readonly id: string
  /** "iOS 18.4, hi". */
  readonly traits: string
  readonly end: "right" | "explained" | "wrong"
  readonly why: string
  /** What the screen showed, from when on; null where it showed nothing. */
  readonly shows: ReadonlyArray<readonly [at: number, screen: number | null]>
  readonly story: ReadonlyArray<Line>
}

export interface Line {
  readonly at: number
  readonly kind: "push" | "screen" | "alert" | "person" | "report" | "lost" | "fault"
  readonly text: string
}

export interface Minute {
  readonly at: number
  readonly urgent: number
  readonly quiet: number
  readonly refused: number
}

export interface Series {
  readonly name: string
  readonly points: ReadonlyArray<readonly [at: number, value: number]>
}

/** How many tokens are good, have died on their phones, and have been given up by the server. */
export interface Tokens {
  readonly at: number
  readonly living: number
  readonly dead: number
  readonly retired: number
}

export interface Fault {
  readonly kind: string
  readonly description: string
  readonly times: number
  /** When it befell, ascending. */
  readonly at: ReadonlyArray<number>
}
