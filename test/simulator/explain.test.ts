import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import {
  Activities,
  Decisions,
  Deliveries,
  Devices,
  EmbeddedPostgres,
  Fixtures,
  Sql,
  Store
} from "@sightscreen/store"
import { Explain } from "@sightscreen/engine"
import { Effect, Exit, Layer, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { inject } from "vitest"
import { database } from "../support/postgres.ts"
import * as Inquiry from "../../apps/simulator/src/Inquiry.ts"
import * as InquiryLine from "../../apps/simulator/src/InquiryLine.ts"
import { type Said, simulatorWith } from "./command.ts"

const { server } = inject("postgres")
const at = (seconds: number) => Instant.fromMillis(1_750_000_000_000 + seconds * 1000)
const stamp = (seconds: number) => Instant.toSeconds(at(seconds))
const final = Ids.MatchId.make("final")
const one = Ids.DeviceId.make("phone-1")
const other = Ids.DeviceId.make("phone-2")
const activityOf = (deviceId: string) => Ids.ActivityId.make(`final/${deviceId}/1`)
const push = (n: number) => Ids.PushId.make(`00000000-0000-8000-8000-${`${n}`.padStart(12, "0")}`)
const token = { [one]: "ab".repeat(15) + "a1b2c3", [other]: "cd".repeat(15) + "d4e5f6" } as const

const decision = (entry: Partial<Decisions.Entry> & Pick<Decisions.Entry, "at" | "kind" | "body">) => ({
  matchId: final,
  deviceId: null,
  activityId: null,
  stamp: null,
  ...entry
})
const bulletin = (seconds: number, body: Record<string, string | null>, priority: 5 | 10) =>
  decision({
    at: at(seconds),
    kind: "bulletin",
    stamp: stamp(seconds),
    body: {
      score: "IND 87/3",
      overs: "14.2",
      event: null,
      alert: null,
      ends: null,
      ...body,
      wanted: priority,
      priority: { normal: priority, frequent: priority }
    }
  })
const step = (deviceId: Ids.DeviceId, seconds: number, body: Record<string, unknown>) =>
  decision({
    at: at(seconds),
    kind: "activity",
    deviceId,
    activityId: activityOf(deviceId),
    body: body as Decisions.Entry["body"]
  })
const delivery = (
  n: number,
  deviceId: Ids.DeviceId,
  kind: string,
  of: number,
  sent: number
): Deliveries.Delivery => ({
  pushId: push(n),
  matchId: final,
  activityId: activityOf(deviceId),
  deviceId,
  cause: kind === "start" ? `${activityOf(deviceId)}/start/0` : `final/${stamp(of)}/token/1/en/normal`,
  cohort: "token/1/en/normal",
  tokenTail: token[deviceId]!.slice(-6),
  kind,
  stamp: stamp(of),
  priority: 10,
  alert: kind === "alert",
  sentAt: at(sent),
  verdict: "Accepted",
  reason: null
})

const wicket = { event: "wicket", key: "wicket/1/14.2/kohli", ball: "14.2" }

/** A wicket is told while the second phone's activity is pending; later it is brought up to date. */
const fill = Effect.gen(function* () {
  yield* (yield* Fixtures.Fixtures).upsert([
    {
      matchId: final,
      info: {
        matchId: final,
        format: { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 },
        home: { name: "India", code: "IND" },
        away: { name: "New Zealand", code: "NZ" },
        competition: "Cup",
        venue: null,
        startsAt: at(0)
      },
      status: "live",
      outcome: null,
      updatedAt: at(0)
    }
  ])
  const devices = yield* Devices.Devices
  const activities = yield* Activities.Activities
  for (const deviceId of [one, other]) {
    const userId = Ids.UserId.make(`owner of ${deviceId}`)
    yield* devices.register({
      deviceId,
      userId,
      osVersion: "17.4",
      appVersion: "1.0",
      schemaVersion: 1,
      frequentUpdates: false,
      language: "en",
      lastSeenAt: at(0)
    })
    yield* activities.insert([
      {
        activityId: activityOf(deviceId),
        matchId: final,
        deviceId,
        userId,
        generation: 1,
        status: "active",
        updateToken: token[deviceId]!,
        cohort: "token/1/en/normal",
        instance: null,
        channelId: null,
        activeSince: at(2),
        state: {},
        updatedAt: at(2)
      }
    ])
  }
  const start = { from: "Pending", to: "Pending", heard: "Ticked", outputs: [{ said: "Start", attempt: 1 }] }
  const reported = (deviceId: Ids.DeviceId) => ({
    from: "Pending",
    to: "Active",
    heard: "Reported",
    by: "Token",
    address: token[deviceId]!.slice(-6)
  })
  yield* (yield* Decisions.Decisions).record([
    bulletin(0, {}, 5),
    step(one, 1, start),
    step(one, 2, reported(one)),
    step(other, 9, start),
    decision({ at: at(10), kind: "noticed", body: { ...wicket, fate: "headline", reason: "leads" } }),
    decision({ at: at(10), kind: "held", body: wicket }),
    decision({
      at: at(10),
      kind: "noticed",
      body: {
        event: "four",
        key: "four/1/14.1/x",
        ball: "14.1",
        fate: "cooldown",
        reason: "told too recently"
      }
    }),
    bulletin(12.5, { ...wicket, alert: "WICKET!" }, 10),
    step(other, 14, reported(other)),
    bulletin(30, {}, 5)
  ])
  yield* (yield* Deliveries.Deliveries).record([
    delivery(1, one, "start", 0, 1),
    delivery(2, one, "alert", 12.5, 13),
    delivery(3, other, "start", 0, 9),
    delivery(4, one, "update", 30, 30),
    delivery(5, other, "update", 30, 31)
  ])
})

const scope = Scope.makeUnsafe()
const url = (name: string): string =>
  `postgres://postgres@localhost/t_${name}_${process.pid}?host=${dirname(server!.socket)}`

const made = (name: string, how: Effect.Effect<unknown, unknown, Store.Store | SqlClient.SqlClient>) =>
  Layer.buildWithScope(Store.layer.pipe(Layer.provideMerge(database(name))), scope).pipe(
    Effect.flatMap((tables) => Effect.provideContext(how, tables)),
    Effect.runPromise
  )

const migrated = (id: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`insert into sightscreen_migrations (migration_id, name) values (${id}, 'later')`
  )

const folder = mkdtempSync(join(tmpdir(), "explain-"))

beforeAll(async () => {
  await made("explained", fill)
  await made("explain_none", Effect.void)
  await made("explain_newer", migrated(999))
  await made(
    "explain_older",
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql`delete from sightscreen_migrations where migration_id > 1`
    )
  )
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

const ask = (...args: ReadonlyArray<string>): Promise<Said> =>
  simulatorWith({ DATABASE_URL: url("explained") }, "explain", ...args)

const answered = ({ code, err, out }: Said): ReadonlyArray<string> => {
  assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
  return out.trimEnd().split("\n")
}

const lines = (said: Said) => answered(said).map((line) => JSON.parse(line) as Record<string, any>)

describe.concurrent("explain", { timeout: 90_000 }, () => {
  it("lists the matches of a run", async () => {
    const [names, row] = answered(await ask())
    assert.match(names!, /^match +phones +bulletins/)
    assert.match(row!, /^final +India v New Zealand +2 +3 +2025-06-15 15:06:40/)
  })

  it("tells people why a phone got a push, in the order of time", async () => {
    const page = answered(await ask("--phone", "phone-1"))
    assert.strictEqual(page[0], "final · India v New Zealand · phone-1")
    const text = page.join("\n")
    assert.include(
      text,
      "14.2 wicket: noticed, waited 2.5 s for a confirming reading, " +
        `told as bulletin ${stamp(12.5)} at priority 10 (1 of 12 of this hour used)`
    )
    assert.include(text, "sent by token …a1b2c3 at 15:06:53, Apple accepted")
    assert.include(text, "14.1 four: noticed, and not told: told too recently")
    const times = page.flatMap((line) => /^ {2}(\d\d:\d\d:\d\d)/.exec(line)?.[1] ?? [])
    assert.isAbove(times.length, 5)
    assert.deepStrictEqual(times, times.toSorted())
  })

  it("tells why another phone did not, by the end of its token", async () => {
    const page = answered(await ask("--phone", "…D4E5F6", "--event", "wicket")).join("\n")
    assert.include(
      page,
      "not sent to this phone: its activity was still pending (asked for at 15:06:49, not yet reported); " +
        `it was brought up to date at 15:07:11 with bulletin ${stamp(30)}`
    )
    assert.notInclude(page, "four")
  })

  it("tells programs the same, an object a line", async () => {
    const all = lines(await ask("--phone", "phone-2", "--format", "ndjson"))
    assert.deepStrictEqual(all[0], {
      type: "match",
      match: "final",
      title: "India v New Zealand",
      bulletins: 3,
      phones: 2,
      from: "2025-06-15T15:06:40.000Z",
      to: "2025-06-15T15:07:10.000Z"
    })
    const told = all.filter(({ type }) => type === "bulletin")
    assert.deepStrictEqual(
      told.map(({ facts }) => [facts.stamp, facts.answer, facts.push ?? null, facts.caughtUp?.push ?? null]),
      [
        [stamp(0), "Started", push(3), null],
        [stamp(12.5), "Pending", null, push(5)],
        [stamp(30), "Sent", push(5), null]
      ]
    )
  })

  it("says what is wrong with a question in one line, and fails", async () => {
    const { code, err, out } = await ask("--match", "ashes")
    assert.deepStrictEqual({ code, out }, { code: 1, out: "" })
    assert.strictEqual(err, "ashes: no such match was recorded; there are final\n")
  })

  const databases: ReadonlyArray<readonly [name: string, problem: RegExp]> = [
    ["explain_newer", /^DATABASE_URL: a newer version of Sightscreen wrote this database/],
    ["explain_older", /^DATABASE_URL: an older version .*npm start brings it up to date/],
    ["explain_missing", /^DATABASE_URL: the database cannot be used: .*explain_missing.* does not exist/]
  ]
  for (const [name, problem] of databases) {
    it(`says in one line what is wrong with the database: ${name}`, async () => {
      const { code, err, out } = await simulatorWith({ DATABASE_URL: url(name) }, "explain")
      assert.deepStrictEqual({ code, out }, { code: 1, out: "" })
      assert.match(err, /^[^\n]+\n$/)
      assert.match(err.trimEnd(), problem)
    })
  }

  it("lists nothing of a database that has seen nothing", async () => {
    const { code, out } = await simulatorWith({ DATABASE_URL: url("explain_none") }, "explain")
    assert.deepStrictEqual(
      { code, out },
      { code: 0, out: "Nothing has been recorded yet; npm start plays a match.\n" }
    )
  })

  it("begins no database where there is none", async () => {
    const home = join(folder, "nowhere")
    const { code, err, out } = await simulatorWith({ DATABASE_URL: "" }, "explain", "--home", home)
    assert.deepStrictEqual({ code, out }, { code: 1, out: "" })
    assert.match(err, /nowhere: there is no database; begin one with npm start[^\n]*\n$/)
    assert.isFalse(existsSync(home))
  })

  it("reads the embedded database of a run, beside its server and when it has gone", async () => {
    const home = mkdtempSync(join(tmpdir(), "explain-home-"))
    const own = Scope.makeUnsafe()
    const look = () => simulatorWith({ SIGHTSCREEN_HOME: home }, "explain", "--format", "ndjson")
    await Layer.buildWithScope(
      Store.layer.pipe(Layer.provideMerge(Sql.layerEmbedded(`${home}/postgres`))),
      own
    ).pipe(
      Effect.flatMap((tables) => Effect.provideContext(fill, tables)),
      Effect.runPromise
    )
    const beside = await look()
    await Effect.runPromise(Scope.close(own, Exit.void))
    const alone = await look()
    assert.isTrue(EmbeddedPostgres.isBegun(`${home}/postgres`))
    rmSync(home, { recursive: true, force: true })
    assert.strictEqual(lines(beside)[0]!["match"], "final")
    assert.deepStrictEqual(alone, beside)
  })
})

describe("a question", () => {
  const nothing: Inquiry.Question = { match: null, phone: null, push: null, stamp: null, event: null }
  const tables = Layer.effectDiscard(fill).pipe(
    Layer.provideMerge(Explain.Explain.layer),
    Layer.provideMerge(Store.layerMemory)
  )
  const asking = (question: Partial<Inquiry.Question>) =>
    Inquiry.answer({ ...nothing, ...question }).pipe(Effect.map(InquiryLine.lines), Effect.provide(tables))

  it.effect("is answered for one push, one bulletin, and for every phone of a match", () =>
    Effect.gen(function* () {
      const facts = (line: InquiryLine.Line) => line["facts"] as Record<string, unknown>
      const byPush = yield* asking({ push: push(2).toUpperCase() })
      assert.deepStrictEqual(
        byPush.slice(1).map((line) => [line["phone"], facts(line)["push"]]),
        [["phone-1", push(2)]]
      )
      const byStamp = yield* asking({ phone: "phone-1", stamp: stamp(30) })
      assert.deepStrictEqual(
        byStamp.slice(1).map((line) => [facts(line)["stamp"], facts(line)["push"]]),
        [[stamp(30), push(4)]]
      )
      const ofMatch = yield* asking({ match: "final", event: "wicket" })
      assert.deepStrictEqual(
        ofMatch.flatMap((line) =>
          line["type"] === "bulletin" && line["phone"] !== null
            ? [[line["phone"], facts(line)["answer"]]]
            : []
        ),
        [
          ["phone-1", "Sent"],
          ["phone-2", "Pending"]
        ]
      )
      assert.notInclude(JSON.stringify(ofMatch), token[one]!)
    })
  )

  const mistakes: ReadonlyArray<readonly [question: Partial<Inquiry.Question>, problem: RegExp]> = [
    [{ match: "ashes" }, /^ashes: no such match was recorded; there are final$/],
    [{ phone: "phone-9" }, /^phone-9: no phone has this name .*--match lists/],
    [{ phone: "phone-1", match: "ashes" }, /^ashes: no such match/],
    [{ phone: "ffffff", match: "final" }, /^ffffff: no phone has this name or a token that ends so/],
    [{ push: "17" }, /^17: not the id of a push, which is a UUID/],
    [{ push: push(99) }, /: no such push was recorded/],
    [{ stamp: 17 }, /^17: no bulletin of final has this stamp/],
    [{ phone: "phone-1", event: "hattrick" }, /^hattrick: nothing of the kind was noticed in final/]
  ]
  for (const [question, problem] of mistakes) {
    it.effect(`that cannot be answered is told so: ${JSON.stringify(question)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(asking(question))
        assert.strictEqual(error._tag, "Unusable")
        assert.match(error.message, problem)
      })
    )
  }
})
