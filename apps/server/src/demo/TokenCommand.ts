import { Console, Effect } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Database from "../settings/Database.ts"
import { CannotPlay } from "./CannotPlay.ts"
import * as Issuer from "./Issuer.ts"
import * as WorldClient from "./WorldClient.ts"

/** What somebody signs in with at a demo that runs: whoever builds an app can try the API without an issuer. */
export const token = Command.make("token", { name: Argument.String("name") }, ({ name }) =>
  Effect.gen(function* () {
    const { home } = yield* Database.read
    const portal = yield* WorldClient.look(`${home}/world`)
    if (portal === null)
      return yield* new CannotPlay({ problem: `no demo runs in ${home}; start one with: npm start` })
    yield* Console.log(Issuer.tokenFor(portal.issuerSecret, name))
  })
).pipe(
  Command.withDescription(
    "Prints a bearer token of the demo that runs, for a person of any name. A server for real takes its issuer's tokens\n" +
      "  and no others."
  ),
  Command.withShortDescription("A person's bearer token, for the demo")
)
