/**
 * A picture at the end of what a terminal shows, drawn over and over in its place.
 *
 * Lines that are said while it stands appear above it. Whatever is written is one piece of text, and lines are overwritten
 * rather than cleared, so nothing flickers; a line never wraps, so the picture is as high as it has lines.
 */
export interface Terminal {
  readonly write: (text: string) => void
  readonly columns: () => number
  readonly rows: () => number
}

const esc = "\u001b["
const hideCursor = `${esc}?25l`
const showCursor = `${esc}?25h`
const noWrap = `${esc}?7l`
const wrap = `${esc}?7h`
const toEndOfLine = `${esc}K`
const toEndOfScreen = `${esc}J`
/** Terminals that know it show what comes between in one go; the others ignore it. */
const [together, shown] = [`${esc}?2026h`, `${esc}?2026l`]

export class Screen {
  readonly #terminal: Terminal
  #drawn: ReadonlyArray<string> = []
  #size = ""

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  draw(lines: ReadonlyArray<string>): void {
    const size = `${this.#terminal.columns()}×${this.#terminal.rows()}`
    // A terminal of another size has broken the old picture in its own way; what is left of it is wiped off.
    const resized = this.#drawn.length > 0 && size !== this.#size
    this.#size = size
    const kept = lines.slice(0, Math.max(1, this.#terminal.rows() - 1))
    if (!resized && kept.length === this.#drawn.length && kept.every((line, at) => line === this.#drawn[at]))
      return
    const start = this.#drawn.length === 0 ? hideCursor : resized ? `${esc}2J${esc}H` : this.#back()
    this.#drawn = kept
    this.#terminal.write(together + start + this.#picture() + shown)
  }

  /** Says something above the picture, through whoever writes it. */
  above(write: () => void): void {
    if (this.#drawn.length === 0) return write()
    this.#terminal.write(this.#back() + toEndOfScreen)
    write()
    this.#terminal.write(this.#picture())
  }

  /** Leaves the picture as it is, and the terminal as it was. */
  close(): void {
    if (this.#drawn.length > 0) this.#terminal.write(showCursor)
    this.#drawn = []
  }

  #back(): string {
    return `\r${esc}${this.#drawn.length}A`
  }

  #picture(): string {
    // Wrapping is off for no longer than this: a process that is killed leaves a terminal that wraps.
    return noWrap + this.#drawn.map((line) => `${line}${toEndOfLine}\n`).join("") + toEndOfScreen + wrap
  }
}
