import { Recording } from "@sightscreen/feed"
import { MakeReport, MatchSource, Scenario, TrueGear } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"
import * as Page from "../../apps/simulator/src/report/Page.ts"

const source = { _tag: "Generated", format: "t20", seed: 5, dramas: [] } as const
const recording = MatchSource.played(source).recording
const drawn = Scenario.draw(5, {
  faults: ["delivery.lost", "apple.tooManyRequests"],
  phones: 5,
  match: source,
  deliveries: 40,
  shuffle: false
})
const run = TrueGear.run(drawn, recording, { entries: true, digest: true })
const report = MakeReport.make(run, { recording, commit: "abc", wallSeconds: 1 })
const page = Page.render(report, { style: "body{}", script: "draw()" })

describe("the report of a run", () => {
  it("tells the match as it was played", () => {
    const { innings } = report.match
    assert.strictEqual(
      innings.flatMap(({ overs }) => overs).reduce((sum, { runs }) => sum + runs, 0),
      innings.reduce((sum, { overs }) => sum + (overs.at(-1)?.total ?? 0), 0)
    )
    const cut = MatchSource.cut(recording, 40)
    assert.strictEqual(innings.length, cut.innings.length)
    assert.strictEqual(innings[0]?.score.split("/")[0], String(Recording.runs(cut.innings[0]!)))
    assert.isTrue(innings.every(({ from, to }) => from <= to && to <= report.lasts))
  })

  it("has every phone, with what its screen showed and a story in the order of time", () => {
    assert.deepStrictEqual(
      report.phones.map(({ id }) => id).sort(),
      run.end.phones.map(({ deviceId }) => deviceId).sort()
    )
    for (const { shows, story } of report.phones) {
      for (const lines of [shows.map(([at]) => at), story.map(({ at }) => at)])
        assert.deepStrictEqual(
          lines,
          [...lines].sort((a, b) => a - b)
        )
      for (const [, screen] of shows) assert.isTrue(screen === null || report.screens[screen] !== undefined)
    }
    assert.isTrue(report.phones.some(({ shows }) => shows.length > 5))
    assert.strictEqual(new Set(report.screens.map((one) => JSON.stringify(one))).size, report.screens.length)
  })

  it("counts pushes, faults and checks as the run did", () => {
    const minutes = report.traffic.reduce(
      (sum, { quiet, refused, urgent }) => sum + quiet + refused + urgent,
      0
    )
    assert.strictEqual(minutes, run.summary.pushes.sent)
    assert.deepStrictEqual(
      report.run.checks.map(({ name }) => name),
      run.summary.checks.map(({ name }) => name)
    )
    const told = report.events.filter(({ fate }) => fate === "told")
    assert.isAbove(told.length, 3)
    assert.deepStrictEqual(
      [...report.latencies],
      [...report.latencies].sort((a, b) => a - b)
    )
  })

  it("is one page that asks nothing of a network and shows no token whole", () => {
    assert.notMatch(page, /(?:src|href)="?https?:/)
    assert.notMatch(page, /[0-9a-f]{64}/)
    assert.isTrue(page.startsWith("<!doctype html>"))
    for (const part of ["Worm", "Manhattan", "Lock Screen", report.match.title, report.run.digest])
      assert.include(page, part)
  })

  it("lets no text of a match out of its place", () => {
    const evil = "</script><script>alert(1)</script>"
    const other = Page.render(
      { ...report, match: { ...report.match, title: evil, result: evil } },
      { style: "", script: "" }
    )
    assert.notInclude(other, evil)
    const [, json = ""] = other.split('id="report">')
    assert.strictEqual(JSON.parse(json.split("</script>")[0]!).match.title, evil)
  })
})
