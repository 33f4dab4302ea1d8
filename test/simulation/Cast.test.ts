import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Cast } from "@sightscreen/simulation"
import { Duration } from "effect"

const parts = (kind: Cast.Kind, count: number) =>
  Array.from({ length: count }, (_, nth) => Cast.part(kind, nth))
const from = Instant.fromSeconds(1_800_000_000)
const play = { from, to: Instant.plus(from, Duration.minutes(100)) }

describe("a cast", () => {
  it("is the same people every time, whatever the size of the crowd", () => {
    for (const kind of Cast.kinds) assert.deepStrictEqual(parts(kind, 500).slice(0, 30), parts(kind, 30))
  })

  it("of the plain kind is reached in both ways, and does nothing", () => {
    const all = parts("plain", 100)
    const channels = all.filter(({ recipe }) => (recipe.os?.[0] ?? 0) >= 18)
    assert.strictEqual(channels.length, 50)
    assert.isTrue(all.every(({ scenes, taps }) => scenes.length === 0 && !taps))
  })

  it("of all kinds is mostly on channels, with readers of Hindi and rare updates on both ways", () => {
    const all = parts("mix", 500)
    const onChannels = all.filter(({ recipe }) => (recipe.os?.[0] ?? 0) >= 18)
    const onTokens = all.filter(({ recipe }) => recipe.os?.[0] === 17)
    assert.isAbove(onChannels.length, 300)
    assert.isAbove(onTokens.length, 100)
    for (const some of [onChannels, onTokens]) {
      const hindi = some.filter(({ recipe }) => recipe.language?.startsWith("hi"))
      const rare = some.filter(({ recipe }) => recipe.frequentPushes === false)
      assert.isAbove(hindi.length, some.length / 8)
      assert.isAbove(rare.length, some.length / 12)
    }
  })

  it("begins with somebody to whom nothing happens, and has everything happen to somebody after", () => {
    const all = parts("mix", 40)
    assert.deepInclude(all[0]!, { scenes: [], taps: false })
    const deeds = new Set(all.flatMap(({ scenes }) => scenes.map(({ does }) => does)))
    assert.deepStrictEqual([...deeds].toSorted(), [
      "comes back",
      "force-quits",
      "goes offline",
      "reinstalls",
      "signs in",
      "signs out",
      "swipes"
    ])
    const tokens = new Set(all.map(({ recipe }) => recipe.startToken))
    assert.isTrue(tokens.has("silently changed") && tokens.has("swallowed"))
  })

  it("plays its scenes in the order in which they are written", () => {
    for (const { scenes } of parts("mix", 40)) {
      const times = scenes.map(({ when }) => Cast.instantOf(when, play))
      assert.deepStrictEqual(
        times,
        times.toSorted((a, b) => a - b)
      )
    }
  })

  it("goes by the match: its play, the time before it, the time after it", () => {
    const minute = (after: number) => Instant.plus(from, Duration.minutes(after))
    assert.strictEqual(Cast.instantOf({ share: 0.25 }, play), minute(25))
    assert.strictEqual(Cast.instantOf({ share: 0.5, later: Duration.minutes(2) }, play), minute(52))
    assert.strictEqual(Cast.instantOf({ beforeIt: Duration.minutes(1) }, play), minute(-1))
    assert.strictEqual(Cast.instantOf({ afterIt: Duration.minutes(4) }, play), minute(104))
  })
})
