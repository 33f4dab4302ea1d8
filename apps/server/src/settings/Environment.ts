import * as fs from "node:fs"
import { ConfigProvider, Effect, Schema } from "effect"
import * as Resemblance from "./Resemblance.ts"
import type { Given, Problem, Section, Setting } from "./Setting.ts"

/** Settings that cannot be used: one line for each, saying which and why. */
export class BadSettings extends Schema.TaggedError<BadSettings>()("BadSettings", {
  problems: Schema.Array(Schema.Struct({ name: Schema.String, problem: Schema.String }))
}) {
  override get message() {
    return this.problems.map(({ name, problem }) => `${name}: ${problem}`).join("\n")
  }
}

export type Catalogue = ReadonlyArray<Section<Readonly<Record<string, Setting<unknown>>>>>

export const settingsOf = (catalogue: Catalogue): ReadonlyArray<Setting<unknown>> =>
  catalogue.flatMap(({ settings }) => Object.values(settings))

/** A secret may lie in a file, whose name is given instead: how containers and services hand them out. */
const fileSuffix = "_FILE"

/** Everything that the environment says, by name. A variable that is set to nothing is not set. */
const variables = Effect.gen(function* () {
  const provider = yield* ConfigProvider.ConfigProvider
  const found = new Map<string, string>()
  const visit = (path: ReadonlyArray<string>): Effect.Effect<void, ConfigProvider.SourceError> =>
    Effect.gen(function* () {
      const node = yield* provider.load(path)
      if (node === undefined) return
      if (node.value !== undefined && node.value.trim() !== "") found.set(path.join("_"), node.value)
      const below =
        node._tag === "Record"
          ? [...node.keys]
          : node._tag === "Array"
            ? Array.from({ length: node.length }, (_, n) => String(n))
            : []
      for (const key of below) yield* visit([...path, key])
    })
  yield* visit([])
  return found
})

const readFile = (file: string): { readonly text: string } | { readonly why: string } => {
  try {
    return { text: fs.readFileSync(file, "utf8").trim() }
  } catch (why) {
    const code = why instanceof Error && "code" in why ? String(why.code) : "unreadable"
    return { why: code === "ENOENT" ? `there is no file ${file}` : `${file} cannot be read (${code})` }
  }
}

export interface Look {
  readonly given: Given
  /** What is wrong with how they are given, whatever they hold. */
  readonly problems: ReadonlyArray<Problem>
  /** What may be a mistake, and may as well be somebody else's. */
  readonly remarks: ReadonlyArray<Problem>
}

/** What is given, with secrets read from their files; and what was perhaps meant by variables that nobody reads. */
export const look = (catalogue: Catalogue): Effect.Effect<Look> =>
  Effect.map(Effect.orDie(variables), (found) => {
    const settings = settingsOf(catalogue)
    const names = new Set(settings.map(({ name }) => name))
    const given = new Map<string, string>()
    const problems: Array<Problem> = []
    const remarks: Array<Problem> = []
    for (const [name, value] of found) if (names.has(name)) given.set(name, value)

    const files = new Set<string>()
    for (const { kind, name } of settings) {
      const variable = `${name}${fileSuffix}`
      const file = found.get(variable)
      if (!kind.secret || file === undefined) continue
      files.add(variable)
      if (given.has(name)) {
        problems.push({ name: variable, problem: `${name} is set as well; give one of the two` })
        continue
      }
      const read = readFile(file.trim())
      if ("why" in read) problems.push({ name: variable, problem: read.why })
      else if (read.text === "")
        problems.push({ name: variable, problem: `there is nothing in ${file.trim()}` })
      else given.set(name, read.text)
    }

    for (const name of found.keys()) {
      if (names.has(name) || files.has(name)) continue
      const meant = Resemblance.meant(name, names)
      const hint = meant === null ? "" : `; did you mean ${meant}?`
      const ours = catalogue.find(({ prefix }) => prefix !== null && name.startsWith(prefix))
      if (ours !== undefined) {
        problems.push({
          name,
          problem: `there is no such setting${hint || `; \`config\` lists what there is`}`
        })
      } else if (meant !== null && Resemblance.distance(name, meant) <= 2 && name.length >= 8) {
        remarks.push({ name, problem: `nobody reads it${hint}` })
      }
    }
    return { given, problems, remarks }
  })
