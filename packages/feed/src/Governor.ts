import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"

/**
 * How many calls a provider allows to one of its endpoints in an hour, and how many of them are gone.
 *
 * The hour begins with its first call. Calls come at whatever pace they are wanted, until that pace would use them up before
 * the hour is over: what is left is then spread over the rest of it. What the provider says of itself goes before our own
 * count, since others may call with the same key.
 */
export const Governor = Schema.Struct({
  /** Null before the first call. */
  began: Schema.NullOr(Instant.Instant),
  used: Schema.Int,
  limit: Schema.Int,
  /** No call was sent later than this. */
  lastAt: Schema.NullOr(Instant.Instant),
  /** The provider wants none before then. */
  blockedUntil: Schema.NullOr(Instant.Instant)
})
export type Governor = typeof Governor.Type

export const hour = Duration.hours(1)

/** Of the hour's calls these are kept: retries and other processes are counted late. */
export const reserve = 0.05

/** Before so large a part of them is used nobody knows at what pace they are. */
const unknownUntil = 0.05

/** After a refusal without a time, as far as the hour does not tell one. */
export const leastRest = Duration.seconds(60)

/** SportMonks, default plan: 2,000 calls per endpoint and hour. */
export const defaultLimit = 2000

export const begin = (limit: number): Governor => ({
  began: null,
  used: 0,
  limit,
  lastAt: null,
  blockedUntil: null
})

/** What an answer said of the allowance. */
export interface Told {
  readonly limit: number | null
  readonly remaining: number | null
  /** Too many calls: none before then, where it said when. */
  readonly refused: { readonly until: Instant.Instant | null } | null
}

/** Takes a call, or says when there will be one. Time may stand a little behind what other processes have noted. */
export const take = (
  self: Governor,
  at: Instant.Instant
): readonly [Governor, granted: null | Instant.Instant] => {
  const now = renewed(self, at)
  const until = dueAt(now, at)
  if (Instant.isBefore(at, until)) return [now, until]
  return [{ ...now, began: now.began ?? at, used: now.used + 1, lastAt: at }, null]
}

/** When the next call may be sent. */
export const dueAt = (self: Governor, at: Instant.Instant): Instant.Instant => {
  if (self.blockedUntil !== null && Instant.isBefore(at, self.blockedUntil)) return self.blockedUntil
  if (self.began === null) return at
  const end = Instant.plus(self.began, hour)
  const left = Math.floor(self.limit * (1 - reserve)) - self.used
  if (left <= 0) return Instant.later(at, end)
  if (self.lastAt === null || self.used < self.limit * unknownUntil) return at
  const gone = Math.max(1, at - self.began)
  const rest = Math.max(0, end - at)
  const spentByThen = (self.used * rest) / gone
  return spentByThen <= left ? at : Instant.later(at, Instant.fromMillis(self.lastAt + rest / left))
}

/** An hour that is over, or that a clock set back has put in the future, begins anew with the next call. */
const renewed = (self: Governor, at: Instant.Instant): Governor => {
  const { began } = self
  const over = began !== null && !Instant.isBefore(at, Instant.plus(began, hour))
  const ahead = began !== null && Instant.isBefore(Instant.plus(at, hour), began)
  return over || ahead ? { ...begin(self.limit), blockedUntil: ahead ? null : self.blockedUntil } : self
}

export const hear = (self: Governor, told: Told, at: Instant.Instant): Governor => {
  const limit = told.limit !== null && told.limit > 0 ? told.limit : self.limit
  if (told.refused !== null) {
    const end = Instant.plus(self.began ?? at, hour)
    const until = told.refused.until ?? Instant.later(end, Instant.plus(at, leastRest))
    // Then the hour is over, whenever it began.
    return { ...self, limit, used: limit, began: Instant.minus(until, hour), blockedUntil: until }
  }
  if (told.remaining === null) return { ...self, limit }
  const used = Math.max(0, limit - told.remaining)
  // Fewer are gone than were counted by a margin that no late answer explains: their hour has begun anew.
  const anew = used + limit * unknownUntil < self.used
  return {
    ...self,
    limit,
    used: anew ? used : Math.max(used, self.used),
    began: anew ? at : (self.began ?? at),
    blockedUntil: null
  }
}
