import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  Activity,
  Cadence,
  Edition,
  Filed,
  type Ids,
  Muster,
  OsVersion,
  Runner,
  type Snapshot
} from "@sightscreen/domain"
import { Duration } from "effect"
import type { Coordinator, Place } from "./Coordinator.ts"
import { Lane } from "./Lane.ts"
import type { Task } from "./Loop.ts"
import { Part } from "./Process.ts"
import type { Server } from "./Server.ts"
import { type ActivityRow, type DeviceRow } from "./Tables.ts"

/** What a reading of the feed brings, and how long it takes. */
export type Reading =
  | { readonly _tag: "Read"; readonly snapshot: Snapshot.Snapshot }
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Silent"; readonly why: string }

/** Somebody else has saved the match. */
class Overtaken extends Error {
  readonly version: number | null

  constructor(version: number | null) {
    super("overtaken")
    this.version = version
  }
}

const page = 500

/** One match, from its first reading to its last push. */
export class Runs {
  readonly matchId: Ids.MatchId
  readonly lane: Lane
  readonly #server: Server
  readonly #life: Part
  state: ActiveMatch.ActiveMatch
  #version: number
  #savedAt: Instant.Instant

  constructor(
    server: Server,
    matchId: Ids.MatchId,
    row: {
      readonly state: ActiveMatch.ActiveMatch
      readonly version: number
      readonly updatedAt: Instant.Instant
    }
  ) {
    this.#server = server
    this.matchId = matchId
    this.state = { ...row.state, manner: server.manner }
    this.#version = row.version
    this.#savedAt = row.updatedAt
    this.#life = new Part(server.process)
    this.lane = new Lane(server, this.#life, matchId, () => ActiveMatch.standing(this.state))
  }

  /** Ends when the match is over and its end has gone out; gives the version that was found where somebody else tells it. */
  *follow(): Task<{ readonly elsewhere: number | null }> {
    try {
      yield* this.#poll()
      return { elsewhere: null }
    } catch (error) {
      if (error instanceof Overtaken) return { elsewhere: error.version }
      throw error
    } finally {
      this.#life.ended = true
    }
  }

  *#endAll(reason: "match over" | "day over" | "postponed"): Task {
    const { coordinator, desk, process } = this.#server
    const place = { matchId: this.matchId, state: this.state, lane: this.lane }
    for (;;) {
      process.op()
      const open: Array<ActivityRow> = []
      for (const row of process.tables.activities.values()) {
        if (row.matchId === this.matchId && row.status !== "ended") open.push(row)
        if (open.length === page) break
      }
      if (open.length === 0) return
      yield* coordinator.carryOut(place, desk.step(open, { _tag: "Closed", reason, at: process.now }))
    }
  }

  #hear(input: ActiveMatch.Input): void {
    const { process, store } = this.#server
    const before = this.state.match?.status
    const [next, outputs] = ActiveMatch.step(this.state, input)
    const at = process.now
    if (!Runner.isSaved(outputs, this.#savedAt, at)) {
      this.state = next
      return
    }
    const editions: Array<Edition.Edition> = []
    for (const output of outputs)
      if (output._tag === "BulletinIssued") editions.push(...this.lane.editions(output.bulletin))
    const saved = store.saveMatch(
      this.matchId,
      this.#version,
      ActiveMatch.forStore(next),
      editions.filter(Edition.isKept)
    )
    if (!saved) throw new Overtaken(process.tables.matches.get(this.matchId)?.version ?? null)
    this.#version += 1
    this.#savedAt = at
    this.state = next
    this.#server.said(this.matchId, outputs)
    this.lane.offer(editions)
    if (next.match !== null && next.match.status !== before) this.#noteFixture()
  }

