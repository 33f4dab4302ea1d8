import type { Step } from "@sightscreen/decider"
import { Duration } from "effect"

/**
 * The addresses under which Apple finds this phone, and when the app gets to report them.
 *
 * Apple's tokens are random. Here they follow from a seed, so that a run can be repeated to the last digit.
 */
export interface Registration {
  readonly seed: string
  /** For ordinary pushes; absent until the app was launched. */
  readonly device: string | null
  /** For remote starts (iOS 17.2); one for the app, whatever it starts. This is the one that starts something. */
  readonly start: string | null
  /** How often the start token was replaced. */
  readonly changes: number
}

/**
 * How the start token behaves. What Apple describes is `well`; the rest is observed: the property stays nil (Apple forum
 * 835188), the token changes and the sequence says nothing (kylebshr/luka-ios#146), every start is accepted and nothing
 * appears (Apple forum 799505).
 */
export type StartToken = "well" | "never" | "silently changed" | "swallowed"

/** Major and minor. */
export type OsVersion = readonly [major: number, minor: number]

export type Output =
  | { readonly _tag: "DeviceTokenReported"; readonly token: string }
  | { readonly _tag: "StartTokenReported"; readonly token: string }

/** Apple: push-to-start came with iOS 17.2. */
export const startsRemotely: OsVersion = [17, 2]

/** Apple: channels came with iOS 18. */
export const hearsChannels: OsVersion = [18, 0]

export const isAtLeast = (os: OsVersion, needed: OsVersion): boolean =>
  os[0] > needed[0] || (os[0] === needed[0] && os[1] >= needed[1])

/** How long an update token takes where nobody says otherwise. */
export const tokenDelay = Duration.seconds(2)

export const make = (seed: string): Registration => ({ seed, device: null, start: null, changes: 0 })

/**
 * An app asks for its tokens at every launch and reports whatever it gets (Apple: they are not to be cached). It reads the
 * start token's property and does not wait for the sequence: that cures a silent change.
 */
export const launch = (
  self: Registration,
  os: OsVersion,
  startToken: StartToken = "well"
): Step.Step<Registration, Output> => {
  const device = hex(`${self.seed}/device`, deviceDigits)
  const said: Output = { _tag: "DeviceTokenReported", token: device }
  if (startToken === "never" || !isAtLeast(os, startsRemotely)) return [{ ...self, device }, [said]]
  const start = self.start ?? nthStart(self, 0)
  const launched: Registration = { ...self, device, start }
  const isFirst = self.device === null
  return [
    isFirst && startToken === "silently changed" ? changed(launched) : launched,
    [said, { _tag: "StartTokenReported", token: start }]
  ]
}

/** Another start token takes the place of the one there was. */
export const changed = (self: Registration): Registration =>
  self.start === null ? self : { ...self, changes: self.changes + 1, start: nthStart(self, self.changes + 1) }

/** Whether starts were once heard under this token. */
export const wasStart = (self: Registration, token: string): boolean =>
  formerStarts(self).some((former) => former === token)

/** All that were given out for the app as a whole: they die with it. */
export const issued = (self: Registration): ReadonlyArray<string> => [
  ...(self.device === null ? [] : [self.device]),
  ...formerStarts(self),
  ...(self.start === null ? [] : [self.start])
]

/** The app is put on a phone anew: nothing of what there was is ever given out again. */
export const renewed = (self: Registration): Registration => make(`${self.seed}/again`)

const formerStarts = (self: Registration): ReadonlyArray<string> =>
  Array.from({ length: self.changes }, (_, nth) => nthStart(self, nth))

const nthStart = ({ seed }: Registration, nth: number): string =>
  hex(nth === 0 ? `${seed}/start` : `${seed}/start/${nth}`, activityDigits)

/** The sequence of start tokens fires before a remote start and again after it, with the value it had (observed by many). */
export const echo = (self: Registration): ReadonlyArray<Output> =>
  self.start === null ? [] : [{ _tag: "StartTokenReported", token: self.start }]

/** The nth activity's name, in the form that ActivityKit gives it. */
export const activityId = (self: Registration, nth: number): string => {
  const digits = hex(`${self.seed}/activity/${nth}`, 32).toUpperCase()
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => digits.slice(from, to)).join("-")
}

/** An activity's first update token, or the one that it has after so many changes. */
export const updateToken = (self: Registration, activityId: string, changes = 0): string => {
  const first = `${self.seed}/update/${activityId}`
  return hex(changes === 0 ? first : `${first}/${changes}`, activityDigits)
}

/** Observed: 64 for device tokens, 160 for those of Live Activities. Apple promises no length. */
const deviceDigits = 64
const activityDigits = 160

/** Hex digits that differ for every text: FNV-1a takes the text in, a Weyl sequence with murmur's finish gives digits out. */
const hex = (text: string, digits: number): string => {
  let state = 0x811c9dc5
  let other = 0x9e3779b9
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
    other = Math.imul(other ^ text.charCodeAt(at), 0x85ebca6b) + (state >>> 13)
  }
  let found = ""
  while (found.length < digits) {
    state = (state + 0x9e3779b9) | 0
    other = mixed(other + state)
    found += mixed(state ^ other)
      .toString(16)
      .padStart(8, "0")
  }
  return found.slice(0, digits)
}

const mixed = (word: number): number => {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}
