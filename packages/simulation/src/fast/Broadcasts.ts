import { type Channel, Management, Publish } from "@sightscreen/apns"
import type { Told, Transport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  BroadcastChannel,
  Cohort,
  Edition,
  type Ids,
  Provision,
  Publishing,
  PushId,
  PushOutcome,
  Reconcile,
  Status
} from "@sightscreen/domain"
import { Envelope, Outcomes } from "@sightscreen/engine"
import { Duration, Result } from "effect"
import type { Task } from "./Loop.ts"
import { address } from "./Address.ts"
import type { Server } from "./Server.ts"
import { type ChannelRow, channelKey } from "./Tables.ts"

const app = { bundleId: address.bundleId, environment: address.environment }

const outcomeOf = <A>(told: Told.Told<A>, at: Instant.Instant): PushOutcome.Outcome => {
  switch (told._tag) {
    case "Done":
      return { _tag: "Accepted" }
    case "Refused":
      return Outcomes.ofVerdict(told.verdict, at)
    case "Unreadable":
      return { _tag: "OurFault", reason: `no ${told.what} in the answer` }
  }
}

const nothingSaid = "no reason given"

/** Keeps the broadcast channels of matches. */
export class Broadcaster {
  readonly #server: Server
  #sweeps = Reconcile.none
  #listed = 0
  #asked = 0

  constructor(server: Server) {
    this.#server = server
  }

  channelOf(matchId: Ids.MatchId, cohort: Cohort.Cohort): string | null {
    return Provision.listenedAt(this.#server.store.channel(matchId, cohort)?.channel ?? null)
  }

  want(matchId: Ids.MatchId): void {
    const { process, store } = this.#server
    const missing = Provision.missing(store.channelsOf(matchId).map(({ cohort }) => cohort))
    if (missing.length === 0) return
    process.op()
    for (const cohort of missing) store.wantChannel(matchId, cohort, BroadcastChannel.wanted(process.now))
  }

  #again(row: ChannelRow): ChannelRow | null {
    return this.#server.process.tables.channels.get(channelKey(row.matchId, row.cohort)) ?? null
  }

