import type { Server } from "@sightscreen/apns"

/** A request to the model Apple and its answer in one line, without a token. */
export const of = ({ at, method, path, pushType, reason, status }: Server.Exchange): string =>
  [
    timeOf(at),
    method,
    printable(path),
    pushType === null ? "-" : printable(pushType),
    status === null ? "no answer" : [status, reason].filter((part) => part !== null).join(" ")
  ].join("  ")

/** Local time, as clocks on walls show it. */
const wallClock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" })
const timeOf = (at: number): string => wallClock.format(at)

/** Whoever sends a request decides what is in it; what a terminal would obey is left out. */
const printable = (text: string): string => text.replace(/[^\x21-\x7e…]/g, "?").slice(0, 120)

/** What was answered, counted. */
export class Tally {
  readonly #answers = new Map<string, number>()

  add({ reason, status }: Server.Exchange): void {
    const answer = status === null ? "no answer" : reason === null ? `${status}` : `${status} ${reason}`
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1)
  }

  /** One line for each kind of answer, the most frequent first. */
  lines(): ReadonlyArray<string> {
    const rows = [...this.#answers].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    const width = Math.max(0, ...rows.map(([, count]) => `${count}`.length))
    return rows.map(([answer, count]) => `  ${`${count}`.padStart(width)}  ${answer}`)
  }
}
