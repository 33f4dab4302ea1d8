import type { Instant } from "@sightscreen/decider"
import type { DeviceId, UserId } from "../Ids.ts"
import type * as Filed from "./Filed.ts"
import * as Lineage from "./Lineage.ts"

/**
 * What the phones of people who follow a match lack of it. A match that goes live and a person who follows come to the same.
 */
export interface Muster<P, R extends Filed.Row> {
  /** Phones that are to have a new one, of that generation. */
  readonly begin: ReadonlyArray<{ readonly phone: P; readonly generation: number }>
  /** They wait for their turn, and may be asked for. */
  readonly ask: ReadonlyArray<R>
  /** Given up before, and worth another try. */
  readonly tryAgain: ReadonlyArray<R>
  /** Another person's, and not to stay. */
  readonly disown: ReadonlyArray<R>
}

export interface Given<P, R extends Filed.Row> {
  readonly phones: ReadonlyArray<P>
  /** The newest activity of the match on a device. */
  readonly last: (deviceId: DeviceId) => Filed.Filed<R> | null
  readonly followedAt: (userId: UserId) => Instant.Instant
  /** Somebody asks just now. */
  readonly insistent: boolean
}

export const of = <P extends Pick<Filed.Phone, "deviceId" | "userId">, R extends Filed.Row>({
  followedAt,
  insistent,
  last,
  phones
}: Given<P, R>): Muster<P, R> => {
  const begin: Array<{ readonly phone: P; readonly generation: number }> = []
  const ask: Array<R> = []
  const tryAgain: Array<R> = []
  const disown: Array<R> = []
  for (const phone of phones) {
    const found = last(phone.deviceId)
    // What was another person's says nothing of this one.
    const isOthers = found !== null && found.row.userId !== phone.userId
    if (isOthers && found.state._tag !== "Ended") disown.push(found.row)
    const next = isOthers
      ? "begin"
      : Lineage.next(found?.state ?? null, { followedAt: followedAt(phone.userId), insistent })
    if (next === "begin") begin.push({ phone, generation: (found?.row.generation ?? 0) + 1 })
    else if (found === null) continue
    else if (next === "ask") ask.push(found.row)
    else if (next === "try again") tryAgain.push(found.row)
  }
  return { begin, ask, tryAgain, disown }
}
