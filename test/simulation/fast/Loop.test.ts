import { Instant } from "@sightscreen/decider"
import { FastLoop } from "@sightscreen/simulation"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../../domain/support/chance.ts"

const { Latch, Loop } = FastLoop
const begins = Instant.fromMillis(1000)
const life: FastLoop.Life = {
  isOver: false,
  failed: (error) => {
    throw error
  }
}

describe("a loop of events", () => {
  it.prop(
    "lets everything happen in its time, and of one instant in the order of planning",
    [Seed],
    ([seed]) => {
      const dice = chance(seed)
      const loop = new Loop(begins, null)
      const planned = Array.from({ length: 50 }, (_, nth) => ({ at: 1000 + dice.below(20), nth }))
      const happened: Array<{ readonly at: number; readonly nth: number }> = []
      for (const one of planned)
        loop.plan(one.at, () => {
          assert.strictEqual(loop.now, one.at)
          happened.push(one)
        })
      loop.run(2000)
      assert.deepStrictEqual(
        happened,
        planned.toSorted((a, b) => a.at - b.at || a.nth - b.nth)
      )
      assert.strictEqual(loop.now, 2000)
    }
  )

  it("draws the order of what is due at one instant, the same for the same seed", () => {
    const order = (shuffle: number | null) => {
      const loop = new Loop(begins, shuffle)
      const happened: Array<number> = []
      for (let nth = 0; nth < 20; nth++) loop.plan(1500, () => happened.push(nth))
      loop.run(1500)
      return happened
    }
    assert.deepStrictEqual(order(7), order(7))
    assert.notDeepEqual(order(7), order(8))
    assert.sameMembers(order(7), order(null))
  })

  it("does not go back in time", () => {
    const loop = new Loop(begins, null)
    loop.run(3000)
    let at = 0
    loop.plan(2000, () => {
      at = loop.now
    })
    loop.run(3000)
    assert.strictEqual(at, 3000)
  })

  it("says so when nothing comes to rest", () => {
    const loop = new Loop(begins, null)
    const again = () => loop.plan(loop.now, again)
    again()
    assert.throws(() => loop.run(1000), /comes to rest/)
  })
})

describe("a task", () => {
  const told = (task: (loop: FastLoop.Loop, heard: Array<string>) => FastLoop.Task, over = false) => {
    const loop = new Loop(begins, null)
    const heard: Array<string> = []
    loop.spawn({ ...life, isOver: over }, task(loop, heard), () => heard.push(`done at ${loop.now}`))
    loop.run(10_000)
    return heard
  }

  it("goes on when its time has come", () => {
    assert.deepStrictEqual(
      told(function* (loop, heard) {
        heard.push(`begun at ${loop.now}`)
        const opened = yield { at: 1500, latch: null }
        heard.push(`${opened} at ${loop.now}`)
      }),
      ["begun at 1000", "false at 1500", "done at 1500"]
    )
  })

  it("goes on once, when its latch is opened before that", () => {
    assert.deepStrictEqual(
      told(function* (loop, heard) {
        const latch = new Latch()
        loop.plan(1200, () => latch.open())
        heard.push(`${yield { at: 1500, latch }} at ${loop.now}`)
        latch.close()
        heard.push(`${yield { at: 1600, latch }} at ${loop.now}`)
      }),
      ["true at 1200", "false at 1600", "done at 1600"]
    )
  })

  it("does not wait for a latch that is open", () => {
    assert.deepStrictEqual(
      told(function* (_, heard) {
        heard.push(`${yield { at: Infinity, latch: new Latch(true) }}`)
      }),
      ["true", "done at 1000"]
    )
  })

  it("goes no further than its life", () => {
    const loop = new Loop(begins, null)
    const short = { ...life, isOver: false }
    let steps = 0
    loop.spawn(
      short,
      (function* (): FastLoop.Task {
        for (;;) {
          steps++
          yield { at: loop.now + 100, latch: null }
        }
      })()
    )
    loop.plan(1350, () => {
      short.isOver = true
    })
    loop.run(5000)
    assert.strictEqual(steps, 4)
  })
})
