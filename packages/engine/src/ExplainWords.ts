import { type Activity, Budget, type Recovery, Timings } from "@sightscreen/domain"
import { Duration } from "effect"
import type { Answered, Push } from "./ExplainAnswer.ts"
import type { ActivityStep } from "./ExplainRecord.ts"
import type { Bulletin } from "./ExplainStory.ts"

/** Why things happened, in plain sentences. Times are UTC; a token is named by its last six characters. */

/** "19:32:10". */
export const clock = (at: number): string => {
  const seconds = Math.floor(at / 1000)
  return [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => `${part}`.padStart(2, "0"))
    .join(":")
}

/** "2.5 s", "4 min". */
export const span = (millis: number): string =>
  millis < 60_000
    ? `${Math.round(millis / 100) / 10} s`
    : millis < 5_400_000
      ? `${Math.round(millis / 60_000)} min`
      : `${Math.round(millis / 360_000) / 10} h`

const tail = (token: string): string => `…${token}`

/** What Apple said to a push. */
export const verdict = ({ reason, verdict: said }: Push): string => {
  const why = reason === null ? "" : ` (${reason})`
  switch (said) {
    case "Accepted":
      return "Apple accepted"
    case "TokenDead":
      return `Apple called the token dead${why}`
    case "TokenSuspect":
      return `Apple did not know the token${why}`
    case "ChannelLost":
      return `Apple did not know the channel${why}`
    case "ChannelsOff":
      return `Apple lets the app have no channels${why}`
    case "SlowDown":
      return `Apple had been sent too many${why}`
    case "AppleDown":
      return `Apple had trouble${why}`
    case "KeyTrouble":
      return `Apple refused our key${why}`
    case "Unanswered":
      return `Apple gave no answer${why}`
    default:
      return `Apple refused it${why}`
  }
}

export const why: Readonly<Record<Recovery.HeldFor, string>> = {
  "no start token": "the phone has reported no start token",
  "suspect start token": `${Timings.suspectAfter} starts in a row by its start token went unanswered, so that token is taken for dead`,
  "start budget spent":
    `start budget spent (${Timings.unansweredADay} unanswered in ${Duration.toHours(Timings.startsWindow)} h, ` +
    `or ${Timings.startsAnHour} in an hour)`
}

export const ended: Readonly<Record<Activity.EndReason, string>> = {
  "match over": "the match is over",
  "day over": "the day's play is over",
  postponed: "the match was put off",
  unfollowed: "its owner follows the match no more",
  dismissed: "its owner swiped it away",
  superseded: "another took its place",
  yielded: "another match took its place on a phone that can show no more",
  expired: "the system took it off the screen",
  disowned: "the phone has another owner"
}

const because = (reason: Activity.EndReason | null): string =>
  reason === null ? "" : ` because ${ended[reason]}`

/** What became of a bulletin for one phone. */
export const answer = ({ answer: it, caughtUp }: Answered): string => {
  const later = caughtUp === null ? "" : `; ${brought(caughtUp)}`
  switch (it._tag) {
    case "Sent":
      return (
        `sent by token ${tail(it.push.tokenTail)} at ${clock(it.push.sentAt)}` +
        `${it.late ? " as the newest state and without a buzz, for the phone had missed some" : ""}, ${verdict(it.push)}`
      )
    case "Started":
      return (
        `its activity was started with it at ${clock(it.push.sentAt)}, ${verdict(it.push)}; ` +
        (it.shownAt === null
          ? "the phone never said that it shows it"
          : `the phone said so at ${clock(it.shownAt)}`)
      )
    case "Published":
      return (
        `published at ${clock(it.push.sentAt)} on the channel that this phone had joined ` +
        `(it said so at ${clock(it.joinedAt)}), ${verdict(it.push)}; whether it was online then nobody tells`
      )
    case "Overtaken":
      return (
        `${it.push.kind === "publish" ? "published" : "sent"} at ${clock(it.push.sentAt)}, ${verdict(it.push)}; ` +
        `the phone ignores it, for it had had bulletin ${it.by.stamp} at ${clock(it.by.sentAt)}`
      )
    case "Refused": {
      const how = { token: "sent", channel: "published", start: "sent as a start" }[it.by]
      return `${how} at ${clock(it.push.sentAt)}, and ${verdict(it.push)}${later}`
    }
    case "Replaced":
      return (
        (it.tooOld
          ? "not sent on its own: it was too old to buzz when its turn came"
          : "not sent on its own: a newer state replaced it before its turn") +
        (later === "" ? `; that was bulletin ${it.by.stamp}, and ${verdict(it.by)}` : later)
      )
    case "Pending":
      return (
        "not sent to this phone: its activity was still pending" +
        `${it.askedAt === null ? "" : ` (asked for at ${clock(it.askedAt)}, not yet reported)`}${later}`
      )
    case "Held":
      return `not sent to this phone: no start since ${clock(it.since)}: ${why[it.why]}${later}`
    case "Early":
      return (
        "not sent to this phone: its activity was not asked for " +
        `${it.askedAt === null ? "then" : `before ${clock(it.askedAt)}`}${later}`
      )
    case "Unreachable":
      return `not sent to this phone: its activity had been out of reach since ${clock(it.since)}${later}`
    case "GivenUp":
      return `not sent to this phone: its activity had been given up at ${clock(it.since)}${later}`
    case "Gone":
      return `not sent to this phone: its activity ended at ${clock(it.at)}${because(it.why)}${later}`
    case "Waiting":
      return "decided; it waits for its turn, for nothing newer has been recorded for this phone yet"
  }
}

