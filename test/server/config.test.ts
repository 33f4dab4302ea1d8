import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted, Result } from "effect"
import { catalogue } from "../../apps/server/src/settings/Catalogue.ts"
import * as Environment from "../../apps/server/src/settings/Environment.ts"
import * as Kind from "../../apps/server/src/settings/Kind.ts"
import * as Reference from "../../apps/server/src/settings/Reference.ts"
import * as Resemblance from "../../apps/server/src/settings/Resemblance.ts"
import { Server } from "../../apps/server/src/settings/Server.ts"
import * as Setting from "../../apps/server/src/settings/Setting.ts"
import { cleanUp, home, start } from "./demo.ts"

afterAll(cleanUp)

const root = fileURLToPath(new URL("../..", import.meta.url))
const settings = Environment.settingsOf(catalogue)
const names = settings.map(({ name }) => name)

const look = (env: Readonly<Record<string, string>>) =>
  Environment.look(catalogue).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )

describe("the catalogue of settings", () => {
  it("describes each variable once, in whole sentences", () => {
    assert.deepStrictEqual(names, [...new Set(names)])
    for (const { means, name } of settings) {
      assert.match(name, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/)
      assert.match(means, /^[A-Z][^]*\.$/, name)
    }
  })

  it("has every variable that the server's code reads", () => {
    /** Of the terminal, of Node, and of npm. */
    const others = ["TERM", "NO_COLOR", "NODE_TLS_REJECT_UNAUTHORIZED", "npm_lifecycle_event"]
    const read = new Set<string>()
    const src = path.join(root, "apps/server/src")
    for (const entry of fs.readdirSync(src, { recursive: true, encoding: "utf8" })) {
      if (!entry.endsWith(".ts")) continue
      const text = fs.readFileSync(path.join(src, entry), "utf8")
      for (const [, name] of text.matchAll(/process\.env\["(\w+)"\]|Config\.\w+\("([A-Z_]+)"\)/g)) {
        if (name !== undefined) read.add(name)
      }
    }
    assert.deepStrictEqual(
      [...read].filter((name) => !names.includes(name) && !others.includes(name)),
      []
    )
  })

  it("says the same as text, as tables and as JSON", () => {
    const [text, markdown] = [Reference.text(catalogue), Reference.markdown(catalogue)]
    const json: ReadonlyArray<Record<string, unknown>> = JSON.parse(Reference.json(catalogue))
    assert.deepStrictEqual(
      json.map(({ name }) => name),
      names
    )
    for (const name of names) {
      assert.match(text, new RegExp(`^ {2}${name}$`, "m"))
      assert.include(markdown, `\`${name}\``)
    }
    assert.isAtMost(Math.max(...text.split("\n").map(({ length }) => length)), 80)
  })

  it("has no default that its own kind refuses", () => {
    for (const { fallback, name, read } of settings) {
      if (fallback === null || fallback.value === null || typeof fallback.value === "object") continue
      assert.isTrue(Result.isSuccess(read(fallback.text)), name)
    }
  })
})

describe("what is given", () => {
  it.effect("counts only where it is not blank", () =>
    Effect.gen(function* () {
      const { given, problems } = yield* look({ PORT: " ", SPEED: "3", APNS_ENV: "" })
      assert.deepStrictEqual([...given], [["SPEED", "3"]])
      assert.deepStrictEqual(problems, [])
    })
  )

  const unknown: ReadonlyArray<readonly [name: string, problem: RegExp]> = [
    ["SIGHTSCREEN_HOM", /no such setting; did you mean SIGHTSCREEN_HOME\?$/],
    ["APNS_KEYID", /no such setting; did you mean APNS_KEY_ID\?$/],
    ["APNS_BUNDEL_ID", /no such setting; did you mean APNS_BUNDLE_ID\?$/],
    ["APNS_SOMETHING_ELSE_ALTOGETHER", /no such setting; `config` lists what there is$/],
    // A file is for secrets.
    ["APNS_ENV_FILE", /no such setting/]
  ]
  for (const [name, problem] of unknown) {
    it.effect(`with a prefix of ours and unknown is a mistake: ${name}`, () =>
      Effect.gen(function* () {
        const { problems } = yield* look({ [name]: "x" })
        assert.strictEqual(problems.length, 1)
        assert.strictEqual(problems[0]!.name, name)
        assert.match(problems[0]!.problem, problem)
      })
    )
  }

  it.effect("may be somebody else's, and is only remarked upon where it looks like ours", () =>
    Effect.gen(function* () {
      const { problems, remarks } = yield* look({
        DATABSE_URL: "x",
        CONFIRM_M: "1",
        HOME: "/",
        PATH: "/bin",
        PORTS: "1"
      })
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(remarks.map(({ name, problem }) => `${name}: ${problem}`).toSorted(), [
        "CONFIRM_M: nobody reads it; did you mean CONFIRM_MS?",
        "DATABSE_URL: nobody reads it; did you mean DATABASE_URL?"
      ])
    })
  )

  it.effect("may be a secret in a file", () =>
    Effect.gen(function* () {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sightscreen-config-"))
      const file = path.join(folder, "url")
      fs.writeFileSync(file, "postgres://a:b@c/d\n")
      const { given, problems } = yield* look({ DATABASE_URL_FILE: file })
      assert.deepStrictEqual(problems, [])
      const decoded = Result.getOrThrow(Setting.decode({ server: Server }, given))
      assert.strictEqual(Redacted.value(decoded.server.databaseUrl!), "postgres://a:b@c/d")
      assert.notInclude(JSON.stringify(decoded), "a:b")

      fs.writeFileSync(file, "\n")
      const says = (env: Record<string, string>) =>
        Effect.map(look(env), ({ problems }) => problems.map(({ name, problem }) => `${name}: ${problem}`))
      assert.deepStrictEqual(yield* says({ DATABASE_URL_FILE: file }), [
        `DATABASE_URL_FILE: there is nothing in ${file}`
      ])
      fs.rmSync(folder, { recursive: true })
      assert.deepStrictEqual(yield* says({ DATABASE_URL_FILE: file }), [
        `DATABASE_URL_FILE: there is no file ${file}`
      ])
      assert.deepStrictEqual(yield* says({ DATABASE_URL_FILE: file, DATABASE_URL: "postgres://c/d" }), [
        "DATABASE_URL_FILE: DATABASE_URL is set as well; give one of the two"
      ])
    })
  )
})

