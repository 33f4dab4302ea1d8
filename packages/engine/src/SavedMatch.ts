import { ActiveMatch, type Ids, Order } from "@sightscreen/domain"
import type { ActiveMatches } from "@sightscreen/store"
import { Option, Result, Schema } from "effect"

const codec = Schema.toCodecJson(ActiveMatch.ActiveMatch)
const encode = Schema.encodeSync(codec)
const decode = Schema.decodeUnknownResult(codec)

export const encodeState = (state: ActiveMatch.ActiveMatch): Schema.Json =>
  encode(ActiveMatch.forStore(state))

/** The saved state of a match cannot be read: another version wrote it, or a hand. */
export class UnreadableState extends Schema.TaggedError<UnreadableState>()("UnreadableState", {
  matchId: Schema.String
}) {
  override get message() {
    return `the saved state of match ${this.matchId} cannot be read; the match starts anew`
  }
}

export const decodeState = (
  row: ActiveMatches.ActiveMatch
): Result.Result<ActiveMatch.ActiveMatch, UnreadableState> =>
  Result.mapError(decode(row.state), () => new UnreadableState({ matchId: row.matchId }))

/** A match that begins; what was ordered of an earlier one of its name, up to the order given, does not concern it. */
export const fresh = (
  matchId: Ids.MatchId,
  marquee: boolean,
  manner: ActiveMatch.Manner,
  lastOrder: number
): ActiveMatch.ActiveMatch => ({
  ...ActiveMatch.begin(matchId, marquee, manner),
  ...(lastOrder === 0 ? {} : { orders: { last: lastOrder, paused: false, corrections: [] } })
})

const decodeOrder = Schema.decodeUnknownOption(Schema.toCodecJson(Order.Order))

/** Null for what another version may have ordered. */
export const orderOf = (body: Schema.Json): Order.Order | null => Option.getOrNull(decodeOrder(body))
