import type { Ids } from "@sightscreen/domain"
import { MatchOrchestrator, TokenKeeper } from "@sightscreen/engine"
import { type Fault, Follows } from "@sightscreen/store"
import { Clock, Context, Effect } from "effect"
import { Instant } from "@sightscreen/decider"
import type * as Errand from "../Errand.ts"
import { bundleId } from "./Apple.ts"
import type { Services } from "./Engines.ts"

/** What an engine does with the errand of a phone: what its API would do with the request. */
export const serve = (
  services: Context.Context<Services>,
  errand: Errand.Errand
): Effect.Effect<unknown, Fault.Fault> => {
  const keeper = Context.get(services, TokenKeeper.TokenKeeper)
  const userId = errand.userId as Ids.UserId
  const deviceId = errand.deviceId as Ids.DeviceId
  const where = (token: string) => ({ token, environment: "sandbox" as const, bundleId })
  const report = ({ activityId, matchId }: Errand.About) => ({
    userId,
    deviceId,
    matchId: matchId as Ids.MatchId,
    instance: activityId
  })
  switch (errand._tag) {
    case "Register": {
      const { deviceToken, ...facts } = errand.facts
      return keeper.device({
        deviceId,
        userId,
        appVersion: "1.0",
        ...facts,
        deviceToken: deviceToken === null ? null : where(deviceToken),
        voipToken: null
      })
    }
    case "StartToken":
      return keeper.startToken(userId, deviceId, where(errand.token))
    case "UpdateToken":
      return keeper.updateToken(report(errand.about), where(errand.token))
    case "Joined":
      return keeper.joined(report(errand.about), errand.channelId)
    case "Dismissed":
      return keeper.dismissed(report(errand.about), errand.by)
    case "SignOut":
      return keeper.signedOut(userId, deviceId)
    case "Follow":
      return Effect.gen(function* () {
        const matchId = errand.matchId as Ids.MatchId
        const at = Instant.fromMillis(yield* Clock.currentTimeMillis)
        yield* Context.get(services, Follows.Follows).follow(userId, matchId, at)
        yield* Context.get(services, MatchOrchestrator.MatchOrchestrator).welcome(matchId, userId)
      })
    case "Unfollow":
      return keeper.unfollowed(userId, errand.matchId as Ids.MatchId)
  }
}
