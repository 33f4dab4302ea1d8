/**
 * What rain does to a target.
 *
 * In the manner of Duckworth, Lewis and Stern: overs and wickets in hand together are a side's resources, and the target is
 * scaled by them. The table is a curve of our own, not the one that the ICC licenses.
 */

/** The share of an innings that is worth, by wickets lost, batting for ever. */
const worth = [1, 0.85, 0.72, 0.6, 0.49, 0.38, 0.28, 0.19, 0.12, 0.05, 0]

/** By how much an over eats into what is left. */
const appetite = 0.035

/** Resources in so many overs with so many wickets lost, of what ten wickets are worth in overs without end. */
export const resources = (overs: number, wickets: number): number => {
  const share = worth[Math.min(10, wickets)]!
  if (share === 0) return 0
  const x = (appetite * overs) / share
  // 1 - exp(-x) as a quotient: the same to the last bit in every engine.
  return share * (1 - 1 / (1 + x + (x * x) / 2 + (x * x * x) / 6))
}

/** What a side with all its wickets makes in fifty overs, on the whole. */
const average = 245

/**
 * The score that ties, from what the first side made with its resources and what the second one has.
 *
 * With more resources the second side is asked for more than the first side made (playing conditions of the DLS method).
 */
export const par = (made: number, first: number, second: number): number =>
  second <= first
    ? Math.floor((made * second) / first)
    : Math.floor(made + (average * (second - first)) / resources(50, 0))
