import { Instant, type Step } from "@sightscreen/decider"
import { Schema } from "effect"
import * as Timings from "./Timings.ts"

/**
 * The life of one push token in one environment.
 *
 * Apple says "bad" of a good token on the wrong host too, and whole audiences were lost to that: one such word makes a token
 * suspect and kills nothing. It is retired by a 410 that is younger than its registration, by two refusals that are
 * independent of each other after the environment was ruled out, or by its owner. A 410 that is older than its registration
 * is such a refusal: the first may have crossed the registration, and one that is said again and again is meant. Only its
 * phone can bring it back.
 */
export const PushToken = Schema.TaggedUnion({
  Living: { registeredAt: Instant.Instant },
  /** Still pushed to. `suspicions` are the refusals since the environment was ruled out; `suspectedAt` is the last that counted. */
  Suspect: {
    registeredAt: Instant.Instant,
    suspicions: Schema.Literals([0, 1]),
    suspectedAt: Instant.Instant
  },
  /** `for` is Apple's word, or ours where its owner or another token put an end to it. */
  Retired: { for: Schema.NonEmptyString, at: Instant.Instant }
})
export type PushToken = typeof PushToken.Type

export const Environment = Schema.Literals(["production", "sandbox"])
export type Environment = typeof Environment.Type

export type Input =
  /** Its phone says that it is valid. */
  | { readonly _tag: "Reported"; readonly at: Instant.Instant }
  /** Apple: 410. Dead since then, unless it was registered after `since`; a 410 without a timestamp is the last word. */
  | {
      readonly _tag: "Dead"
      readonly since: Instant.Instant | null
      readonly reason: string
      readonly at: Instant.Instant
    }
  /** Apple: `BadDeviceToken`, `DeviceTokenNotForTopic`. The environment is ruled out when the other host refuses it too. */
  | {
      readonly _tag: "Refused"
      readonly reason: string
      readonly environmentRuledOut: boolean
      readonly at: Instant.Instant
    }
  | { readonly _tag: "Accepted"; readonly at: Instant.Instant }
  /** The other host took it: it was filed under the wrong environment. */
  | { readonly _tag: "WorksElsewhere"; readonly environment: Environment; readonly at: Instant.Instant }
  | { readonly _tag: "SignedOut"; readonly at: Instant.Instant }
  /** It has turned up on another device or with another person. */
  | { readonly _tag: "Disowned"; readonly at: Instant.Instant }
  /** Its phone has a newer one. */
  | { readonly _tag: "Replaced"; readonly at: Instant.Instant }

export type Output =
  /** The same push once to the other host: is it the token, or the environment that it is filed under? */
  | { readonly _tag: "TryOtherEnvironment" }
  | { readonly _tag: "Retired"; readonly reason: string }
  /** It goes on as a token of that environment; here it is retired. */
  | { readonly _tag: "Moved"; readonly environment: Environment }
  /** It was retired and lives again. */
  | { readonly _tag: "Adopted" }

export const registered = (at: Instant.Instant): PushToken => ({ _tag: "Living", registeredAt: at })

/** Whether pushes go to it. */
export const isAlive = (self: PushToken): boolean => self._tag !== "Retired"

export const step = (self: PushToken, input: Input): Step.Step<PushToken, Output> => {
  switch (input._tag) {
    case "Reported":
      return report(self, input.at)
    case "Dead":
      return die(self, input)
    case "Refused":
      return refuse(self, input)
    case "Accepted":
      return accept(self, input.at)
    case "WorksElsewhere":
      return move(self, input.environment, input.at)
    case "SignedOut":
      return retire(self, "signed out", input.at)
    case "Disowned":
      return retire(self, "disowned", input.at)
    case "Replaced":
      return retire(self, "replaced", input.at)
  }
}

type Of<Tag extends Input["_tag"]> = Extract<Input, { readonly _tag: Tag }>

const report = (self: PushToken, at: Instant.Instant): Step.Step<PushToken, Output> => {
  if (self._tag === "Retired") return [registered(at), [{ _tag: "Adopted" }]]
  return [registered(Instant.later(self.registeredAt, at)), []]
}

const die = (self: PushToken, { at, reason, since }: Of<"Dead">): Step.Step<PushToken, Output> => {
  if (self._tag === "Retired") return [self, []]
  if (since !== null && Instant.isBefore(since, self.registeredAt)) return doubt(self, reason, at)
  return retire(self, reason, at)
}

