import type { ActiveMatch } from "@sightscreen/domain"
import type { Tally } from "@sightscreen/engine"
import type { Phones, Screen } from "./WorldApi.ts"

/** What a person is shown while the demo runs: one phone's lock screen, and what it took to bring it there. Text in, text out. */
export interface View {
  readonly state: ActiveMatch.ActiveMatch | null
  readonly counts: Tally.Counts
  readonly phones: Phones | null
  readonly screen: Screen | null
  readonly speed: number
}

const bold = (text: string, colour: boolean): string => (colour ? `\u001b[1m${text}\u001b[0m` : text)
const dim = (text: string, colour: boolean): string => (colour ? `\u001b[2m${text}\u001b[0m` : text)

/** Phones that show the newest bulletin; one that is a single bulletin behind has its push on the way. */
export const newest = ({ phones, state }: Pick<View, "phones" | "state">): number =>
  phones === null || state === null
    ? 0
    : phones.showing.reduce((sum, one) => sum + (one.sequence >= state.sequence ? one.phones : 0), 0)

export const pushes = ({ counts, phones, state }: View): string => {
  const shown = newest({ phones, state })
  const parts = [
    `${counts.sent} pushes`,
    `P5 ${counts.priority5}`,
    `P10 ${counts.priority10}`,
    `acknowledged ${counts.accepted}`,
    ...(counts.refused > 0 ? [`refused ${counts.refused}`] : []),
    `newest state on ${shown}/${phones?.total ?? 0} phones`
  ]
  return parts.join(" · ")
}

/** The lines of a screen that is drawn over and over. */
export const lines = (view: View, colour: boolean): ReadonlyArray<string> => {
  const { phones, screen, state } = view
  const title =
    state?.match === null || state === null ? "waiting for the first ball" : state.content!.expanded.title
  return [
    `${bold("Sightscreen", colour)}  ${title}  ${dim(`×${view.speed}`, colour)}`,
    "",
    ...(screen === null || screen.lines.length === 0
      ? [
          dim(
            `  ${phones?.following ?? 0}/${phones?.total ?? 0} phones follow; nothing on their lock screens yet`,
            colour
          )
        ]
      : screen.lines.map((line) => `  ${line}`)),
    ...(screen?.alert == null
      ? [""]
      : ["", `  ${bold(screen.alert.title, colour)}`, `  ${dim(screen.alert.body, colour)}`]),
    "",
    `  ${pushes(view)}`
  ]
}

/** One line for a log, when something happened. */
export const logLine = (view: View): string => {
  const content = view.state?.content
  if (content == null) return "waiting for the first ball"
  const { expanded, keyEvent } = content
  const score =
    expanded.score === ""
      ? expanded.statusLine
      : `${expanded.battingCode} ${expanded.score} (${expanded.overs})`
  const event =
    keyEvent === undefined
      ? ""
      : ` | ${keyEvent.headline}${keyEvent.detail === undefined ? "" : `, ${keyEvent.detail}`}`
  return `${score}${event} | ${pushes(view)}`
}

/** What is said at the end. */
export const summary = (view: View): ReadonlyArray<string> => {
  const { counts, phones, state } = view
  const right = phones?.right ?? 0
  const total = phones?.total ?? 0
  return [
    "",
    state?.content?.expanded.statusLine ?? "No match was played",
    `${counts.sent} pushes in this run: P5 ${counts.priority5}, P10 ${counts.priority10}; ${counts.accepted} acknowledged, ${counts.refused} not`,
    `${phones?.alerts ?? 0} alerts on ${total} phones, ${phones?.repeatedAlerts ?? 0} repeated; ` +
      `${phones?.undecodable ?? 0} pushes undecodable, ${phones?.doubled ?? 0} activities doubled`,
    right === total
      ? `All ${total} phones show the right final state`
      : `${right} of ${total} phones show the right final state`,
    "Ball-by-ball data: Cricsheet (https://cricsheet.org), ODC-BY 1.0"
  ]
}
