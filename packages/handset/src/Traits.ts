import { Duration } from "effect"
import * as ActivityKit from "./ActivityKit.ts"
import * as Registration from "./Registration.ts"

/**
 * How one phone differs from another for as long as it is used: plain data, so that a phone can be written down and read.
 *
 * Apple publishes few numbers; those that are ours are chosen to be harder on a server than a real phone is.
 */
export interface Traits {
  /** Of the person, as the app reports it. */
  readonly language: string
  readonly startToken: Registration.StartToken
  /**
   * What a remote start does for an app that was force-quit: the system starts the activity, and nobody wakes the app; or,
   * observed, nothing at all (Apple feedback FB21158660).
   */
  readonly afterForceQuit: "starts" | "nothing"
  /** Live activities at a time. */
  readonly most: number
  /** Between two draws of an activity. Before iOS 18 every push is drawn at once, whatever stands here. */
  readonly drawEveryMillis: number
  /** Priority-10 pushes for an activity in any hour, without frequent updates and with them. */
  readonly pushesAnHour: { readonly usual: number; readonly frequent: number }
  /** Silent pushes in any hour that wake the app. Apple: two or three. */
  readonly wakesAnHour: number
  /** By how much its clock is ahead of the true time; below zero it is behind. */
  readonly clockAheadMillis: number
  /** Whether the app ends the older of two activities of a match, when it is awake to see both. */
  readonly endsOlder: boolean
  /**
   * When the app ends an activity that had no content for too long: when something else wakes it, as on a real phone; to the
   * minute, which is harder on the server; never.
   */
  readonly endsQuiet: "awake" | "on time" | "never"
}

export interface Settings extends Partial<Omit<Traits, "drawEveryMillis" | "pushesAnHour">> {
  readonly drawEvery?: Duration.Input
  readonly pushesAnHour?: Partial<Traits["pushesAnHour"]>
}

/** Observed: a device log showed about 235 left at level `frequent` (kylebshr/luka-ios#146); pushward.app has 15 without. */
const pushesAnHour = { usual: 15, frequent: 240 }

export const make = ({ drawEvery = "5 seconds", ...some }: Settings): Traits => ({
  language: some.language ?? "en",
  startToken: some.startToken ?? "well",
  afterForceQuit: some.afterForceQuit ?? "starts",
  most: some.most ?? ActivityKit.most,
  drawEveryMillis: Duration.toMillis(Duration.fromInputUnsafe(drawEvery)),
  pushesAnHour: { ...pushesAnHour, ...some.pushesAnHour },
  wakesAnHour: some.wakesAnHour ?? 3,
  clockAheadMillis: some.clockAheadMillis ?? 0,
  endsOlder: some.endsOlder ?? true,
  endsQuiet: some.endsQuiet ?? "awake"
})

/** Observed: iOS 18 slowed the drawing of updates. */
const drawsSlowly: Registration.OsVersion = [18, 0]

/** What it all comes to for activities at this moment. */
export const rules = (
  self: Traits,
  now: {
    readonly os: Registration.OsVersion
    readonly frequentPushes: boolean
    readonly forceQuit: boolean
  }
): ActivityKit.Rules => ({
  most: self.most,
  drawEveryMillis: Registration.isAtLeast(now.os, drawsSlowly) ? self.drawEveryMillis : 0,
  pushesAnHour: now.frequentPushes ? self.pushesAnHour.frequent : self.pushesAnHour.usual,
  clockAheadMillis: self.clockAheadMillis,
  endsQuiet: self.endsQuiet === "on time" && !now.forceQuit
})
