import { Instant, Step } from "@sightscreen/decider"
import { PushToken } from "@sightscreen/domain"
import { Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { minute, second } from "../support/cricket.ts"

const life = (...inputs: ReadonlyArray<PushToken.Input>) =>
  Step.play(PushToken.step, PushToken.registered(minute(0)), inputs)

const reported = (at: number): PushToken.Input => ({ _tag: "Reported", at: minute(at) })
const accepted = (at: number): PushToken.Input => ({ _tag: "Accepted", at: minute(at) })
const dead = (at: number, since: number | null): PushToken.Input => ({
  _tag: "Dead",
  since: since === null ? null : minute(since),
  reason: "Unregistered",
  at: minute(at)
})
const refused = (at: number, environmentRuledOut = false): PushToken.Input => ({
  _tag: "Refused",
  reason: "BadDeviceToken",
  environmentRuledOut,
  at: minute(at)
})

const alive = "alive"
const cases: ReadonlyArray<
  readonly [
    fact: string,
    inputs: ReadonlyArray<PushToken.Input>,
    end: string,
    outputs: ReadonlyArray<PushToken.Output["_tag"]>
  ]
> = [
  ["dies by a 410 that is younger than its registration", [dead(9, 5)], "Unregistered", ["Retired"]],
  ["dies by a 410 about the moment of its registration", [dead(9, 0)], "Unregistered", ["Retired"]],
  ["dies by a 410 without a timestamp", [dead(9, null)], "Unregistered", ["Retired"]],
  ["outlives a 410 that is older than its registration", [reported(6), dead(9, 5)], alive, []],
  ["outlives a burst of 410s that are older", [reported(6), dead(9, 5), dead(9.5, 5)], alive, []],
  [
    "dies by two 410s a minute apart, though they are older: they are said of it as it is now",
    [reported(6), dead(9, 5), dead(11, 5)],
    "Unregistered",
    ["Retired"]
  ],
  [
    "outlives two 410s that are older with a push between them that was taken",
    [reported(6), dead(9, 5), accepted(10), dead(11, 5)],
    alive,
    []
  ],
  [
    "is revived by its phone, and only once",
    [dead(9, 5), reported(10), reported(11)],
    alive,
    ["Retired", "Adopted"]
  ],
  ["is not revived by an answer that comes late", [dead(9, 5), accepted(10)], "Unregistered", ["Retired"]],
  ["is suspect after one refusal, and tried on the other host", [refused(1)], alive, ["TryOtherEnvironment"]],
  [
    "is tried there once, whatever else is refused meanwhile",
    [refused(1), refused(1.5)],
    alive,
    ["TryOtherEnvironment"]
  ],
  [
    "is tried there again when the answer must have been lost",
    [refused(1), refused(2)],
    alive,
    ["TryOtherEnvironment", "TryOtherEnvironment"]
  ],
  [
    "outlives two refusals of one burst",
    [refused(1), refused(1, true), refused(1.9, true)],
    alive,
    ["TryOtherEnvironment"]
  ],
  [
    "dies by two refusals a minute apart, the environment ruled out",
    [refused(1), refused(1, true), refused(2, true)],
    "BadDeviceToken",
    ["TryOtherEnvironment", "Retired"]
  ],
  [
    "remembers that the environment was ruled out",
    [refused(1), refused(1, true), refused(7)],
    "BadDeviceToken",
    ["TryOtherEnvironment", "Retired"]
  ],
  [
    "is cleared by a push that Apple takes",
    [refused(1, true), accepted(2), refused(3, true), refused(3.5, true)],
    alive,
    []
  ],
  ["is cleared by its phone", [refused(1, true), reported(2), refused(3, true)], alive, []],
  [
    "moves where it works",
    [refused(1), { _tag: "WorksElsewhere", environment: "sandbox", at: minute(1) }],
    "works in sandbox",
    ["TryOtherEnvironment", "Moved"]
  ],
  ["goes with its owner", [{ _tag: "SignedOut", at: minute(1) }], "signed out", ["Retired"]],
  ["goes when another has it", [{ _tag: "Disowned", at: minute(1) }], "disowned", ["Retired"]],
  ["goes when its phone has a newer one", [{ _tag: "Replaced", at: minute(1) }], "replaced", ["Retired"]],
  [
    "keeps the first reason it went for",
    [dead(9, 5), { _tag: "SignedOut", at: minute(10) }, refused(11), dead(12, null)],
    "Unregistered",
    ["Retired"]
  ],
  [
    "does not go without a reason",
    [{ _tag: "Dead", since: null, reason: "", at: minute(1) }],
    "no reason given",
    ["Retired"]
  ]
]

/** What may befall a token, up to two minutes apart. */
const someInputs = (seed: number, count: number): ReadonlyArray<PushToken.Input> => {
  const dice = chance(seed)
  let now = 0
  return Array.from({ length: count }, (): PushToken.Input => {
    now += dice.below(120)
    const at = second(now)
    switch (dice.below(10)) {
      case 0:
        return { _tag: "Reported", at }
      case 1:
        return {
          _tag: "Dead",
          since: dice.below(4) === 0 ? null : second(dice.below(now + 1)),
          reason: "ExpiredToken",
          at
        }
      case 2:
        return { _tag: "Accepted", at }
      case 3:
        return { _tag: "WorksElsewhere", environment: "sandbox", at }
      case 4:
        return { _tag: dice.pick(["SignedOut", "Disowned", "Replaced"] as const), at }
      default:
        return { _tag: "Refused", reason: "BadDeviceToken", environmentRuledOut: dice.below(2) === 0, at }
    }
  })
}

describe("A push token", () => {
  it.each(cases)("%s", (_, inputs, end, outputs) => {
    const [token, said] = life(...inputs)
    assert.strictEqual(token._tag === "Retired" ? token.for : alive, end)
    assert.deepStrictEqual(
      said.map(({ _tag }) => _tag),
      outputs
    )
  })

  it("keeps the newest word of its phone, in whatever order they come", () => {
    assert.deepStrictEqual(life(reported(5), reported(3))[0], PushToken.registered(minute(5)))
  })

  it.prop("lives and dies by the rules, whatever happens", [Seed], ([seed]) => {
    let token = PushToken.registered(second(0))
    let counted: Instant.Instant | null = null
    for (const input of someInputs(seed, 60)) {
      const [next, said] = PushToken.step(token, input)
      if (PushToken.isAlive(token) !== PushToken.isAlive(next)) {
        assert.strictEqual(said.length, 1)
        if (PushToken.isAlive(next)) {
          assert.strictEqual(input._tag, "Reported")
          assert.strictEqual(said[0]!._tag, "Adopted")
        }
      } else assert.isTrue(said.every(({ _tag }) => _tag === "TryOtherEnvironment"))
      if (next._tag === "Retired" && token._tag !== "Retired") {
        assert.isNotEmpty(next.for)
        assert.notInclude(["Reported", "Accepted"], input._tag)
        const isOutdated =
          input._tag === "Dead" && input.since !== null && Instant.isBefore(input.since, token.registeredAt)
        if (input._tag === "Refused" || isOutdated) assert.isAtLeast(input.at - counted!, 60_000)
      }
      if (next._tag === "Suspect") {
        if (next.suspicions === 1 && (token._tag !== "Suspect" || token.suspicions === 0)) counted = input.at
      } else counted = null
      // Hearing the same once more changes nothing and is nothing new.
      const [again, repeated] = PushToken.step(next, input)
      assert.deepStrictEqual(again, next)
      assert.isEmpty(repeated)
      token = next
    }
  })

  it.prop("is the same after it was saved and read", [Seed], ([seed]) => {
    const codec = Schema.toCodecJson(PushToken.PushToken)
    const [token] = Step.play(PushToken.step, PushToken.registered(second(0)), someInputs(seed, seed % 9))
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(token)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(json), token)
    assert.deepStrictEqual(PushToken.ofColumns(PushToken.toColumns(token, second(0))), token)
  })
})

describe("The letters of a token", () => {
  const cases: ReadonlyArray<readonly [string, string, string | null]> = [
    ["an ordinary one", "AB".repeat(32), "ab".repeat(32)],
    ["one of a Live Activity", "0f".repeat(80), "0f".repeat(80)],
    ["the longest", "0F".repeat(256), "0f".repeat(256)],
    ["one that is too long", "0f".repeat(257), null],
    ["half a byte", "abc", null],
    ["nothing", "", null],
    ["no hex", "xy", null],
    ["hex and a line break", "ab\n", null]
  ]
  it.each(cases)("of %s", (_, text, token) => {
    assert.strictEqual(PushToken.read(text), token)
  })

  it("are the same in either case", () => {
    assert.isTrue(PushToken.isSame("AbCd", "aBcD"))
    assert.isFalse(PushToken.isSame("abcd", "abce"))
  })
})