const refuse = (
  self: PushToken,
  { at, environmentRuledOut, reason }: Of<"Refused">
): Step.Step<PushToken, Output> => {
  if (self._tag === "Retired") return [self, []]
  const isRuledOut = environmentRuledOut || (self._tag === "Suspect" && self.suspicions > 0)
  // The question is asked again only when its answer must have been lost.
  if (!isRuledOut)
    return isEcho(self, at) ? [self, []] : [suspect(self, 0, at), [{ _tag: "TryOtherEnvironment" }]]
  return doubt(self, reason, at)
}

/** One more word against it, which is no fault of the environment's: the second of two that are independent is the last. */
const doubt = (self: Alive, reason: string, at: Instant.Instant): Step.Step<PushToken, Output> => {
  if (self._tag === "Living" || self.suspicions === 0) return [suspect(self, 1, at), []]
  return isEcho(self, at) ? [self, []] : retire(self, reason, at)
}

type Alive = Exclude<PushToken, { readonly _tag: "Retired" }>

const isEcho = (self: Alive, at: Instant.Instant): boolean =>
  self._tag === "Suspect" && Instant.isBefore(at, Instant.plus(self.suspectedAt, Timings.independentAfter))

const suspect = ({ registeredAt }: Alive, suspicions: 0 | 1, at: Instant.Instant): PushToken => ({
  _tag: "Suspect",
  registeredAt,
  suspicions,
  suspectedAt: at
})

const accept = (self: PushToken, at: Instant.Instant): Step.Step<PushToken, Output> =>
  self._tag === "Suspect" && !Instant.isBefore(at, self.suspectedAt)
    ? [registered(self.registeredAt), []]
    : [self, []]

const move = (
  self: PushToken,
  environment: Environment,
  at: Instant.Instant
): Step.Step<PushToken, Output> =>
  self._tag === "Retired"
    ? [self, []]
    : [{ _tag: "Retired", for: `works in ${environment}`, at }, [{ _tag: "Moved", environment }]]

const retire = (self: PushToken, reason: string, at: Instant.Instant): Step.Step<PushToken, Output> =>
  self._tag === "Retired"
    ? [self, []]
    : [{ _tag: "Retired", for: reason || unknown, at }, [{ _tag: "Retired", reason: reason || unknown }]]

/** No token is retired without a word. */
const unknown = "no reason given"

/** A token's life as the columns of a row. */
export interface Columns {
  readonly registeredAt: Instant.Instant
  readonly suspicions: number
  readonly suspectedAt: Instant.Instant | null
  readonly retiredAt: Instant.Instant | null
  readonly retiredFor: string | null
}

export const ofColumns = (row: Columns): PushToken => {
  const { registeredAt, retiredAt, retiredFor, suspectedAt, suspicions } = row
  if (retiredAt !== null) return { _tag: "Retired", for: retiredFor || unknown, at: retiredAt }
  if (suspectedAt === null) return registered(registeredAt)
  return { _tag: "Suspect", registeredAt, suspicions: suspicions > 0 ? 1 : 0, suspectedAt }
}

/** What of the row a step has changed; when the phone registered the token is kept for a retired one. */
export const toColumns = (self: PushToken, registeredAt: Instant.Instant): Columns => {
  const row = { registeredAt, suspicions: 0, suspectedAt: null, retiredAt: null, retiredFor: null }
  switch (self._tag) {
    case "Living":
      return { ...row, registeredAt: self.registeredAt }
    case "Suspect":
      return {
        ...row,
        registeredAt: self.registeredAt,
        suspicions: self.suspicions,
        suspectedAt: self.suspectedAt
      }
    case "Retired":
      return { ...row, retiredAt: self.at, retiredFor: self.for }
  }
}

/**
 * The letters of a token, in lower case.
 *
 * Apple: its length is not fixed. 64 hex digits are usual, 160 are seen on Live Activities; up to 512 are taken.
 */
export const Token = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^(?:[0-9a-f]{2}){1,256}$/)),
  Schema.brand("Token")
)
export type Token = typeof Token.Type

const isToken = Schema.is(Token)

/** Takes a token in either case; null for what is none. */
export const read = (text: string): Token | null => {
  const token = text.toLowerCase()
  return isToken(token) ? token : null
}

/** Apps print hex in either case. */
export const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
