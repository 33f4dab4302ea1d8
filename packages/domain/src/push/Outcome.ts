import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"

const reason = Schema.NullOr(Schema.String)

/** When Apple is to be asked again at the earliest, where it has said so. */
const notBefore = Schema.optionalKey(Instant.Instant)

/** What became of a push, as far as we have to act on it. */
export const Outcome = Schema.TaggedUnion({
  /** Apple has it. Whether a phone has is another question. */
  Accepted: {},
  /** The address is dead, unless it was registered after `since`. */
  TokenDead: { since: Schema.NullOr(Instant.Instant), reason },
  /** The address does not work here; that may be our mistake. */
  TokenSuspect: { reason },
  /** Apple does not know the channel. */
  ChannelLost: { reason },
  /** The app may not use channels. */
  ChannelsOff: { reason },
  /** The push is wrong; the same again is refused again. */
  OurFault: { reason },
  /** The key or its bearer token is not welcome. */
  KeyTrouble: { reason },
  /** Too many to this address. */
  SlowDown: { reason, notBefore },
  /** Apple has trouble. */
  AppleDown: { reason, notBefore },
  /** No answer. Where Apple has certainly not seen it, sending it again cannot double it. */
  Unanswered: { unprocessed: Schema.Boolean, reason }
})
export type Outcome = typeof Outcome.Type

export const reasonOf = (self: Outcome): string | null => (self._tag === "Accepted" ? null : self.reason)

export const notBeforeOf = (self: Outcome): Instant.Instant | null =>
  self._tag === "SlowDown" || self._tag === "AppleDown" ? (self.notBefore ?? null) : null
