import { Server, type Gate } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Library } from "@sightscreen/feed"
import { Clock, Console, Effect, FileSystem, Option, Result } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { randomBytes } from "node:crypto"
import * as Curl from "../apple/Curl.ts"
import * as Papers from "../apple/Papers.ts"
import * as RequestLine from "../apple/RequestLine.ts"
import * as Tokens from "../apple/Tokens.ts"

const port = (name: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (given) => given >= 0 && given <= 65_535,
      () => "a port from 0 to 65535"
    ),
    Flag.withMetavar("port")
  )

/** Starts the model Apple alone, for whoever writes something that pushes. */
export const apple = Command.make(
  "apple",
  {
    port: port("port").pipe(
      Flag.withDescription("Where pushes go; 0 for any free port"),
      Flag.withDefault(8443)
    ),
    persona: Flag.Literals("persona", ["sandbox", "production"]).pipe(
      Flag.withDescription("Which of Apple's two worlds it is"),
      Flag.withDefault("sandbox")
    ),
    managementPort: port("management-port").pipe(
      Flag.withDescription("Where broadcast channels are managed; nowhere unless given"),
      Flag.optional
    ),
    folder: Flag.String("folder").pipe(
      Flag.withMetavar("folder"),
      Flag.withDescription(
        "For the certificate and the signing key, which stay there; a temporary one unless given"
      ),
      Flag.optional
    ),
    bundle: Flag.String("bundle").pipe(
      Flag.withMetavar("id"),
      Flag.withDescription("The app of tokens that do not say whose they are"),
      Flag.withDefault("com.sightscreen.ios")
    ),
    tokens: Flag.String("tokens").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription("Tokens to know, one a line: hex, kind (device), bundle ID"),
      Flag.optional
    ),
    strict: Flag.Boolean("strict").pipe(
      Flag.withDescription("Knows only the tokens of the file and those it prints; else any well-formed one"),
      Flag.withDefault(false)
    ),
    faults: Flag.Finite("faults").pipe(
      Flag.filter(
        (share) => share >= 0 && share <= 1,
        () => "a share from 0 to 1"
      ),
      Flag.withMetavar("share"),
      Flag.withDescription("The share of requests that meet trouble: refused, reset or answered late"),
      Flag.withDefault(0)
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("For chance in faults"), Flag.withDefault(1))
  },
  (flags) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { bundle: bundleId, persona: environment } = flags
        const listed = yield* readTokens(flags.tokens, { bundleId, environment })
        const papers = yield* Papers.issue(Option.getOrNull(flags.folder), {
          topics: [bundleId, `${bundleId}.voip`, `${bundleId}.complication`],
          environments: [environment]
        }).pipe(Effect.catchTags({ AuthorityFailed: Effect.die, KeyFailed: Effect.die }))
        const own = freshTokens({ bundleId, environment }, flags.strict)

        const clock = yield* Clock.Clock
        const now = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
        const tally = new RequestLine.Tally()
        const { credentials, publicKey } = papers.key
        const console = yield* Console.Console
        const managementPort = Option.getOrUndefined(flags.managementPort)
        const server = yield* Server.make({
          authority: papers.authority,
          keys: [{ keyId: credentials.keyId, teamId: credentials.teamId, publicKey }],
          now,
          rules: { environment, strangers: flags.strict ? "unknown" : "welcome" },
          // Where any token is welcome, that of the leaflet is as good for one kind of push as for another.
          tokens: flags.strict ? [...own, ...listed] : listed,
          port: flags.port,
          ...(managementPort !== undefined && { managementPort }),
          seed: flags.seed,
          onAnswered: (exchange) => {
            tally.add(exchange)
            console.log(RequestLine.of(exchange))
          }
        }).pipe(
          Effect.catchTags({
            KeyFailed: Effect.die,
            ListenFailed: (error) =>
              Effect.fail(
                new Library.Unusable({
                  subject: `port ${error.port}`,
                  problem: problems[error.code] ?? error.code
                })
              )
          })
        )
        for (const fault of troubles(flags.faults)) yield* server.inject(fault)

        const jwt = yield* Curl.sign(papers.key)
        const { caFile, certificateFile, certificateKeyFile } = papers
        const sender = { caFile, by: { jwt } }
        const byCertificate = { caFile, by: { certificateFile, certificateKeyFile } }
        const { management, origin } = server
        yield* Console.log(
          [
            `The model Apple (${environment}) is at ${origin}`,
            ...(management === undefined ? [] : [`  channels    ${management.origin}`]),
            `  CA          ${papers.caFile}`,
            `  key         ${papers.keyFile}`,
            `  key id      ${credentials.keyId}`,
            `  team id     ${credentials.teamId}`,
            `  bundle ID   ${bundleId}`,
            `  certificate ${certificateFile}`,
            `  and its key ${certificateKeyFile}`,
            ...own.map(({ kind, token }) => `  ${names[kind] ?? kind}  ${token}`),
            `  knows       ${flags.strict ? known(own.length + listed.length) : "any well-formed token, for pushes of any kind"}`,
            ...(papers.passing ? ["  The files go when it stops; --folder keeps them."] : []),
            "",
            "A push, with a bearer token that is good for an hour:",
            Curl.push(sender, { origin, token: own[0]!.token, bundleId }),
            "The same with the certificate, which covers the app's alerts, VoIP and complications:",
            Curl.push(byCertificate, { origin, token: own[0]!.token, bundleId }),
            ...(management === undefined
              ? []
              : ["A channel:", Curl.createChannel(sender, { origin: management.origin, bundleId })]),
            "",
            "Ctrl-C stops it."
          ].join("\n")
        )
        return yield* Effect.onInterrupt(Effect.never, () =>
          Effect.flatMap(server.counts, ({ accepted, connections, published, requests }) =>
            Console.log(
              [
                `Stopped after ${requests} requests on ${connections} connections: ` +
                  `${accepted} pushes and ${published} publishes accepted.`,
                ...tally.lines()
              ].join("\n")
            )
          )
        )
      })
    )
).pipe(
  Command.withDescription(
    "A model of Apple's push service on this machine: HTTP/2 over TLS, bearer tokens, and the answers that Apple\n" +
      "  gives, for anything that sends pushes. It prints a certificate to trust, a key to sign with and a command line\n" +
      "  to try, then a line for each request."
  ),
  Command.withShortDescription("A model of Apple's push service to push to"),
  Command.withExamples([
    { command: "npm run --silent simulator -- apple", description: "On port 8443, until Ctrl-C" },
    {
      command: "npm run --silent simulator -- apple --persona production --strict --tokens mine.txt",
      description: "Knows the tokens of a file, and no others"
    },
    {
      command: "npm run --silent simulator -- apple --management-port 2195 --faults 0.1",
      description: "Broadcast channels too, and trouble for one request in ten"
    }
  ])
)

