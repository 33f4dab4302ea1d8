import type { ActiveMatch, Bulletin, ContentState } from "@sightscreen/domain"
import type { Tally } from "@sightscreen/engine"
import { Cells } from "@sightscreen/handset"
import type { Phones, Screen } from "./WorldApi.ts"

/** What a person is shown while the demo runs: one phone's lock screen, and what it took to bring it there. Text in, text out. */
export interface View {
  readonly state: ActiveMatch.ActiveMatch | null
  /** Of this process; another one may have gone before it. */
  readonly counts: Tally.Counts
  readonly phones: Phones | null
  readonly screen: Screen | null
  /** Decided by this process, newest first. */
  readonly alerts: ReadonlyArray<Bulletin.Bulletin>
  readonly speed: number
}

/** The room there is on a terminal. */
export interface Room {
  readonly columns: number
  readonly rows: number
  readonly colour: boolean
}

/** Phones that show this bulletin, or one after it. */
export const showing = (phones: Phones | null, sequence: number): number =>
  phones === null
    ? 0
    : phones.showing.reduce((sum, one) => sum + (one.sequence >= sequence ? one.phones : 0), 0)

/** Phones that do not show the right final state, and it is known why. */
export const explained = ({ others }: Phones): number =>
  others.reduce((sum, { known, phones }) => sum + (known ? phones.length : 0), 0)

const widest = 48
/** Room for the figures beside the card. */
const narrowest = 24
const gap = "  "

/** The widest card that goes onto a screen of so many columns. */
export const cardWidth = (columns: number): number => Math.max(20, Math.min(widest, columns - 1))

/** The lines of a picture that is drawn over and over. */
export const picture = (view: View, room: Room): ReadonlyArray<string> => {
  const width = cardWidth(room.columns)
  const beside = Math.min(72, room.columns - width - gap.length - 1)
  const card = cardOf(view, width)
  const { bold, dim } = inks(room.colour)
  const head = [bold(Cells.cut(title(view), room.columns - 1)), ""]
  const hint = Cells.cut("Ctrl-C stops it; the next start goes on from there.", room.columns - 1)
  const height = Math.max(card.length, Math.min(tallest, room.rows - 5))
  if (beside < narrowest) {
    const body = [...card.map((line) => paint(line, room.colour)), ...inShort(view, width)]
    const spare = room.rows - 1 - body.length
    return [...(spare >= 2 ? head : []), ...body, ...(spare >= 3 ? [dim(hint)] : [])]
  }
  const said = [...figures(view, beside), "", ...told(view, beside)].slice(0, height)
  const rows = Array.from({ length: Math.max(card.length, said.length) }, (_, at) => {
    const left = paint(card[at] ?? " ".repeat(width), room.colour)
    return `${left}${gap}${said[at] ?? ""}`.trimEnd()
  })
  const spare = room.rows - 1 - rows.length
  return [...(spare >= 2 ? head : []), ...rows, ...(spare >= 3 ? [dim(hint)] : [])]
}

/** So that the picture of a large terminal does not grow with every alert. */
const tallest = 26

const title = ({ phones, screen, speed, state }: View): string => {
  const match = state?.content?.expanded.title
  const whose = screen === null ? "a lock screen" : `the lock screen of ${screen.deviceId}`
  return `Sightscreen · ${match === undefined ? "" : `${match} · `}×${speed} · ${whose}, one of ${phones?.total ?? "many"}`
}

/** The phone's card; before there is one, a card that says what is waited for. */
const cardOf = ({ phones, screen }: View, width: number): ReadonlyArray<string> => {
  if (screen !== null && screen.lines.length > 0) return screen.lines
  const text =
    phones === null || phones.following < phones.total
      ? `${phones?.following ?? 0} of ${phones?.total ?? "the"} phones follow the match`
      : phones.matchOver
        ? "nothing on the lock screen any longer"
        : "the first ball is about to be bowled"
  const row = (inside: string) => `│ ${Cells.fit(inside, width - 4)} │`
  const bar = "─".repeat(width - 2)
  return [`╭${bar}╮`, row(""), row(Cells.cut(text, width - 4)), row(""), `╰${bar}╯`]
}

