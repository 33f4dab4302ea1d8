import { Chance } from "@sightscreen/decider"
import { Result } from "effect"
import type { Fault } from "../faults/Fault.ts"
import * as Kind from "../faults/Kind.ts"
import type { Scenario } from "../Scenario.ts"
import type { Deed, Happening } from "./Happening.ts"
import { type Match, type MatchSource, played, timelineOf } from "./MatchSource.ts"
import type { Phone } from "./Phone.ts"

/**
 * How a scenario is drawn from a seed: each seed has some kinds of trouble, each at a rate of its own (after TigerBeetle's
 * "swarm"), so that between them seeds meet every mixture. What has all trouble at once never gets anywhere interesting.
 */
export type Mood =
  | "none"
  | "calm"
  | "storm"
  /** These kinds, all of them, at the rates of a storm. */
  | ReadonlyArray<Kind.Name>

export interface Options {
  readonly faults: Mood
  /** 50 where absent. */
  readonly phones?: number
  /** Drawn where absent. */
  readonly match?: MatchSource
  /** How long the match takes, in milliseconds; the usual for its format where absent. Only the instants drawn hang on it. */
  readonly lasts?: number
  readonly deliveries?: number
  readonly shuffle?: boolean
  /** Every kind that there is comes as often as it does in the worst of storms, from the beginning until all heals. */
  readonly fierce?: boolean
  /** Faults that another gear cannot make happen are not drawn. */
  readonly gear?: Kind.Gear
}

/** Reads `none`, `calm`, `storm`, or names with commas between them; `apple.*` stands for all of its kinds. */
export const moodOf = (text: string): Result.Result<Mood, string> => {
  if (text === "none" || text === "calm" || text === "storm") return Result.succeed(text)
  const found: Array<Kind.Name> = []
  for (const part of text.split(",").map((one) => one.trim())) {
    const some = part.endsWith(".*")
      ? Kind.names.filter((name) => name.startsWith(part.slice(0, -1)))
      : Kind.isName(part)
        ? [part]
        : []
    if (some.length === 0)
      return Result.fail(
        `there is no fault called "${part}"; there are none, calm, storm, and ${Kind.names.join(", ")}`
      )
    found.push(...some)
  }
  return Result.succeed([...new Set(found)])
}

const hour = 3_600_000
const minute = 60_000

/** About how long the tapes take, breaks included, at the usual pace. */
const tapes: Readonly<Record<string, number>> = {
  final: 3.05 * hour,
  "one-run": 3.05 * hour,
  "five-sixes": 3.05 * hour,
  rain: 1.5 * hour,
  "super-over": 3.3 * hour,
  lords: 7.4 * hour
}

const usual = 3.05 * hour

const lastsOf = (match: Match): number => {
  const { source } = match
  if (source._tag !== "Generated") return source._tag === "Bundled" ? (tapes[source.name] ?? usual) : usual
  const { info, times } = timelineOf(match, played(source).recording)
  return (times.at(-1) ?? info.startsAt) - info.startsAt
}

/** The scenario of a seed: always the same for the same options. */
export const draw = (seed: number, options: Options): Scenario => {
  const source = options.match ?? drawSource(seed)
  const match: Match = {
    source,
    deliveries: options.deliveries ?? null,
    startsAfter: 5 * minute,
    ballMillis: 40_000,
    breakMillis: 20 * minute
  }
  const over = match.startsAfter + (options.lasts ?? lastsOf(match))
  const numbers = Array.from({ length: options.phones ?? 50 }, (_, nth) => nth + 1)
  const healAt = drawHeal(Chance.dice(Chance.of(seed, "heal")), over)
  const whole = { from: match.startsAfter, to: over }
  return {
    version: 1,
    seed,
    match,
    phones: numbers.map((number) => drawPhone(seed, number, numbers.length)),
    happenings: numbers.flatMap((number) => drawActs(seed, number, whole)).sort(inTime),
    faults: drawFaults(seed, options, healAt),
    healAt,
    shuffle: options.shuffle ?? Chance.comesUp(0.5, seed, "shuffle")
  }
}

/** As often one that was truly played as one that never was. Long ones are seldom: they take as long as several short ones. */
const drawSource = (seed: number): MatchSource => {
  const dice = Chance.dice(Chance.of(seed, "match"))
  const names = Object.keys(tapes)
  const name = names[dice.weighted([4, 4, 4, 3, 3, 1])]!
  const format = formats[dice.weighted([30, 14, 4, 1])]!
  return dice.happens(0.5) ? { _tag: "Bundled", name } : { _tag: "Generated", format, seed, dramas: [] }
}

const formats = ["t20", "hundred", "odi", "test"] as const

/** Mostly before the match is over, so that much is still to be told; now and then after, so that the end meets trouble. */
const drawHeal = (dice: Chance.Dice, over: number): number =>
  dice.happens(0.7)
    ? dice.between(Math.round(over * 0.5), Math.round(over * 0.95))
    : over + dice.between(minute, 10 * minute)