const brought = (push: Push): string => {
  const how = { start: "it was started", publish: "it was brought up to date on its channel" }[push.kind]
  return `${how ?? "it was brought up to date"} at ${clock(push.sentAt)} with bulletin ${push.stamp}`
}

/** How urgently it was sent, and why not more so; to phones of one level, or to all. */
export const priority = ({ priority: given, used, wanted }: Bulletin, level: Budget.Level | null): string => {
  if (wanted === 5 && given.normal === 5 && given.frequent === 5) return "at priority 5"
  const spent = (of: Budget.Level): string => `${used[of]} of ${Budget.planned[of]} of this hour used`
  const one = (of: Budget.Level): string =>
    given[of] === 10
      ? `at priority 10 (${spent(of)})`
      : `at priority 5, for want of budget (${spent(of)}, ${Budget.reserved[of]} kept for wickets and the end)`
  if (level !== null) return one(level)
  return given.normal === 10 && given.frequent === 10
    ? `at priority 10 (${spent("normal")}; ${used.frequent} of ${Budget.planned.frequent} with frequent updates)`
    : `${one("normal")}; with frequent updates ${one("frequent")}`
}

/** "14.2 wicket", "score". */
export const subject = ({
  ball,
  event
}: {
  readonly ball: string | null
  readonly event: string | null
}): string =>
  event === null ? "change of the score" : [ball, event].filter((part) => part !== null).join(" ")

/** What happened to an activity; null for a step that tells a person nothing. */
export const step = (body: ActivityStep): string | null => {
  const said = new Set(body.outputs?.map((one) => one.said))
  const address = body.address === undefined ? "" : ` ${tail(body.address)}`
  if (said.has("GaveUp")) return "asked for in vain as often as may be; not asked for again by itself"
  if (said.has("Start")) {
    const attempt = body.outputs?.find((one) => one.said === "Start")?.attempt ?? 1
    const before = said.has("Unanswered") ? "the start before was not answered; " : ""
    return `${before}its activity was asked for${attempt === 1 ? "" : `, for the ${ordinal(attempt)} time`}`
  }
  if (said.has("Renew")) return "it is near the eight hours that an activity lives; its successor was begun"
  switch (body.heard) {
    case "Reported": {
      const where = `${body.by === "Channel" ? "the channel" : "token"}${address}`
      if (body.from === "Ended") return `reported by ${where} after its end, and told to end`
      return body.from === "Active"
        ? `listens by ${where} from now on`
        : `the phone shows it, and listens by ${where}`
    }
    case "TokenDisowned":
      return `its token${address} is dead; it will be asked for anew`
    case "Lost":
      return "it is lost, and nobody wanted that; it will be asked for anew"
    case "StartRefused":
      return "the start could not reach the phone: its start token is dead"
    case "StartUnsent":
      return "the start was not taken, and costs nothing"
    case "StartHeld":
      return "it is not asked for now"
    case "Wanted":
      return "it is wanted once more"
    case "AppRan":
      return "its app has run; should it say nothing of it, it is asked for anew"
    case "SuccessorStarted":
      return "Apple took the start of its successor"
    default:
      return body.to === "Ended" && body.from !== "Ended"
        ? `ended${because(body.ended ?? null)}`
        : body.from === body.to
          ? null
          : `${body.heard}: ${body.from} to ${body.to}`
  }
}

const ordinal = (count: number): string => ["first", "second", "third"][count - 1] ?? `${count}th`

/** What a phone's ladder said; null for what is told elsewhere. */
export const rung = (said: string, held: Recovery.HeldFor | undefined): string | null => {
  switch (said) {
    case "StartHeld":
      return held === undefined ? null : `no start: ${why[held]}`
    case "WakeApp":
      return "its app is to be woken by a silent push, so that it reports its tokens"
    case "NotifyUser":
      return "its owner is to be told of the match by an alert instead"
    case "GaveUp":
      return "starts have brought nothing; no more are sent by themselves"
    case "StartPending":
      return "a new start token came; what waits may be asked for"
    default:
      return null
  }
}

/** A push that is no bulletin. */
export const push = (it: Push): string => {
  const to = `by token ${tail(it.tokenTail)}, ${verdict(it)}`
  switch (it.kind) {
    case "start":
      return `a start was sent ${to}`
    case "wake":
    case "errand":
      return (it.cause?.includes("/errand/") ?? false)
        ? `woken by a silent push to end an activity, ${to}`
        : `woken by a silent push ${to}`
    case "notice":
      return (it.cause?.endsWith("/prematch") ?? false)
        ? `alert that the match begins soon ${to}`
        : `fallback alert ${to}`
    case "end":
      return `taken off the screen ${to}`
    default:
      return `${it.kind} sent ${to}`
  }
}

export const channel = (said: string): string => {
  switch (said) {
    case "Create":
      return "a broadcast channel was asked for"
    case "PublishEndAgain":
      return "the end was published on the channel once more"
    case "Delete":
      return "the channel is deleted"
    case "ChannelLost":
      return "Apple has lost the channel; who listened is started again"
    case "SlowDown":
      return "the channel is published to less often"
    default:
      return "Apple lets the app have no channels"
  }
}
