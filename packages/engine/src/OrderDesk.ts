import { type Ids, Order } from "@sightscreen/domain"
import { ActiveMatches, type Fault, Orders } from "@sightscreen/store"
import { Context, Effect, Layer, Schema } from "effect"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { now } from "./Now.ts"

const encode = Schema.encodeSync(Schema.toCodecJson(Order.Order))

/**
 * Takes operators' orders: written down first, so that none is lost, and heard by whoever tells the match, here or elsewhere,
 * once.
 */
export class OrderDesk extends Context.Service<
  OrderDesk,
  {
    /** False, and nothing is ordered, where the match is not being told. */
    readonly give: (
      matchId: Ids.MatchId,
      order: Order.Order,
      givenBy: string
    ) => Effect.Effect<boolean, Fault.Fault>
  }
>()("@sightscreen/engine/OrderDesk") {
  static readonly layer = Layer.effect(
    OrderDesk,
    Effect.gen(function* () {
      const orders = yield* Orders.Orders
      const orchestrator = yield* MatchOrchestrator
      const rows = yield* ActiveMatches.ActiveMatches
      return OrderDesk.of({
        give: Effect.fnUntraced(function* (matchId, order, givenBy) {
          if ((yield* rows.load(matchId)) === null) return false
          yield* orders.give({ matchId, body: encode(order), givenBy, at: yield* now })
          yield* orchestrator.heed(matchId)
          return true
        })
      })
    })
  )
}
