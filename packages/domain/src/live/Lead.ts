import * as Display from "../activity/Display.ts"
import * as Importance from "../activity/Importance.ts"
import type { Progress } from "../cricket/Progress.ts"
import { fact, isSame, key, type MatchEvent } from "../events/MatchEvent.ts"
import type { Memory } from "../events/Memory.ts"
import type { Result } from "../events/Pipeline.ts"
import type { ActiveMatch } from "./ActiveMatch.ts"

/** What screens lead with, and what they have led with: only that can be missed there when the feed takes it back. */

/** An event as it reads after a correction; null where it is not true any more. */
export const asTold = (memory: Memory, event: MatchEvent): MatchEvent | null => {
  const found =
    memory.told.find((one) => key(one.event) === key(event)) ??
    memory.told.findLast((one) => one.shown && fact(one.event) === fact(event))
  return found?.event ?? null
}

/** What screens lead with now: news, else what is not true any more, else what they led with, as it reads now. */
export const leading = (
  self: ActiveMatch,
  { memory, retracted }: Result,
  news: MatchEvent | null,
  { match, retoldFrom }: Progress
): ActiveMatch["shown"] => {
  if (news !== null) return { event: news, retracted: false }
  const { shown } = self
  const undone = retracted.filter(
    (event) =>
      isPainted(self, event) &&
      (Display.isCurrent(match, { event, retracted: true }) ||
        (shown !== null && key(shown.event) === key(event)))
  )
  const taken = undone.find(({ _tag }) => Importance.of(_tag).alert) ?? undone[0]
  if (taken !== undefined) return { event: taken, retracted: true }
  if (shown === null) return null
  if (shown.retracted) {
    const back = memory.told.findLast(({ event }) => isSame(event, shown.event))
    return back === undefined ? shown : { event: back.event, retracted: false }
  }
  if (retracted.some((event) => key(event) === key(shown.event))) return null
  if (retoldFrom === null) return shown
  const now = asTold(memory, shown.event)
  return now === null ? shown : { event: now, retracted: false }
}

/** Names of two dozen events: a correction of what is older is of no interest to a screen. */
const mostPainted = 48

/** Screens lead with it now. */
export const painting = (painted: ReadonlyArray<string>, event: MatchEvent): ReadonlyArray<string> => {
  const name = key(event)
  return painted[painted.length - 2] === name
    ? painted
    : [...painted.slice(2 - mostPainted), name, fact(event)]
}

/** What was held, or waited for its turn with a quiet change, was on no screen, and is not missed there. */
const isPainted = ({ painted }: ActiveMatch, event: MatchEvent): boolean =>
  painted.includes(key(event)) || painted.includes(fact(event))

/** What is on screens may go by another name after a correction. */
export const renamed = (self: ActiveMatch, shown: ActiveMatch["shown"]): ReadonlyArray<string> =>
  shown !== null &&
  !shown.retracted &&
  self.shown !== null &&
  !self.shown.retracted &&
  shown.event !== self.shown.event &&
  key(shown.event) !== key(self.shown.event) &&
  shown.event._tag === self.shown.event._tag &&
  isPainted(self, self.shown.event) &&
  fact(shown.event) === fact(self.shown.event)
    ? painting(self.painted, shown.event)
    : self.painted
