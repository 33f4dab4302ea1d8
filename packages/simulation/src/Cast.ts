import { Instant } from "@sightscreen/decider"
import { ActivityKit, type Handset } from "@sightscreen/handset"
import { Duration } from "effect"
import type { Recipe } from "./Crowd.ts"

/**
 * Who follows a match, and what they do with their phones while it lasts: the same people every time, by their number.
 *
 * Nothing is done to a phone that cannot be done to a phone: every scene is one of its inputs.
 */
export interface Part {
  readonly recipe: Recipe
  readonly scenes: ReadonlyArray<Scene>
  /** Whether its owner comes when a notification says that the match is on. */
  readonly taps: boolean
}

export interface Scene {
  readonly when: Moment
  readonly does: Deed
}

/** When, going by the match: a share of its play, or so long before its first ball or after its last. */
export type Moment =
  | { readonly share: number; readonly later?: Duration.Duration }
  | { readonly beforeIt: Duration.Duration }
  | { readonly afterIt: Duration.Duration }

export type Deed =
  | "force-quits"
  | "swipes"
  | "goes offline"
  | "comes back"
  | "signs out"
  | "reinstalls"
  | "signs in"

/** From the first ball to the last. */
export interface Play {
  readonly from: Instant.Instant
  readonly to: Instant.Instant
}

export const instantOf = (when: Moment, { from, to }: Play): Instant.Instant => {
  if ("beforeIt" in when) return Instant.minus(from, when.beforeIt)
  if ("afterIt" in when) return Instant.plus(to, when.afterIt)
  const at = Instant.fromMillis(from + Math.round((to - from) * when.share))
  return when.later === undefined ? at : Instant.plus(at, when.later)
}

/** What the phone is told; nothing where there is nothing to do it with. */
export const inputOf = (
  does: Deed,
  phone: Handset.Handset,
  owner: string,
  at: Instant.Instant
): Handset.Input | null => {
  switch (does) {
    case "force-quits":
      return { _tag: "ForceQuit", at }
    case "swipes": {
      const activityId = ActivityKit.live(phone.activities).at(-1)?.id
      return activityId === undefined ? null : { _tag: "Dismissed", activityId, at }
    }
    case "goes offline":
      return { _tag: "WentOffline", at }
    case "comes back":
      return { _tag: "CameOnline", at }
    case "signs out":
      return { _tag: "SignedOut", at }
    case "reinstalls":
      return { _tag: "Reinstalled", deviceId: `${phone.deviceId}-anew`, at }
    case "signs in":
      return { _tag: "SignedIn", userId: owner, at }
  }
}

export const kinds = ["plain", "mix"] as const
export type Kind = (typeof kinds)[number]

/** The nth of a crowd of that kind, from 0. */
export const part = (kind: Kind, nth: number): Part =>
  kind === "plain"
    ? usual({ os: nth % 2 === 0 ? onChannels : [17, 4] })
    : (characters[nth - 1] ?? usual(passer(nth)))

const usual = (recipe: Recipe, scenes: ReadonlyArray<Scene> = []): Part => ({ recipe, scenes, taps: false })

const onTokens = [17, 2] as const
const onChannels = [18, 4] as const

/** One of many: most are reached by channel, some read Hindi, some have switched frequent updates off. */
const passer = (nth: number): Recipe => ({
  os: nth % 10 === 9 ? [26, 0] : nth % 10 < 3 && nth > 0 ? onTokens : onChannels,
  language: nth % 4 === 3 ? "hi-IN" : "en",
  frequentPushes: nth % 7 !== 4
})

const minutes = Duration.minutes
const beforeIt: Moment = { beforeIt: Duration.seconds(5) }

/** Those to whom something happens. The first of the crowd is not one of them: theirs is the screen that is looked at. */
const characters: ReadonlyArray<Part> = [
  // The end finds them out of reach, and comes again: as it was kept for a token, as it is published anew on a channel.
  usual({ os: onChannels }, [
    { when: { share: 0.9 }, does: "goes offline" },
    { when: { afterIt: minutes(4) }, does: "comes back" }
  ]),
  usual({ os: onTokens, language: "hi" }, [
    { when: { share: 0.9 }, does: "goes offline" },
    { when: { afterIt: minutes(2) }, does: "comes back" }
  ]),
  usual({ os: onChannels, startToken: "silently changed" }),
  usual({ os: onTokens }, [{ when: { share: 0.45 }, does: "swipes" }]),
  usual({ os: onTokens }, [{ when: beforeIt, does: "force-quits" }]),
  usual({ os: [16, 4] }),
  usual({ os: onChannels, language: "hi" }, [
    { when: { share: 0.5 }, does: "reinstalls" },
    { when: { share: 0.5, later: minutes(2) }, does: "signs in" }
  ]),
  { recipe: { os: onChannels, startToken: "swallowed" }, scenes: [], taps: true },
  usual({ os: onTokens, startToken: "swallowed", language: "hi" }),
  usual({ os: onChannels }, [{ when: { share: 0.55 }, does: "signs out" }]),
  usual({ os: onTokens }, [
    { when: { share: 0.3 }, does: "goes offline" },
    { when: { share: 0.4 }, does: "comes back" }
  ]),
  usual({ os: onChannels, afterForceQuit: "nothing" }, [{ when: beforeIt, does: "force-quits" }]),
  usual({ os: onChannels }, [{ when: beforeIt, does: "force-quits" }]),
  usual({ os: onChannels }, [{ when: { share: 0.5 }, does: "swipes" }]),
  usual({ os: onChannels, frequentPushes: false }, [
    { when: { share: 0.35 }, does: "goes offline" },
    { when: { share: 0.45 }, does: "comes back" }
  ]),
  usual({ os: onTokens }, [{ when: { share: 0.6 }, does: "signs out" }]),
  usual({ os: onChannels }, [{ when: { share: 0.7 }, does: "goes offline" }])
]
