import { Instant, Step } from "@sightscreen/decider"
import { Cohort, Edition, Outbox } from "@sightscreen/domain"
import { Result } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { after, innings, over, second, snapshot } from "../support/cricket.ts"
import { watch } from "../support/story.ts"

const one = innings([over("A", "X", "1 2 3", "B")])
const { bulletins } = watch(snapshot([after(1, one)], { at: second(0) }), snapshot([one], { at: second(10) }))
const sample = Result.getOrThrow(
  Edition.of(bulletins.at(-1)!, { route: "token", schema: 1, language: "en", level: "frequent" })
)

const cohorts: Readonly<Record<"a" | "b", Cohort.Cohort>> = {
  a: { ...sample.cohort, level: "frequent" },
  b: { ...sample.cohort, level: "normal" }
}
const make = (text: string, kind: "routine" | "alert" | "end"): Edition.Edition => {
  const cohort = cohorts[text[0] as "a" | "b"]
  const stamp = Number(text.slice(1))
  return {
    ...sample,
    id: `${kind}/${text}`,
    cohort,
    stamp: stamp as Instant.EpochSeconds,
    alert: kind === "alert" ? { title: text, body: "", sound: null } : null,
    ends: kind === "end" ? "over" : null
  }
}
/** The state of cohort a under stamp 7. */
const plain = (text: string): Outbox.Input => ({ _tag: "Offered", edition: make(text, "routine") })
const alert = (text: string): Outbox.Input => ({ _tag: "Offered", edition: make(text, "alert") })
const end = (text: string): Outbox.Input => ({ _tag: "Offered", edition: make(text, "end") })
const take: Outbox.Input = { _tag: "Taken" }

/** What is taken, in order. */
const taken = (...inputs: ReadonlyArray<Outbox.Input>) =>
  Step.play(Outbox.step, Outbox.empty, inputs)[1].map(({ id }) => id)

describe("An outbox", () => {
  it("gives nothing when nothing waits", () => {
    assert.deepStrictEqual(taken(take), [])
    assert.isTrue(Outbox.isEmpty(Outbox.empty))
  })

  it.each<readonly [string, ReadonlyArray<Outbox.Input>, ReadonlyArray<string>]>([
    ["replaces state by newer state", [plain("a1"), plain("a2"), take, take], ["routine/a2"]],
    ["does not replace state by older state", [plain("a2"), plain("a1"), take, take], ["routine/a2"]],
    ["keeps the state of each cohort", [plain("a1"), plain("b1"), take, take], ["routine/a1", "routine/b1"]],
    ["lets what must be told go first", [plain("a2"), alert("a1"), take, take], ["alert/a1", "routine/a2"]],
    [
      "drops state that is older than what has gone out",
      [plain("a1"), alert("a2"), take, take],
      ["alert/a2"]
    ],
    [
      "drops it for that cohort alone",
      [plain("a1"), plain("b1"), alert("a2"), take, take],
      ["alert/a2", "routine/b1"]
    ],
    [
      "takes no state that comes too late",
      [plain("a2"), take, plain("a1"), plain("a2"), take],
      ["routine/a2"]
    ],
    ["tells everything that must be told", [alert("a1"), alert("a2"), take, take], ["alert/a1", "alert/a2"]],
    [
      "tells it in the order of stamps",
      [end("a3"), alert("a1"), alert("a2"), take, take, take],
      ["alert/a1", "alert/a2", "end/a3"]
    ],
    ["tells it once", [alert("a1"), alert("a1"), take, take], ["alert/a1"]],
    [
      "tells it although newer state has gone out",
      [plain("a2"), take, alert("a1"), take],
      ["routine/a2", "alert/a1"]
    ]
  ])("%s", (_, inputs, expected) => {
    assert.deepStrictEqual(taken(...inputs), expected)
  })

  const walk = (seed: number) => {
    const dice = chance(seed)
    let self = Outbox.empty
    const offered: Array<Edition.Edition> = []
    const sent: Array<Edition.Edition> = []
    for (let stamp = 1, steps = dice.below(80); steps > 0; steps--) {
      const which = dice.below(5)
      // A restart offers again, and workers pass one another.
      stamp = Math.max(1, stamp + dice.pick([1, 1, 1, 2, -2]))
      const input =
        which === 0 ? take : dice.pick([plain, plain, plain, alert, end])(`${dice.pick(["a", "b"])}${stamp}`)
      if (input._tag === "Offered") offered.push(input.edition)
      const [after, outputs] = Outbox.step(self, input)
      self = after
      sent.push(...outputs)
      assert.isAtMost(self.routine.length, 2)
    }
    const waiting = self
    while (!Outbox.isEmpty(self)) {
      const [after, outputs] = Outbox.step(self, take)
      assert.strictEqual(outputs.length, 1)
      self = after
      sent.push(...outputs)
    }
    return { offered, sent, waiting }
  }

  it.prop("never loses what must be told", [Seed], ([seed]) => {
    const { offered, sent } = walk(seed)
    const ids = new Set(sent.map(({ id }) => id))
    assert.deepStrictEqual(
      offered.filter((one) => Edition.isKept(one) && !ids.has(one.id)),
      []
    )
  })

  it.prop("ends with the newest of all states in each cohort", [Seed], ([seed]) => {
    const { offered, sent } = walk(seed)
    for (const cohort of ["frequent", "normal"]) {
      const newest = (all: ReadonlyArray<Edition.Edition>) =>
        Math.max(0, ...all.filter((one) => one.cohort.level === cohort).map(({ stamp }) => stamp))
      assert.strictEqual(newest(sent), newest(offered))
    }
  })

  it.prop("never sends state that is not newer than all that its cohort was sent", [Seed], ([seed]) => {
    const highest: Record<string, number> = {}
    for (const one of walk(seed).sent) {
      const name = Cohort.nameOf(one.cohort)
      if (!Edition.isKept(one)) assert.isAbove(one.stamp, highest[name] ?? 0)
      highest[name] = Math.max(highest[name] ?? 0, one.stamp)
    }
  })

  it.prop("holds no more state than there are cohorts, and what waits is in order", [Seed], ([seed]) => {
    const { kept, routine } = walk(seed).waiting
    assert.strictEqual(new Set(routine.map(({ cohort }) => Cohort.nameOf(cohort))).size, routine.length)
    assert.deepStrictEqual(
      kept.map(({ stamp }) => stamp),
      kept.map(({ stamp }) => stamp).sort((a, b) => a - b)
    )
  })
})
