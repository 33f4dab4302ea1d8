import { assert, describe, it } from "@effect/vitest"
import { bench } from "../simulator/command.ts"

describe("bench push", () => {
  it("measures ours beside another against a sink of its own, and prints one JSON object", async () => {
    const tiny = ["--rounds", "1", "--millis", "60", "--only", "sendMany,send,node:http2,sendMany moulded"]
    const { code, err, out } = await bench("push", ...tiny, "--json")
    assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
    const report = JSON.parse(out)
    assert.deepStrictEqual(Object.keys(report), ["bench", "machine", "rows", "ratios"])
    assert.deepStrictEqual(
      report.rows.map((row: { readonly name: string }) => row.name),
      ["sendMany", "send", "node:http2", "sendMany moulded"]
    )
    for (const { name, ...numbers } of report.rows) {
      assert.deepStrictEqual(
        Object.keys(numbers),
        [
          "perSecond",
          "cpuSecondsPer10k",
          "peakRssMiB",
          "growthMiB",
          "lateGrowthMiB",
          "p50Millis",
          "p99Millis"
        ],
        name
      )
      assert.isAbove(numbers.perSecond, 0)
      assert.isAtMost(numbers.p50Millis, numbers.p99Millis)
    }
    assert.containsAllKeys(report.ratios, [
      "sendMany/node:http2",
      "cpu sendMany/node:http2",
      "send/node:http2",
      "cpu send/node:http2",
      "sendMany moulded/sendMany"
    ])
    for (const ratio of Object.values(report.ratios)) assert.isAbove(ratio as number, 0)
  }, 60_000)

  it("says what is made of the streams where answers take their time, and what more connections bring", async () => {
    const options = [
      "--rounds",
      "1",
      "--millis",
      "60",
      "--pushes",
      "3000",
      "--delay",
      "20",
      "--under-way",
      "50"
    ]
    const only = ["--only", "sendMany,sendMany 4 connections"]
    const { code, err, out } = await bench("push", ...options, ...only, "--json")
    assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
    const { ratios, rows } = JSON.parse(out)
    const [one] = rows
    assert.isAtLeast(one.p50Millis, 20)
    assert.closeTo(ratios["sendMany/streams over delay"], one.perSecond / 2500, 0.01)
    assert.isAtMost(ratios["sendMany/streams over delay"], 1)
    assert.isAbove(ratios["sendMany 4 connections/sendMany"], 0)
  }, 60_000)

  it("starts each process cold where it is asked to", async () => {
    const options = ["--rounds", "1", "--cold", "200", "--only", "sendMany"]
    const { code, err, out } = await bench("push", ...options, "--json")
    assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
    // A process costs more than a few hundred pushes do.
    assert.isAbove(JSON.parse(out).rows[0].cpuSecondsPer10k, 1)
  }, 60_000)

  it("refuses a row that it does not know, and a sink whose authority nobody names", async () => {
    const stranger = await bench("push", "--only", "somebody")
    assert.notStrictEqual(stranger.code, 0)
    assert.match(stranger.err, /somebody: no such row; there are sendMany, send/)
    const sink = await bench("push", "--sink", "localhost:1")
    assert.notStrictEqual(sink.code, 0)
    assert.match(sink.err, /localhost:1: say with --ca/)
  })
})
