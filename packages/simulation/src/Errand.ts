import type { Handset } from "@sightscreen/handset"

/**
 * What a phone has to tell its server, or its owner wants of it: one request of the API each, whoever carries it there.
 */
export type Errand = { readonly deviceId: string; readonly userId: string } & (
  | { readonly _tag: "Register"; readonly facts: Facts }
  | { readonly _tag: "StartToken"; readonly token: string }
  | { readonly _tag: "UpdateToken"; readonly about: About; readonly token: string }
  | { readonly _tag: "Joined"; readonly about: About; readonly channelId: string }
  | { readonly _tag: "Dismissed"; readonly about: About; readonly by: "person" | "system" }
  | { readonly _tag: "SignOut" }
  | { readonly _tag: "Follow"; readonly matchId: string }
  | { readonly _tag: "Unfollow"; readonly matchId: string }
)

export interface About {
  readonly matchId: string
  readonly activityId: string
}

export interface Facts {
  readonly osVersion: string
  readonly schemaVersion: number
  readonly frequentUpdates: boolean
  readonly language: string
  readonly deviceToken: string | null
}

/** What a phone says of itself. */
export const factsOf = (phone: Handset.Handset): Facts => ({
  osVersion: phone.os.join("."),
  schemaVersion: phone.app.schemaVersion,
  frequentUpdates: phone.frequentPushes,
  language: phone.traits.language,
  deviceToken: phone.tokens.device
})

/** The request that a report becomes; null for what is of no interest to a server. `userId` is who is signed in. */
export const of = (phone: Handset.Handset, userId: string, output: Handset.Output): Errand | null => {
  const whose = { deviceId: phone.deviceId, userId }
  switch (output._tag) {
    // The app registers once it has its device token, with all that it knows of the phone.
    case "DeviceTokenReported":
      return { _tag: "Register", ...whose, facts: factsOf(phone) }
    case "StartTokenReported":
      return { _tag: "StartToken", ...whose, token: output.token }
    case "UpdateTokenReported":
      return { _tag: "UpdateToken", ...whose, about: about(output), token: output.token }
    case "ChannelJoined":
      return { _tag: "Joined", ...whose, about: about(output), channelId: output.channelId }
    case "ActivityDismissed":
      return { _tag: "Dismissed", ...whose, about: about(output), by: output.by }
    case "SignedOut":
      return { _tag: "SignOut", deviceId: output.deviceId, userId: output.userId }
    default:
      return null
  }
}

const about = ({ activityId, matchId }: About): About => ({ activityId, matchId })

/** What may be heard after what was said later: reports about different things. Who signs in or out waits for all. */
export const mayBeOvertaken = ({ _tag }: Errand): boolean => overtakable.has(_tag)

const overtakable: ReadonlySet<Errand["_tag"]> = new Set(["StartToken", "UpdateToken", "Joined", "Dismissed"])
