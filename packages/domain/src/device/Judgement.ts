import { Instant } from "@sightscreen/decider"
import type { Consequence } from "../push/Consequence.ts"
import * as PushToken from "./PushToken.ts"

/**
 * What becomes of a token that Apple had a word about: looked at first, then, where the breaker lets it, done.
 *
 * A token that is in no row is nobody's, and nobody misses it.
 */
export interface Judgement {
  readonly row: PushToken.Columns | null
  readonly after: PushToken.PushToken | null
  readonly outputs: ReadonlyArray<PushToken.Output>
  /** The moment that Apple's word is about, where it says so. */
  readonly since: Instant.Instant | null
}

export type Word = Extract<Consequence, { readonly _tag: "TokenDead" | "TokenRefused" }>

export const isWord = (one: Consequence): one is Word =>
  one._tag === "TokenDead" || one._tag === "TokenRefused"

export const of = (row: PushToken.Columns | null, word: Word, at: Instant.Instant): Judgement => {
  if (row === null) return { row, after: null, outputs: [], since: null }
  const before = PushToken.ofColumns(row)
  if (word._tag === "TokenDead") {
    const { reason, since } = word
    const [after, outputs] = PushToken.step(before, { _tag: "Dead", since, reason, at })
    return { row, after, outputs, since }
  }
  const [after, outputs] = refuse(before, word.reason, false, at)
  return { row, after, outputs, since: null }
}

const refuse = (
  token: PushToken.PushToken,
  reason: string,
  environmentRuledOut: boolean,
  at: Instant.Instant
) => PushToken.step(token, { _tag: "Refused", reason, environmentRuledOut, at })

/** The same push is to go to Apple's other host once, to see. */
export const asksElsewhere = ({ outputs }: Judgement): boolean =>
  outputs.some(({ _tag }) => _tag === "TryOtherEnvironment")

/** With what the other host said: null where it does not take the token either. */
export const elsewhere = (
  self: Judgement,
  { reason }: Word,
  environment: PushToken.Environment | null,
  at: Instant.Instant
): Judgement => {
  if (self.after === null) return self
  const [after, outputs] =
    environment === null
      ? refuse(self.after, reason, true, at)
      : PushToken.step(self.after, { _tag: "WorksElsewhere", environment, at })
  return { ...self, after, outputs }
}

/**
 * Whether a token would be lost to this server, for the breaker. One that moves is: a wrong host of ours may look like a wrong
 * word of everybody's.
 */
export const wouldRetire = ({ outputs }: Judgement): boolean =>
  outputs.some(({ _tag }) => _tag === "Retired" || _tag === "Moved")

/** Apple's word is older than what the phone has said since: the token lives, and its phone has missed what was sent. */
export const isOutdated = ({ outputs, row, since }: Judgement): boolean =>
  row !== null && row.retiredAt === null && outputs.length === 0 && since !== null && since < row.registeredAt

export type Deed =
  /** No push goes to it from here any more, and nothing is to be done about that. */
  | { readonly _tag: "Gone" }
  | { readonly _tag: "Stays" }
  /** Where its phone has said itself where the token belongs, so that it cannot be moved, it is retired here. */
  | {
      readonly _tag: "Move"
      readonly environment: PushToken.Environment
      readonly else: Retirement
    }
  | ({ readonly _tag: "Retire" } & Retirement)
  | { readonly _tag: "Note"; readonly suspicion: Pick<PushToken.Columns, "suspicions" | "suspectedAt"> }

export interface Retirement {
  readonly reason: string
  /** A token that its phone has registered after that lives on. */
  readonly unlessRegisteredAfter: Instant.Instant
}

export const deedOf = ({ after, outputs, row, since }: Judgement, mayRetire: boolean): Deed => {
  if (row === null || after === null || row.retiredAt !== null) return { _tag: "Gone" }
  const { registeredAt } = row
  for (const output of outputs) {
    if (output._tag === "Moved") {
      const { environment } = output
      if (!mayRetire) return { _tag: "Stays" }
      const retirement = { reason: `works in ${environment}`, unlessRegisteredAfter: registeredAt }
      return { _tag: "Move", environment, else: retirement }
    }
    if (output._tag === "Retired") {
      return mayRetire
        ? {
            _tag: "Retire",
            reason: output.reason,
            unlessRegisteredAfter: Instant.later(since ?? registeredAt, registeredAt)
          }
        : { _tag: "Stays" }
    }
  }
  const { suspectedAt, suspicions } = PushToken.toColumns(after, registeredAt)
  return suspectedAt === row.suspectedAt && suspicions === row.suspicions
    ? { _tag: "Stays" }
    : { _tag: "Note", suspicion: { suspicions, suspectedAt } }
}

/** Apple has taken a push to a suspect: two failures with a success between them are not two of a kind. Null where it was none. */
export const cleared = (
  row: PushToken.Columns | null,
  at: Instant.Instant
): Pick<PushToken.Columns, "suspicions" | "suspectedAt"> | null => {
  if (row === null || row.retiredAt !== null || row.suspectedAt === null) return null
  const [after] = PushToken.step(PushToken.ofColumns(row), { _tag: "Accepted", at })
  const { suspectedAt, suspicions } = PushToken.toColumns(after, row.registeredAt)
  return { suspectedAt, suspicions }
}
