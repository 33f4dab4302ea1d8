import { Schema } from "effect"

/**
 * What is being played, as far as the rules of counting depend on it.
 *
 * The name alone does not tell the length of an over: The Hundred has sets of five, and Tests in Australia had overs of
 * eight until 1979.
 */
export const Format = Schema.Struct({
  kind: Schema.Literals(["t20", "odi", "hundred", "test", "first class"]),
  /** Legal balls in an over; five in The Hundred. */
  ballsPerOver: Schema.Int,
  /** Overs an innings may last; null where it lasts until it is over. */
  overs: Schema.NullOr(Schema.Int),
  /** Innings of the match without super overs: two, or four. */
  innings: Schema.Literals([2, 4])
})
export type Format = typeof Format.Type
export type Kind = Format["kind"]

export const isLimited = (self: Format): boolean => self.innings === 2

/** Whether the ends change with the end of an over: in The Hundred after ten balls, which is every other set. */
export const endsChange = (self: Format, over: number): boolean => self.kind !== "hundred" || over % 2 === 1

/** Balls as overs: 117 balls in sixes are "19.3", 120 are "20". */
export const asOvers = (self: Format, balls: number): string => {
  const rest = balls % self.ballsPerOver
  const whole = (balls - rest) / self.ballsPerOver
  return rest === 0 ? `${whole}` : `${whole}.${rest}`
}
