import type { Instant } from "@sightscreen/decider"
import { Cohort, Filed, type Ids, Language, OsVersion, Preferences } from "@sightscreen/domain"
import type { LiveActivity } from "@sightscreen/apns"
import { Devices, PushTokens } from "@sightscreen/store"
import { Effect } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { now } from "./Now.ts"

/** What its activities need to know of a phone, at a moment: what buzzes may change with the hour. */
export const phoneOf = (device: Devices.Device, at: Instant.Instant): Filed.Phone => ({
  deviceId: device.deviceId,
  userId: device.userId,
  schemaVersion: device.schemaVersion,
  language: Language.of(device.language),
  frequentUpdates: device.frequentUpdates,
  hears: Preferences.hears(device.likes ?? null, at)
})

/** A channel speaks to everybody alike: who wants something else is told one by one. */
const hearsChannels = ({ likes, osVersion }: Devices.Device): boolean =>
  OsVersion.hearsChannels(osVersion) && !Preferences.isPersonal(likes ?? null)

/** Phones as they are registered, and where they can be told to listen. */
export const make = Effect.gen(function* () {
  const address = yield* AppSettings
  const broadcaster = yield* Broadcaster
  const devices = yield* Devices.Devices
  const tokens = yield* PushTokens.PushTokens

  const known = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
    Effect.map(
      deviceIds.length === 0 ? Effect.succeed([]) : devices.getMany(deviceIds),
      (found) => new Map(found.map((one) => [one.deviceId, one]))
    )

  /** Start tokens that work with this server's app and host: a phone may have those of a test build as well. */
  const startTokens = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
    Effect.map(
      deviceIds.length === 0 ? Effect.succeed([]) : tokens.ofDevices("start", deviceIds),
      (found) =>
        new Map(
          found
            .filter(
              ({ bundleId, environment }) =>
                bundleId === address.bundleId && environment === address.environment
            )
            .map((one) => [one.deviceId, one])
        )
    )

  /** To the channel of its cohort, if a phone can hear one and there is one. */
  const inputOf = Effect.fnUntraced(function* (matchId: Ids.MatchId, device: Devices.Device) {
    const token: LiveActivity.Input = { _tag: "Token" }
    if (!address.channels || !hearsChannels(device)) return token
    const phone = phoneOf(device, yield* now)
    const channelId = yield* broadcaster.channelOf(matchId, Cohort.of("channel", phone))
    return channelId === null ? token : ({ _tag: "Channel", channelId } as const)
  })

  /** The same for many phones, asked once for all that are alike. */
  const inputsOf = (matchId: Ids.MatchId) => {
    const asked = new Map<string, LiveActivity.Input>()
    return Effect.fnUntraced(function* (device: Devices.Device) {
      const cohort = Cohort.nameOf(Cohort.of("token", phoneOf(device, yield* now)))
      const kind = `${cohort}/${hearsChannels(device)}`
      const input = asked.get(kind) ?? (yield* inputOf(matchId, device))
      asked.set(kind, input)
      return input
    })
  }

  return {
    /** Both at once, for phones that may be started. */
    of: (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
      Effect.all([known(deviceIds), startTokens(deviceIds)], { concurrency: 2 }),
    known,
    inputsOf
  }
})
