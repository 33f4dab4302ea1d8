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
    byToken: 80,
    byChannel: 120,
    pushes: 317,
    publishes: 114,
    reached: 13680,
    prematch: 199,
    fallback: 2,
    right: 0,
    others: [],
    waiting: 0,
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

  it("shows both ways to phones, and what was told instead, where there is room for figures", () => {
    for (const [columns, rows] of [
      [100, 30],
      [80, 24]
    ] as const) {
      const text = draw(columns, rows).join("\n")
      for (const figure of [
        /one by one, 80 phones +317/,
        /by channel, 120 phones +114/,
        /came to phones +13680/,
        /told it begins soon +199/,
        /told, start unanswered +2/
      ])
        assert.match(text, figure)
    }
  })

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

describe("the summary", () => {
  const ended = { ...view(80).phones!, total: 200, right: 195, matchOver: true }
  const said = (phones: Partial<typeof ended>) =>
    Scoreboard.summary({ ...view(80), phones: { ...ended, ...phones } }, null)

  it("says of every phone that is not right why, by reason", () => {
    const names = (count: number) => Array.from({ length: count }, (_, nth) => `phone-${nth + 1}`)
    const lines = said({
      right: 192,
      others: [
        { why: "dismissed by its owner", known: true, phones: names(6) },
        { why: "nobody knows why; on the screen: nothing", known: false, phones: ["phone-9"] }
      ],
      waiting: 1
    })
    const at = lines.indexOf("192 of 200 phones show the right final state")
    assert.deepStrictEqual(lines.slice(at + 1, at + 5), [
      "The others:",
      "  6 phones: dismissed by its owner (phone-1, phone-2, phone-3 and 3 more)",
      "  1 phone: nobody knows why; on the screen: nothing (phone-9)",
      "  1 phone: something is still to come"
    ])
  })

  it("has nothing to explain where all are right", () => {
    const lines = said({ right: 200 })
    assert.include(lines, "All 200 phones show the right final state")
    assert.notInclude(lines, "The others:")
  })

  it("counts pushes one by one and by channel, by the ledger", () => {
    const ledger = { sent: 900, priority5: 400, priority10: 500, accepted: 899, published: 114 }
    const lines = Scoreboard.summary({ ...view(80), phones: ended }, ledger)
    assert.include(
      lines,
      "786 of them one by one, with updates for 80 phones; 114 by channel, which came 13680 times to 120 phones"
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
