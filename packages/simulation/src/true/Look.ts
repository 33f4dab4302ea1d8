import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import {
  Activities,
  ActiveMatches,
  BroadcastChannels,
  Deliveries,
  Devices,
  Editions,
  Follows,
  PushTokens
} from "@sightscreen/store"
import { Context, Effect } from "effect"
import type { View } from "../checks/View.ts"
import type { Fate } from "../Fate.ts"
import { viewOf } from "../Stage.ts"
import type { World } from "../World.ts"

/** What there is to be seen of a world, in one instant. */
export const at = Effect.fnUntraced(function* (
  world: World,
  given: {
    readonly when: View["when"]
    readonly at: Instant.Instant
    readonly matchId: Ids.MatchId
    /** Every name that a phone has gone by. */
    readonly deviceIds: ReadonlyArray<string>
    readonly fateOf: (deviceId: string) => Fate | null
    readonly untold: (deviceId: string) => number
    /** When each channel was made. */
    readonly createdAt: (channelId: string) => Instant.Instant
  }
): Effect.fn.Return<View, unknown> {
  const { createdAt, deviceIds, fateOf, matchId, untold, when } = given
  const table = <I, S>(tag: Context.Key<I, S>): S => Context.get(world.store, tag as never) as S
  const ids = deviceIds as ReadonlyArray<Ids.DeviceId>
  const everything = { after: null, limit: 1_000_000 }
  const channelRows = table(BroadcastChannels.BroadcastChannels)
  const channels = yield* Effect.forEach(yield* world.apple.channels, ({ id: channelId }) =>
    Effect.map(channelRows.byChannel(channelId), (row) => ({
      channelId,
      known: row !== null,
      createdAt: createdAt(channelId)
    }))
  )
  const tokens = table(PushTokens.PushTokens)
  const counts = yield* table(Deliveries.Deliveries).counts(matchId)
  const ledger: Record<string, number> = {}
  for (const { count, verdict } of counts) ledger[verdict] = (ledger[verdict] ?? 0) + count
  return {
    when,
    at: given.at,
    phones: world.crowd.phones.map((phone) => viewOf(phone, fateOf(phone.deviceId), untold(phone.deviceId))),
    channels,
    tables: {
      devices: (yield* table(Devices.Devices).getMany(ids)).map(({ deviceId, userId }) => ({
        deviceId,
        userId
      })),
      tokens: (yield* Effect.forEach(["start", "update", "alert"] as const, (kind) =>
        tokens.ofDevices(kind, ids)
      ))
        .flat()
        .map(({ deviceId, retiredAt, token }) => ({ token, deviceId, alive: retiredAt === null })),
      activities: (yield* table(Activities.Activities).ofMatch(matchId, statuses, everything)).map(
        ({ activityId, deviceId, status }) => ({ activityId, deviceId, status })
      ),
      follows: (yield* table(Follows.Follows).followers(matchId, everything)).map(({ userId }) => userId),
      matches: (yield* table(ActiveMatches.ActiveMatches).all).length,
      pending: (yield* table(Editions.Editions).pending(matchId)).length,
      ledger
    }
  }
})

const statuses: ReadonlyArray<Activities.Status> = ["pending", "active", "token_invalid", "failed", "ended"]
