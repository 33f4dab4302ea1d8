import { type Bulletin, Ending, type Ids } from "@sightscreen/domain"
import { MatchEventBus, MatchOrchestrator, Tally } from "@sightscreen/engine"
import { Deliveries, Editions } from "@sightscreen/store"
import { Duration, Effect, PubSub, Schedule } from "effect"
import * as RealTime from "../RealTime.ts"
import { CannotPlay } from "./CannotPlay.ts"
import * as Scoreboard from "./Scoreboard.ts"
import type * as Screen from "./Screen.ts"
import type { Phones } from "./WorldApi.ts"
import type { Joined } from "./WorldClient.ts"

/** All in our time. */
const lookEvery = Duration.millis(200)
const heartbeatEvery = Duration.seconds(15)
/** How long the line of an alert waits for the phones to show it. */
const arrival = Duration.seconds(3)

/** Where the demo shows itself: a picture on a terminal, lines anywhere else. */
export interface Stage {
  readonly say: (line: string) => void
  /** Null where there is no terminal. */
  readonly screen: Screen.Screen | null
  readonly room: () => Scoreboard.Room
}

export interface Options {
  readonly world: Joined
  readonly matchId: Ids.MatchId
  readonly speed: number
  /** Whether people do things with their phones, so that not every one can be right. */
  readonly mixed: boolean
  /** Ends when the match is over and every phone is right, or will not become so. */
  readonly once: boolean
  readonly stage: Stage
  /** Called when the end of the match was seen. */
  readonly onOver: () => void
}

