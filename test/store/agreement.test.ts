import { Instant } from "@sightscreen/decider"
import { assert, layer } from "@effect/vitest"
import { Status } from "@sightscreen/domain"
import {
  Activities,
  ActiveMatches,
  Deliveries,
  Devices,
  Editions,
  type Fault,
  Fixtures,
  Follows,
  PushTokens,
  Store
} from "@sightscreen/store"
import { Arbitrary, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { database } from "../support/postgres.ts"
import {
  activity,
  delivery,
  device,
  fixture,
  live,
  match,
  minute,
  phone,
  push,
  stamp,
  token,
  user
} from "./suite/values.ts"

/**
 * Whatever is asked of the tables, in whatever order: the database and the memory give the same answers.
 *
 * A step is a few numbers. The first chooses the question, the others what it is about, among so few users, devices and
 * matches that the steps get into each other's way.
 */
const Number = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 }))
const Step = Schema.Tuple([Number, Number, Number, Number])
type Step = typeof Step.Type

const few = (n: number) => n % 3
const among = <A>(all: ReadonlyArray<A>, n: number): A => all[n % all.length]!
const kinds: ReadonlyArray<PushTokens.Kind> = ["alert", "start", "update"]
const statuses: ReadonlyArray<Activities.Status> = ["pending", "active", "ended", "failed"]
const page = (n: number, after: string) => ({ limit: 1 + (n % 4), after: n % 2 === 0 ? null : after })

