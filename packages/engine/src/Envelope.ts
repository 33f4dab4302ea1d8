import {
  Alert,
  Background,
  type Channel,
  Headers,
  LiveActivity,
  Notification,
  Payload,
  Publish
} from "@sightscreen/apns"
import {
  Attributes,
  type ContentState,
  Edition,
  Ending,
  Fit,
  PushId,
  type Snapshot,
  Usefulness
} from "@sightscreen/domain"
import { Instant } from "@sightscreen/decider"
import { Result } from "effect"

/** What we decide, in the words of Apple. No rule is here, only translation. */
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

/** What an update or an end says, wherever it goes. */
const said = (it: Edition.Edition) => {
  const common = {
    timestamp: it.stamp,
    contentState: it.content,
    staleDate: it.staleAt,
    relevanceScore: it.relevance,
    ...(it.alert === null ? {} : { alert: alertOf(it.alert) })
  }
  if (it.ends === null) return LiveActivity.updated(common)
  return LiveActivity.ended(it.dismissAt === null ? common : { ...common, dismissalDate: it.dismissAt })
}

/**
 * An edition as bytes. Cohorts that read the same words of a bulletin, and hear of it alike, are sent the very same bytes,
 * by whatever way they go: they are encoded once, and whoever looks into them may recognise them.
 */
const bodyOf = (it: Edition.Edition): Uint8Array => {
  const known = lately.get(it.content)
  if (known !== undefined && saysSame(known.edition, it)) return known.body
  const body = Payload.bytesOf(said(it))
  lately.set(it.content, { edition: it, body })
  return body
}

/** By what they show, for as long as somebody knows that. */
const lately = new WeakMap<
  ContentState.ContentState,
  { readonly edition: Edition.Edition; readonly body: Uint8Array }
>()

/** Of two that show the same. */
const saysSame = (self: Edition.Edition, that: Edition.Edition): boolean =>
  self.stamp === that.stamp &&
  self.alert === that.alert &&
  self.staleAt === that.staleAt &&
  self.relevance === that.relevance &&
  self.ends === that.ends &&
  self.dismissAt === that.dismissAt

/** An update, or the end with the last state, to one token. */
export const edition = (it: Edition.Edition, { bundleId, environment }: Address): Sealed => {
  const collapseId = Edition.collapseIdOf(it)
  const handling = { bundleId, priority: it.priority, expiration: it.expiresAt }
  const headers = Headers.shared(
    "liveactivity",
    collapseId === null ? handling : { ...handling, collapseId: collapseId as Notification.CollapseId }
  )
  return Notification.enclose("liveactivity", environment, headers, bodyOf(it))
}

/** The same for everybody who has joined a channel. */
export const publish = (
  it: Edition.Edition,
  channel: Channel.Unstored
): Result.Result<Publish.Sealed, Payload.PayloadTooLarge> =>
  Publish.enclose({ channel, priority: it.priority, expiration: "once" }, bodyOf(it))

export interface Start {
  readonly info: Snapshot.MatchInfo
  readonly standing: {
    readonly stamp: Instant.EpochSeconds
    readonly staleAt: Instant.EpochSeconds
    readonly relevance: number
  }
  /** In the words of its cohort. */
  readonly content: ContentState.ContentState
  readonly alert: { readonly title: string; readonly body: string }
  readonly input: LiveActivity.Input
}

/** A start for one match; all phones of a cohort share the bytes. */
export const start = (it: Start, at: Instant.Instant, address: Address): Sealed => {
  const { alert, content, info, input, standing } = it
  const message = (contentState: ContentState.ContentState) =>
    LiveActivity.start({
      ...address,
      timestamp: standing.stamp,
      attributesType: Attributes.attributesType,
      attributes: Attributes.of(info),
      contentState,
      alert,
      input,
      expiration: Instant.plus(at, Usefulness.start[input._tag]),
      staleDate: standing.staleAt,
      relevanceScore: standing.relevance,
      // Two starts that race replace one another on a phone that is offline, where Apple keeps one. A match's own name may
      // be longer than Apple takes, and may hold what a header must not.
      collapseId: `start/${PushId.of("start", info.matchId)}` as Notification.CollapseId
    })
  const fitted = Fit.fit(content, (state) => Fit.bytesOf(message(state).payload))
  return Notification.seal(message(Result.getOrElse(fitted, () => content)))
}

/** Takes an activity off the lock screen at once. */
export const removal = (stamp: Instant.EpochSeconds, at: Instant.Instant, address: Address): Sealed =>
  Notification.seal(
    LiveActivity.end({
      ...address,
      timestamp: stamp,
      dismissalDate: Ending.atOnce(stamp),
      priority: 10,
      expiration: Instant.plus(at, Usefulness.removal)
    })
  )

/** What an app is woken for; the app reads it under our own name, beside Apple's. */
export interface Errand {
  /** Matches whose activities it is to end. */
  readonly end: ReadonlyArray<string>
}

/** Wakes an app, so that it reports its tokens, and runs an errand. */
export const wake = (errand: Errand, at: Instant.Instant, address: Address): Sealed =>
  Notification.seal(
    Background.wake({
      ...address,
      expiration: Instant.plus(at, Usefulness.wake),
      custom: { sightscreen: { end: errand.end } }
    })
  )

export interface Notice {
  /** Null for what is about no match. */
  readonly matchId: string | null
  readonly title: string
  readonly body: string
  /** When it is no use any more. */
  readonly until: Instant.Instant
}

/** A visible alert of a match; a tap opens the app there. A later one of the same match takes its place. */
export const notice = (it: Notice, address: Address): Sealed =>
  Notification.seal(
    Alert.alert({
      ...address,
      alert: { title: Fit.cut(it.title, 60), body: Fit.cut(it.body, 140) },
      sound: "default",
      expiration: it.until,
      ...(it.matchId === null
        ? {}
        : {
            threadId: it.matchId,
            collapseId: `match/${PushId.of("notice", it.matchId)}` as Notification.CollapseId,
            custom: { matchId: it.matchId }
          })
    })
  )
