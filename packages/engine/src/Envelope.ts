import { LiveActivity, Notification, type Payload } from "@sightscreen/apns"
import {
  Attributes,
  type Bulletin,
  type Edition,
  Ending,
  Fit,
  PushId,
  type Snapshot
} from "@sightscreen/domain"
import { Instant } from "@sightscreen/decider"
import { Duration, Result } from "effect"

/** What we decide, in the words of Apple: an edition as a sealed Live Activity push. No rule is here, only translation. */
export interface Address {
  readonly bundleId: Notification.BundleId
  readonly environment: Notification.Environment
}

type Sealed = Result.Result<Notification.Sealed, Payload.PayloadTooLarge>

const alertOf = (alert: NonNullable<Edition.Edition["alert"]>) => ({
  title: alert.title,
  body: alert.body,
  ...(alert.sound === null ? {} : { sound: alert.sound })
})

/** An update, or the end with the final score. */
export const edition = (it: Edition.Edition, address: Address): Sealed => {
  const common = {
    ...address,
    timestamp: it.stamp,
    contentState: it.content,
    priority: it.priority,
    expiration: it.expiresAt,
    staleDate: it.staleAt,
    relevanceScore: it.relevance,
    ...(it.alert === null ? {} : { alert: alertOf(it.alert) })
  }
  return Notification.seal(
    it.event === "update"
      ? LiveActivity.update(common)
      : LiveActivity.end({ ...common, ...(it.dismissAt === null ? {} : { dismissalDate: it.dismissAt }) })
  )
}

/** How long a start is worth trying to deliver. */
export const startUsefulFor = Duration.minutes(10)

/** A start for one match; all its phones share the bytes. */
export const start = (
  info: Snapshot.MatchInfo,
  standing: Bulletin.Bulletin,
  alert: { readonly title: string; readonly body: string },
  at: Instant.Instant,
  address: Address
): Sealed => {
  const message = (contentState: Bulletin.Bulletin["content"]) =>
    LiveActivity.start({
      ...address,
      timestamp: standing.stamp,
      attributesType: Attributes.attributesType,
      attributes: Attributes.of(info),
      contentState,
      alert,
      input: { _tag: "Token" },
      expiration: Instant.plus(at, startUsefulFor),
      staleDate: standing.staleAt,
      relevanceScore: standing.relevance,
      // Two starts that race replace one another on a phone that is offline, where Apple keeps one. A match's own name may
      // be longer than Apple takes, and may hold what a header must not.
      collapseId: `start/${PushId.of("start", info.matchId)}` as Notification.CollapseId
    })
  const fitted = Fit.fit(standing.content, (state) => Fit.bytesOf(message(state).payload))
  return Notification.seal(message(Result.getOrElse(fitted, () => standing.content)))
}

export const removalUntil = (at: Instant.Instant): Instant.Instant => Instant.plus(at, Ending.dismissAfter)

/** Takes an activity off the lock screen at once: a date in the past (Apple). */
export const removal = (stamp: Instant.EpochSeconds, at: Instant.Instant, address: Address): Sealed =>
  Notification.seal(
    LiveActivity.end({
      ...address,
      timestamp: stamp,
      dismissalDate: Instant.toSeconds(Instant.minus(at, Duration.minutes(1))),
      priority: 10,
      expiration: removalUntil(at)
    })
  )