  *#hear(row: ChannelRow, input: BroadcastChannel.Input, end?: Edition.Edition): Task {
    const { store } = this.#server
    for (let current: ChannelRow | null = row; current !== null;) {
      const [after, outputs] = BroadcastChannel.step(current.channel, input)
      const kept = end ?? current.end
      if (after !== current.channel || end !== undefined) {
        if (!store.saveChannel(current, after, kept)) {
          current = this.#again(row)
          continue
        }
      }
      for (const output of outputs) yield* this.#carryOut(row, kept, output)
      return
    }
  }

  *#tell(row: ChannelRow, input: BroadcastChannel.Input): Task {
    const found = this.#again(row)
    if (found !== null) yield* this.#hear(found, input)
  }

  *#carryOut(row: ChannelRow, end: Edition.Edition | null, output: BroadcastChannel.Output): Task {
    switch (output._tag) {
      case "Create":
        return yield* this.#create(row)
      case "PublishEndAgain":
        return yield* this.#publishAgain(row, output.channelId, end)
      case "Delete":
        return yield* this.#remove(row, output.channelId)
      case "ChannelLost":
        return this.#lose(output.channelId)
      case "SlowDown":
      case "FeatureOff":
        return
    }
  }

  *#publishAgain(row: ChannelRow, channelId: string, end: Edition.Edition | null): Task {
    const { process, sending } = this.#server
    if (end === null || sending.restOf(channelId, process.now) !== null) return
    sending.judged([yield* this.#publishOnce(row, channelId, end)], [channelId])
  }

  *#manage(does: string, request: ReturnType<typeof Management.list>): Task<Transport.Answer> {
    const { process, sending } = this.#server
    const pushId = `${does}/${process.number}/${this.#asked++}`
    return yield* sending.ask({ request, route: "management", address: does, pushId })
  }

  *#create(row: ChannelRow): Task {
    const { process } = this.#server
    const told = Management.created(
      yield* this.#manage("create", Management.create(app, BroadcastChannel.storage))
    )
    const at = process.now
    const { chance } = process
    if (told._tag === "Done") {
      this.#listed += 1
      return yield* this.#tell(row, { _tag: "Created", channelId: told.value, at })
    }
    const outcome = outcomeOf(told, at)
    const reason = PushOutcome.reasonOf(outcome) ?? nothingSaid
    const notBefore = PushOutcome.notBeforeOf(outcome)
    const failure = Publishing.createFailure(outcome, reason)
    yield* this.#tell(row, { _tag: "CreateFailed", class: failure, reason, at, chance, notBefore })
  }

  *#remove(row: ChannelRow, channelId: string): Task {
    const { process } = this.#server
    const request = Management.remove({ ...app, id: channelId as Channel.ChannelId })
    const told = Management.removed(yield* this.#manage(`delete/${channelId}`, request))
    const at = process.now
    const outcome = outcomeOf(told, at)
    const notBefore = PushOutcome.notBeforeOf(outcome)
    const gone = Publishing.isRemoved(outcome)
    if (gone) this.#listed = Math.max(0, this.#listed - 1)
    yield* this.#tell(
      row,
      gone
        ? { _tag: "Removed", channelId, at }
        : { _tag: "RemoveFailed", channelId, at, chance: process.chance, notBefore }
    )
  }

  /** Who joined a channel that is no more is out of reach, and is started again. */
  #lose(channelId: string): void {
    const { desk, process } = this.#server
    const { activities, joined } = process.tables
    const all = [...joined.of(channelId)].map((id) => activities.get(id)!)
    desk.insist(all, { _tag: "Lost", at: process.now })
  }

  *#publishOnce(row: ChannelRow, channelId: string, edition: Edition.Edition): Task<PushOutcome.Outcome> {
    const { process, sending } = this.#server
    const sealed = Envelope.publish(edition, {
      ...app,
      id: channelId as Channel.ChannelId,
      storage: BroadcastChannel.storage
    })
    if (Result.isFailure(sealed)) return { _tag: "Accepted" }
    const pushId = PushId.of(edition.id, channelId)
    const request = Publish.request(
      sealed.success,
      pushId as unknown as NonNullable<Parameters<typeof Publish.request>[1]>
    )
    const answer = yield* sending.ask({ request, route: "channel", address: channelId, pushId })
    const outcome = outcomeOf(Publish.published(answer), process.now)
    process.tables.ledger.set(pushId, outcome._tag)
    const failure = Publishing.publishFailure(outcome)
    if (failure !== null) {
      const reason = PushOutcome.reasonOf(outcome) ?? nothingSaid
      const at = process.now
      const { chance } = process
      const notBefore = PushOutcome.notBeforeOf(outcome)
      yield* this.#tell(row, {
        _tag: "PublishRefused",
        channelId,
        class: failure,
        reason,
        at,
        chance,
        notBefore
      })
    }
    return outcome
  }

  *publish(edition: Edition.Edition): Task<"done" | "later"> {
    const { process, sending, store } = this.#server
    let answer: "done" | "later" = "done"
    let last: PushOutcome.Outcome | null = null
    for (let tries = 0; ;) {
      const row = store.channel(edition.matchId, edition.cohort)
      const at = process.now
      const channel = row?.channel ?? null
      const channelId = channel === null ? null : BroadcastChannel.channelIdOf(channel)
      const rest = channelId === null ? null : sending.restOf(channelId, at)
      const way = Publishing.way(channel, edition, at, rest)
      if (row === null || way._tag === "Nowhere") break
      if (way._tag === "Waits") {
        yield process.until(way.until)
        continue
      }
      const errand = { kind: Edition.kindOf(edition), until: edition.expiresAt }
      if (way._tag === "Rests" || (yield* sending.admit(errand)) === "none") {
        answer = "later"
        break
      }
      const isPaid: boolean = last === null || sending.grant(1) === 1
      const outcome: PushOutcome.Outcome =
        last === null || isPaid ? yield* this.#publishOnce(row, way.channelId, edition) : last
      if (isPaid) sending.judged([outcome], [way.channelId])
      const isDown = sending.downUntil !== null
      const next = Publishing.next(edition, outcome, {
        tries,
        at: process.now,
        isDown,
        chance: process.chance
      })
      answer = next._tag === "Done" ? "done" : "later"
      if (next._tag !== "Again") break
      last = isDown ? null : outcome
      if (!isDown) tries += 1
      yield process.sleep(Duration.toMillis(next.after))
    }
    const closes = Publishing.closes(edition)
    const row = closes === null ? null : store.channel(edition.matchId, edition.cohort)
    if (closes !== null && row !== null)
      yield* this.#hear(row, { _tag: "MatchEnded", at: process.now, dismissAt: closes }, edition)
    return answer
  }

  /** The match is over: channels that nobody was told to listen to are not needed any more either. */
  *ended(matchId: Ids.MatchId, dismissAt: Instant.Instant): Task {
    const { process, store } = this.#server
    for (const row of store.channelsOf(matchId))
      if (Provision.isUnended(row.channel))
        yield* this.#hear(row, { _tag: "MatchEnded", at: process.now, dismissAt })
  }

  /** Makes, repeats and deletes what is due. */
  *round(): Task {
    const { process, store } = this.#server
    process.op()
    const at = process.now
    const due: Array<ChannelRow> = []
    const gone = new Set<Ids.MatchId>()
    for (const row of Array.from(process.tables.channels.values())) {
      switch (Provision.due(row.channel, at)) {
        case "forget":
          store.removeChannel(row)
          gone.add(row.matchId)
          break
        case "make":
          due.push(row)
          break
        case "step":
          yield* this.#hear(row, { _tag: "Ticked", at })
          break
        case "rest":
          break
      }
    }
    for (const matchId of gone)
      if (Provision.isBetweenDays(process.tables.matches.get(matchId)?.state ?? null)) this.want(matchId)
    if (due.length === 0) return
    const { served } = Reconcile.served(
      due.map((row) => ({
        row,
        matchId: row.matchId,
        cohort: row.cohort,
        startsAt: process.tables.fixtures.get(row.matchId)?.info.startsAt ?? at,
        followers: 0
      })),
      Reconcile.room(this.#listed, 0)
    )
    for (const { row } of served) yield* this.#hear(row, { _tag: "Ticked", at })
  }

  /** Holds the ledger against Apple's list. */
  *sweep(): Task {
    const { process } = this.#server
    const told = Management.listed(yield* this.#manage("list", Management.list(app)))
    if (told._tag !== "Done") return
    process.op()
    const found = [...process.tables.channels.values()]
    this.#listed = told.value.length
    const ours = found.flatMap(({ channel }) => BroadcastChannel.channelIdOf(channel) ?? [])
    const at = process.now
    const [next, outputs] = Reconcile.step(this.#sweeps, { listed: told.value, ours, at })
    this.#sweeps = next
    for (const { _tag, channelId } of outputs) {
      if (_tag === "DeleteOrphan") {
        const request = Management.remove({ ...app, id: channelId as Channel.ChannelId })
        yield* this.#manage(`delete/${channelId}`, request)
        continue
      }
      const row = found.find(({ channel }) => BroadcastChannel.channelIdOf(channel) === channelId)
      if (row !== undefined) yield* this.#hear(row, { _tag: "Removed", channelId, at })
    }
    // A channel whose match has left the list without a word to it ends as if it had been told.
    for (const row of found) {
      const fixture = process.tables.fixtures.get(row.matchId)
      const isForgotten =
        Provision.isUnended(row.channel) &&
        fixture !== undefined &&
        Status.isOver(fixture.status) &&
        !process.tables.matches.has(row.matchId)
      if (isForgotten) yield* this.#hear(row, { _tag: "MatchEnded", at, dismissAt: at })
    }
  }
}
