import { Duration } from "effect"
import type { Attempted } from "../journal/Entry.ts"
import type { Check } from "./Check.ts"

/** What one process has sent in five minutes, and in those before. */
interface Window {
  from: number
  sends: number
  retries: number
  sentBefore: number
  /** Answers in a row that say that Apple is down or not to be reached, and since when they are too many. */
  failures: number
  downSince: number
  /** Requests in this second. */
  second: number
  inSecond: number
}

interface State {
  readonly windows: Map<number, Window>
  /** Before when Apple does not want to see a push again. */
  readonly notBefore: Map<string, number>
}

const windowMillis = Duration.toMillis(Duration.minutes(5))

/** One for every ten sends; and a few, for a handful of phones that are told little. */
const ratio = 0.1
const always = 20

/** After so many failures in a row Apple counts as down, and what is sent again is one push at a time that looks for it. */
const isDownAfter = 20
/** By then whatever was under way when Apple went down has had its answer, or will have none. */
const settledMillis = Duration.toMillis(Duration.seconds(15))
const mostASecond = 3

/**
 * Attempts beyond the first are counted in windows of five minutes, against what was sent in them and in those before.
 */
export const FewRetries: Check<State> = {
  name: "few-retries",
  claim:
    "retries stay within a tenth of sends, none comes before Apple wants it, and Apple is left alone while it is down",
  hears: ["Attempted"],
  begin: () => ({ windows: new Map(), notBefore: new Map() }),
  step: ({ notBefore, windows }, entry) => {
    if (entry._tag !== "Attempted") return null
    const isAgain = entry.attempt > 1
    const wanted = isAgain ? notBefore.get(entry.pushId) : undefined
    if (entry.retryAfter !== null) notBefore.set(entry.pushId, entry.at + entry.retryAfter * 1000)
    if (wanted !== undefined && entry.at < wanted)
      return `${entry.pushId} was tried again ${wanted - entry.at} ms before Apple wanted it`
    let window = windows.get(entry.process)
    if (window === undefined) {
      window = {
        from: entry.at,
        sends: 0,
        retries: 0,
        sentBefore: 0,
        failures: 0,
        downSince: 0,
        second: 0,
        inSecond: 0
      }
      windows.set(entry.process, window)
    }
    if (entry.at >= window.from + windowMillis) {
      window.sentBefore = entry.at >= window.from + 2 * windowMillis ? 0 : window.sends
      window.from = entry.at
      window.sends = 0
      window.retries = 0
    }
    const isDown = window.failures >= isDownAfter
    const second = Math.floor(entry.at / 1000)
    window.inSecond = second === window.second ? window.inSecond + 1 : 1
    window.second = second
    if (isDown && entry.at > window.downSince + settledMillis && window.inSecond === mostASecond + 1)
      return `more than ${mostASecond} requests in a second, ${Math.round((entry.at - window.downSince) / 1000)} s after Apple went down`
    const looksForApple = isDown && entry.underWay === 1
    window.failures = isFailure(entry) ? window.failures + 1 : 0
    if (window.failures === isDownAfter) window.downSince = entry.at
    if (!isAgain) {
      window.sends++
      return null
    }
    if (looksForApple) return null
    window.retries++
    return window.retries > always + (window.sends + window.sentBefore) * ratio
      ? `${window.retries} retries for ${window.sends} sends within five minutes`
      : null
  }
}

const isFailure = ({ heard }: Attempted): boolean => typeof heard === "string" || heard >= 500
