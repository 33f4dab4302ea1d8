import type { Chance } from "@sightscreen/decider"
import { Delivery, type Format } from "@sightscreen/domain"
import * as Odds from "./Odds.ts"

/** What becomes of a delivery, before it is known who bowled it to whom. */
export interface Ball {
  readonly bat: number
  readonly boundary: boolean
  readonly wides: number
  readonly noBalls: number
  readonly byes: number
  readonly legByes: number
  readonly penalty: number
  /** How somebody was out with it. */
  readonly manner: Delivery.Manner | null
}

export const dot: Ball = {
  bat: 0,
  boundary: false,
  wides: 0,
  noBalls: 0,
  byes: 0,
  legByes: 0,
  penalty: 0,
  manner: null
}

const hits: ReadonlyArray<Ball> = [0, 1, 2, 3, 4, 5, 6].map((bat) => ({
  ...dot,
  bat,
  boundary: bat === 4 || bat === 6
}))

/** Runs off the bat: four and six are boundaries. */
export const hit = (bat: number): Ball => hits[bat]!

export const out = (manner: Delivery.Manner): Ball => ({ ...dot, manner })

export const isLegal = (self: Ball): boolean => self.wides === 0 && self.noBalls === 0

export const runs = (self: Ball): number =>
  self.bat + self.wides + self.noBalls + self.byes + self.legByes + self.penalty

/** What sways the odds, 1 where nothing does. */
export interface Sway {
  /** On wickets. */
  readonly hazard: number
  /** On boundaries. */
  readonly stroke: number
  /** On sixes alone. */
  readonly might: number
  /** On wides. */
  readonly stray: number
}

export const draw = (
  dice: Chance.Dice,
  kind: Format.Kind,
  odds: Odds.Odds,
  sway: Sway,
  freeHit: boolean
): Ball => {
  if (dice.unit() * 1000 < odds.wide * sway.stray) return wide(dice, freeHit)
  let left = dice.unit() * 1000
  if ((left -= odds.noBall) < 0) return { ...struck(dice, odds, sway), noBalls: 1 }
  if ((left -= odds.bye) < 0) return { ...dot, byes: dice.weighted(byes) }
  if ((left -= odds.legBye) < 0) return { ...dot, legByes: dice.weighted(legByes) }
  if ((left -= odds.wicket * sway.hazard) < 0) return freeHit ? dot : out(mannerOf(dice, kind))
  // Who runs for his wicket may have made a run or two before.
  if ((left -= odds.runOut * sway.hazard) < 0) return { ...hit(dice.weighted(completed)), manner: "run out" }
  return strokeOf(left, dice, odds, sway)
}

const byes = [0, 60, 12, 0, 28]
const legByes = [0, 86, 5, 1, 8]
const completed = [62, 33, 5]
const wides = [0, 930, 30, 10, 0, 30]

const wide = (dice: Chance.Dice, freeHit: boolean): Ball => {
  const many = dice.weighted(wides)
  const isOut = many === 1 && dice.happens(0.008)
  const manner = !isOut ? null : freeHit || dice.happens(0.4) ? "run out" : "stumped"
  return { ...dot, wides: many, manner }
}

/** What the bat does to a ball that gets nobody out. */
const struck = (dice: Chance.Dice, odds: Odds.Odds, sway: Sway): Ball =>
  strokeOf(dice.unit() * 1000, dice, odds, sway)

const strokeOf = (from: number, dice: Chance.Dice, odds: Odds.Odds, { might, stroke }: Sway): Ball => {
  let left = from
  if ((left -= odds.one) < 0) return hit(1)
  if ((left -= odds.two) < 0) return hit(2)
  if ((left -= odds.three) < 0) return hit(3)
  // All run, or with overthrows (Laws 19.7, 19.8).
  if ((left -= odds.four * stroke) < 0)
    return dice.happens(0.004) ? { ...dot, bat: dice.happens(0.6) ? 4 : 5 } : hit(4)
  if ((left -= odds.six * stroke * might) < 0) return hit(6)
  return dot
}

const kindsOfWicket = ["caught", "bowled", "lbw", "stumped", "caught and bowled"] as const

const mannerOf = (dice: Chance.Dice, kind: Format.Kind): Delivery.Manner => {
  if (dice.happens(0.004)) return "hit wicket"
  if (dice.happens(0.001)) return "obstructing the field"
  return bowlersWicket(dice, kind)
}

export const bowlersWicket = (dice: Chance.Dice, kind: Format.Kind): Delivery.Manner =>
  kindsOfWicket[dice.weighted(Odds.manners[kind])]!
