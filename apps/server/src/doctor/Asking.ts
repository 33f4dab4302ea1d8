import {
  Background,
  Management,
  Notification,
  PushType,
  Reason,
  type Request,
  Verdict
} from "@sightscreen/apns"
import { Effect, type Redacted, Result } from "effect"
import * as Account from "../push/Account.ts"
import * as Call from "../push/Call.ts"
import * as Outcome from "../push/Outcome.ts"
import * as Trouble from "../push/Trouble.ts"
import * as Finding from "./Finding.ts"
import type { Say } from "./Papers.ts"

/**
 * What Apple itself says, asked with requests that reach nobody.
 *
 * A push to what is no token is refused for its token alone once key, team and topic are accepted: Apple judges them first.
 */

export interface Who {
  readonly environment: Notification.Environment
  readonly bundleId: Notification.BundleId
  readonly credentials: { readonly keyId: string; readonly teamId: string }
  readonly jwt: Redacted.Redacted<string>
}

/** No hex, so that it can be nobody's. */
const noToken = "/3/device/doctor"

const request = (who: Who, headers: Request.Request["shared"], body: Uint8Array): Request.Request => ({
  environment: who.environment,
  path: noToken,
  pushId: undefined,
  shared: headers,
  body
})

/** The most harmless of pushes, should all else fail. */
const silent = ({ bundleId, environment, ...who }: Who): Request.Request => {
  const { body, headers } = Result.getOrThrow(
    Notification.seal(Background.wake({ bundleId, environment, expiration: "once" }))
  )
  return request({ bundleId, environment, ...who }, headers, body)
}

/** The same, to the topic of the app's Live Activities. */
const forActivities = (who: Who): Request.Request => {
  const { body, shared } = silent(who)
  return request(
    who,
    shared.map(([name, value]) =>
      name === "apns-topic"
        ? [name, PushType.topic("liveactivity", who.bundleId) ?? value]
        : name === "apns-push-type"
          ? [name, "liveactivity"]
          : [name, value]
    ),
    body
  )
}

/** How far the host's clock is ahead of ours, in milliseconds; null where it does not tell the time. */
const skewOf = ({ at, headers }: Pick<Call.Heard, "at" | "headers">): number | null => {
  const told = Date.parse(headers["date"] ?? "")
  // A date is cut off to the second.
  return Number.isNaN(told) ? null : told + 500 - at
}

const minute = 60_000
const hour = 60 * minute

