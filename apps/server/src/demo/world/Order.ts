import { Duration } from "effect"
import type { Cast } from "@sightscreen/simulation"

/** What the world of the demo is to be; told to its process in one JSON argument. */
export interface Order {
  readonly folder: string
  readonly match: string
  readonly speed: number
  readonly phones: number
  readonly crowd: Cast.Kind
  /** How many times the server's database has seen the match: a new one has a name of its own. */
  readonly played: number
  /** How long it stands though nobody asks it anything, where that is not as usual. */
  readonly forgottenAfterMillis?: number
}

/**
 * The first ball is bowled even if some phone cannot get through, after this long of our time: who watches a match at an
 * easy pace is not to wait for it, and a fast one would be half over before everybody is there.
 */
export const waitForPhones = ({ phones, speed }: Order): Duration.Duration =>
  Duration.seconds(speed <= 100 ? Math.max(8, phones / 25) : Math.max(20, phones / 25))

/**
 * From everybody being ready to the first ball, in milliseconds of the world: long enough for people to be told that it is
 * near, and a few seconds of our time at most.
 */
export const leadMillis = ({ speed }: Order): number => Math.min(1_200_000, Math.max(10_000, 3000 * speed))

/** The name that the owner of the nth phone, from 0, is signed in with. */
export const ownerOf = ({ phones }: Order, nth: number): string =>
  `user-${String(nth + 1).padStart(`${phones}`.length, "0")}`
