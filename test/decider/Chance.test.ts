import { Chance } from "@sightscreen/decider"
import { Array } from "effect"
import { assert, describe, it } from "vitest"

const drawn = <A>(count: number, from: Chance.Chance, draw: (die: Chance.Dice) => A): ReadonlyArray<A> => {
  const die = Chance.dice(from)
  return Array.makeBy(count, () => draw(die))
}

/** Pearson's statistic: how far counts are from what was expected, in units of what is to be expected. */
const chiSquare = (counts: ReadonlyArray<number>, expected: ReadonlyArray<number>): number =>
  counts.reduce((sum, count, index) => sum + (count - expected[index]!) ** 2 / expected[index]!, 0)

const count = (values: ReadonlyArray<number>, kinds: number): ReadonlyArray<number> => {
  const counts = Array.makeBy(kinds, () => 0)
  for (const value of values) counts[value]! += 1
  return counts
}

describe("chance", () => {
  it("draws these numbers, on every machine and in every engine", () => {
    assert.deepStrictEqual(
      drawn(6, Chance.of(0), (die) => die.bits()),
      [2011145734, 409165305, 231113361, 1941603992, 1857294284, 2628988680]
    )
    assert.deepStrictEqual(
      drawn(4, Chance.of(42, "toss", 7), (die) => die.bits()),
      [3063521120, 4273531623, 2700221913, 279039544]
    )
    assert.deepStrictEqual(
      drawn(3, Chance.split(Chance.of(42, "toss", 7), "rain"), (die) => die.unit()),
      [0.5200649755059892, 0.1313702788466682, 0.42155639331569317]
    )
    assert.deepStrictEqual(
      [
        Chance.hash(0),
        Chance.hash(1),
        Chance.hash(2 ** 40, "feed.late", "match-1", 17),
        Chance.hash(-1, "é")
      ],
      [3571293495, 2148438002, 3568162628, 194583370]
    )
    assert.strictEqual(Chance.unitOf(9, "feed.late", "match-1", 17), 0.9443071048262376)
  })

  it("gives one stream for one seed and names, and others for all others", () => {
    const streams = [
      Chance.of(1),
      Chance.of(2),
      Chance.of(1 + 2 ** 32),
      Chance.of(-1),
      Chance.of(1, ""),
      Chance.of(1, "", ""),
      Chance.of(1, "a"),
      Chance.of(1, "ab", "c"),
      Chance.of(1, "a", "bc"),
      Chance.of(1, "abc"),
      Chance.of(1, 1),
      Chance.of(1, "1"),
      Chance.of(1, -1),
      Chance.of(1, 2 ** 32 + 1),
      Chance.of(1, 0),
      Chance.split(Chance.of(1), "a"),
      Chance.split(Chance.bits(Chance.of(1))[1], "a")
    ].map((stream) => drawn(2, stream, (die) => die.bits()).join())
    assert.strictEqual(new Set(streams).size, streams.length)
    assert.deepStrictEqual(Chance.of(1, "a", 2), Chance.of(1, "a", 2))
  })

  it("is not moved by being split", () => {
    const stream = Chance.of(5, "world")
    const before = Chance.bits(stream)
    Chance.split(stream, "crowd")
    assert.deepStrictEqual(Chance.bits(stream), before)
    assert.deepStrictEqual(Chance.split(stream, "crowd"), Chance.split(stream, "crowd"))
  })

  it("draws the same value by value as in the hand", () => {
    const die = Chance.dice(Chance.of(11, "both"))
    let stream = Chance.of(11, "both")
    const next = <A>([value, rest]: Chance.Drawn<A>): A => {
      stream = rest
      return value
    }
    for (let round = 0; round < 50; round++) {
      assert.strictEqual(next(Chance.bits(stream)), die.bits())
      assert.strictEqual(next(Chance.below(stream, 7)), die.below(7))
      assert.strictEqual(next(Chance.between(stream, -3, 3)), die.between(-3, 3))
      assert.strictEqual(next(Chance.unit(stream)), die.unit())
      assert.strictEqual(next(Chance.happens(stream, 0.3)), die.happens(0.3))
      assert.strictEqual(next(Chance.pick(stream, "abcdef".split(""))), die.pick("abcdef".split("")))
      assert.strictEqual(next(Chance.weighted(stream, [1, 2, 3])), die.weighted([1, 2, 3]))
      assert.deepStrictEqual(next(Chance.shuffle(stream, [1, 2, 3, 4])), die.shuffle([1, 2, 3, 4]))
    }
    assert.deepStrictEqual(stream, die.rest())
  })

  // The bounds are those that a fair die passes but once in a million.
  it("favours no number", () => {
    const rolls = count(
      drawn(60_000, Chance.of(1, "die"), (die) => die.below(6)),
      6
    )
    assert.isBelow(
      chiSquare(
        rolls,
        Array.makeBy(6, () => 10_000)
      ),
      35.9
    )
    const bytes = count(
      drawn(64_000, Chance.of(1, "bytes"), (die) => die.bits() >>> 24),
      256
    )
    assert.isBelow(
      chiSquare(
        bytes,
        Array.makeBy(256, () => 250)
      ),
      376
    )
    const low = count(
      drawn(64_000, Chance.of(1, "bytes"), (die) => die.bits() & 255),
      256
    )
    assert.isBelow(
      chiSquare(
        low,
        Array.makeBy(256, () => 250)
      ),
      376
    )
    const thirds = drawn(3_000, Chance.of(1, "large"), (die) => Math.floor(die.below(3 * 2 ** 30) / 2 ** 30))
    assert.isBelow(chiSquare(count(thirds, 3), [1000, 1000, 1000]), 27.7)
  })

  it("draws fractions from 0 to 1 evenly, and by weight", () => {
    const tenths = drawn(50_000, Chance.of(2, "unit"), (die) => Math.floor(die.unit() * 10))
    assert.isBelow(
      chiSquare(
        count(tenths, 10),
        Array.makeBy(10, () => 5_000)
      ),
      45.1
    )
    const weights = drawn(40_000, Chance.of(2, "weights"), (die) => die.weighted([1, 0, 5, 2]))
    const counts = count(weights, 4)
    assert.strictEqual(counts[1], 0)
    assert.isBelow(chiSquare([counts[0]!, counts[2]!, counts[3]!], [5_000, 25_000, 10_000]), 27.7)
    const often = drawn(40_000, Chance.of(2, "happens"), (die) => (die.happens(0.05) ? 1 : 0))
    assert.isBelow(chiSquare(count(often, 2), [38_000, 2_000]), 24)
  })

  it("shuffles into every order as often", () => {
    const orders = new Map<string, number>()
    for (const order of drawn(24_000, Chance.of(3, "shuffle"), (die) => die.shuffle([1, 2, 3, 4]).join("")))
      orders.set(order, (orders.get(order) ?? 0) + 1)
    assert.strictEqual(orders.size, 24)
    assert.isBelow(
      chiSquare(
        [...orders.values()],
        Array.makeBy(24, () => 1_000)
      ),
      71.4
    )
  })

  it("never and always mean what they say", () => {
    const die = Chance.dice(Chance.of(4))
    for (let round = 0; round < 1_000; round++) {
      assert.isFalse(die.happens(0))
      assert.isTrue(die.happens(1))
      assert.isFalse(Chance.comesUp(0, 4, "never", round))
      assert.isTrue(Chance.comesUp(1, 4, "always", round))
      assert.strictEqual(die.below(1), 0)
      assert.strictEqual(die.between(5, 5), 5)
    }
    assert.strictEqual(die.weighted([0, 0, 0]), 0)
  })

  it("casts lots that follow each other evenly and without memory of their neighbours", () => {
    const lots = Array.makeBy(51_200, (poll) => Chance.hash(6, "feed.late", "match-1", poll))
    for (const part of [0, 8, 16, 24]) {
      const bytes = lots.map((lot) => (lot >>> part) & 255)
      assert.isBelow(
        chiSquare(
          count(bytes, 256),
          Array.makeBy(256, () => 200)
        ),
        376
      )
    }
    // Pairs of neighbours fall into the sixteen squares evenly.
    const pairs = lots.slice(1).map((lot, index) => (lot >>> 30) * 4 + (lots[index]! >>> 30))
    assert.isBelow(
      chiSquare(
        count(pairs, 16),
        Array.makeBy(16, () => pairs.length / 16)
      ),
      56.5
    )
    const hits = Array.makeBy(20_000, (poll) =>
      Chance.comesUp(0.02, 6, "feed.hang", "match-2", poll) ? 1 : 0
    )
    assert.isBelow(chiSquare(count(hits, 2), [19_600, 400]), 24)
  })

  it("casts the same lots by a name that was begun before", () => {
    const lots = Chance.lots(8, "feed.late", 3)
    assert.strictEqual(lots.hash("match-1", 17), Chance.hash(8, "feed.late", 3, "match-1", 17))
    assert.strictEqual(lots.hash(), Chance.hash(8, "feed.late", 3))
    assert.strictEqual(lots.unitOf("match-1"), Chance.unitOf(8, "feed.late", 3, "match-1"))
    for (let poll = 0; poll < 100; poll++)
      assert.strictEqual(lots.comesUp(0.5, poll), Chance.comesUp(0.5, 8, "feed.late", 3, poll))
  })

  it("changes half the bits of a lot when a bit of a name changes", () => {
    let flipped = 0
    const rounds = 2_000
    for (let round = 0; round < rounds; round++) {
      const change = Chance.hash(7, "lot", round) ^ Chance.hash(7, "lot", round ^ (1 << (round % 31)))
      for (let bit = 0; bit < 32; bit++) flipped += (change >>> bit) & 1
    }
    assert.approximately(flipped / (rounds * 32), 0.5, 0.01)
  })
})
