import type { Notification } from "@sightscreen/apns"
import { Console, Effect, Option } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Account from "../push/Account.ts"
import type { Mistake } from "../push/Mistake.ts"
import * as Asking from "./Asking.ts"
import * as Database from "./Database.ts"
import * as Finding from "./Finding.ts"
import * as Line from "./Line.ts"
import * as Papers from "./Papers.ts"

/**
 * `doctor`: why do pushes not work? Looks at everything on the way, in the order in which one thing needs another, and says
 * of each what it found. It sends nothing that reaches anybody and changes nothing.
 */

export interface Flags extends Account.Flags {
  readonly managementHost: Option.Option<string>
}

/** Apple: serves as well where a firewall keeps 443 shut. */
const sparePort = 2197

export const examine = (
  flags: Flags,
  told: Papers.Say
): Effect.Effect<ReadonlyArray<Finding.Finding>, Mistake, Account.Files> =>
  Effect.gen(function* () {
    const findings: Array<Finding.Finding> = []
    const say = (finding: Finding.Finding) =>
      Effect.suspend(() => {
        findings.push(finding)
        return told(finding)
      })
    const given = yield* Account.read(flags)
    // What is wrong with how it is asked is no finding: there is nobody to look at.
    const timeout = yield* Account.timeoutOf(given)
    const management: Account.Given = {
      ...given,
      host: Option.match(flags.managementHost, {
        onNone: () => undefined,
        onSome: (value): Account.Said => ({ from: "--management-host", value })
      })
    }

    // Where the world is not known, the way to the greater one is still worth looking at.
    const environment = yield* Effect.orElseSucceed(Account.environmentOf(given), () => "production" as const)
    const place = yield* Account.placeOf(given, Account.apples.push[environment])
    const managementPlace = yield* Account.placeOf(management, Account.apples.management[environment])

    const papers = yield* Papers.examine(given, say)
    yield* say(hostOf(place.origin, environment))

    const reached = yield* Line.examine(
      place,
      { name: "name", port: "port", tls: "TLS" },
      Finding.wrong,
      say,
      given.host === undefined ? sparePort : null
    )
    const { bundleId, credentials } = papers
    const asks = bundleId !== null && credentials !== null && papers.environment !== null
    const jwt = credentials === null ? null : yield* Account.sign(credentials)
    const who = asks && jwt !== null ? { bundleId, environment, credentials, jwt } : null
    const why = who === null ? "not asked: something above is missing" : "not asked: the host was not reached"
    if (reached && who !== null) yield* Asking.examine(place, who, say)
    else
      for (const check of ["key accepted", "live activity", "clock"]) yield* say(Finding.skipped(check, why))
    const isKnown = findings.some(({ check, verdict }) => check === "key accepted" && verdict === "well")

    // A model has its channels elsewhere, if it has any; Apple's would be the wrong ones to ask.
    if (given.host !== undefined && !isApples(place.origin) && management.host === undefined) {
      yield* say(
        Finding.skipped("broadcast", "not asked: --management-host says where a model manages channels")
      )
    } else {
      const names = { name: "channels name", port: "channels port", tls: "channels TLS" }
      const near = yield* Line.examine(managementPlace, names, Finding.look, say)
      if (near && who !== null && isKnown) yield* Asking.channels(managementPlace, who, say)
      else {
        yield* say(
          Finding.skipped(
            "broadcast",
            near ? "not asked: the key is not accepted yet" : "not asked: the host was not reached"
          )
        )
      }
    }
    yield* Database.examine(timeout, say)
    return findings
  })

const isApples = (origin: string): boolean => new URL(origin).hostname.endsWith(".push.apple.com")

/** Whether the host is of the world that was asked for. */
export const hostOf = (origin: string, environment: Notification.Environment): Finding.Finding => {
  if (!isApples(origin)) return Finding.well("host", `${origin}, which is not Apple's`)
  const world = new URL(origin).hostname.includes(".sandbox.") ? "sandbox" : "production"
  return world === environment
    ? Finding.well("host", origin)
    : Finding.wrong(
        "host",
        `${origin} is Apple's for ${world}, and pushes are for ${environment}`,
        "leave --host out, or change --environment (APNS_ENV): a token works in one world only"
      )
}

export const doctor = Command.make(
  "doctor",
  {
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print one JSON object, not a list"),
      Flag.withDefault(false)
    ),
    ...Account.flags,
    managementHost: Flag.String("management-host").pipe(
      Flag.withMetavar("url"),
      Flag.withDescription("Another host for channels, such as a model's"),
      Flag.optional
    ),
    timeout: Flag.String("timeout").pipe(
      Flag.withMetavar("time"),
      Flag.withDescription("How long each check may take (10s)"),
      Flag.optional
    )
  },
  (flags) =>
    examine(flags, (finding) => (flags.json ? Effect.void : Console.log(Finding.line(finding)))).pipe(
      Effect.flatMap((findings) =>
        Effect.gen(function* () {
          const well = Finding.isWell(findings)
          yield* Console.log(
            flags.json ? JSON.stringify({ well, findings }) : `\n${Finding.summary(findings)}`
          )
          if (!well) process.exitCode = 1
        })
      ),
      Effect.catch(({ message }) =>
        Effect.andThen(
          Console.error(message),
          Effect.sync(() => {
            process.exitCode = 1
          })
        )
      )
    )
).pipe(
  Command.withDescription(
    "Looks at everything that a push needs: the key, its ids, the app, the way to Apple's hosts, the clock, and what\n" +
      "  Apple says to a push that can reach nobody; then at broadcast channels, and at DATABASE_URL where it is set.\n\n" +
      "  ✓ is well, ! is worth a look, ✗ is wrong, – was not looked at. The key is never printed.\n\n" +
      "  Exit code 0: nothing is wrong. 1: something is."
  ),
  Command.withShortDescription("Find out why pushes do not work"),
  Command.withExamples([
    { command: "npm run --silent server -- doctor --key AuthKey_ABC123DEFG.p8", description: "With Apple" },
    {
      command: "npm run --silent server -- doctor --host https://127.0.0.1:8443 --ca ca.pem",
      description: "With the model that `npm run simulator -- apple` starts"
    }
  ])
)