describe("a kind of value", () => {
  const cases: ReadonlyArray<readonly [kind: Kind.Kind<unknown>, given: string, read: unknown]> = [
    [Kind.onOff, "Yes", true],
    [Kind.onOff, "0", false],
    [Kind.onOff, "maybe", "is not on or off"],
    [Kind.onOff, "toString", "is not on or off"],
    [Kind.oneOf("json", "pretty", "silent"), "PRETTY", "pretty"],
    [Kind.oneOf("json", "pretty", "silent"), "xml", "is not one of json, pretty, silent"],
    [Kind.list(Kind.wholeNumber(1, 9)), "1, 2,,3", [1, 2, 3]],
    [Kind.list(Kind.wholeNumber(1, 9)), "1,x", "has x, which is not a whole number from 1 to 9"],
    [Kind.url("https"), "http://example.com", "is not an address such as https://example.com"],
    [Kind.url("https"), "https://me:pass@example.com", "is not an address such as https://example.com"],
    [Kind.secret("a key", 32), "short", "is shorter than 32 signs, and could be guessed"],
    [Kind.secret("a key", 32), "ab".repeat(20), "repeats a few signs, and could be guessed"]
  ]
  for (const [kind, given, expected] of cases) {
    it(`reads ${given} as ${JSON.stringify(expected)}`, () => {
      const read = kind.read(given)
      assert.deepStrictEqual(Result.isSuccess(read) ? read.success : read.failure, expected)
    })
  }

  it("does not show a secret", () => {
    const read = Kind.secret("a key", 8).read("abcdefgh12345678")
    assert.notInclude(JSON.stringify(read), "abcdefgh")
  })
})

it("likeness counts letters put in, taken out, changed and swapped", () => {
  const cases: ReadonlyArray<readonly [string, string, number]> = [
    ["PORT", "PORT", 0],
    ["PORT", "PROT", 1],
    ["PORT", "PORTS", 1],
    ["PORT", "POT", 1],
    ["PORT", "", 4],
    ["SPEED", "PHONES", 5]
  ]
  for (const [from, to, far] of cases) {
    assert.strictEqual(Resemblance.distance(from, to), far, `${from} ${to}`)
    assert.strictEqual(Resemblance.distance(to, from), far, `${to} ${from}`)
  }
})

it("a person has all of it printed, and what is set checked", { timeout: 60_000 }, async () => {
  const folder = home()
  const [reference, checked, well] = [
    start(folder, ["config"]),
    start(folder, ["config", "--check"], {
      PORT: "http",
      APNS_KEYID: "x",
      DATABASE_URL: "postgres://me:geheim@127.0.0.1/x"
    }),
    start(folder, ["config", "--check"])
  ]
  assert.deepStrictEqual([await reference.ended, await checked.ended, await well.ended], [0, 1, 0])
  assert.strictEqual(reference.out(), `${Reference.text(catalogue)}\n`)
  assert.match(checked.out(), /^✗ PORT: http is not a whole number from 0 to 65535$/m)
  assert.match(checked.out(), /^✗ APNS_KEYID: .* did you mean APNS_KEY_ID\?$/m)
  assert.match(checked.out(), /^ {2}DATABASE_URL +\(a secret\)$/m)
  assert.notInclude(checked.out() + checked.err(), "geheim")
  assert.include(well.out(), `SIGHTSCREEN_HOME  ${folder}`)
})
