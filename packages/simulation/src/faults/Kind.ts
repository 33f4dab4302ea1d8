import { Lie } from "@sightscreen/feed"

/**
 * Everything that can go wrong, by name.
 *
 * A kind says what happens, which gears can make it happen, about what it is decided, and how often a storm may have it.
 * Adding one is a line here; the compiler then asks those who carry faults out.
 */
export interface Kind {
  /** What happens, in one line. */
  readonly says: string
  readonly gears: ReadonlyArray<Gear>
  /**
   * What a decision is about: it falls once for each, by the names given in `Fault.befalls`.
   *
   * - `request`: one attempt at Apple: the push's id (or the publish's) and which attempt at it this is.
   * - `delivery`: one push or publish on its way to one phone.
   * - `report`: one attempt of a phone to tell the server something.
   * - `operation`: one use of the store, or, for `process.*`, one use of store or Apple.
   * - `poll`: one reading of the feed; `ball`: one ball, and what the feed tells of it.
   * - `phone`: a phone, once for all.
   * - `slot`: a phone, or a process, in each {@link slotMillis}.
   */
  readonly per: "request" | "delivery" | "report" | "operation" | "poll" | "ball" | "phone" | "slot"
  /** The rates that a storm draws from: the probability of each decision. A calm day has a tenth of it. */
  readonly rates: readonly [least: number, most: number]
}

export type Gear = "fast" | "true"

/** Where a decision is made anew as time goes by: once in each ten minutes of the world. */
export const slotMillis = 600_000

const both: ReadonlyArray<Gear> = ["fast", "true"]
const onlyTrue: ReadonlyArray<Gear> = ["true"]

const kind = (
  says: string,
  per: Kind["per"],
  least: number,
  most: number,
  gears: ReadonlyArray<Gear> = both
): Kind => ({ says, gears, per, rates: [least, most] })

/** What the feed does wrong is told where the feed is; both gears ask the same one. */
const feed = Object.fromEntries(
  Lie.names.map((name) => {
    const { per, rates, says } = Lie.of(name)
    return [name, { says, per, rates, gears: both }]
  })
) as unknown as { readonly [Name in Lie.Name]: Kind }

