import type { Instant, Step } from "@sightscreen/decider"
import * as Importance from "../activity/Importance.ts"
import type * as Match from "../cricket/Match.ts"
import * as Progress from "../cricket/Progress.ts"
import type { Snapshot } from "../cricket/Snapshot.ts"
import * as Pipeline from "../events/Pipeline.ts"
import type { ActiveMatch, Output } from "./ActiveMatch.ts"
import { nothingHeld } from "./Held.ts"
import { issue } from "./Issue.ts"
import * as Order from "./Order.ts"

/** What an operator's order does to a live match. */

export const obey = (
  self: ActiveMatch,
  order: Order.Order,
  number: number,
  at: Instant.Instant
): Step.Step<ActiveMatch, Output> => {
  const before = self.orders ?? Order.nothing
  if (number <= before.last) return [self, []]
  const heard = (change: Partial<Order.Standing> = {}): ActiveMatch => ({
    ...self,
    orders: { ...before, ...change, last: number }
  })
  const { match } = self
  const noted: Array<Output> = [{ _tag: "Obeyed", order, at }]
  switch (order._tag) {
    case "Pause":
      // What waited to be told waits for nothing any more.
      return [{ ...heard({ paused: true }), held: nothingHeld }, noted]
    case "Resume":
      return repaint(heard({ paused: false }), at, noted)
    case "Correct": {
      const one = match === null ? null : Order.difference(match, order)
      return one === null
        ? [heard(), []]
        : repaint(heard({ corrections: Order.corrected(before.corrections, one) }), at, noted)
    }
    case "Uncorrect":
      return repaint(heard({ corrections: [] }), at, noted)
    case "End": {
      const next: ActiveMatch = { ...heard({ paused: false }), held: nothingHeld }
      // Never seen, so on no screen.
      if (match === null) return [{ ...next, ended: "postponed" }, noted]
      const over: Match.Match = { ...match, status: "finished" }
      return issue({ ...next, match: over }, over, null, null, Importance.final, at, noted, true)
    }
  }
}

/** What was put right, and what was not told for a while, is shown at once and without a buzz. */
const repaint = (
  self: ActiveMatch,
  at: Instant.Instant,
  outputs: Array<Output>
): Step.Step<ActiveMatch, Output> => {
  const { match, orders, shown } = self
  if (match === null) return [self, outputs]
  if (Order.isPaused(orders)) return [{ ...self, behind: true }, outputs]
  return issue(self, match, shown, null, Importance.correction, at, outputs)
}

/** While nothing is told, the match is read all the same: what happens meanwhile is no news afterwards. */
export const listen = (self: ActiveMatch, snapshot: Snapshot): Step.Step<ActiveMatch, Output> => {
  const progress = Progress.advance(self.match, snapshot)
  if (progress._tag === "Refused") return [self, [{ _tag: "Refused", reason: progress.reason }]]
  const { memory } = Pipeline.run(self.memory, progress, snapshot.at)
  return [{ ...self, match: progress.match, memory, absent: null, behind: true }, []]
}
