import { DateTime, Option } from "effect"

/**
 * The days of a match of several days, and what they are broken by: lunch, tea and stumps.
 *
 * Records say on which days a match was played and not how far it came on each. Where ninety overs a day, the least that
 * is asked of a Test, fill the days that the record names, they do; otherwise the overs are spread over those days evenly.
 * A day has three sessions of equal length.
 */
export interface Days {
  /** By how many overs of the match are done when it begins. None begins with the first over or after the last. */
  readonly breaks: ReadonlyMap<number, Break>
  /** Of each day, how many days after the first it is; there may be days of rest between. */
  readonly after: ReadonlyArray<number>
}

export type Break =
  | { readonly status: "lunch" | "tea" }
  /** `next` is the day that follows, from 0. */
  | { readonly status: "stumps"; readonly next: number }

const oversInDay = 90
const dayMillis = 24 * 60 * 60_000

/** For so many overs; `dates` are those of the record, and tell the days only where there is more than one. */
export const of = (overs: number, dates: ReadonlyArray<string>): Days => {
  const told = [...new Set(dates)].toSorted()
  const wanted = told.length > 1 ? told.length : Math.ceil(overs / oversInDay)
  const count = Math.max(1, Math.min(wanted, overs))
  const fits = overs > (count - 1) * oversInDay && overs <= count * oversInDay
  const inDay = fits ? oversInDay : overs / count

  const breaks = new Map<number, Break>()
  for (let day = 0; day < count; day++) {
    const first = Math.round(day * inDay)
    const stumps = Math.round((day + 1) * inDay)
    const lunch = first + Math.round(inDay / 3)
    const tea = first + Math.round((inDay * 2) / 3)
    const end = Math.min(stumps, overs)
    if (lunch > first && lunch < end) breaks.set(lunch, { status: "lunch" })
    if (tea > lunch && tea < end) breaks.set(tea, { status: "tea" })
    if (stumps < overs) breaks.set(stumps, { status: "stumps", next: day + 1 })
  }
  const at = told.map(millisOf)
  return {
    breaks,
    after: Array.from({ length: count }, (_, day) => {
      const days = ((at[day] ?? Number.NaN) - at[0]!) / dayMillis
      return told.length > 1 && Number.isInteger(days) && days >= day ? days : day
    })
  }
}

/** Not a number where a date is none: tapes hold whatever was put on them. */
const millisOf = (date: string): number =>
  Option.match(DateTime.make(`${date}T00:00:00Z`), {
    onNone: () => Number.NaN,
    onSome: DateTime.toEpochMillis
  })
