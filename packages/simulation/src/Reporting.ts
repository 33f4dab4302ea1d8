import type { Handset } from "@sightscreen/handset"
import type { Errand } from "./Errand.ts"
import type { Asking, Delivered } from "./journal/Entry.ts"

/** What phones have to do with their server and with pushes, in the words of the journal. */

export const askings: Readonly<Record<Errand["_tag"], Asking>> = {
  Register: "register",
  StartToken: "start token",
  UpdateToken: "update token",
  Joined: "joined",
  Dismissed: "dismissed",
  SignOut: "sign out",
  Follow: "follow",
  Unfollow: "unfollow"
}

export const aboutOf = (errand: Errand): string | null => {
  switch (errand._tag) {
    case "Register":
      return errand.facts.deviceToken
    case "StartToken":
    case "UpdateToken":
      return errand.token
    case "Joined":
      return errand.channelId
    case "Dismissed":
      return errand.about.activityId
    case "SignOut":
      return null
    case "Follow":
    case "Unfollow":
      return errand.matchId
  }
}

/** What a phone did with a push, by what it has counted. */
export const fateIn = (before: Handset.Counters, after: Handset.Counters): Delivered["fate"] => {
  if (after.applied > before.applied) return "applied"
  if (after.undecodable > before.undecodable) return "undecodable"
  if (after.throttled > before.throttled) return "throttled"
  if (after.dropped > before.dropped) return "dropped"
  return after.ignoredStale > before.ignoredStale || after.ignoredEnded > before.ignoredEnded
    ? "ignored"
    : "handled"
}
