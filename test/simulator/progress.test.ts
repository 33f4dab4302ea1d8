import { assert, describe, it } from "vitest"
import * as Progress from "../../apps/simulator/src/simulate/Progress.ts"

const state = { all: 2000, of: "seeds", done: 620, said: "", seconds: 20 }

describe("progress", () => {
  it("tells how far, how fast and how long yet, in one line of the terminal", () => {
    assert.strictEqual(
      Progress.line(state, 80),
      `${"━".repeat(9)}${"╌".repeat(21)} 620/2,000 seeds · 31/s · 45 s left`
    )
    assert.strictEqual(
      Progress.line({ ...state, done: 2000, said: "3 failed" }, 80),
      `${"━".repeat(30)} 2,000/2,000 seeds · 100/s · 3 failed`
    )
    for (let columns = 1; columns < 120; columns++)
      assert.isBelow([...Progress.line({ ...state, said: "3 failed" }, columns)].length, Math.max(2, columns))
  })

  it("is drawn in place, not too often, and leaves nothing behind", () => {
    const written: Array<string> = []
    let at = 0
    const progress = Progress.make({
      all: 10,
      of: "seeds",
      write: (text) => void written.push(text),
      columns: () => 80,
      now: () => at
    })
    for (let done = 1; done <= 10; done++) {
      at += 30
      progress.update(done)
    }
    progress.clear()
    assert.isBelow(written.length, 7)
    assert.isTrue(written.every((text) => text.startsWith("\r\u001b[K") && !text.includes("\n")))
    assert.match(written.at(-2) ?? "", /10\/10 seeds/)
    assert.strictEqual(written.at(-1), "\r\u001b[K")
  })
})
