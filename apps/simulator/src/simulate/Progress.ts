/**
 * How far long work has come, in one line of a terminal that is drawn over and over; nothing where nobody looks.
 */
export interface Progress {
  readonly update: (done: number, said?: string) => void
  /** Leaves the line empty, so that what follows stands alone. */
  readonly clear: () => void
}

export interface Options {
  /** How much there is to do; null where it goes on for ever. */
  readonly all: number | null
  /** What is counted: "seeds". */
  readonly of: string
  readonly write: (text: string) => void
  readonly columns: () => number
  /** Milliseconds, of any clock that goes on. */
  readonly now: () => number
}

export const none: Progress = { update: () => {}, clear: () => {} }

const often = 100

export const make = ({ all, columns, now, of, write }: Options): Progress => {
  const began = now()
  let drawn = Number.NEGATIVE_INFINITY
  return {
    update: (done, said = "") => {
      const at = now()
      if ((all === null || done < all) && at - drawn < often) return
      drawn = at
      write(`\r\u001b[K${line({ all, of, done, said, seconds: (at - began) / 1000 }, columns())}`)
    },
    clear: () => write("\r\u001b[K")
  }
}

export interface State {
  readonly all: number | null
  readonly of: string
  readonly done: number
  readonly said: string
  readonly seconds: number
}

/** `━━━━━━╌╌╌╌ 620/2,000 seeds · 31/s · 44 s left · 0 failed`, no wider than the terminal. */
export const line = ({ all, done, of, said, seconds }: State, columns: number): string => {
  const rate = seconds > 0 ? done / seconds : 0
  const left = rate > 0 && all !== null ? Math.round((all - done) / rate) : null
  const text = [
    `${number(done)}${all === null ? "" : `/${number(all)}`} ${of}`,
    ...(rate > 0 ? [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`] : []),
    ...(left === null || all === null || done >= all ? [] : [`${spoken(left)} left`]),
    ...(said === "" ? [] : [said])
  ].join(" · ")
  const width = Math.max(0, Math.min(30, columns - text.length - 2))
  const full = all === null || all === 0 ? width : Math.round((done / all) * width)
  const bar = all === null || width < 8 ? "" : `${"━".repeat(full)}${"╌".repeat(width - full)} `
  return `${bar}${text}`.slice(0, Math.max(1, columns - 1))
}

const number = (value: number): string => value.toLocaleString("en-GB")

const spoken = (seconds: number): string =>
  seconds < 100
    ? `${seconds} s`
    : seconds < 6000
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`
