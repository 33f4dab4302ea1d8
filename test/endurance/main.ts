import { randomInt } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { beacon, cleanUp, type Demo, home, kill, notebook, type Notebook, start } from "../server/demo.ts"
import { owedToChannels, owedToTokens, repeated } from "../server/owed.ts"
import { shortMatch } from "../server/short.ts"
import { Caller } from "./Caller.ts"
import * as Database from "./Database.ts"
import * as Keys from "./keys.ts"

/**
 * Does the server bear what happens to servers? A match is replayed to 500 phones, and meanwhile
 *
 * - `kill`: the server is killed, 20 times, at random moments;
 * - `database`: its PostgreSQL is restarted under it, gently and as by a power cut;
 * - `keys`: no phones, but a thousand requests at once under idempotency keys, to three servers on one database;
 * - `feed`, `apple`: the provider of scores, or Apple, fails for two minutes of the match, by errors and by silence.
 *
 * Each part ends with a verdict: no acknowledged request lost, no alert lost, none shown twice, every activity ended, and every
 * phone shows the right final state. Takes about a quarter of an hour for each part.
 */
const { values } = parseArgs({
  options: {
    part: { type: "string", multiple: true, default: ["kill", "database", "feed", "apple", "keys"] },
    phones: { type: "string", default: "500" },
    kills: { type: "string", default: "20" },
    outages: { type: "string", default: "4" },
    speed: { type: "string", default: "20" },
    match: { type: "string", default: "1512773" },
    /** A made-up match of so many overs a side instead, up to nine. */
    overs: { type: "string" }
  }
})
const [phones, kills, outages, speed] = [values.phones, values.kills, values.outages, values.speed].map(
  Number
) as [number, number, number, number]

const began = performance.now()
const say = (line: string) => {
  const seconds = Math.round((performance.now() - began) / 1000)
  process.stdout.write(
    `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, "0")}  ${line}\n`
  )
}

/** Two minutes of the match. */
const twoMinutes = 120_000 / speed

interface Stage {
  readonly database: Database.Database
  readonly serve: () => Promise<void>
  readonly fall: () => void
  readonly trouble: (feed: string, apple: string) => Promise<void>
  readonly score: () => string
  readonly isOver: () => boolean
}

const parts: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  kill: async ({ fall, isOver, score, serve }) => {
    for (let nth = 1; nth <= kills && !isOver(); nth += 1) {
      await sleep(randomInt(2000, 15_000))
      fall()
      say(`killed, ${nth} of ${kills}, at ${score()}`)
      await serve()
    }
  },
  database: async ({ database, isOver, score }) => {
    for (let nth = 1; nth <= outages && !isOver(); nth += 1) {
      await sleep(randomInt(5000, 20_000))
      const how = nth % 2 === 0 ? "crash" : "fast"
      await database.restart(how)
      say(`the database was restarted (${how}), ${nth} of ${outages}, at ${score()}`)
    }
  },
  feed: async (stage) => fail(stage, "feed"),
  apple: async (stage) => fail(stage, "apple")
}

const fail = async ({ isOver, score, trouble }: Stage, who: "feed" | "apple") => {
  for (let nth = 1; nth <= outages && !isOver(); nth += 1) {
    await sleep(randomInt(5000, 20_000))
    const how = nth % 2 === 0 ? "hangs" : "errs"
    say(`${who} ${how} for two minutes, ${nth} of ${outages}, at ${score()}`)
    await (who === "feed" ? trouble(how, "well") : trouble("well", how))
    await sleep(twoMinutes)
    await trouble("well", "well")
  }
}

/** The score in the last line of a server's, if it has said one. */
const lineOf = (text: string): string | undefined =>
  text
    .trimEnd()
    .split("\n")
    .findLast((line) => line.includes(" | "))
    ?.split(" | ")
    .slice(0, 2)
    .join(", ")

