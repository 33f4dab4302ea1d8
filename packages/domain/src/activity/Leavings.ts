import type { Activity } from "./Activity.ts"

/**
 * What may be on a phone's screen of a match beyond what is known to be there.
 *
 * Apple calls tokens dead whose activities stay on the screen, it forgets channels, and a start that nobody has heard of may
 * have been shown all the same. No push reaches that; the app ends it, once it is woken.
 */
type Open = Exclude<Activity, { readonly _tag: "Ended" }>

/** To be carried from one state to the next. */
export const leftOf = (self: Open): Pick<Open, "left"> => (self.left === undefined ? {} : { left: self.left })

/** Something may be there that is at no known address: an older one, or one that a start has made since. */
export const isLikely = (self: Open): boolean => {
  switch (self._tag) {
    case "Pending":
      return self.attempts > 0 || self.left !== undefined
    case "Active":
      return self.attempts > 1 || self.left !== undefined
    case "TokenInvalid":
    case "Failed":
      return true
  }
}

/**
 * Something is there that the end of match or day does not come to. It does come to whoever is active, and to a phone that
 * says late where it listens; and who listens to the channel of the match has heard it, whether or not the phone has said so.
 */
export const isStranded = (self: Open): boolean => {
  switch (self._tag) {
    case "Pending":
      return self.left === "Channel"
    case "Active":
      return false
    case "TokenInvalid":
      return true
    case "Failed":
      return self.left !== undefined
  }
}
