import type { FaultKind, MatchSource } from "@sightscreen/simulation"
import { Result } from "effect"

/**
 * A small wrong version of our own code: what the search must find, or it would not find the real thing either.
 *
 * It is a place in a file and what stands there instead. The file on the disk stays as it is; the wrong version exists only
 * in the process that loads it.
 */
export interface Mutant {
  readonly name: string
  /** What is wrong with it, in one line. */
  readonly says: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly becomes: string
  /** The gear that is to find it: `fast` where a decider is wrong, `true` where the shell is. */
  readonly gear: "fast" | "true"
  /** Where it is looked for, if it would seldom show in the usual weather. */
  readonly world?: World
}

/** What a seed is drawn with; what is not said is as usual. */
export interface World {
  /** These kinds of trouble and no others, as bad as they get. */
  readonly faults?: ReadonlyArray<FaultKind.Name>
  readonly match?: MatchSource.MatchSource
  /** The match is played to its end: without it only its first overs are, which takes a third of the time. */
  readonly whole?: boolean
  /** So many balls of it, and for how long people go on coming, in milliseconds. */
  readonly deliveries?: number
  readonly lasts?: number
  readonly phones?: number
}

/** Kinds of trouble in which Apple answers, and often badly. */
export const appleFails = [
  "apple.connectRefused",
  "apple.refusedStream",
  "apple.internalServerError",
  "apple.badGateway",
  "apple.serviceUnavailable",
  "apple.emptyBody",
  "apple.shutdown"
] as const

/** The file with the bug in it; or why the bug does not fit the file any more. */
export const plant = ({ becomes, find, name }: Mutant, source: string): Result.Result<string, string> => {
  const times = source.split(find).length - 1
  return times === 1
    ? Result.succeed(source.replace(find, () => becomes))
    : Result.fail(`${name}: its place is there ${times} times; it must be there once`)
}
