import { Instant } from "@sightscreen/decider"
import { type Directions, Fixture, type Ids, Keeping, OsVersion, Prematch } from "@sightscreen/domain"
import type { Task } from "./Loop.ts"
import type { Server } from "./Server.ts"

/** What a process does over and over, beside telling matches. */

const second = 1000
const page = 500

/** Channels for what is about to begin, apps that are to report their start tokens, people who are to know. */
export function* herald(server: Server): Task {
  const { broadcaster, process } = server
  for (;;) {
    const at = process.now
    process.op()
    for (const [matchId, { info, status }] of process.tables.fixtures) {
      const due = Prematch.preparations({ startsAt: info.startsAt, status }, at)
      if (due.channels && !Instant.isBefore(info.startsAt, at)) broadcaster.want(matchId)
      if (!due.notices || Instant.isBefore(info.startsAt, at)) continue
      const users = [...process.tables.follows.keys()]
      for (let from = 0; from < users.length; from += page) {
        const some = users.slice(from, from + page)
        if (due.wakes) yield* wakePhones(server, matchId, some)
        yield* tellPeople(server, matchId, some)
      }
    }
    yield process.sleep(30 * second)
  }
}

function* wakePhones(server: Server, matchId: Ids.MatchId, users: ReadonlyArray<Ids.UserId>): Task {
  const { ladders, process, store } = server
  const at = process.now
  yield* ladders.hear(
    store
      .devicesOf(users)
      .filter(({ osVersion }) => OsVersion.startsRemotely(osVersion))
      .map(({ deviceId }): Directions.Heard => {
        const token = store.tokenOn(deviceId, "start")
        const startToken = token === null ? "none" : { registeredAt: token.registeredAt }
        return { deviceId, input: { _tag: "MatchSoon", matchId, startToken, at } }
      })
  )
}

function* tellPeople(server: Server, matchId: Ids.MatchId, users: ReadonlyArray<Ids.UserId>): Task {
  const { notifier, process, store } = server
  const { fixtures, notices } = process.tables
  const fixture = fixtures.get(matchId)
  if (fixture === undefined) return
  const soon = { matchId, status: fixture.status, startsAt: fixture.info.startsAt, followers: users }
  const due = Prematch.due([soon], process.now, (userId) => notices.has(userId)).map(({ userId }) => userId)
  if (due.length === 0) return
  process.op()
  for (const userId of due) notices.add(userId)
  const owned = store.devicesOf(due)
  const unsaid = yield* notifier.prematch(
    matchId,
    owned.map(({ deviceId }) => deviceId)
  )
  if (unsaid.size === 0) return
  process.op()
  for (const userId of Prematch.untold(owned, unsaid)) notices.delete(userId)
}

/** The schedule, as far as nobody knows better. */
export function* fixtureSync(server: Server): Task {
  const { feed, process } = server
  for (;;) {
    yield process.sleep(feed.latency())
    process.op()
    const { fixtures, matches } = process.tables
    for (const { info, status } of feed.schedule(process) ?? []) {
      const before = fixtures.get(info.matchId)
      const listed = { status, startsAt: info.startsAt }
      const known = before === undefined ? null : { status: before.status, startsAt: before.info.startsAt }
      if (Fixture.isNews(known, listed, matches.has(info.matchId), process.now))
        fixtures.set(info.matchId, { info, status })
    }
    yield process.sleep(60 * second)
  }
}

export function* channelRounds({ broadcaster, process }: Server): Task {
  for (;;) {
    yield* broadcaster.round()
    yield process.sleep(10 * second)
  }
}

export function* channelSweeps({ broadcaster, process }: Server): Task {
  for (;;) {
    yield* broadcaster.sweep()
    yield process.sleep(600 * second)
  }
}

/** A look at who is yet to be told of a match. */
export function* owedNotices({ ladders, process }: Server): Task {
  for (;;) {
    ladders.repay()
    yield process.sleep(30 * second)
  }
}

/** Forgets what is of no use any more. */
export function* housekeeping({ process }: Server): Task {
  for (;;) {
    process.op()
    const { tables } = process
    const before = Instant.minus(process.now, Keeping.activities)
    for (const [activityId, row] of tables.activities)
      if (row.status === "ended" && row.state._tag === "Ended" && row.state.at < before)
        tables.dropActivity(activityId)
    for (const [id, { edition, finished }] of tables.editions)
      if (finished && edition.expiresAt < Instant.minus(process.now, Keeping.editions))
        tables.editions.delete(id)
    yield process.sleep(600 * second)
  }
}
