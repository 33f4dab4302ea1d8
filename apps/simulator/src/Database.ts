import { Library } from "@sightscreen/feed"
import { EmbeddedPostgres, type Fault, Sql, Store } from "@sightscreen/store"
import { Config, Effect, Layer, Option, type Path, Redacted } from "effect"
import { resolve } from "node:path"

/** Opens the database of a run to look into it, whether or not its server is there. It is never begun, and never changed. */
export interface Place {
  /** As a person would name it. */
  readonly name: string
  readonly at:
    | { readonly _tag: "Home"; readonly folder: string }
    | { readonly _tag: "Url"; readonly url: Redacted.Redacted<string> }
}

const usual = ".sightscreen"

/** A variable that is set to nothing is not set. */
const filled = (value: string): boolean => value.trim() !== ""

/** The folder that was named, else the server of DATABASE_URL, else the folder that the demo keeps its things in. */
export const find = (home: Option.Option<string>): Effect.Effect<Place, Config.ConfigError, Path.Path> =>
  Effect.gen(function* () {
    if (Option.isSome(home)) {
      return { name: home.value, at: { _tag: "Home", folder: yield* Library.pathOf(home.value) } }
    }
    const url = yield* Config.option(Config.Redacted("DATABASE_URL"))
    if (Option.isSome(url) && filled(Redacted.value(url.value)))
      return { name: "DATABASE_URL", at: { _tag: "Url", url: url.value } }
    const known = Option.filter(yield* Config.option(Config.String("SIGHTSCREEN_HOME")), filled)
    const name = Option.getOrElse(known, () => usual)
    return { name, at: { _tag: "Home", folder: resolve(name) } }
  })

/** All tables, as they are. */
export const layer = ({ at, name }: Place): Layer.Layer<Store.Store, Library.Unusable> => {
  const unusable = (problem: string) => new Library.Unusable({ subject: name, problem })
  const sql =
    at._tag === "Url"
      ? Sql.layerToRead({ url: at.url })
      : Layer.unwrap(
          Effect.gen(function* () {
            const folder = `${at.folder}/postgres`
            if (!EmbeddedPostgres.isBegun(folder)) {
              return yield* unusable(
                "there is no database; begin one with npm start, or name its folder with --home or its server with DATABASE_URL"
              )
            }
            const server = yield* EmbeddedPostgres.start(folder)
            return Sql.layerToRead(EmbeddedPostgres.connection(server))
          })
        )
  return Store.layer.pipe(
    Layer.provide(sql),
    Layer.catch((error) =>
      Layer.effectContext(
        Effect.fail(
          error._tag === "Unusable"
            ? error
            : error._tag === "OtherEdition"
              ? unusable(edition(error))
              : unusable(`the database cannot be used: ${root(error)}`)
        )
      )
    )
  )
}

const edition = ({ found, known }: Sql.OtherEdition): string =>
  found === null
    ? "there is nothing of Sightscreen in this database; npm start with the same settings begins it"
    : found > known
      ? "a newer version of Sightscreen wrote this database; look into it with that version"
      : "an older version of Sightscreen wrote this database; npm start brings it up to date"

/** The database was there, and did not answer as it should. */
export const trouble = ({ name }: Place, { message }: Fault.Fault): Effect.Effect<never, Library.Unusable> =>
  Effect.fail(new Library.Unusable({ subject: name, problem: message }))

/** What is at the bottom of an error, in its own words. */
const root = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const below = "reason" in error ? error.reason : error.cause
  return below instanceof Error ? root(below) : error.message
}
