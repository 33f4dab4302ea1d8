import type { Notification } from "@sightscreen/apns"
import type { ActiveMatch } from "@sightscreen/domain"
import { Context, type Duration } from "effect"

/** The app whose phones are pushed to, where a token's own registration does not say, and how it is told. */
export class AppSettings extends Context.Service<
  AppSettings,
  {
    readonly bundleId: Notification.BundleId
    /** Which of Apple's hosts this server's tokens belong to. */
    readonly environment: Notification.Environment
    /**
     * How much longer than in life a phone's report may take to get here: nothing, but where the world's clock runs faster
     * than its network.
     */
    readonly slack: Duration.Duration
    /** Whether phones that can (iOS 18) are told by broadcast channels. Apple wants that switched on for the app. */
    readonly channels: boolean
    /** How careful matches are told, and how chatty. */
    readonly manner: ActiveMatch.Manner
  }
>()("@sightscreen/engine/AppSettings") {}
