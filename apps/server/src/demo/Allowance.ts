/**
 * How much longer than in life phones may take to report, in our time: all of them at once on a busy machine. A start that
 * was lost is asked for again only after it, so it is not more than a part of what the match takes.
 */
export const reportMillis = (speed: number): number => Math.min(20_000, Math.max(5000, 4_800_000 / speed))
