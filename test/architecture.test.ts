import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

/**
 * Which package may import which, as data, held against every import in the tree.
 *
 * A specifier is allowed when it equals an entry, or starts with an entry that ends in "*". Relative imports must stay
 * inside their own package, and packages meet through their index only.
 */
interface Room {
  readonly may: ReadonlyArray<string>
  /** Further specifiers for files whose path inside `src/` starts with the key. */
  readonly only?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** Modules of `effect` that hold data and functions, no runtime. */
const pure = [
  "Schema",
  "SchemaTransformation",
  "SchemaGetter",
  "SchemaIssue",
  "Duration",
  "Option",
  "Result",
  "Array",
  "Order",
  "Match",
  "Equal",
  "Hash",
  "Struct",
  "Predicate",
  "Function"
]

const ours = (...names: ReadonlyArray<string>) => names.map((name) => `@sightscreen/${name}`)
const below = ours("decider", "domain", "apns", "handset", "feed", "store", "api", "engine", "simulation")
const everything = [...below, "effect", "effect/*", "@effect/*", "node:*", "jose", "@peculiar/x509"]

const rooms: Readonly<Record<string, Room>> = {
  "packages/decider": { may: ["effect:pure"] },
  "packages/domain": { may: [...ours("decider"), "effect:pure"] },
  "packages/apns": {
    may: [...ours("decider"), "effect", "effect/*", "jose", "jose/*"],
    only: {
      "transport/": ["node:tls", "node:http2", "node:dns", "node:net"],
      "apple/Server": ["node:http2", "node:tls", "node:net"],
      "apple/Authority": ["@peculiar/x509", "node:crypto"]
    }
  },
  "packages/handset": { may: [...ours("decider", "apns"), "effect:pure"] },
  "packages/feed": { may: [...ours("decider", "domain"), "effect", "effect/*"] },
  "packages/store": {
    may: [...ours("decider", "domain"), "effect", "effect/*", "@effect/sql-pg"],
    only: { EmbeddedPostgres: ["node:*"], Vault: ["node:crypto"] }
  },
  "packages/api": { may: [...ours("decider", "domain"), "effect", "effect/*"] },
  "packages/engine": {
    may: [...ours("decider", "domain", "apns", "feed", "store", "api"), "effect", "effect/*"]
  },
  "packages/simulation": { may: below.concat("effect", "effect/*") },
  "apps/server": { may: everything },
  "apps/simulator": { may: everything },
  // Beside our own client stand those it is measured against.
  "apps/bench": { may: everything.concat("@sightscreen/apns/client", "@parse/node-apn", "apns2", "hapns/*") }
}

const root = fileURLToPath(new URL("..", import.meta.url))

const sources = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))

const importsOf = (
  text: string
): ReadonlyArray<{ readonly line: number; readonly names: string; readonly from: string }> => {
  const found = []
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+([^"'`;]*?)\s*from\s+"([^"]+)"|(?:^|\n)\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/g
  for (const match of text.matchAll(pattern)) {
    const line = text.slice(0, match.index + match[0].length).split("\n").length
    found.push({ line, names: match[1] ?? "", from: (match[2] ?? match[3] ?? match[4])! })
  }
  return found
}

const allowed = (patterns: ReadonlyArray<string>, from: string, names: string): boolean =>
  patterns.some((pattern) => {
    if (pattern === "effect:pure") {
      if (from.startsWith("effect/")) return pure.includes(from.slice("effect/".length))
      if (from !== "effect") return false
      const picked = names
        .replace(/^type\s+/, "")
        .replace(/[{}]/g, "")
        .split(",")
      return picked
        .map(
          (name) =>
            name
              .trim()
              .replace(/^type\s+/, "")
              .split(/\s+as\s+/)[0]!
        )
        .every((name) => name === "" || pure.includes(name))
    }
    return pattern.endsWith("*") ? from.startsWith(pattern.slice(0, -1)) : from === pattern
  })

describe("the house", () => {
  for (const [room, { may, only = {} }] of Object.entries(rooms)) {
    const src = join(root, room, "src")
    it(`${room} imports only what the architecture lets it`, () => {
      const offences: Array<string> = []
      for (const file of sources(src)) {
        const inside = relative(src, file)
        const extra = Object.entries(only).flatMap(([start, more]) => (inside.startsWith(start) ? more : []))
        for (const { from, line, names } of importsOf(readFileSync(file, "utf8"))) {
          const where = `${relative(root, file)}:${line} imports "${from}"`
          if (from.startsWith(".")) {
            if (!resolve(dirname(file), from).startsWith(src)) offences.push(`${where}, outside its package`)
            if (!from.endsWith(".ts")) offences.push(`${where}, without its ending`)
          } else if (!allowed([...may, ...extra], from, names)) offences.push(where)
        }
      }
      assert.deepStrictEqual(offences, [])
    })
  }

  it("keeps the clock and chance out of pure code", () => {
    const offences: Array<string> = []
    for (const room of ["packages/decider", "packages/domain", "packages/handset"]) {
      for (const file of sources(join(root, room, "src"))) {
        readFileSync(file, "utf8")
          .split("\n")
          .forEach((line, index) => {
            const code = line.replace(/^\s*(\*|\/\/).*/, "")
            if (
              /\bnew Date\b|\bDate\.(now|parse|UTC)|Math\.random|\bperformance\.now|\bsetTimeout|\bsetInterval|\bprocess\./.test(
                code
              )
            ) {
              offences.push(`${relative(root, file)}:${index + 1} ${line.trim()}`)
            }
          })
      }
    }
    assert.deepStrictEqual(offences, [])
  })

  it("has a rule for every package and app", () => {
    const found = ["packages", "apps"].flatMap((group) =>
      readdirSync(join(root, group)).map((name) => `${group}/${name}`)
    )
    assert.deepStrictEqual(found.sort(), Object.keys(rooms).sort())
  })
})