export const kinds = {
  ...feed,
  // Between the server and Apple.
  "apple.connectRefused": kind("no connection to Apple can be had", "request", 0.002, 0.1),
  "apple.tlsFailure": kind("the handshake with Apple fails after three seconds", "request", 0.001, 0.05),
  "apple.goAway": kind(
    "Apple closes the connection, and the request goes by a new one",
    "request",
    0.002,
    0.1
  ),
  "apple.refusedStream": kind("Apple sends the request back unread, again and again", "request", 0.002, 0.1),
  "apple.resetStream": kind(
    "the stream breaks before Apple has acted on it; nobody knows",
    "request",
    0.002,
    0.1
  ),
  "apple.silence": kind(
    "the connection is half open: nothing arrives, and the deadline passes",
    "request",
    0.001,
    0.03
  ),
  "apple.slowAnswer": kind("Apple's answer takes seconds", "request", 0.005, 0.1),
  "apple.lostAnswer": kind("Apple takes the request, and its answer is lost", "request", 0.002, 0.1),
  "apple.lateAnswer": kind("Apple takes the request, and answers after the deadline", "request", 0.001, 0.03),
  "apple.tooManyRequests": kind("429 TooManyRequests for a token or a channel", "request", 0.002, 0.1),
  "apple.tooManyProviderTokenUpdates": kind("429 TooManyProviderTokenUpdates", "request", 0.001, 0.02),
  "apple.internalServerError": kind("500 InternalServerError", "request", 0.002, 0.1),
  "apple.badGateway": kind("502 with a page of HTML", "request", 0.002, 0.05),
  "apple.serviceUnavailable": kind("503 ServiceUnavailable", "request", 0.002, 0.1),
  "apple.retryAfter": kind("503 with Retry-After", "request", 0.001, 0.05),
  "apple.shutdown": kind("503 Shutdown", "request", 0.002, 0.05),
  "apple.emptyBody": kind("500 with nothing in it", "request", 0.002, 0.05),
  "apple.unknownReason": kind("400 with a reason that nobody has documented", "request", 0.0005, 0.01),
  "apple.expiredProviderToken": kind(
    "403 ExpiredProviderToken for a bearer that is young",
    "request",
    0.0005,
    0.01
  ),
  "apple.badDeviceToken": kind("400 BadDeviceToken for a good token", "request", 0.0005, 0.01),
  "apple.notForTopic": kind("400 DeviceTokenNotForTopic for a good token", "request", 0.0005, 0.01),
  "apple.payloadTooLarge": kind("413 for a payload that is small enough", "request", 0.0005, 0.01),
  "apple.staleGone": kind("410 Unregistered as of before the token was registered", "request", 0.0005, 0.02),
  "apple.expiredToken": kind(
    "a living update token dies at Apple: 410 ExpiredToken from then on",
    "request",
    0.0005,
    0.003
  ),
  "apple.outage": kind("Apple is not there for up to five minutes", "slot", 0.02, 0.2),
  "apple.channelLost": kind("a channel is deleted behind its owner's back", "slot", 0.04, 0.12),
  // Between Apple and the phones.
  "delivery.late": kind(
    "a push or publish comes seconds later, and may be overtaken",
    "delivery",
    0.005,
    0.2
  ),
  "delivery.lost": kind("a push or publish that Apple took never arrives", "delivery", 0.002, 0.1),
  "delivery.twice": kind("a push or publish that is no start arrives twice", "delivery", 0.005, 0.1),
  // Between the phones and the server.
  "network.loss": kind("a report does not reach the server, and is made again", "report", 0.01, 0.3),
  "network.lostAnswer": kind("a report is done, its answer lost, and it is made again", "report", 0.01, 0.2),
  "network.duplicateReport": kind("a report reaches the server twice", "report", 0.01, 0.2),
  "network.delay": kind("a report takes up to two minutes", "report", 0.01, 0.2),
  "network.reorder": kind("a report is overtaken by those after it", "report", 0.01, 0.2),
  // The store.
  "store.slow": kind("an operation takes up to three seconds", "operation", 0.001, 0.02, onlyTrue),
  "store.refused": kind(
    "an operation fails at once, and nothing is done",
    "operation",
    0.0005,
    0.01,
    onlyTrue
  ),
  "store.timeout": kind(
    "an operation fails after five seconds, and nothing is done",
    "operation",
    0.0002,
    0.005,
    onlyTrue
  ),
  "store.lostAnswer": kind(
    "an operation is done, and fails all the same",
    "operation",
    0.0005,
    0.01,
    onlyTrue
  ),
  "store.conflict": kind("somebody else has just saved the row", "operation", 0.0005, 0.01),
  // The process and its clock.
  "process.crash": kind(
    "the process falls between two operations, and is started again",
    "operation",
    0.0001,
    0.001
  ),
  "process.pause": kind(
    "the process stands still for up to two minutes, and goes on",
    "slot",
    0.02,
    0.1,
    onlyTrue
  ),
  "process.twoOwners": kind(
    "a second process on the same store, for some minutes",
    "slot",
    0.02,
    0.15,
    onlyTrue
  ),
  "clock.forward": kind("the server's clock is up to ten minutes ahead for a while", "slot", 0.04, 0.15),
  "clock.backward": kind("the server's clock is up to ten minutes behind for a while", "slot", 0.04, 0.15),
  // The phones.
  "phone.offline": kind("out of reach for up to half an hour", "slot", 0.005, 0.05),
  "phone.forceQuit": kind("the app is swiped away, and opened again later", "slot", 0.001, 0.02),
  "phone.reinstalled": kind("the app is removed and put on again", "slot", 0.001, 0.01),
  "phone.restored": kind("a backup is put on another phone", "slot", 0.001, 0.01),
  "phone.dismissed": kind("the activity is swiped from the screen", "slot", 0.001, 0.02),
  "phone.signedOut": kind("its owner signs out, and in again later", "slot", 0.002, 0.01),
  "phone.notificationsOff": kind("notifications are switched off", "slot", 0.001, 0.01),
  "phone.frequentUpdatesOff": kind(
    "frequent updates are switched off, which ends its activities",
    "slot",
    0.002,
    0.01
  ),
  "phone.lowPower": kind("low power for a while", "slot", 0.002, 0.02),
  "phone.tokenRotated": kind("Apple replaces an activity's update token", "slot", 0.002, 0.03),
  "phone.startTokenChanged": kind("Apple replaces the start token, and says so", "slot", 0.002, 0.02),
  "phone.tokenSilentlyChanged": kind(
    "Apple replaces the start token, and does not say so",
    "slot",
    0.001,
    0.01
  ),
  "phone.startSwallowed": kind("starts are taken by Apple, and never shown", "phone", 0.03, 0.15),
  "phone.startTokenNever": kind("the start token never comes", "phone", 0.03, 0.1),
  "phone.updateTokenLate": kind("update tokens take up to ten minutes", "phone", 0.02, 0.2),
  "phone.updateTokenNever": kind(
    "update tokens are withheld until the person allows the activity",
    "phone",
    0.03,
    0.1
  ),
  "phone.noRoom": kind("other apps' activities leave no room", "phone", 0.03, 0.1),
  "phone.clockWrong": kind("its clock is up to ten minutes wrong", "phone", 0.02, 0.2),
  "phone.hardlyWoken": kind("silent pushes never wake the app", "phone", 0.02, 0.3)
} as const satisfies Readonly<Record<string, Kind>>

export type Name = keyof typeof kinds

export const names = Object.keys(kinds) as ReadonlyArray<Name>

export const of = (name: Name): Kind => kinds[name]

export const isName = (text: string): text is Name => Object.hasOwn(kinds, text)

/** Those that a gear can make happen. */
export const inGear = (gear: Gear): ReadonlyArray<Name> =>
  names.filter((name) => of(name).gears.includes(gear))
