import type { Instant } from "@sightscreen/decider"
import type * as Activity from "../activity/Activity.ts"
import type * as Recovery from "../device/Recovery.ts"
import type { MatchId } from "../Ids.ts"
import * as Consequence from "./Consequence.ts"
import type { Outcome } from "./Outcome.ts"
import * as Retry from "./Retry.ts"

/**
 * What an answer means to others, once the token that it was about has been judged.
 *
 * A verdict alone does not say whether the token is gone: one that its phone has registered since lives on, and so does one
 * among too many that would go at once.
 */
export type News =
  | { readonly _tag: "ToActivity"; readonly input: Activity.Input }
  /** The activity whose place a start is to take. */
  | { readonly _tag: "ToPredecessor"; readonly input: Activity.Input }
  | { readonly _tag: "ToLadder"; readonly input: Recovery.Input }

export interface Answer {
  readonly outcome: Outcome
  readonly kind: Retry.Kind
  readonly matchId: MatchId
  readonly token: string
  /** No push goes to the token from here any more. */
  readonly gone: boolean
  /** What Apple has said of the token is older than what its phone says: it lives. */
  readonly outdated?: boolean
}

/** A token that was only suspected, and is retired by that, has refused for good. */
export const consequences = ({
  gone,
  kind,
  outcome
}: Pick<Answer, "gone" | "kind" | "outcome">): ReadonlyArray<Consequence.Consequence> =>
  gone && outcome._tag === "TokenSuspect"
    ? kind === "start"
      ? refused
      : disowned
    : Consequence.of(outcome, kind)

const refused: ReadonlyArray<Consequence.Consequence> = [{ _tag: "StartRefused" }]
const disowned: ReadonlyArray<Consequence.Consequence> = [{ _tag: "TokenDisowned" }]

/** Who is told what of it. */
export const news = (answer: Answer, at: Instant.Instant): ReadonlyArray<News> =>
  consequences(answer).flatMap((one) => newsOf(one, answer, at))

const nobody: ReadonlyArray<News> = []

const newsOf = (
  { _tag }: Consequence.Consequence,
  { gone, matchId, token }: Answer,
  at: Instant.Instant
): ReadonlyArray<News> => {
  switch (_tag) {
    case "StartTaken":
      return [{ _tag: "ToPredecessor", input: { _tag: "SuccessorStarted", at } }]
    case "StartRefused":
      // A token that lives on, because too many would go at once, is worth another try: in its turn, and no oftener.
      return gone
        ? [
            { _tag: "ToActivity", input: { _tag: "StartRefused", at } },
            { _tag: "ToLadder", input: { _tag: "StartRefused", matchId, at } }
          ]
        : [{ _tag: "ToLadder", input: { _tag: "StartUnsent", matchId, at } }]
    case "StartSpoilt":
      return [{ _tag: "ToLadder", input: { _tag: "StartUnsent", matchId, at } }]
    case "StartUnsent":
      return [
        { _tag: "ToActivity", input: { _tag: "StartUnsent", at } },
        { _tag: "ToLadder", input: { _tag: "StartUnsent", matchId, at } }
      ]
    case "TokenDisowned":
      return gone ? [{ _tag: "ToActivity", input: { _tag: "TokenDisowned", token, at } }] : nobody
    default:
      return nobody
  }
}

/** The phone missed something, and is told the newest state later. */
export const isToldLater = (answer: Pick<Answer, "gone" | "kind" | "outcome" | "outdated">): boolean =>
  !answer.gone &&
  ((answer.outdated === true && Retry.tokenKind[answer.kind] === "update") ||
    Consequence.of(answer.outcome, answer.kind).some(({ _tag }) => _tag === "TellLater"))

/** It certainly could not be told, and may be told again. */
export const isUnsaid = (outcome: Outcome): boolean =>
  Consequence.of(outcome, "notice").some(({ _tag }) => _tag === "Unsaid")

/** A silent push certainly has not gone out, for a reason that passes by itself: Apple is away. */
export const isUnsent = (outcome: Outcome): boolean =>
  outcome._tag === "AppleDown" || (outcome._tag === "Unanswered" && outcome.unprocessed)
