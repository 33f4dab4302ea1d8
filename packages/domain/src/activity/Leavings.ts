import type { Activity } from "./Activity.ts"

/**
 * What may be on a phone's screen of a match beyond what is known to be there.
 *
 * Apple calls tokens dead whose activities stay on the screen, it forgets channels, and a start that nobody has heard of may
 * have been shown all the same. No push reaches that; the app ends it, once it is woken.
 */
type Open = Exclude<Activity, { readonly _tag: "Ended" }>

/** To be carried from one state to the next. */
export const leftOf = ({ gone, left }: Open): Pick<Open, "gone" | "left"> =>
  gone === undefined && left === undefined
    ? none
    : { ...(left === undefined ? none : { left }), ...(gone === undefined ? none : { gone }) }

const none = {}

/** So many that have gone are remembered: a phone is started three times, and renewed. */
const remembered = 6

/** With one more that is not on the screen any more, whatever is still to be heard of it. */
export const without = (self: Activity, instance: string): Activity =>
  self._tag === "Ended" || (self._tag === "Active" && self.instance === instance) || isGone(self, instance)
    ? self
    : { ...self, gone: [...(self.gone ?? []), instance].slice(-remembered) }

/** Its phone has said of the one of that name that it has left the screen. */
export const isGone = (self: Activity, instance: string): boolean =>
  self._tag !== "Ended" && self.gone !== undefined && self.gone.includes(instance)

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
