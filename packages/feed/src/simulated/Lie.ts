/**
 * Everything that a feed does wrong, by name.
 *
 * What SportMonks was seen to do is told at the rate at which it was seen; other rates are guesses, and said to be.
 */
export interface Lie {
  /** What happens, in one line. */
  readonly says: string
  /**
   * What a decision is about.
   *
   * - `ball`: a ball of the match; what is told of it is wrong for some seconds after it was bowled.
   * - `poll`: one question, by the second in which it is asked.
   * - `slot`: each ten minutes of a match; it lasts for a while in them.
   */
  readonly per: "ball" | "poll" | "slot"
  /** The probability of each decision, as it was seen or is guessed. */
  readonly rate: number
  /** Between which a storm draws its rate. */
  readonly rates: readonly [least: number, most: number]
}

const lie = (says: string, per: Lie["per"], rate: number, least: number, most: number): Lie => ({
  says,
  per,
  rate,
  rates: [least, most]
})

export const kinds = {
  // What is told of a ball.
  // Seen: half of all balls take more than 5.6 seconds.
  "feed.late": lie("a ball comes seconds after those who are there have seen it", "ball", 0.5, 0.05, 0.6),
  // Seen: about one ball in seven, put right within some ten seconds.
  "feed.corrected": lie("a ball is entered wrongly, and put right", "ball", 0.14, 0.02, 0.3),
  // Seen: sometimes.
  "feed.deleted": lie("a ball is entered that was not bowled, and deleted", "ball", 0.02, 0.005, 0.1),
  "feed.repeated": lie("a ball stands there twice for a while", "ball", 0.01, 0.002, 0.05),
  "feed.reordered": lie("two balls stand in the wrong order for a while", "ball", 0.005, 0.002, 0.05),
  // Seen: an entry is deleted and made again under another id.
  "feed.renamed": lie("the balls of an over go by other ids for a while", "ball", 0.01, 0.002, 0.05),
  "feed.overRolledBack": lie("the over under way is gone for a while", "ball", 0.003, 0.001, 0.03),
  "feed.playerReplaced": lie("a ball is told of an unknown player for a while", "ball", 0.005, 0.002, 0.05),
  // Seen: totals lag behind balls, or lead.
  "feed.totalsLag": lie("the total is not that of the balls beside it", "ball", 0.02, 0.005, 0.1),
  // What an answer is like.
  "feed.stale": lie("an answer is a minute old or so", "poll", 0.01, 0.002, 0.05),
  "feed.truncated": lie(
    "an answer breaks off: overs or a whole innings are missing",
    "poll",
    0.003,
    0.001,
    0.02
  ),
  "feed.swapped": lie("an answer tells of another match", "poll", 0.0005, 0.0005, 0.01),
  "feed.impossible": lie("an answer tells what is no cricket", "poll", 0.001, 0.0005, 0.02),
  "feed.missing": lie("an answer does not have the match", "poll", 0.002, 0.001, 0.05),
  // Whether there is one.
  "feed.slow": lie("an answer takes up to nine seconds", "poll", 0.02, 0.005, 0.1),
  "feed.hang": lie("no answer ever comes", "poll", 0.002, 0.001, 0.05),
  "feed.serverError": lie("500, 502 or 503", "poll", 0.005, 0.002, 0.1),
  // Seen: a gateway's page, with status 200.
  "feed.html": lie("a page of HTML with status 200", "poll", 0.002, 0.001, 0.05),
  "feed.forbidden": lie("403: the plan is said not to cover the match", "poll", 0.0005, 0.0005, 0.01),
  // For a while.
  "feed.rateLimited": lie("429 for up to five minutes", "slot", 0.02, 0.02, 0.2),
  "feed.stuck": lie("answers stop changing for up to two minutes", "slot", 0.02, 0.02, 0.2),
  "feed.vanished": lie(
    "the match is gone from all answers for up to eight minutes",
    "slot",
    0.005,
    0.01,
    0.1
  ),
  // Documented: an abandoned match may go on later.
  "feed.calledOff": lie(
    "the match is called abandoned for some minutes, and goes on",
    "slot",
    0.002,
    0.03,
    0.3
  )
} as const satisfies Readonly<Record<string, Lie>>

export type Name = keyof typeof kinds

export const names = Object.keys(kinds) as ReadonlyArray<Name>

export const of = (name: Name): Lie => kinds[name]
