import { Duration } from "effect"
import type { Check } from "./Check.ts"

interface Window {
  from: number
  sends: number
  retries: number
}

interface State {
  readonly windows: Map<number, Window>
  /** Credit for retries that a quiet time has saved up, of each process. */
  readonly saved: Map<number, number>
  /** Before when Apple does not want to see a push again. */
  readonly notBefore: Map<string, number>
}

const windowMillis = Duration.toMillis(Duration.minutes(5))

/** One for every ten sends; what there is at the start is for a handful of phones. */
const ratio = 0.1
const initially = 20

/**
 * Attempts beyond the first are counted in windows of five minutes, against what sends have paid for. While Apple is known to
 * be down only one push at a time looks for it, every second at most.
 */
export const FewRetries: Check<State> = {
  name: "few-retries",
  claim: "retries stay within a tenth of sends, and none comes before Apple wants it",
  hears: ["Attempted"],
  begin: () => ({ windows: new Map(), saved: new Map(), notBefore: new Map() }),
  step: ({ notBefore, saved, windows }, entry) => {
    if (entry._tag !== "Attempted") return null
    const wanted = entry.attempt > 1 ? notBefore.get(entry.pushId) : undefined
    if (entry.retryAfter !== null) notBefore.set(entry.pushId, entry.at + entry.retryAfter * 1000)
    if (wanted !== undefined && entry.at < wanted)
      return `${entry.pushId} was tried again ${wanted - entry.at} ms before Apple wanted it`
    let window = windows.get(entry.process)
    if (window === undefined) {
      window = { from: entry.at, sends: 0, retries: 0 }
      windows.set(entry.process, window)
      saved.set(entry.process, initially)
    }
    if (entry.at >= window.from + windowMillis) {
      const credit = (saved.get(entry.process) ?? 0) + window.sends * ratio - window.retries
      saved.set(entry.process, Math.max(0, Math.min(1000, credit)))
      window.from = entry.at
      window.sends = 0
      window.retries = 0
    }
    if (entry.attempt > 1) window.retries++
    else window.sends++
    // While Apple is looked for, one push a second is sent again whatever was paid.
    const probes = (entry.at - window.from) / 1000
    const allowed = (saved.get(entry.process) ?? 0) + window.sends * ratio + probes + 1
    return window.retries > allowed && entry.attempt > 1
      ? `${window.retries} retries for ${window.sends} sends within five minutes`
      : null
  }
}
