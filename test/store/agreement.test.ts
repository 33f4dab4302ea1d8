import { Instant } from "@sightscreen/decider"
import { assert, layer } from "@effect/vitest"
import { Status } from "@sightscreen/domain"
import {
  Activities,
  ActiveMatches,
  BroadcastChannels,
  Decisions,
  Deliveries,
  Devices,
  Editions,
  type Fault,
  Fixtures,
  Follows,
  Notices,
  PushTokens,
  Recoveries,
  Store
} from "@sightscreen/store"
import { Arbitrary, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { database } from "../support/postgres.ts"
import {
  activity,
  channel,
  decision,
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
      const decisions = yield* Decisions.Decisions
      switch (n % 10) {
        case 9:
          return yield* decisions.ofMatch(match(`m${few(b)}`), {}, { limit: 100, after: null })
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
              editions: [draft(b), draft(c)],
              ...(c % 2 === 0 ? {} : { decisions: [decision(`m${few(b)}`, "step", { body: c })] })
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
      const team = ["home", "away", undefined][few(c)]
      switch (n % 8) {
        case 0:
        case 1:
          return yield* follows.follow(who, matchId, minute(c), team)
        case 6:
          return [
            yield* follows.has(who, matchId),
            yield* follows.setTeam(who, matchId, team ?? null),
            yield* follows.ofUser(who)
          ]
        case 7:
          return yield* follows.forget(minute(c))
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
      switch (n % 5) {
        case 0:
        case 1:
          return yield* devices.register(
            phone(`d${few(a)}`, `u${few(b)}`, { lastSeenAt: minute(c), language: among(["en", "hi"], c) })
          )
        case 4:
          return yield* devices.forget(minute(c % 500))
        case 2:
          return yield* devices.ofUsers([user(`u${few(a)}`), user(`u${few(b)}`)])
        default:
          return c % 3 === 0
            ? yield* devices.remove(device(`d${few(a)}`), user(`u${few(b)}`))
            : yield* devices.get(device(`d${few(a)}`))
      }
    }),
    tokens: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const tokens = yield* PushTokens.PushTokens
      const environment = c % 4 === 0 ? "sandbox" : "production"
      const one = token(`t${a % 5}`, among(kinds, c), `d${few(b)}`, c % 7, { environment })
      switch (n % 11) {
        case 6:
          return yield* tokens.registerMany([
            one,
            token(`t${b % 5}`, among(kinds, a), `d${few(c)}`, a % 7),
            token(`t${c % 5}`, among(kinds, b), `d${few(a)}`, b % 7)
          ])
        case 7:
          return yield* tokens.note(one, { suspicions: a, suspectedAt: minute(b) }, minute(b % 7))
        case 8:
          return yield* tokens.moveTo(one, among(["production", "sandbox"], b))
        case 9:
          return yield* tokens.retireOf([device(`d${few(a)}`), device(`d${few(b)}`)], `r${c}`, minute(c))
        case 10:
          return yield* tokens.forget(minute(a % 30))
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
      const told = (id: number, at: number) => ({
        cohort: [null, "token/1", "channel/1"][few(id)]!,
        instance: [null, "i1", "i2"][few(at)]!,
        channelId: at % 2 === 0 ? null : `c${few(id)}`,
        activeSince: id % 2 === 0 ? null : minute(at % 5)
      })
      const draft = (id: number, at: number) =>
        live(`a${id % 9}`, `m${few(id)}`, `d${few(at)}`, {
          generation: at % 2,
          status: among(statuses, at),
          updateToken: updateToken(at),
          ...told(id, at),
          updatedAt: minute(at % 6)
        })
      const save = (id: number, at: number): Activities.Save => ({
        activityId: activity(`a${id % 9}`),
        version: at % 3,
        status: among(statuses, at),
        updateToken: updateToken(id + at),
        ...told(at, id),
        state: at % 5 === 0 ? null : [at, { z: id, a: null }],
        at: minute(at % 7)
      })
      switch (n % 14) {
        case 9:
          return yield* activities.newest(match(`m${few(a)}`), [device(`d${few(b)}`), device(`d${few(c)}`)])
        case 10:
          return [
            yield* activities.ofUser(user(`owner of d${few(a)}`), match(`m${few(b)}`)),
            yield* activities.byInstance(device(`d${few(a)}`), `i${1 + (b % 2)}`)
          ]
        case 11:
          return [
            yield* activities.cohorts(match(`m${few(a)}`)),
            yield* activities.liveTokens(match(`m${few(a)}`), page(b, `a${c % 9}`), "token/1")
          ]
        case 12:
          return yield* activities.ofChannel(`c${few(a)}`, page(b, `a${c % 9}`))
        case 13:
          return yield* activities.aged(match(`m${few(a)}`), minute(b % 5), page(c, `a${a % 9}`))
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
          deviceId: id % 4 === 0 ? null : device(`d${few(at)}`),
          cause: at % 2 === 0 ? null : `cause ${id}`,
          cohort: id % 2 === 0 ? null : "token/1",
          tokenTail: `tail${few(id)}0`,
          sentAt: minute(at % 9)
        })
      const inOneOrAll = (n: number) => (n % 2 === 0 ? null : match(`m${few(n)}`))
      switch (n % 8) {
        case 5:
          return yield* ledger.ofDevice(
            device(`d${few(a)}`),
            inOneOrAll(b),
            page(c, Deliveries.key({ sentAt: minute(a % 9), pushId: push(b % 9) }))
          )
        case 6:
          return yield* ledger.byPush(push(a % 9))
        case 7:
          return yield* ledger.byTail(`tail${few(a)}0`, inOneOrAll(b), 1 + (c % 5))
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
    }),
    decisions: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const decisions = yield* Decisions.Decisions
      const one = (id: number, at: number) =>
        decision(id % 4 === 0 ? null : `m${few(id)}`, `k${few(at)}`, {
          deviceId: at % 3 === 0 ? null : device(`d${few(id)}`),
          activityId: at % 2 === 0 ? null : activity(`a${at}`),
          stamp: at % 2 === 0 ? null : stamp(few(at)),
          at: minute(at % 9),
          body: id % 5 === 0 ? null : { z: id, a: [at] }
        })
      switch (n % 5) {
        case 0:
        case 1:
          return yield* decisions.record([one(a, b), one(b, c), one(c, a)].slice(n % 3))
        case 2:
          return yield* decisions.ofMatch(
            match(`m${few(a)}`),
            b % 2 === 0 ? {} : { stamp: stamp(few(b)) },
            page(c, `${a % 20}`)
          )
        case 3:
          return yield* decisions.ofDevice(
            device(`d${few(a)}`),
            b % 2 === 0 ? null : match(`m${few(b)}`),
            page(c, `${a % 20}`)
          )
        default:
          return a % 4 === 0 ? yield* decisions.forget(minute(b % 9)) : null
      }
    }),
    recoveries: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const recoveries = yield* Recoveries.Recoveries
      const save = (on: number, version: number): Recoveries.Save => ({
        deviceId: device(`d${few(on)}`),
        version: version % 4 === 0 ? null : (version % 4) - 1,
        state: version % 5 === 0 ? null : { z: on, a: version },
        at: minute(version % 9)
      })
      switch (n % 4) {
        case 0:
        case 1:
          return yield* recoveries.save([save(a, b), save(b, c), save(c, a)].slice(n % 3))
        case 2:
          return yield* recoveries.load([device(`d${few(a)}`), device(`d${few(b)}`)])
        default:
          return a % 4 === 0 ? yield* recoveries.forget(minute(b % 9)) : null
      }
    }),
    notices: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const notices = yield* Notices.Notices
      const [kind, matchId] = [`k${a % 2}`, match(`m${b % 2}`)]
      const subjects = [`s${a % 7}`, `s${b % 7}`, `s${c % 7}`]
      switch (n % 4) {
        case 0:
        case 1:
          return yield* notices.claim(kind, matchId, subjects, minute(c % 9))
        case 2:
          return yield* notices.release(kind, matchId, subjects.slice(1))
        default:
          return yield* notices.forget(minute(c % 5))
      }
    }),
    channels: Effect.fnUntraced(function* ([n, a, b, c]: Step) {
      const channels = yield* BroadcastChannels.BroadcastChannels
      const one = (at: number) => channel(`m${few(at)}`, among(["channel/1", "channel/10"], at))
      const save = (at: number, version: number): BroadcastChannels.Save => ({
        ...BroadcastChannels.placeOf(one(at)),
        version: version % 3,
        channelId: version % 5 === 0 ? null : `c${version % 11}`,
        state: version % 4 === 0 ? null : { z: at, a: version },
        at: minute(version % 9)
      })
      const told = (effect: Effect.Effect<unknown, Fault.StoreError>) =>
        Effect.catch(effect, ({ operation, retryable }) => Effect.succeed({ operation, retryable }))
      switch (n % 7) {
        case 0:
          return yield* told(channels.insert([one(a), { ...one(b), channelId: `c${c % 30}` }, one(c)]))
        case 1:
        case 2:
        case 3:
          return yield* told(channels.save([save(a, b), save(b, c)].slice(n % 2)))
        case 4:
          return [yield* channels.ofMatch(match(`m${few(a)}`)), yield* channels.byChannel(`c${b % 11}`)]
        case 5:
          return yield* channels.all(page(c, BroadcastChannels.key(one(b))))
        default:
          return a % 3 === 0 ? yield* channels.remove(one(b)) : null
      }
    })
  }

const tables = `fixtures, active_matches, editions, follows, devices, push_tokens, activities, deliveries, decisions,
  recoveries, notices, broadcast_channels`

layer(Store.layer.pipe(Layer.provideMerge(database("agreement"))))("the database and the memory", (it) => {
  for (const [subject, ask] of Object.entries(questions)) {
    it.effect.prop(
      `agree on ${subject}`,
      { steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 30, maxLength: 60 }) },
      ({ steps }) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`truncate ${sql.literal(tables)} restart identity`
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