const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else is listening there",
  EACCES: "it may not be used without more rights"
}

const known = (count: number): string => `${count} ${count === 1 ? "token" : "tokens"}`

const names: Partial<Readonly<Record<Gate.Kind, string>>> = {
  device: "token     ",
  start: "to start  ",
  update: "to update "
}

const readTokens = (file: Option.Option<string>, usual: Tokens.Usual) =>
  Effect.gen(function* () {
    if (Option.isNone(file)) return []
    const fs = yield* FileSystem.FileSystem
    const unusable = (problem: string) => new Library.Unusable({ subject: file.value, problem })
    const text = yield* fs
      .readFileString(yield* Library.pathOf(file.value))
      .pipe(
        Effect.mapError(({ reason }) =>
          unusable(
            reason._tag === "NotFound"
              ? "there is no such file"
              : reason._tag === "BadResource"
                ? "a folder, not a file"
                : `the file cannot be read (${reason._tag})`
          )
        )
      )
    const tokens = Tokens.parse(text, usual)
    return Result.isFailure(tokens) ? yield* unusable(tokens.failure) : tokens.success
  })

/** Where strangers are not welcome, one of each kind that Live Activities need. */
const freshTokens = (usual: Tokens.Usual, strict: boolean): ReadonlyArray<Gate.Known> =>
  (strict ? (["device", "start", "update"] as const) : (["device"] as const)).map((kind) => ({
    ...usual,
    kind,
    token: randomBytes(32).toString("hex")
  }))

/** Every kind of trouble that a request can meet, so that together they befall such a share. */
const troubles = (share: number): ReadonlyArray<Server.Fault> => {
  const faults = [
    { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" },
    { _tag: "Refuse", status: 500, reason: "InternalServerError" },
    { _tag: "Refuse", status: 429, reason: "TooManyRequests" },
    { _tag: "Reset", processed: false },
    { _tag: "Reset", processed: true },
    { _tag: "Stall", millis: 2000 }
  ] as const satisfies ReadonlyArray<Server.Fault>
  if (share === 0) return []
  // Each looks only at what those before it have spared.
  return faults.map((fault, index) => {
    const each = share / faults.length
    return { ...fault, chance: each / (1 - index * each) }
  })
}