/** What is needed to find out why something was lost: every push and decision, every phone, and what the servers said. */
const keepEvidence = async (
  part: string,
  folder: string,
  database: Database.Database,
  servers: ReadonlyArray<Demo>
): Promise<void> => {
  const kept = fs.mkdtempSync(path.join(os.tmpdir(), `sightscreen-endurance-${part}-`))
  for (const table of ["deliveries", "editions", "activities", "decisions", "push_tokens"]) {
    // Tokens are those of model phones.
    const rows = await database.ask((sql) => sql`select row_to_json(t) as row from ${sql(table)} as t`)
    fs.writeFileSync(
      path.join(kept, `${table}.ndjson`),
      rows.map((one) => `${JSON.stringify((one as { readonly row: unknown }).row)}\n`).join("")
    )
  }
  fs.cpSync(path.join(folder, "world"), path.join(kept, "world"), { recursive: true })
  servers.forEach((server, nth) =>
    fs.writeFileSync(path.join(kept, `server-${nth}.log`), `${server.out()}\n${server.err()}`)
  )
  say(`  the evidence is in ${kept}`)
}

/** One part from the first ball to its verdict. */
const play = async (part: string): Promise<boolean> => {
  const folder = home()
  const database = await Database.begin(`${folder}/database`)
  const match = values.overs === undefined ? values.match : shortMatch(folder, Number(values.overs))
  const args = ["--match", match, "--phones", `${phones}`, "--speed", `${speed}`]
  let server: Demo | null = null
  let api: string | null = null
  let score = "the start"
  const all: Array<Demo> = []
  const serve = async (more: ReadonlyArray<string> = []) => {
    server = start(folder, [...args, ...more], { DATABASE_URL: database.url })
    all.push(server)
    await server.says(/^Health: /m)
    api = /^Health: (\S+)\/health$/m.exec(server.out())![1]!
  }
  try {
    say(`${part}: ${phones} phones at ×${speed}`)
    await serve()
    const { key, url } = beacon(folder)!
    const world = (path: string, body?: object) =>
      fetch(`${url}${path}`, {
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { "content-type": "application/json" })
        },
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) })
      })
    const portal = (await (await world("/portal")).json()) as {
      readonly issuerSecret: string
      readonly matchId: string
    }
    // Once the first ball is told everybody is there.
    for (;;) {
      const { following, showing } = (await (await world("/phones")).json()) as {
        readonly following: number
        readonly showing: ReadonlyArray<{ readonly phones: number }>
      }
      const started = showing.reduce((sum, { phones }) => sum + phones, 0)
      if (following === phones && started === phones) break
      await sleep(500)
    }
    say("everybody follows, and every phone is started")
    const caller = new Caller({ secret: portal.issuerSecret, matchId: portal.matchId, api: () => api })
    caller.start(200)
    await parts[part]!({
      database,
      serve,
      fall: () => {
        api = null
        kill(server!.pid)
      },
      trouble: async (feed, apple) => void (await (await world("/trouble", { feed, apple })).arrayBuffer()),
      score: () => (score = lineOf(server!.out()) ?? score),
      isOver: () => /match is over|won by|tied/i.test(server!.out())
    })
    await caller.stop()
    say(`${caller.acknowledged} requests were acknowledged, ${caller.failed} were not`)
    // The last server sees the match to its end.
    if (server !== null) {
      api = null
      kill((server as Demo).pid)
      await (server as Demo).ended
    }
    const last = start(folder, [...args, "--once"], { DATABASE_URL: database.url })
    all.push(last)
    const code = await last.ended
    const isWell = await judge(part, folder, database, caller, last, code)
    if (!isWell) await keepEvidence(part, folder, database, all)
    return isWell
  } finally {
    for (const { pid } of all) kill(pid)
    const found = beacon(folder)
    if (found !== null) kill(found.pid)
    await database.stop()
  }
}