const figures = ({ counts, phones, state }: View, width: number): ReadonlyArray<string> => {
  const column = Math.min(width, 30)
  const row = (name: string, value: number) => Cells.spread(name, `${value}`, column)
  const total = phones?.total ?? 0
  const shown = state === null ? 0 : showing(phones, state.sequence)
  const full = total === 0 ? 0 : Math.floor((shown / total) * column)
  return [
    row("pushes sent", counts.sent),
    row("  P5, can wait", counts.priority5),
    row("  P10, at once", counts.priority10),
    row("acknowledged", counts.accepted),
    ...(counts.refused > 0 ? [row("refused", counts.refused)] : []),
    ...(phones === null ? [] : routes(phones, row)),
    Cells.spread("newest state on", `${shown}/${total}`, column),
    "█".repeat(full) + "░".repeat(column - full)
  ]
}

/** In which ways phones are reached. One publish comes to everybody who listens to its channel. */
const routes = (phones: Phones, row: (name: string, value: number) => string): ReadonlyArray<string> => {
  const { byChannel, byToken, fallback, prematch, publishes, pushes, reached } = phones
  return [
    ...(byToken > 0 ? [row(`one by one, ${onMany(byToken)}`, pushes)] : []),
    ...(byChannel > 0
      ? [row(`by channel, ${onMany(byChannel)}`, publishes), row("  came to phones", reached)]
      : []),
    ...(prematch > 0 ? [row("told it begins soon", prematch)] : []),
    ...(fallback > 0 ? [row("told, start unanswered", fallback)] : [])
  ]
}

const onMany = (count: number): string => (count === 1 ? "1 phone" : `${count} phones`)

/** The same figures where there is no room beside the card. */
const inShort = (view: View, width: number): ReadonlyArray<string> => {
  const { phones, state } = view
  const shown = state === null ? 0 : showing(phones, state.sequence)
  return Cells.wrap(
    `${pushes(view)}; newest state on ${shown}/${phones?.total ?? 0}${byChannel(view)}`,
    width,
    3
  )
}

/** What rang, newest first. */
const told = ({ alerts }: View, width: number): ReadonlyArray<string> => {
  const indent = " ".repeat(width < 48 ? 2 : 8)
  return alerts.flatMap(({ alert, content }) =>
    alert === null
      ? []
      : [
          `♪ ${content.expanded.overs.padStart(indent.length - 4)}  ${alert.title}`,
          ...Cells.wrap(alert.body, width - indent.length, 2).map((line) => indent + line)
        ].map((line) => Cells.cut(line, width))
  )
}

/** One line for a log: an alert, once phones show it. */
export const alertLine = (bulletin: Bulletin.Bulletin, view: View): string => {
  const { alert, content } = bulletin
  const { detail, headline } = content.keyEvent ?? { headline: alert?.title ?? "", detail: alert?.body }
  const event = detail === undefined ? headline : `${headline}, ${detail}`
  return `${scoreOf(content)} | ${event} | on ${onPhones(view, content.sequence)} | ${pushes(view)}${byChannel(view)}`
}

/** One line for a log that has had none for a while. */
export const heartbeat = (view: View): string => {
  const content = view.state?.content
  if (content == null) {
    const { following = 0, total = 0 } = view.phones ?? {}
    return `... waiting for the first ball; ${following} of ${total} phones follow`
  }
  return `... ${scoreOf(content)} | newest state on ${onPhones(view, content.sequence)} | ${pushes(view)}${byChannel(view)}`
}

const onPhones = ({ phones }: View, sequence: number): string =>
  `${showing(phones, sequence)}/${phones?.total ?? 0} phones`

const pushes = ({ counts }: View): string =>
  `${counts.sent} pushes: P5 ${counts.priority5}, P10 ${counts.priority10}, acknowledged ${counts.accepted}` +
  (counts.refused > 0 ? `, refused ${counts.refused}` : "")

const byChannel = ({ phones }: View): string =>
  phones !== null && phones.publishes > 0
    ? `; ${phones.publishes} by channel came ${phones.reached} times`
    : ""