const drawFaults = (
  seed: number,
  { faults, fierce, gear }: Options,
  healAt: number
): ReadonlyArray<Fault> => {
  if (faults === "none") return []
  return Kind.names.flatMap((kind): ReadonlyArray<Fault> => {
    const { gears, rates } = Kind.of(kind)
    if (gear !== undefined && !gears.includes(gear)) return []
    const dice = Chance.dice(Chance.of(seed, "faults", kind))
    const isOn =
      typeof faults === "string" ? dice.happens(faults === "storm" ? 0.3 : 0.12) : faults.includes(kind)
    if (!isOn) return []
    // As many small rates as large ones.
    const [least, most] = rates
    if (fierce === true) return [{ kind, rate: most, from: 0, until: healAt }]
    const rate = stretched(least, most, dice) * (faults === "calm" ? 0.1 : 1)
    const isLong = dice.happens(0.7)
    const from = isLong ? 0 : dice.between(0, Math.round(healAt * 0.7))
    const until = isLong
      ? healAt
      : Math.min(healAt, from + dice.between(10 * minute, Math.max(10 * minute, Math.round(healAt / 2))))
    return [{ kind, rate: rounded(rate), from, until }]
  })
}

/** Anywhere on the way by factors from one to the other. Roots and products are the same on every machine; powers are not. */
const stretched = (least: number, most: number, dice: Chance.Dice): number => {
  let value = least
  for (let step = 0, factor = Math.sqrt(most / least); step < 8; step++, factor = Math.sqrt(factor))
    if (dice.happens(0.5)) value *= factor
  return value
}

/** Three digits are enough, and read better. */
const rounded = (rate: number): number => Number(rate.toPrecision(3))

const languages = ["en", "en-IN", "hi", "hi-IN", "en-GB"]

const drawPhone = (seed: number, number: number, count: number): Phone => {
  const dice = Chance.dice(Chance.of(seed, "phone", number))
  const os = dice.pick([
    [16, 4],
    [17, 2],
    [17, 4],
    [17, 6],
    [18, 0],
    [18, 4],
    [18, 5],
    [18, 6],
    [26, 0],
    [26, 1]
  ] as const)
  const language = dice.pick(languages)
  const frequentPushes = dice.happens(0.85)
  const notificationsOn = dice.happens(0.9)
  const afterForceQuit = dice.happens(0.3) ? ("nothing" as const) : ("starts" as const)
  const drawEveryMillis = dice.pick([0, 1000, 5000, 15_000])
  const endsQuiet = dice.pick(["awake", "awake", "on time", "never"] as const)
  const taps = dice.happens(0.5)
  // Apps from before they learnt to look after their activities. On a channel nobody but the app can end one of two.
  const endsOlder = os[0] >= 18 || !dice.happens(0.3)
  // Some people have two phones.
  const owner = number > 1 && count > 1 && dice.happens(0.08) ? dice.between(1, number - 1) : number
  return {
    number,
    os,
    ...(owner === number ? {} : { owner }),
    ...(language === "en" ? {} : { language }),
    ...(frequentPushes ? {} : { frequentPushes }),
    ...(notificationsOn ? {} : { notificationsOn }),
    ...(afterForceQuit === "starts" ? {} : { afterForceQuit }),
    ...(drawEveryMillis === 5000 ? {} : { drawEveryMillis }),
    ...(endsQuiet === "awake" ? {} : { endsQuiet }),
    ...(taps ? { taps } : {}),
    ...(endsOlder ? {} : { endsOlder })
  }
}

/** The app is put on, the match followed; most leave it at that. */
const drawActs = (
  seed: number,
  phone: number,
  { from, to }: { readonly from: number; readonly to: number }
): ReadonlyArray<Happening> => {
  const dice = Chance.dice(Chance.of(seed, "acts", phone))
  const isEarly = dice.happens(0.75)
  const launched = isEarly
    ? dice.between(1000, from - minute)
    : dice.between(from, Math.round(from + (to - from) * 0.6))
  const followed = launched + dice.between(500, 30_000)
  const acts: Array<Happening> = [
    { at: launched, phone, does: "launches" },
    { at: followed, phone, does: "follows" }
  ]
  const act = (at: number, does: Deed) => void acts.push({ at: Math.round(at), phone, does })
  const sometime = () => dice.between(Math.max(followed + minute, from), Math.max(followed + 2 * minute, to))
  if (dice.happens(0.06)) {
    const gone = sometime()
    act(gone, "unfollows")
    if (dice.happens(0.5)) act(gone + dice.between(2000, 20 * minute), "follows")
  }
  if (dice.happens(0.05)) act(sometime(), "swipes")
  if (dice.happens(0.1)) act(sometime(), "launches")
  if (dice.happens(0.05)) act(sometime(), "allows")
  if (dice.happens(0.03)) act(sometime(), "goes offline")
  if (dice.happens(0.04)) {
    const left = sometime()
    act(left, "signs out")
    if (dice.happens(0.5)) act(left + dice.between(5000, 20 * minute), "signs in")
  }
  if (dice.happens(0.03)) act(sometime(), "changes hands")
  return acts
}

const inTime = (one: Happening, other: Happening): number => one.at - other.at || one.phone - other.phone