/** Shows the demo to a person. Answers whether all ended well; without `once` it goes on after the end. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const { matchId, mixed, once, onOver, speed, stage, world } = options
  const bus = yield* MatchEventBus.MatchEventBus
  const deliveries = yield* Deliveries.Deliveries
  const editions = yield* Editions.Editions
  const orchestrator = yield* MatchOrchestrator.MatchOrchestrator
  const tally = yield* Tally.Tally
  const millis = RealTime.clock.currentTimeMillisUnsafe.bind(RealTime.clock)

  let view: Scoreboard.View = {
    state: null,
    counts: Tally.none,
    phones: null,
    screen: null,
    alerts: [],
    speed
  }
  /** Alerts whose line is not written yet, and when each was decided. */
  const untold: Array<{ readonly bulletin: Bulletin.Bulletin; readonly at: number }> = []
  let spokeAt = millis()
  /** What was said of notifications; and what was seen of them since, which is said once it stands. */
  let noticed: Phones | null = null
  let seen: Phones | null = null

  const look = Effect.gen(function* () {
    const asked = { nth: 1, width: Scoreboard.cardWidth(stage.room().columns) }
    const [phones, screen] = yield* Effect.all([
      world.client.world.phones(),
      stage.screen === null ? Effect.succeed(null) : world.client.world.screen({ params: asked })
    ]).pipe(
      Effect.timeout("2 seconds"),
      Effect.catch((error) =>
        world.isAlive() ? Effect.succeed([view.phones, view.screen] as const) : Effect.fail(error)
      )
    )
    const state = (yield* orchestrator.stateOf(matchId)) ?? view.state
    view = { ...view, state, counts: yield* tally.of(matchId), phones, screen }
  }).pipe(
    Effect.mapError(
      () =>
        new CannotPlay({
          problem:
            "the demo's world is gone: its process ended, and nobody knows any longer what is on the phones " +
            `(its log: ${world.log}). The next start goes on from what it had written down.`
        })
    )
  )

  const speak = (line: string) => {
    spokeAt = millis()
    stage.say(line)
  }
  /** In the order of their decision; each once the phones show it, or have had the time to. */
  const tell = (all: boolean) => {
    for (let next = untold[0]; next !== undefined; next = untold[0]) {
      const shown = Scoreboard.showing(view.phones, next.bulletin.content.sequence)
      const arrived = view.phones !== null && shown >= view.phones.total
      if (!all && !arrived && millis() - next.at < Duration.toMillis(arrival)) return
      untold.shift()
      speak(Scoreboard.alertLine(next.bulletin, view))
    }
  }
  const tellNotices = () => {
    const { phones } = view
    const stands = phones?.prematch === seen?.prematch && phones?.fallback === seen?.fallback
    seen = phones
    if (phones === null || !stands) return
    for (const line of Scoreboard.noticeLines(noticed, phones)) speak(line)
    noticed = phones
  }
  const show = () => {
    if (stage.screen !== null) return stage.screen.draw(Scoreboard.picture(view, stage.room()))
    tell(false)
    tellNotices()
    if (untold.length === 0 && millis() - spokeAt >= Duration.toMillis(heartbeatEvery))
      speak(Scoreboard.heartbeat(view))
  }

  const listen = Effect.gen(function* () {
    const heard = yield* PubSub.subscribe(bus)
    for (;;) {
      const { outputs, state } = yield* PubSub.take(heard)
      if (state.matchId !== matchId) continue
      for (const output of outputs) {
        if (output._tag !== "BulletinIssued" || output.bulletin.alert === null) continue
        if (stage.screen === null) untold.push({ bulletin: output.bulletin, at: millis() })
        view = { ...view, alerts: [output.bulletin, ...view.alerts].slice(0, 40) }
      }
    }
  })

  /** The last phone may show the end before its push is written down. */
  const settled = editions.pending(matchId).pipe(
    Effect.orElseSucceed(() => []),
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (waiting) => waiting.length === 0 }),
    Effect.timeout("5 seconds"),
    Effect.ignore,
    RealTime.provide
  )

  const sayHowItEnded = Effect.gen(function* () {
    tell(true)
    stage.screen?.close()
    const counts = yield* deliveries.counts(matchId).pipe(Effect.orElseSucceed(() => null))
    for (const line of Scoreboard.summary(view, counts === null ? null : ledgerOf(counts))) stage.say(line)
  })

  const watch = Effect.gen(function* () {
    /** What still moves after the match, and since when it has not. */
    let moving = ""
    let since = millis()
    for (;;) {
      yield* look
      show()
      const { counts, phones } = view
      if (phones?.matchOver === true) {
        const now = `${phones.right} ${phones.waiting} ${phones.delivered} ${counts.sent} ${view.state?.sequence}`
        if (now !== moving) [moving, since] = [now, millis()]
        const known = Scoreboard.explained(phones)
        if (phones.right === phones.total) return true
        if (mixed && phones.right + known === phones.total) return true
        // What is still to come for a phone is worth waiting for, however quiet it is until then.
        if (once && phones.waiting === 0 && millis() - since > quietFor(speed)) return false
      }
      yield* Effect.sleep(lookEvery)
    }
  })

  const well = yield* Effect.raceFirst(watch, listen).pipe(
    RealTime.provide,
    Effect.onError(() => Effect.sync(() => stage.screen?.close()))
  )
  onOver()
  yield* settled
  yield* sayHowItEnded
  if (once) return well
  stage.say("Ctrl-C ends the demo; the next start plays the match again.")
  return yield* Effect.never
}, Effect.scoped)

/**
 * After the match nothing has moved for so long that nothing will: what a feed calls off is believed after a while only, and
 * then there is the longest pause between two readings, and some.
 */
const quietFor = (speed: number): number =>
  Math.max(10_000, (Duration.toMillis(Ending.calledOffAfter) + 180_000) / speed)

const ledgerOf = (counts: ReadonlyArray<Deliveries.Count>): Scoreboard.Ledger => {
  const sum = (which: (count: Deliveries.Count) => boolean) =>
    counts.filter(which).reduce((total, { count }) => total + count, 0)
  return {
    sent: sum(() => true),
    priority5: sum(({ priority }) => priority === 5),
    priority10: sum(({ priority }) => priority === 10),
    accepted: sum(({ verdict }) => verdict === "Accepted"),
    published: sum(({ kind }) => kind === "publish")
  }
}