  #noteFixture(): void {
    const { match } = this.state
    if (match === null) return
    this.#server.process.op()
    this.#server.process.tables.fixtures.set(this.matchId, { info: match.info, status: match.status })
  }

  /** A reading, and whatever falls due while it is waited for. */
  *#look(): Task<ActiveMatch.Input> {
    const { feed, process } = this.#server
    const { reading, takes } = feed.read(process)
    const readyAt = process.setting.loop.now + takes
    for (;;) {
      const left = readyAt - process.setting.loop.now
      const due = ActiveMatch.nextDue(this.state)
      const wait = due === null ? left : Math.min(left, Math.max(1, due - process.now))
      if (wait > 0) yield process.sleep(wait)
      if (process.setting.loop.now >= readyAt) break
      this.#hear({ _tag: "Ticked", at: process.now })
    }
    const at = process.now
    switch (reading._tag) {
      case "Read":
        return { _tag: "SnapshotRead", snapshot: reading.snapshot }
      case "Absent":
        return { _tag: "Absent", at }
      case "Silent":
        return { _tag: "FeedSilent", at }
    }
  }

  *#closeDay(): Task {
    yield* this.lane.idle()
    yield* this.#endAll("day over")
  }

  *#poll(): Task {
    const { process } = this.#server
    if (this.state.closed) yield* this.#closeDay()
    while (this.state.ended === null) {
      const wasOpen = !this.state.closed
      this.#hear(yield* this.#look())
      if (wasOpen && this.state.closed) yield* this.#closeDay()
      if (this.state.ended === null)
        yield process.sleep(Duration.toMillis(ActiveMatch.cadence(this.state, process.now)))
    }
    yield* this.lane.idle()
    yield* this.#finish()
  }

  *#finish(): Task {
    const { broadcaster, process } = this.#server
    const reason = Runner.reasonOf(this.state)
    const at = process.now
    this.#noteFixture()
    yield* this.#endAll(reason)
    const dismissAt = Runner.dismissAt(this.state, at)
    yield* broadcaster.ended(this.matchId, dismissAt)
    if (Runner.endsFollows(this.state)) {
      process.op()
      process.tables.follows.clear()
    }
    yield process.sleep(dismissAt - at)
    yield* this.#endAll(reason)
    process.op()
    process.tables.matches.delete(this.matchId)
  }
}

/** Sees to it that every live match has a runner, and every follower of it an activity. */
export class Orchestrator {
  readonly #server: Server
  readonly matches = new Map<Ids.MatchId, Runs>()
  readonly #elsewhere = new Map<Ids.MatchId, Runner.Seen>()

  constructor(server: Server) {
    this.#server = server
  }

