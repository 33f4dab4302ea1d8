import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { assert, describe } from "vitest"
import * as Server from "./server.ts"

/** Where `npm run generated` has installed another generator; without it there is nothing to generate with. */
const folder = process.env["GENERATED_CLIENT"]
const run = promisify(execFile)

describe.skipIf(folder === undefined)("a client whose types another generator has made", () => {
  it.live(
    "is taken by its compiler, and takes a phone through a match",
    () =>
      Effect.gen(function* () {
        const home = path.resolve(folder!)
        const server = yield* Server.make()
        const [start, update] = ["3c".repeat(80), "4c".repeat(80)]
        const app = { environment: "sandbox", bundleId: "com.sightscreen.ios" } as const
        yield* server.world.apple.register({ token: start, ...app, kind: "start" })
        yield* server.world.apple.register({ token: update, ...app, kind: "update" })
        const said = yield* Effect.promise(async () => {
          const bin = (name: string) => path.join(home, "node_modules", ".bin", name)
          const description = await (await fetch(`${server.url}/openapi.json`)).text()
          fs.writeFileSync(path.join(home, "openapi.json"), description)
          fs.copyFileSync("scripts/generatedClient.ts", path.join(home, "client.mts"))
          await run(bin("openapi-typescript"), ["openapi.json", "--output", "schema.ts"], { cwd: home })
          const compiler = [
            "--noEmit",
            "--strict",
            "--module",
            "nodenext",
            "--target",
            "es2024",
            "--skipLibCheck"
          ]
          const node = ["--types", "node", "--typeRoots", path.resolve("node_modules/@types")]
          await run(bin("tsc"), [...compiler, ...node, "--allowImportingTsExtensions", "client.mts"], {
            cwd: home
          })
          const client = [
            path.join(home, "client.mts"),
            server.url,
            Server.bearer("generated"),
            start,
            update
          ]
          return (await run(process.execPath, client)).stdout
        })
        assert.deepStrictEqual(said.trim().split("\n"), [
          "register 204",
          "start token 204",
          "live 200",
          "follow 200",
          "update token 204",
          "dismissed 204",
          "follow again 200",
          "unfollow 204",
          "sign out 204",
          "refused 400"
        ])
        const sent = (token: string) =>
          server.world.journal.flatMap((one) =>
            one._tag === "Accepted" && one.token === token ? [one.event] : []
          )
        assert.include(sent(start), "start")
        assert.include(sent(update), "update")
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([]))),
    120_000
  )
})