const inWords = (millis: number): string => {
  const seconds = Math.round(Math.abs(millis) / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const setClock = "set this machine's clock, and keep it right (NTP): bearer tokens carry its time"

/** Judges the clock by the answer's date, or by what became of the bearer token. */
export const clock = (heard: Pick<Call.Heard, "at" | "headers">, reason: string | null): Finding.Finding => {
  const skew = skewOf(heard)
  if (skew === null) {
    if (reason === "ExpiredProviderToken") {
      return Finding.wrong(
        "clock",
        "it is more than an hour behind: a fresh bearer token counts as old",
        setClock
      )
    }
    return isTrusted(reason)
      ? Finding.well(
          "clock",
          "right within an hour: the bearer token was taken, and the answer tells no time"
        )
      : Finding.skipped("clock", "the answer tells no time")
  }
  const off = `${inWords(skew)} ${skew > 0 ? "behind" : "ahead of"} the host's`
  if (Math.abs(skew) > hour) return Finding.wrong("clock", `it is ${off}; Apple bears with an hour`, setClock)
  return Math.abs(skew) > minute
    ? Finding.look("clock", `it is ${off}; beyond an hour nothing is sent`, setClock)
    : Finding.well("clock", Math.abs(skew) < 2000 ? "as the host's" : off)
}

/** Reasons that are about the token in the path: all that comes before it was accepted. */
const isTrusted = (reason: string | null): boolean =>
  reason === null ||
  reason === "BadDeviceToken" ||
  reason === "DeviceTokenNotForTopic" ||
  reason === "Unregistered"

const otherWorld = (environment: Notification.Environment): Notification.Environment =>
  environment === "sandbox" ? "production" : "sandbox"

/** What an answer says of the key, and for `topic` of the topic. */
const judge = (
  check: string,
  who: Who,
  topic: string,
  status: number,
  reason: string | null,
  skew: number | null
): Finding.Finding => {
  const { bundleId, environment } = who
  const { keyId, teamId } = who.credentials
  if (status === 200 || (status < 500 && reason !== null && isTrusted(reason))) {
    return Finding.well(
      check,
      check === "key accepted"
        ? `key ${keyId} of team ${teamId}, for ${topic}; ` +
            (status === 200
              ? "the host took a made-up token as well, which Apple does not"
              : "only the made-up token was refused, as it should be")
        : topic
    )
  }
  const answered = `${status}${reason === null ? "" : ` ${reason}`}`
  const wrong = (says: string, remedy: string) => Finding.wrong(check, `${answered}: ${says}`, remedy)
  const clockIsTo = skew !== null && Math.abs(skew) > hour
  switch (reason === null ? null : Reason.canonical(reason)) {
    case "InvalidProviderToken":
      return clockIsTo
        ? wrong(
            "the bearer token is not believed, and its time is far from the host's",
            "first, the clock; then ask again"
          )
        : wrong(
            `the host does not know a key ${keyId} of team ${teamId}, or the file is another key's`,
            "compare the key id with the file's name, the team id with the Membership page, and look under Keys " +
              "whether the key is still there: one that was revoked is answered like this too"
          )
    case "ExpiredProviderToken":
      return wrong(
        "a bearer token made a moment ago counts as older than an hour",
        "the clock is behind; see there"
      )
    case "BadEnvironmentKeyIdInToken":
      return wrong(
        `key ${keyId} is not for ${environment}`,
        `use a key for ${environment}, or send to ${otherWorld(environment)}: --environment or APNS_ENV`
      )
    case "TopicDisallowed":
    case "TopicMismatch":
      return wrong(
        `the key may not push to ${topic}`,
        `check that ${bundleId} is an app of team ${teamId} with the Push Notifications capability; a key for ` +
          "single topics must list this one"
      )
    case "BadTopic":
    case "MissingTopic":
      return wrong(`${topic} is no topic`, "check the bundle ID")
    case "Forbidden":
      return wrong("the key may not be used", "look under Keys whether it was revoked")
    case "TooManyProviderTokenUpdates":
      return Finding.look(
        check,
        `${answered}: another program has made a bearer token with this key less than 20 minutes ago`,
        "the key itself is known; ask again in 20 minutes, and let all senders share one bearer token"
      )
  }
  const { meaning, remedy } = Outcome.explain(status, reason)
  return status >= 500 || status === 429
    ? Finding.look(check, `${answered}: ${meaning}`, remedy)
    : wrong(meaning, remedy)
}

const reasonOf = (verdict: Verdict.Verdict): string | null => ("reason" in verdict ? verdict.reason : null)

/** Asks with both topics, and looks at the clock. */
export const examine = (place: Account.Place, who: Who, say: Say): Effect.Effect<void> =>
  Effect.gen(function* () {
    const heard = yield* Effect.result(Call.call(place, silent(who), who.jwt))
    if (heard._tag === "Failure") {
      const { code } = heard.failure
      yield* say(Finding.wrong("key accepted", Trouble.meaning(code), Trouble.remedy(code)))
      yield* say(Finding.skipped("live activity", "there was no answer"))
      yield* say(Finding.skipped("clock", "there was no answer"))
      return
    }
    const { answer } = heard.success
    const reason = reasonOf(Verdict.of(answer))
    const skew = skewOf(heard.success)
    const accepted = judge("key accepted", who, who.bundleId, answer.status, reason, skew)
    yield* say(accepted)
    if (accepted.verdict !== "well") {
      yield* say(Finding.skipped("live activity", "not asked: see above"))
    } else {
      const topic = PushType.topic("liveactivity", who.bundleId) ?? who.bundleId
      const also = yield* Effect.result(Call.call(place, forActivities(who), who.jwt))
      yield* say(
        also._tag === "Failure"
          ? Finding.wrong(
              "live activity",
              Trouble.meaning(also.failure.code),
              Trouble.remedy(also.failure.code)
            )
          : judge(
              "live activity",
              who,
              topic,
              also.success.answer.status,
              reasonOf(Verdict.of(also.success.answer)),
              skew
            )
      )
    }
    yield* say(clock(heard.success, reason))
  })

const withoutChannels = "without channels every phone is told by a token of its own"

/** Lists the app's channels, which changes none. */
export const channels = (place: Account.Place, who: Who, say: Say): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { bundleId, environment } = who
    const heard = yield* Effect.result(Call.call(place, Management.list({ bundleId, environment }), who.jwt))
    if (heard._tag === "Failure") {
      const { code } = heard.failure
      return yield* say(Finding.look("broadcast", Trouble.meaning(code), Trouble.remedy(code)))
    }
    const told = Management.listed(heard.success.answer)
    if (told._tag === "Done") {
      const count = told.value.length
      return yield* say(
        Finding.well(
          "broadcast",
          `on for ${bundleId}; ${count} of 10000 channels ${count === 1 ? "is" : "are"} in use`
        )
      )
    }
    if (told._tag === "Unreadable") {
      return yield* say(
        Finding.look("broadcast", "the answer is no list of channels", "check that it is Apple's host")
      )
    }
    const { status } = heard.success.answer
    const reason = reasonOf(told.verdict)
    const answered = `${status}${reason === null ? "" : ` ${reason}`}`
    if (reason === "FeatureNotEnabled") {
      return yield* say(
        Finding.look(
          "broadcast",
          `${answered}: the broadcast capability of ${bundleId} is off; ${withoutChannels}`,
          "switch it on at developer.apple.com: Identifiers, the app, Push Notifications, Broadcast Capability"
        )
      )
    }
    const { meaning, remedy } = Outcome.explain(status, reason)
    return yield* say(Finding.look("broadcast", `${answered}: ${meaning}; ${withoutChannels}`, remedy))
  })
