import * as fs from "node:fs"
import { createServer } from "node:net"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { ActiveMatch } from "@sightscreen/domain"
import { Bundled } from "@sightscreen/feed"
import { ConfigProvider, Effect, Option } from "effect"
import { defaults, read } from "../../apps/server/src/Settings.ts"
import { cleanUp, home, start } from "./demo.ts"

afterAll(cleanUp)

const flags = {
  speed: Option.none(),
  match: Option.none(),
  phones: Option.none(),
  followers: Option.none(),
  mix: false
}
const reading = (env: Record<string, string>, given = {}) =>
  read({ ...flags, ...given }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )

describe("settings", () => {
  it.effect("are all optional, and flags go before the environment", () =>
    Effect.gen(function* () {
      const plain = yield* reading({ SPEED: "", DATABASE_URL: "" })
      assert.deepInclude(plain, {
        home: defaults.home,
        databaseUrl: Option.none(),
        port: Option.none(),
        host: "127.0.0.1",
        logRequests: false,
        speed: defaults.speed,
        match: defaults.match,
        phones: defaults.phones,
        mix: false,
        manner: ActiveMatch.careful,
        vault: null
      })
      const given = { speed: Option.some("80"), match: Option.some("rain") }
      const mixed = yield* reading(
        { SPEED: "60", PHONES: "7", MATCH: "lords", PORT: "0", CONFIRM_MS: "0" },
        given
      )
      assert.deepInclude(mixed, { speed: 80, match: "rain", phones: 7, port: Option.some(0) })
      assert.deepStrictEqual(mixed.manner, { confirmWithin: 0, spacing: 15_000 })
    })
  )

  it.effect("have two names for the number of phones, of which one is given at a time", () =>
    Effect.gen(function* () {
      const followers = Option.some("12")
      assert.deepInclude(yield* reading({ PHONES: "7" }, { followers, mix: true }), { phones: 12, mix: true })
      const { message } = yield* Effect.flip(reading({}, { followers, phones: Option.some("12") }))
      assert.strictEqual(message, "PHONES: --phones and --followers say the same; give one")
    })
  )

  const bad: ReadonlyArray<readonly [name: string, value: string, problem: string]> = [
    ["SPEED", "0", "0 is not a number from 1 to 2000"],
    ["SPEED", "abc", "abc is not a number from 1 to 2000"],
    ["SPEED", "Infinity", "Infinity is not a number from 1 to 2000"],
    ["PHONES", "1.5", "1.5 is not a whole number from 1 to 5000"],
    ["PHONES", "-1", "-1 is not a whole number from 1 to 5000"],
    ["CONFIRM_MS", "-5", "-5 is not a whole number from 0 to 60000"],
    ["SPACING_MS", "1e9", "1e9 is not a whole number from 0 to 120000"],
    ["PORT", "99999", "99999 is not a whole number from 0 to 65535"],
    ["PORT", "http", "http is not a whole number from 0 to 65535"]
  ]
  for (const [name, value, problem] of bad) {
    it.effect(`that cannot be used are told in one line: ${name}=${value}`, () =>
      Effect.gen(function* () {
        const { message } = yield* Effect.flip(reading({ [name]: value }))
        assert.strictEqual(message, `${name}: ${problem}`)
      })
    )
  }
})

it.effect("everything that is wrong with settings is told at once, and nothing secret with it", () =>
  Effect.gen(function* () {
    const env = { PORT: "http", SPEED: "0", DATABASE_URL: "mysql://me:geheim@db/x", SIGHTSCREEN_HOUSE: "x" }
    const { message } = yield* Effect.flip(reading(env))
    assert.deepStrictEqual(message.split("\n"), [
      "SIGHTSCREEN_HOUSE: there is no such setting; did you mean SIGHTSCREEN_HOME?",
      "DATABASE_URL: what is given is not an address such as postgres://user:password@host:5432/name",
      "PORT: http is not a whole number from 0 to 65535",
      "SPEED: 0 is not a number from 1 to 2000"
    ])
  })
)

describe("a start that cannot be", () => {
  const folder = home()
  const says = async (problem: RegExp, args: ReadonlyArray<string>, env = {}) => {
    const demo = start(folder, args, env)
    assert.strictEqual(await demo.ended, 1)
    assert.match(demo.err(), /^[^\n]+\n$/)
    assert.match(demo.err(), problem)
    // Nothing was begun that would have to be ended.
    assert.deepStrictEqual(
      fs.readdirSync(folder).filter((name) => name === "world"),
      []
    )
  }

  it("says why in one line, before anything is started", { timeout: 60_000 }, async () => {
    const tape = `${folder}/bad.tape`
    fs.writeFileSync(tape, fs.readFileSync(Bundled.find("rain")!.url).subarray(0, 300))
    const somebody = createServer()
    const port = await new Promise<number>((resolve) => {
      somebody.listen(0, "127.0.0.1", () => resolve((somebody.address() as { port: number }).port))
    })
    await Promise.all([
      says(/^SPEED: 0 is not a number from 1 to 2000$/m, [], { SPEED: "0" }),
      says(/^PORT: \d+ cannot be listened on; somebody else may do so already$/m, [], { PORT: `${port}` }),
      says(/^DATABASE_URL: the database cannot be used: /, [], {
        DATABASE_URL: "postgres://127.0.0.1:1/none"
      })
    ])
    await Promise.all([
      says(/^ashes: neither a file nor a match that comes with the program; those are final, /, [
        "--match",
        "ashes"
      ]),
      says(/bad\.tape: the tape breaks off/, ["--match", tape])
    ])
    somebody.close()
  })

  it("helps, also who is mistaken", { timeout: 60_000 }, async () => {
    const [help, mistaken] = [start(folder, ["--help"]), start(folder, ["--sped", "3"])]
    assert.deepStrictEqual([await help.ended, await mistaken.ended], [0, 1])
    for (const word of [
      "--once",
      "--speed",
      "--match",
      "--phones",
      "--followers",
      "--mix",
      "SIGHTSCREEN_HOME",
      "DATABASE_URL",
      "PORT",
      "CONFIRM_MS",
      "SPACING_MS"
    ])
      assert.include(help.out(), word)
    assert.match(mistaken.out() + mistaken.err(), /--sped/)
    assert.notMatch(mistaken.err(), /^\s+at /m)
  })
})