  get #coordinator(): Coordinator {
    return this.#server.coordinator
  }

  /** The cohorts of activities that have not ended, in the order of their names. */
  cohorts(matchId: Ids.MatchId): ReadonlyArray<string> {
    const { process } = this.#server
    process.op()
    const found = new Set<string>()
    for (const { cohort, matchId: of, status } of process.tables.activities.values())
      if (of === matchId && status !== "ended" && cohort !== null) found.add(cohort)
    return [...found].sort()
  }

  here(matchId: Ids.MatchId): Place | null {
    const running = this.matches.get(matchId)
    return running === undefined ? null : { matchId, state: running.state, lane: running.lane }
  }

  place(matchId: Ids.MatchId): Place {
    return (
      this.here(matchId) ?? {
        matchId,
        state: this.#server.process.tables.matches.get(matchId)?.state ?? null,
        lane: null
      }
    )
  }

  #begin(matchId: Ids.MatchId): void {
    const { manner, process } = this.#server
    const { fixtures, matches } = process.tables
    process.op()
    if (matches.has(matchId) || !Runner.mayBegin(fixtures.get(matchId)?.status ?? null)) return
    const state = ActiveMatch.begin(matchId, true, manner)
    matches.set(matchId, { state, version: 0, updatedAt: process.now })
  }

  #discover(): void {
    const { feed, process } = this.#server
    for (const matchId of feed.live(process) ?? []) if (!this.matches.has(matchId)) this.#begin(matchId)
    process.op()
    const { matches } = process.tables
    for (const matchId of this.#elsewhere.keys()) if (!matches.has(matchId)) this.#elsewhere.delete(matchId)
    for (const [matchId, row] of matches) {
      const watched = Runner.watch(this.#elsewhere.get(matchId), row.version, process.now)
      if (watched._tag === "Leave") {
        this.#elsewhere.set(matchId, watched.seen)
        continue
      }
      this.#elsewhere.delete(matchId)
      if (this.matches.has(matchId)) continue
      const running = new Runs(this.#server, matchId, row)
      this.matches.set(matchId, running)
      process.spawn(running.follow(), ({ elsewhere }) => {
        this.matches.delete(matchId)
        if (elsewhere !== null) this.#elsewhere.set(matchId, { version: elsewhere, since: process.now })
      })
    }
  }

  /** What these people's phones lack; gives the activities that may be asked for. */
  *#muster(
    matchId: Ids.MatchId,
    followers: ReadonlyMap<Ids.UserId, Instant.Instant>,
    insistent: boolean
  ): Task<ReadonlyArray<ActivityRow>> {
    const { desk, process, store } = this.#server
    const { tables } = process
    const phones = store
      .devicesOf(followers.keys())
      .filter(({ osVersion }) => OsVersion.startsRemotely(osVersion))
    if (phones.length === 0) return []
    const at = process.now
    const { ask, begin, disown, tryAgain } = Muster.of<DeviceRow, ActivityRow>({
      phones,
      last: (deviceId) => {
        const row = tables.newestOn(deviceId, matchId)
        return row === null ? null : { row, state: row.state }
      },
      followedAt: (userId) => followers.get(userId) ?? at,
      insistent
    })
    const waiting = [...ask]
    if (disown.length > 0)
      yield* this.#coordinator.carryOut(this.place(matchId), desk.insist(disown, { _tag: "Disowned", at }))
    const begun =
      begin.length === 0
        ? []
        : store.begin(
            begin.map(({ generation, phone }) => ({
              row: Filed.first(matchId, phone, generation),
              state: Activity.wanted
            }))
          )
    if (tryAgain.length > 0) {
      desk.insist(tryAgain, { _tag: "Wanted", at })
      for (const { activityId } of tryAgain) {
        const row = store.activity(activityId)
        if (row !== null) waiting.push(row)
      }
    }
    // Who has left since was not there to be found, and would be started for nothing.
    const gone = begun.filter(({ userId }) => !tables.follows.has(userId))
    if (gone.length > 0) desk.insist(gone, { _tag: "Unfollowed", at: process.now })
    return [...waiting, ...begun.filter((row) => !gone.includes(row))]
  }

  *#tend(running: Runs): Task {
    if (!ActiveMatch.isTold(running.state)) return
    const { broadcaster, process } = this.#server
    const { matchId } = running
    const placeOf = (): Place => ({ matchId, state: running.state, lane: running.lane })
    for (const name of this.cohorts(matchId)) running.lane.greet(name)
    broadcaster.want(matchId)
    process.op()
    const followers = [...process.tables.follows]
    for (let from = 0; from < followers.length; from += page) {
      const rows = yield* this.#muster(matchId, new Map(followers.slice(from, from + page)), false)
      yield* this.#coordinator.tend(placeOf, rows)
    }
    const before = Instant.minus(process.now, Activity.renewAfter.inPause)
    const old: Array<ActivityRow> = []
    for (const row of process.tables.activities.values())
      if (row.status === "active" && row.activeSince !== null && row.activeSince <= before) old.push(row)
    yield* this.#coordinator.tend(placeOf, old)
  }

  /** A match is about to begin, or has a runner that is yet to read it for the first time. */
  #isDue(): boolean {
    const { process } = this.#server
    for (const { state } of this.matches.values()) if (Runner.isUnread(state)) return true
    const from = Instant.minus(process.now, Cadence.lateStart)
    const to = Instant.plus(process.now, Cadence.warmUp)
    for (const [matchId, { info, status }] of process.tables.fixtures)
      if (
        (status === "scheduled" || status === "delayed") &&
        info.startsAt >= from &&
        info.startsAt < to &&
        !this.matches.has(matchId)
      )
        return true
    return false
  }

  *run(): Task {
    const { process } = this.#server
    for (;;) {
      yield process.sleep(this.#server.feed.latency())
      this.#discover()
      for (const running of Array.from(this.matches.values())) yield* this.#tend(running)
      const isSoon = this.matches.size === 0 || this.#isDue()
      yield process.sleep(Duration.toMillis(isSoon ? Cadence.discovery.due : Cadence.discovery.rounds))
    }
  }

  /** Starts what one person's phones lack, now rather than with the next round. */
  *welcome(matchId: Ids.MatchId, userId: Ids.UserId): Task {
    const { desk, process } = this.#server
    const { lane, state } = this.place(matchId)
    if (state === null || !ActiveMatch.isTold(state)) return
    const since = process.tables.follows.get(userId)
    if (since === undefined) return
    const rows = yield* this.#muster(matchId, new Map([[userId, since]]), true)
    if (!process.tables.follows.has(userId)) {
      desk.insist(rows, { _tag: "Unfollowed", at: process.now })
      return
    }
    // Another process has its own round for what it tells.
    if (lane === null) return
    yield* this.#coordinator.tend(() => this.here(matchId) ?? { matchId, state, lane }, rows)
  }
}
