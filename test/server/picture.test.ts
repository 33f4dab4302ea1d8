import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Tally } from "@sightscreen/engine"
import { Cells } from "@sightscreen/handset"
import * as Scoreboard from "../../apps/server/src/demo/Scoreboard.ts"
import { Screen } from "../../apps/server/src/demo/Screen.ts"

const card = (width: number) => [
  `╭${"─".repeat(width - 2)}╮`,
  `│ ${Cells.spread("IND v NZ · T20", "● LIVE", width - 4)} │`,
  `│ ${Cells.fit("★ SIX!", width - 4)} │`,
  `╰${"─".repeat(width - 2)}╯`
]

const view = (columns: number): Scoreboard.View => ({
  state: null,
  counts: { ...Tally.none, sent: 431, priority5: 29, priority10: 402, accepted: 431 },
  phones: {
    total: 200,
    following: 200,
    showing: [
      { sequence: 7, phones: 150 },
      { sequence: 8, phones: 50 }
    ],
    right: 0,
    delivered: 431,
    alerts: 200,
    repeatedAlerts: 0,
    undecodable: 0,
    doubled: 0,
    matchOver: false
  },
  screen: { deviceId: "phone-001", lines: card(Scoreboard.cardWidth(columns)), alert: null },
  alerts: [],
  speed: 40
})

const draw = (columns: number, rows: number, colour = false) =>
  Scoreboard.picture(view(columns), { columns, rows, colour })

describe("the picture", () => {
  for (const [columns, rows] of [
    [120, 40],
    [80, 24],
    [60, 20],
    [40, 24],
    [24, 12]
  ] as const) {
    it(`fits into ${columns} by ${rows}, with all the figures`, () => {
      const lines = draw(columns, rows)
      assert.isBelow(lines.length, rows)
      for (const line of lines) assert.isBelow(Cells.width(line), columns, line)
      const text = lines.join("\n")
      for (const word of ["LIVE", "SIX!", "431", "402", "29", "0/200"]) assert.include(text, word)
    })
  }

  it("is coloured without a change to its text, and only where colours are wanted", () => {
    const plain = draw(80, 24)
    assert.notInclude(plain.join(""), "\u001b")
    const painted = draw(80, 24, true)
    assert.include(painted.join(""), "\u001b[31m● LIVE\u001b[0m")
    assert.deepStrictEqual(
      painted.map((line) => stripVTControlCharacters(line)),
      plain
    )
  })
})

describe("the screen", () => {
  const watched = () => {
    const terminal = { columns: 80, rows: 10, text: "" }
    const screen = new Screen({
      write: (text) => void (terminal.text += text),
      columns: () => terminal.columns,
      rows: () => terminal.rows
    })
    return { terminal, screen }
  }

  it("draws again only what has changed, in place, and gives the cursor back", () => {
    const { screen, terminal } = watched()
    screen.draw(["a", "b"])
    assert.include(terminal.text, "\u001b[?25l")
    terminal.text = ""
    screen.draw(["a", "b"])
    assert.strictEqual(terminal.text, "")
    screen.draw(["a", "c"])
    assert.include(terminal.text, "\r\u001b[2A")
    assert.notInclude(terminal.text, "\u001b[2J")
    terminal.text = ""
    screen.close()
    assert.strictEqual(terminal.text, "\u001b[?25h")
  })

  it("is never higher than the terminal, and wipes off what a change of size has broken", () => {
    const { screen, terminal } = watched()
    screen.draw(Array.from({ length: 30 }, (_, nth) => `line ${nth}.`))
    assert.include(terminal.text, "line 8.")
    assert.notInclude(terminal.text, "line 9.")
    terminal.columns = 40
    screen.draw(["a"])
    assert.include(terminal.text, "\u001b[2J\u001b[H")
  })

  it("lets others speak above the picture", () => {
    const { screen, terminal } = watched()
    const speak = () => void (terminal.text += "news\n")
    screen.above(speak)
    assert.strictEqual(terminal.text, "news\n")
    screen.draw(["a", "b"])
    terminal.text = ""
    screen.above(speak)
    assert.match(terminal.text, /2A[^]*news\n[^]*a[^]*b/)
  })
})
