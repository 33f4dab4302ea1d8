/**
 * Chance as a value: what falls is decided by a seed and by names, and by nothing else.
 *
 * There are two kinds of draw. A stream is drawn from in order; `of` and `split` give each part of a world a stream of its
 * own, so that a draw more in one part moves nothing in another. A lot (`hash`, `unitOf`, `comesUp`) has no memory: it
 * follows from the names of what is decided, and stays when everything around it is taken away.
 *
 * All of it is arithmetic on whole numbers of 32 bits; fractions are such numbers divided by a power of two, which is
 * exact. Every engine and every machine draws the same. It is good enough to play with and not for secrets.
 */
export interface Chance {
  readonly a: number
  readonly b: number
  readonly c: number
  /** Draws so far, and what keeps the stream from ever falling into a short cycle. */
  readonly n: number
}

/** What a stream or a lot goes by. Numbers are whole; a fraction is cut off. The text "1" and the number 1 differ. */
export type Name = string | number

export type Drawn<A> = readonly [drawn: A, rest: Chance]

/** The stream of a seed, or of something in it: `of(7, "weather")` and `of(7, "toss")` know nothing of each other. */
export const of = (seed: number, ...names: ReadonlyArray<Name>): Chance => {
  const key = absorb(begin(seed), names)
  return start(first(key), second(key), names.length)
}

/**
 * A stream for a part of what this one is for. It follows from the state of this one, which does not move: the same name
 * split twice gives the same stream.
 */
export const split = (self: Chance, ...names: ReadonlyArray<Name>): Chance => {
  const key = begin(self.a)
  word(key, self.b)
  word(key, self.c)
  word(key, self.n)
  absorb(key, names)
  return start(first(key), second(key), names.length)
}

/** A whole number of 32 bits. */
export const bits = (self: Chance): Drawn<number> => {
  const die = dice(self)
  return [die.bits(), die.rest()]
}

/** A whole number from 0, less than `count`; every one as likely. `count` is from 1 to 2^32. */
export const below = (self: Chance, count: number): Drawn<number> => {
  const die = dice(self)
  return [die.below(count), die.rest()]
}

/** A whole number from `least` to `most`, both included. */
export const between = (self: Chance, least: number, most: number): Drawn<number> => {
  const die = dice(self)
  return [die.between(least, most), die.rest()]
}

/** A fraction of 53 bits, from 0 and less than 1. */
export const unit = (self: Chance): Drawn<number> => {
  const die = dice(self)
  return [die.unit(), die.rest()]
}

/** True with a probability from 0 (never) to 1 (always). */
export const happens = (self: Chance, probability: number): Drawn<boolean> => {
  const die = dice(self)
  return [die.happens(probability), die.rest()]
}

/** One of a list that is not empty. */
export const pick = <A>(self: Chance, list: ReadonlyArray<A>): Drawn<A> => {
  const die = dice(self)
  return [die.pick(list), die.rest()]
}

/** The index of one of several weights, each as likely as it is heavy; not one of weight 0 unless all are. */
export const weighted = (self: Chance, weights: ReadonlyArray<number>): Drawn<number> => {
  const die = dice(self)
  return [die.weighted(weights), die.rest()]
}

/** The list in another order, every order as likely. */
export const shuffle = <A>(self: Chance, list: ReadonlyArray<A>): Drawn<ReadonlyArray<A>> => {
  const die = dice(self)
  return [die.shuffle(list), die.rest()]
}

/**
 * A stream in the hand: each throw moves it on. For the inside of one function that draws often; what is passed on or kept
 * is the `rest`, a value again.
 */
export interface Dice {
  readonly bits: () => number
  readonly below: (count: number) => number
  readonly between: (least: number, most: number) => number
  readonly unit: () => number
  readonly happens: (probability: number) => boolean
  readonly pick: <A>(list: ReadonlyArray<A>) => A
  readonly weighted: (weights: ReadonlyArray<number>) => number
  readonly shuffle: <A>(list: ReadonlyArray<A>) => ReadonlyArray<A>
  readonly rest: () => Chance
}

export const dice = (self: Chance): Dice => {
  let { a, b, c, n } = self
  // sfc32 of Chris Doty-Humphrey's PractRand: a small fast counting generator.
  const bits = (): number => {
    const drawn = (((a + b) | 0) + n) | 0
    n = (n + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + drawn) | 0
    return drawn >>> 0
  }
  const below = (count: number): number => {
    // What is left over of 2^32 would fall to the first numbers: it is thrown again.
    const even = twoTo32 - (twoTo32 % count)
    for (;;) {
      const drawn = bits()
      if (drawn < even) return drawn % count
    }
  }
  const unit = (): number => fraction(bits(), bits())
  return {
    bits,
    below,
    between: (least, most) => least + below(most - least + 1),
    unit,
    happens: (probability) => unit() < probability,
    pick: (list) => list[below(list.length)]!,
    weighted: (weights) => {
      let sum = 0
      for (const weight of weights) sum += weight
      let left = unit() * sum
      let chosen = 0
      for (let index = 0; index < weights.length; index++) {
        const weight = weights[index]!
        if (weight <= 0) continue
        chosen = index
        left -= weight
        if (left < 0) break
      }
      return chosen
    },
    shuffle: (list) => {
      const shuffled = list.slice()
      for (let index = shuffled.length - 1; index > 0; index--) {
        const other = below(index + 1)
        const held = shuffled[index]!
        shuffled[index] = shuffled[other]!
        shuffled[other] = held
      }
      return shuffled
    },
    rest: () => ({ a, b, c, n })
  }
}