const questions: Readonly<Record<string, (step: Step) => Effect.Effect<unknown, Fault.Fault, Store.Store>>> =
  {
    fixtures: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const fixtures = yield* Fixtures.Fixtures
      const one = (name: number, at: number) =>
        fixture(`m${few(name)}`, {
          updated: few(at),
          starts: at % 5,
          status: among(Status.Status.literals, at)
        })
      switch (n % 6) {
        case 0:
        case 1:
          return yield* fixtures.upsert([one(a, b), one(b, c), one(c, a)])
        case 2:
          return yield* fixtures.getMany([match(`m${few(a)}`), match(`m${few(b)}`)])
        case 3:
          return yield* fixtures.live
        case 4:
          return yield* fixtures.startingBetween(minute(a % 5), minute(b % 5))
        default:
          return c % 4 === 0
            ? yield* fixtures.remove(match(`m${few(a)}`))
            : yield* fixtures.get(match(`m${few(a)}`))
      }
    }),
    matches: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match(`m${few(a)}`)
      switch (n % 9) {
        case 0:
          return yield* matches.insert({ matchId, state: b, at: minute(c) })
        case 1:
        case 2:
        case 3: {
          const found = (yield* matches.load(matchId))?.version ?? 0
          const version = b % 4 === 0 ? b % 7 : found
          const draft = (id: number) => ({
            editionId: `e${id % 8}`,
            stamp: stamp(id % 4),
            cohort: "c",
            body: `${id}`
          })
          return yield* Effect.result(
            matches.save({
              matchId,
              version,
              state: { z: b, a: c },
              at: minute(c % 5),
              editions: [draft(b), draft(c)]
            })
          )
        }
        case 4:
          return [yield* editions.pending(matchId), yield* editions.pending()]
        case 5:
          return yield* editions.advance(`e${b % 8}`, c % 6)
        case 6:
          return yield* editions.finish(`e${b % 8}`, minute(c % 6))
        case 7:
          return b % 5 === 0 ? yield* matches.remove(matchId) : yield* matches.all
        default:
          return [yield* editions.forget(minute(b % 6)), yield* editions.get(`e${c % 8}`)]
      }
    }),
    follows: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const follows = yield* Follows.Follows
      const [who, matchId] = [user(`u${a % 5}`), match(`m${few(b)}`)]
      switch (n % 6) {
        case 0:
        case 1:
          return yield* follows.follow(who, matchId, minute(c))
        case 2:
          return yield* follows.unfollow(who, matchId, minute(c))
        case 3:
          return yield* follows.followers(matchId, page(c, who))
        case 4:
          return yield* follows.ofUser(who)
        default:
          return c % 4 === 0 ? yield* follows.endAll(matchId, minute(c)) : yield* follows.ofUser(who)
      }
    }),
    devices: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const devices = yield* Devices.Devices
      switch (n % 4) {
        case 0:
        case 1:
          return yield* devices.register(phone(`d${few(a)}`, `u${few(b)}`, { lastSeenAt: minute(c) }))
        case 2:
          return yield* devices.ofUsers([user(`u${few(a)}`), user(`u${few(b)}`)])
        default:
          return c % 3 === 0
            ? yield* devices.remove(device(`d${few(a)}`))
            : yield* devices.get(device(`d${few(a)}`))
      }
    }),
    tokens: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const tokens = yield* PushTokens.PushTokens
      const environment = c % 4 === 0 ? "sandbox" : "production"
      const one = token(`t${a % 5}`, among(kinds, c), `d${few(b)}`, c % 7, { environment })
      switch (n % 6) {
        case 0:
        case 1:
        case 2:
          return yield* tokens.register(one)
        case 3:
          return yield* tokens.retire(one, {
            reason: `r${b}`,
            at: minute(b),
            unlessRegisteredAfter: b % 3 === 0 ? null : minute(b % 7)
          })
        case 4:
          return yield* tokens.ofDevices(one.kind, [device(`d${few(a)}`), device(`d${few(b)}`)])
        default:
          return yield* tokens.byToken(one.token)
      }
    }),
    activities: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const activities = yield* Activities.Activities
      const updateToken = (n: number) => (n % 4 === 0 ? null : `t${n % 3}`)
      const draft = (id: number, at: number) =>
        live(`a${id % 9}`, `m${few(id)}`, `d${few(at)}`, {
          generation: at % 2,
          status: among(statuses, at),
          updateToken: updateToken(at),
          updatedAt: minute(at % 6)
        })
      const save = (id: number, at: number): Activities.Save => ({
        activityId: activity(`a${id % 9}`),
        version: at % 3,
        status: among(statuses, at),
        updateToken: updateToken(id + at),
        state: at % 5 === 0 ? null : [at, { z: id, a: null }],
        at: minute(at % 7)
      })
      switch (n % 9) {
        case 0:
        case 1:
          return yield* activities.insert([draft(a, b), draft(b, c), draft(c, a)])
        case 2:
        case 3:
          return yield* activities.save([save(a, b), save(b, c), save(c, a)])
        case 4:
          return yield* activities.ofMatch(
            match(`m${few(a)}`),
            [among(statuses, b), among(statuses, c)],
            page(c, `a${b % 9}`)
          )
        case 5:
          return yield* activities.ofDevice(device(`d${few(a)}`))
        case 6:
          return yield* activities.byUpdateToken(`t${few(a)}`)
        case 7:
          return yield* activities.liveTokens(
            match(`m${few(a)}`),
            ...(b % 2 === 0 ? [] : [page(c, `a${b % 9}`)])
          )
        default:
          return b % 3 === 0
            ? yield* activities.forget(minute(c % 6))
            : yield* activities.get(activity(`a${a % 9}`))
      }
    }),
    deliveries: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const ledger = yield* Deliveries.Deliveries
      const one = (id: number, at: number) =>
        delivery(id % 9, `m${few(at)}`, {
          kind: among(["start", "update"], at),
          priority: among([5, 10], id),
          verdict: among(["Accepted", "TokenDead", "SlowDown"], at),
          reason: at % 2 === 0 ? null : `r${at}`,
          sentAt: minute(at % 9)
        })
      switch (n % 5) {
        case 0:
        case 1:
          return yield* ledger.record([one(a, b), one(b, c), one(c, a)])
        case 2:
          return yield* ledger.counts(match(`m${few(a)}`))
        case 3:
          return [...(yield* ledger.knows([push(a % 9), push(b % 9), push(c % 9)]))].sort()
        default:
          return a % 3 === 0
            ? yield* ledger.forget(Instant.later(minute(b % 9), minute(c % 9)))
            : yield* ledger.counts(match(`m${few(a)}`))
      }
    })
  }

const tables = "fixtures, active_matches, editions, follows, devices, push_tokens, activities, deliveries"

layer(Store.layer.pipe(Layer.provideMerge(database("agreement"))))("the database and the memory", (it) => {
  for (const [subject, ask] of Object.entries(questions)) {
    it.effect.prop(
      `agree on ${subject}`,
      { steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 30, maxLength: 60 }) },
      ({ steps }) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`truncate ${sql.literal(tables)}`
          const memory = yield* Layer.build(Layer.fresh(Store.layerMemory))
          for (const [nth, step] of steps.entries()) {
            const kept = yield* ask(step)
            const remembered = yield* Effect.provide(ask(step), memory)
            assert.deepStrictEqual<unknown>(remembered, kept, `step ${nth}`)
          }
        }).pipe(Effect.scoped),
      { arbitrary: { runs: 8, maxShrinks: 100, seed: "two stores" } }
    )
  }
})
