import type { Instant } from "@sightscreen/decider"
import * as Redacted from "effect/Redacted"

/** The bearer tokens of one key as data: which there are, and which is to be shown at a time. */

/** A token and when it was made. */
export interface Saved {
  readonly jwt: Redacted.Redacted<string>
  readonly issuedAt: Instant.Instant
}

const minutes = (n: number) => n * 60_000
export const renewAfterMillis = minutes(50)
export const renewEarliestMillis = minutes(40)
export const keepAtLeastMillis = minutes(20)
/** Apple: an hour. A minute of it is for clocks that differ and pushes that wait. */
const lastsMillis = minutes(59)

export interface Held extends Saved {
  readonly renewAfter: number
  /** Somebody wants it forgotten. */
  readonly spent: boolean
}

/** What is known of a key's tokens. */
export interface Wallet {
  readonly newest: Held | undefined
  readonly previous: Held | undefined
  /** Apple did not want the newest yet. */
  readonly preferPrevious: boolean
  readonly pausedUntil: number
}

export const emptyWallet: Wallet = {
  newest: undefined,
  previous: undefined,
  preferPrevious: false,
  pausedUntil: Number.NEGATIVE_INFINITY
}

/** A clock set back by much makes a token's age negative; it is then as useless as an old one. */
const ageOf = (held: Saved, now: number) => Math.abs(now - held.issuedAt)

/** The token to show now; none when one must be minted. */
export const pick = (
  { newest, pausedUntil, preferPrevious, previous }: Wallet,
  now: number
): Held | undefined => {
  // Past Apple's pause it is renewed like any other: the newest is there, and may be shown by then.
  if (preferPrevious && previous !== undefined) {
    const limit = now < pausedUntil ? lastsMillis : previous.renewAfter
    if (ageOf(previous, now) < limit) return previous
  }
  if (newest === undefined) return undefined
  const limit = now < pausedUntil ? lastsMillis : newest.spent ? keepAtLeastMillis : newest.renewAfter
  return ageOf(newest, now) < limit ? newest : undefined
}

export const adopt = (wallet: Wallet, next: Held): Wallet =>
  same(wallet.newest?.jwt, next.jwt)
    ? wallet
    : { ...wallet, newest: next, previous: wallet.newest, preferPrevious: false }

export const same = (a: Redacted.Redacted<string> | undefined, b: Redacted.Redacted<string>) =>
  a !== undefined && Redacted.value(a) === Redacted.value(b)
