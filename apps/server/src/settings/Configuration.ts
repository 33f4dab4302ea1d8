import { Effect, Result } from "effect"
import * as Sealing from "../access/Sealing.ts"
import * as Issuer from "../access/Settings.ts"
import { Access } from "./Access.ts"
import { Api } from "./Api.ts"
import { Apple } from "./Apple.ts"
import { catalogue } from "./Catalogue.ts"
import { Demo } from "./Demo.ts"
import * as Environment from "./Environment.ts"
import * as Kind from "./Kind.ts"
import { Logs, Watching } from "./Observability.ts"
import { Server, Telling } from "./Server.ts"
import * as Setting from "./Setting.ts"
import { SportMonks } from "./SportMonks.ts"
import { Webhooks } from "./Webhooks.ts"

/** What a server for real is told: what is weak, or does not fit together, is found before anything is begun. */

const sections = {
  server: Server,
  sportmonks: SportMonks,
  apple: Apple,
  access: Access,
  api: Api,
  telling: Telling,
  logs: Logs,
  watching: Watching,
  webhooks: Webhooks
} as const

export type Values = { readonly [Key in keyof typeof sections]: Setting.Values<(typeof sections)[Key]> }

/** Whether somebody wants a server, and not the demo. */
export const isWanted = ({ given }: Environment.Look): boolean =>
  [...given.keys()].some((name) => /^(?:SPORTMONKS|APNS)_/.test(name))

/** What fits together on paper only. Each is a line that says what to do. */
const contradictions = (
  { access, api, apple, sportmonks, webhooks }: Values,
  given: Setting.Given
): ReadonlyArray<Setting.Problem> => {
  const problems: Array<Setting.Problem> = [...Issuer.contradictions(access)]
  const wrong = (name: string, problem: string) => void problems.push({ name, problem })
  for (const { name } of Object.values(Demo.settings))
    if (given.has(name))
      wrong(name, "only the demo has it, and SPORTMONKS_ and APNS_ settings ask for a server")
  for (const [name, value] of [
    ["APNS_PRIVATE_KEY", apple.privateKey],
    ["APNS_TEAM_ID", apple.teamId],
    ["APNS_BUNDLE_ID", apple.bundleId]
  ] as const)
    if (value === null) wrong(name, "is not set; without it nobody is pushed to")
  if (api.deviceTokenSecrets === null)
    wrong("DEVICE_TOKEN_SECRETS", "is not set; device tokens would lie open in the database")
  const vault = Sealing.vault(api.deviceTokenSecrets)
  if (Result.isFailure(vault)) problems.push(...vault.failure)
  if (!Kind.isSecure(sportmonks.baseUrl))
    wrong("SPORTMONKS_BASE_URL", "the token would go over an open line; use https")
  if (sportmonks.marqueePollMillis > sportmonks.pollMillis)
    wrong(
      "SPORTMONKS_MARQUEE_POLL_MS",
      "is longer than SPORTMONKS_POLL_MS; marquee matches are read more often than others"
    )
  if (apple.host === null && apple.ca !== null)
    wrong("APNS_CA", "is for another host than Apple's; set APNS_HOST as well")
  if (apple.host === null && apple.managementHost !== null)
    wrong(
      "APNS_MANAGEMENT_HOST",
      "channels would be Apple's and pushes not, or the other way round; set APNS_HOST as well"
    )
  if (apple.host !== null && apple.managementHost === null && apple.channels)
    wrong(
      "APNS_CHANNELS",
      "is on, and APNS_HOST is not Apple's: set APNS_MANAGEMENT_HOST, or switch channels off"
    )
  if (webhooks.near && apple.host === null)
    wrong("WEBHOOKS_ALLOW_LOOPBACK", "is for trying things out, and not for a server that pushes to Apple")
  return problems
}

/** Certificates that nobody looks at protect nothing. */
const openLines = (): ReadonlyArray<Setting.Problem> =>
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0"
    ? [{ name: "NODE_TLS_REJECT_UNAUTHORIZED", problem: "certificates would not be checked; unset it" }]
    : []

/** All that was found in the environment, or everything that is wrong with it. */
export const decode = (look: Environment.Look): Result.Result<Values, ReadonlyArray<Setting.Problem>> => {
  const decoded = Setting.decode(sections, look.given)
  const problems = [
    ...look.problems,
    ...openLines(),
    ...(Result.isFailure(decoded) ? decoded.failure : contradictions(decoded.success, look.given))
  ]
  return problems.length > 0 ? Result.fail(problems) : decoded
}

/** The same, of the environment that the program runs in. */
export const read: Effect.Effect<Values, Environment.BadSettings> = Effect.gen(function* () {
  const look = yield* Environment.look(catalogue)
  for (const { name, problem } of look.remarks) yield* Effect.logWarning(`${name}: ${problem}`)
  const decoded = decode(look)
  return Result.isFailure(decoded)
    ? yield* new Environment.BadSettings({ problems: decoded.failure })
    : decoded.success
})
