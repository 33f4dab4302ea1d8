import { Effect } from "effect"
import { type Bench, freePort, listens, type Program, until } from "./Check.ts"
import * as Sending from "./Sending.ts"

/** Our client against nghttpd, with windows, tables and stream limits of every size. */
export const nghttpd: Program = { command: "nghttpd", version: ["--version"], play: (bench) => play(bench) }

const kinds: ReadonlyArray<readonly [string, number, ReadonlyArray<string>]> = [
  ["as it comes", 2000, []],
  ["with one stream", 200, ["--max-concurrent-streams=1"]],
  ["with a thousand streams", 5000, ["--max-concurrent-streams=1000"]],
  ["with windows of 15 bytes", 300, ["--window-bits=4"]],
  ["with large windows", 2000, ["--window-bits=20", "--connection-window-bits=24"]],
  ["without a header table", 1000, ["--header-table-size=0", "--encoder-header-table-size=0"]],
  ["with a header table of 100 bytes", 1000, ["--header-table-size=100"]],
  ["with answers before the end of requests", 1000, ["--early-response"]],
  ["with trailers", 1000, ["--trailer=checksum: 1"]]
]

const play = async (bench: Bench): Promise<void> => {
  const { check } = bench
  const papers = await Sending.papers(bench)
  const serve = async (more: ReadonlyArray<string>) => {
    const port = await freePort()
    // It sends back what it is sent, with 200.
    const server = bench.start("nghttpd", [
      "--echo-upload",
      "--address=127.0.0.1",
      ...more,
      String(port),
      papers.key,
      papers.certificate
    ])
    if (!(await until(() => listens(port)))) throw new Error(server.said())
    return { port, server, ca: papers.ca }
  }
  for (const [what, usual, more] of kinds) {
    const howMany = bench.many(usual)
    for (const [name, way] of Sending.ways) {
      const { server, ...to } = await serve(more)
      const told = await Sending.push(way, to, howMany)
      check(
        `${what}, ${name}: ${howMany} pushes are taken`,
        Sending.only(told, "Accepted", howMany),
        Sending.said(told)
      )
      server.child.kill("SIGTERM")
    }
  }
  for (const [name, way] of Sending.ways) {
    const { server, ...to } = await serve([])
    const kill = Effect.andThen(
      Effect.sleep(bench.many(300)),
      Effect.sync(() => void server.child.kill("SIGKILL"))
    )
    const howMany = bench.many(50_000)
    const told = await Sending.push(way, to, howMany, kill, "1 second")
    const known = new Set([
      "Accepted",
      "lost (perhaps processed)",
      "no-connection",
      "deadline (perhaps processed)"
    ])
    const all = [...told.values()].reduce((sum, count) => sum + count, 0)
    check(
      `killed under load, ${name}: every push has an outcome, and none is called what it is not`,
      all === howMany && [...told.keys()].every((it) => known.has(it)),
      Sending.said(told)
    )
  }
}