/** A stable whole number of 32 bits for what the names name. */
export const hash = (seed: number, ...names: ReadonlyArray<Name>): number =>
  first(absorb(begin(seed), names)) >>> 0

/** A stable fraction for what the names name, from 0 and less than 1. */
export const unitOf = (seed: number, ...names: ReadonlyArray<Name>): number =>
  unitFrom(absorb(begin(seed), names))

/** Whether the lot falls on what the names name, which it does with a probability from 0 (never) to 1 (always). */
export const comesUp = (probability: number, seed: number, ...names: ReadonlyArray<Name>): boolean =>
  unitOf(seed, ...names) < probability

/** The lots whose names begin alike, for those who cast many: `lots(7, "a").hash("b")` is `hash(7, "a", "b")`. */
export interface Lots {
  readonly hash: (...names: ReadonlyArray<Name>) => number
  readonly unitOf: (...names: ReadonlyArray<Name>) => number
  readonly comesUp: (probability: number, ...names: ReadonlyArray<Name>) => boolean
}

export const lots = (seed: number, ...names: ReadonlyArray<Name>): Lots => {
  const head: Readonly<Key> = absorb(begin(seed), names)
  const key = (rest: ReadonlyArray<Name>): Key =>
    absorb({ one: head.one, two: head.two, length: head.length }, rest)
  const unitOf = (...rest: ReadonlyArray<Name>): number => unitFrom(key(rest))
  return {
    hash: (...rest) => first(key(rest)) >>> 0,
    unitOf,
    comesUp: (probability, ...rest) => unitOf(...rest) < probability
  }
}

const twoTo32 = 0x1_0000_0000

/** 53 bits of two words. */
const fraction = (high: number, low: number): number =>
  ((high >>> 5) * 0x400_0000 + (low >>> 6)) / 0x20_0000_0000_0000

const unitFrom = (key: Key): number => fraction(first(key) >>> 0, second(key) >>> 0)

/** Two lanes, mixed as MurmurHash3 mixes its one. */
interface Key {
  one: number
  two: number
  length: number
}

const start = (a: number, b: number, c: number): Chance => {
  const die = dice({ a, b, c, n: 1 })
  // The author's own count of throws until every bit of the seed has reached every bit of the state.
  for (let throws = 0; throws < 12; throws++) die.bits()
  return die.rest()
}

const begin = (seed: number): Key => {
  const key: Key = { one: 0x2545f491, two: 0x4f6cdd1d, length: 0 }
  whole(key, seed)
  return key
}

const absorb = (key: Key, names: ReadonlyArray<Name>): Key => {
  for (const name of names) {
    if (typeof name === "number") {
      word(key, -1)
      whole(key, name)
    } else {
      // Lengths go in before the letters, or "ab", "c" would be "a", "bc".
      word(key, name.length)
      letters(key, name)
    }
  }
  return key
}

const whole = (key: Key, value: number): void => {
  const cut = Math.trunc(value)
  word(key, cut | 0)
  word(key, Math.floor(cut / twoTo32) | 0)
}

const word = (key: Key, value: number): void => {
  let one = Math.imul(value, 0xcc9e2d51)
  one = Math.imul((one << 15) | (one >>> 17), 0x1b873593) ^ key.one
  key.one = (Math.imul((one << 13) | (one >>> 19), 5) + 0xe6546b64) | 0
  let two = Math.imul(value, 0x239b961b)
  two = Math.imul((two << 16) | (two >>> 16), 0xab0e9789) ^ key.two
  key.two = (Math.imul((two << 17) | (two >>> 15), 5) + 0x561ccd1b) | 0
  key.length += 1
}

/** A {@link word} for each letter. Lanes stay at hand on the way: most of what names are made of is letters. */
const letters = (key: Key, name: string): void => {
  let { one, two } = key
  for (let index = 0; index < name.length; index++) {
    const value = name.charCodeAt(index)
    let mixed = Math.imul(value, 0xcc9e2d51)
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ one
    one = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
    mixed = Math.imul(value, 0x239b961b)
    mixed = Math.imul((mixed << 16) | (mixed >>> 16), 0xab0e9789) ^ two
    two = (Math.imul((mixed << 17) | (mixed >>> 15), 5) + 0x561ccd1b) | 0
  }
  key.one = one
  key.two = two
  key.length += name.length
}

const first = (key: Key): number => finish(key.one ^ Math.imul(key.two, 0x9e3779b1) ^ key.length)
const second = (key: Key): number => finish(key.two ^ Math.imul(key.one, 0x85ebca77) ^ key.length)

const finish = (value: number): number => {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
