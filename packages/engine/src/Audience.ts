import { Token } from "@sightscreen/apns"
import type { Ids } from "@sightscreen/domain"
import { Activities, type Fault, Page } from "@sightscreen/store"
import { Context, Effect, Layer, Result, Stream } from "effect"
import type { Recipient } from "./Dispatcher.ts"

/** Who is to be sent what is said of a match: the living activities of a cohort, a slice at a time. */
export class Audience extends Context.Service<
  Audience,
  {
    readonly of: (
      matchId: Ids.MatchId,
      cohort: string
    ) => Stream.Stream<ReadonlyArray<Recipient>, Fault.Fault>
  }
>()("@sightscreen/engine/Audience") {
  /** Tokens in a slice: what is held in memory, and what is lost to a repeat when a process dies. */
  static readonly slice = 500

  static readonly layer = Layer.effect(
    Audience,
    Effect.map(Activities.Activities, (activities) =>
      Audience.of({
        of: (matchId, cohort) =>
          Page.stream(
            (page) => activities.liveTokens(matchId, page, cohort),
            ({ activityId }) => activityId,
            Audience.slice
          ).pipe(
            Stream.grouped(Audience.slice),
            Stream.map((rows) =>
              rows.flatMap(({ activityId, deviceId, updateToken }): ReadonlyArray<Recipient> => {
                // The border checks tokens as they come in; one that slipped through reaches nobody anyway.
                const token = Token.fromHex(updateToken)
                return Result.isSuccess(token) ? [{ token: token.success, deviceId, activityId }] : []
              })
            )
          )
      })
    )
  )
}