/** Lines for a log: how many were told something by a notification, where that is news. */
export const noticeLines = (before: Phones | null, { fallback, prematch }: Phones): ReadonlyArray<string> => [
  ...(prematch > (before?.prematch ?? 0)
    ? [`A notification says on ${onMany(prematch)} that the match begins soon`]
    : []),
  ...(fallback > (before?.fallback ?? 0)
    ? [`A notification says on ${onMany(fallback)} that the match is on: starts were not answered there`]
    : [])
]

const scoreOf = ({ expanded }: ContentState.ContentState): string =>
  expanded.score === ""
    ? expanded.statusLine
    : `${expanded.battingCode} ${expanded.score} (${expanded.overs})`

/** What was sent for the match by all processes that had a hand in it. */
export interface Ledger {
  readonly sent: number
  readonly priority5: number
  readonly priority10: number
  readonly accepted: number
  /** Publishes to channels, among those sent. */
  readonly published: number
}

/** What is said at the end. */
export const summary = (view: View, ledger: Ledger | null): ReadonlyArray<string> => {
  const { counts, phones, state } = view
  const right = phones?.right ?? 0
  const total = phones?.total ?? 0
  const { accepted, priority10, priority5, sent } = ledger ?? counts
  const published = ledger?.published ?? phones?.publishes ?? 0
  return [
    "",
    state?.content?.expanded.statusLine ?? "No match was played",
    `${sent} pushes: P5 ${priority5}, P10 ${priority10}; ${accepted} acknowledged, ${sent - accepted} not` +
      (sent > counts.sent ? `; ${counts.sent} since this start` : ""),
    ...(phones === null ? [] : ways(phones, sent - published, published)),
    `${phones?.alerts ?? 0} alerts on ${total} phones, ${phones?.repeatedAlerts ?? 0} repeated; ` +
      `${phones?.undecodable ?? 0} pushes undecodable, ${phones?.doubled ?? 0} activities doubled`,
    right === total
      ? `All ${total} phones show the right final state`
      : `${right} of ${total} phones show the right final state`,
    ...(phones === null ? [] : why(phones)),
    "Ball-by-ball data: Cricsheet (https://cricsheet.org), ODC-BY 1.0"
  ]
}

const ways = (
  { byChannel, byToken, fallback, prematch, reached }: Phones,
  oneByOne: number,
  published: number
): ReadonlyArray<string> => [
  `${oneByOne} of them one by one, with updates for ${onMany(byToken)}; ` +
    `${published} by channel, which came ${reached} times to ${onMany(byChannel)}`,
  `${prematch} notifications that the match begins soon, ${fallback} that it is on, where starts were not answered`
]

/** One line for each reason why a phone shows something else. */
const why = ({ others, right, total, waiting }: Phones): ReadonlyArray<string> => {
  const lines = others.map(({ phones, why }) => `  ${onMany(phones.length)}: ${why} (${named(phones)})`)
  if (waiting > 0) lines.push(`  ${onMany(waiting)}: something is still to come`)
  return right === total || lines.length === 0 ? [] : ["The others:", ...lines]
}

const named = (phones: ReadonlyArray<string>): string =>
  phones.length > 4 ? `${phones.slice(0, 3).join(", ")} and ${phones.length - 3} more` : phones.join(", ")

const inks = (colour: boolean) => {
  const ink = (code: number) => (text: string) =>
    colour && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text
  return { bold: ink(1), dim: ink(2), red: ink(31), green: ink(32), yellow: ink(33) }
}

/** A line of the card with the colours a phone would give it; the text stays where it is. */
const paint = (line: string, colour: boolean): string => {
  const { dim, green, red, yellow } = inks(colour)
  if (/^[╭├╰]/.test(line)) return dim(line)
  const inside = line
    .slice(1, -1)
    .replace(/● LIVE/, red)
    .replace(/■ RESULT/, green)
    .replace(/★ .*/, yellow)
  return /^│.*│$/.test(line) ? `${dim("│")}${inside}${dim("│")}` : line
}
