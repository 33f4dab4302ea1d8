import type { Ids } from "@sightscreen/domain"
import { MatchEventBus, MatchOrchestrator, Tally } from "@sightscreen/engine"
import { Duration, Effect, PubSub, Ref, Schedule } from "effect"
import * as RealTime from "../RealTime.ts"
import * as Scoreboard from "./Scoreboard.ts"
import type { WorldClient } from "./WorldClient.ts"

const redrawEvery = Duration.millis(200)
/** After the last ball, how long phones may take to have the final state, in our time. */
const patience = Duration.seconds(30)

export interface Options {
  readonly client: WorldClient
  readonly matchId: Ids.MatchId
  readonly speed: number
  /** Ends when the match is over and every phone is right, or will not become so. */
  readonly once: boolean
  readonly tty: boolean
  readonly write: (text: string) => void
}

/** Shows the demo to a person, as a picture on a terminal and as lines anywhere else. Answers whether all ended well. */
export const run = Effect.fnUntraced(function* ({ client, matchId, once, speed, tty, write }: Options) {
  const bus = yield* MatchEventBus.MatchEventBus
  const orchestrator = yield* MatchOrchestrator.MatchOrchestrator
  const tally = yield* Tally.Tally
  const last = yield* Ref.make<Scoreboard.View>({
    state: null,
    counts: Tally.none,
    phones: null,
    screen: null,
    speed
  })

  const look = Effect.gen(function* () {
    const before = yield* Ref.get(last)
    const view: Scoreboard.View = {
      state: (yield* orchestrator.stateOf(matchId)) ?? before.state,
      counts: yield* tally.of(matchId),
      phones: yield* client.world.phones().pipe(
        Effect.timeout("2 seconds"),
        Effect.orElseSucceed(() => before.phones)
      ),
      screen: yield* client.world.screen({ params: { nth: 1 } }).pipe(
        Effect.timeout("2 seconds"),
        Effect.orElseSucceed(() => before.screen)
      ),
      speed
    }
    yield* Ref.set(last, view)
    return view
  })

  let drawn = 0
  const draw = Effect.map(look, (view) => {
    const lines = Scoreboard.lines(view, true)
    // Back to where the picture began, each line cleared as it is written, and whatever is left of a longer one.
    write(
      `${drawn > 0 ? `\u001b[${drawn}A` : ""}${lines.map((line) => `\u001b[2K${line}\n`).join("")}\u001b[J`
    )
    drawn = lines.length
    return view
  })

  const tell = Effect.gen(function* () {
    const heard = yield* PubSub.subscribe(bus)
    for (;;) {
      const { outputs } = yield* PubSub.take(heard)
      const news = outputs.some(
        (output) => output._tag === "BulletinIssued" && output.bulletin.alert !== null
      )
      if (news) write(`${Scoreboard.logLine(yield* look)}\n`)
    }
  })

  const finished = (view: Scoreboard.View): boolean =>
    view.phones !== null && view.phones.matchOver && view.phones.right === view.phones.total

  const watch = Effect.gen(function* () {
    let overSince: number | null = null
    for (;;) {
      const view = yield* tty ? draw : look
      if (once && view.phones?.matchOver === true) {
        overSince ??= RealTime.clock.currentTimeMillisUnsafe()
        const waited = RealTime.clock.currentTimeMillisUnsafe() - overSince
        if (finished(view) || waited > Duration.toMillis(patience)) return view
      }
      yield* Effect.sleep(redrawEvery)
    }
  })

  const heartbeat = look.pipe(
    Effect.map((view) => write(`${Scoreboard.logLine(view)}\n`)),
    Effect.delay("15 seconds"),
    Effect.repeat(Schedule.forever)
  )

  const view = yield* (tty ? watch : Effect.raceFirst(watch, Effect.raceFirst(tell, heartbeat))).pipe(
    RealTime.provide
  )
  const seen = typeof view === "object" && view !== null && "phones" in view ? view : yield* Ref.get(last)
  for (const line of Scoreboard.summary(seen)) write(`${line}\n`)
  return finished(seen)
})