const lifeOf = (phones: Notebook["phones"], deviceId: string, stamp: number) => {
  const phone = phones.find((one) => one.deviceId === deviceId)
  return {
    online: phone?.online,
    began: phone?.activities.map(({ address, startedAt }) => `${address._tag} ${startedAt / 1000 - stamp} s`),
    // What its Apple and it itself held back, or did not take for new.
    counters: phone?.counters,
    rang: phone?.alerts.map(({ timestamp }) => timestamp - stamp).filter((apart) => Math.abs(apart) < 600)
  }
}

const judge = async (
  part: string,
  folder: string,
  database: Database.Database,
  caller: Caller,
  last: Demo,
  code: number | null
): Promise<boolean> => {
  const { phones: seen } = notebook(folder)
  const rang = new Set(
    seen.flatMap(({ alerts, deviceId }) => alerts.map((one) => `${deviceId} ${one.timestamp}`))
  )
  const owed = [...(await database.ask(owedToTokens)), ...(await database.ask(owedToChannels))]
  const open = await database.ask((sql) => sql`select activity_id from activities where status <> 'ended'`)
  const lost = await database.ask((sql) => caller.lost(sql))
  const findings: ReadonlyArray<readonly [what: string, wrong: ReadonlyArray<unknown>]> = [
    ["acknowledged requests lost", lost],
    ["alerts decided and not sent", owed.filter(({ done, told }) => !done || !told)],
    [
      "alerts sent and not on their phone",
      owed
        .filter(({ deviceId, stamp }) => !rang.has(`${deviceId} ${stamp}`))
        // When its activities began, and what it rang for, say whether it could have heard this one.
        .map((one) => ({ ...one, ...lifeOf(seen, one.deviceId, one.stamp) }))
    ],
    ["phones that showed an alert twice", repeated(seen)],
    ["activities that have not ended", open],
    [
      "phones without the right final state",
      code === 0 ? [] : [last.out().trimEnd().split("\n").slice(-6).join("\n")]
    ]
  ]
  for (const [what, wrong] of findings) {
    say(`${wrong.length === 0 ? "✓" : "✗"} ${part}: ${wrong.length} ${what}`)
    for (const one of wrong.slice(0, 6))
      process.stdout.write(`         ${typeof one === "string" ? one : JSON.stringify(one)}\n`)
  }
  say(`  of ${owed.length} alerts to ${seen.length} phones`)
  const missed = [
    ...new Set(
      owed
        .filter(({ deviceId, stamp, told }) => !told || !rang.has(`${deviceId} ${stamp}`))
        .map(({ stamp }) => stamp)
    )
  ]
  if (missed.length > 0) {
    // What the ledger has of them says why.
    const why = await database.ask(
      (sql) => sql`
        select stamp::float8 as stamp, kind, cohort, verdict, reason, count(*)::int as pushes,
          min(sent_at / 1000.0 - stamp)::float8 as "firstAfter", max(sent_at / 1000.0 - stamp)::float8 as "lastAfter" from deliveries
        where stamp::float8 = any(array(select json_array_elements_text(${JSON.stringify(missed)}::json)::float8))
        group by 1, 2, 3, 4, 5 order by 1`
    )
    for (const one of why) process.stdout.write(`         ${JSON.stringify(one)}\n`)
    process.stdout.write(`${last.err()}\n`)
  }
  return owed.length > 0 && findings.every(([, wrong]) => wrong.length === 0)
}

let well = true
for (const part of values.part) {
  if (parts[part] === undefined && part !== "keys") {
    process.stderr.write(`--part: ${part} is none of ${[...Object.keys(parts), "keys"].join(", ")}\n`)
    process.exit(2)
  }
}
try {
  for (const part of values.part) well = (await (part === "keys" ? Keys.play(say) : play(part))) && well
} finally {
  await cleanUp()
}
say(well ? "VERDICT: it bears all of it" : "VERDICT: it does not bear it; see ✗ above")
process.exit(well ? 0 : 1)
