import { ActivityKit, type Handset } from "@sightscreen/handset"
import type { Instant } from "@sightscreen/decider"
import { Schema } from "effect"

/** What people do with their phones, and what phones do by themselves. */
export const Deed = Schema.Literals([
  /** The app is opened; the first time it registers the phone. */
  "launches",
  "follows",
  "unfollows",
  "taps",
  "force-quits",
  "swipes",
  "allows",
  "goes offline",
  "comes back",
  "signs out",
  "signs in",
  /** Somebody else signs in, and nobody has signed out. */
  "changes hands",
  "reinstalls",
  "restores",
  "switches notifications off",
  "switches notifications on",
  "switches frequent updates off",
  "switches frequent updates on",
  "saves power",
  "stops saving power",
  "is given another start token",
  "is given another start token unnoticed",
  "is given another update token"
])
export type Deed = typeof Deed.Type

/** One of them at an instant. */
export const Happening = Schema.Struct({
  /** Milliseconds from the beginning of the world. */
  at: Schema.Int,
  /** The number of the phone. */
  phone: Schema.Int,
  does: Deed
})
export type Happening = typeof Happening.Type

/** What is asked of the server rather than done to the phone. */
export const isErrand = (does: Deed): does is "follows" | "unfollows" =>
  does === "follows" || does === "unfollows"

/**
 * What the phone is told; nothing where there is nothing to do it with. `again` is how often the app was put on this phone
 * anew: each time it goes by another name.
 */
export const inputOf = (
  does: Exclude<Deed, "follows" | "unfollows">,
  phone: Handset.Handset,
  given: {
    readonly at: Instant.Instant
    readonly owner: string
    readonly matchId: string
    readonly anew: string
  }
): Handset.Input | null => {
  const { at } = given
  const newest = () => ActivityKit.live(phone.activities).at(-1)?.id
  const withNewest = (make: (activityId: string) => Handset.Input): Handset.Input | null => {
    const activityId = newest()
    return activityId === undefined ? null : make(activityId)
  }
  switch (does) {
    case "launches":
      return { _tag: "Launched", at }
    case "taps":
      return { _tag: "Tapped", matchId: given.matchId, at }
    case "force-quits":
      return { _tag: "ForceQuit", at }
    case "swipes":
      return withNewest((activityId) => ({ _tag: "Dismissed", activityId, at }))
    case "allows":
      return withNewest((activityId) => ({ _tag: "Allowed", activityId, at }))
    case "goes offline":
      return phone.online ? { _tag: "WentOffline", at } : null
    case "comes back":
      return phone.online ? null : { _tag: "CameOnline", at }
    case "signs out":
      return phone.userId === null ? null : { _tag: "SignedOut", at }
    case "signs in":
      return phone.userId === null ? { _tag: "SignedIn", userId: given.owner, at } : null
    case "changes hands": {
      const { owner } = given
      const heir = `${owner}-heir`
      return phone.userId === null
        ? null
        : { _tag: "SignedIn", userId: phone.userId === owner ? heir : owner, at }
    }
    case "reinstalls":
      return { _tag: "Reinstalled", deviceId: given.anew, at }
    case "restores":
      return { _tag: "RestoredTo", deviceId: given.anew, at }
    case "switches notifications off":
      return { _tag: "NotificationsSwitched", on: false, at }
    case "switches notifications on":
      return { _tag: "NotificationsSwitched", on: true, at }
    case "switches frequent updates off":
      return { _tag: "FrequentPushesSwitched", on: false, at }
    case "switches frequent updates on":
      return { _tag: "FrequentPushesSwitched", on: true, at }
    case "saves power":
      return { _tag: "LowPowerSwitched", on: true, at }
    case "stops saving power":
      return { _tag: "LowPowerSwitched", on: false, at }
    case "is given another start token":
      return phone.tokens.start === null ? null : { _tag: "StartTokenChanged", reported: true, at }
    case "is given another start token unnoticed":
      return phone.tokens.start === null ? null : { _tag: "StartTokenChanged", reported: false, at }
    case "is given another update token": {
      const activity = ActivityKit.live(phone.activities).findLast(({ address }) => address._tag === "Token")
      return activity === undefined ? null : { _tag: "UpdateTokenRotated", activityId: activity.id, at }
    }
  }
}
