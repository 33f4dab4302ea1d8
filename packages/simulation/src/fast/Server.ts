import { ActiveMatch, type Ids } from "@sightscreen/domain"
import type { AppleSide } from "./Apple.ts"
import { Broadcaster } from "./Broadcasts.ts"
import { Coordinator } from "./Coordinator.ts"
import { Desk, LadderWard } from "./Desk.ts"
import type { FeedSide } from "./FeedSide.ts"
import { Orchestrator } from "./Following.ts"
import { Keeper } from "./Keeper.ts"
import { Notifier } from "./Notices.ts"
import type { Process } from "./Process.ts"
import * as Rounds from "./Rounds.ts"
import { Sending } from "./Sending.ts"
import { Store } from "./Store.ts"

/**
 * The server as one process has it: the shell's services without the shell, in the same order around the same deciders.
 *
 * What it holds is gone when its process falls.
 */
export class Server {
  readonly process: Process
  readonly matchId: Ids.MatchId
  readonly apple: AppleSide
  readonly feed: FeedSide
  readonly said: (matchId: Ids.MatchId, outputs: ReadonlyArray<ActiveMatch.Output>) => void
  readonly manner = ActiveMatch.careful
  readonly store: Store
  readonly desk = new Desk(this)
  readonly ladders = new LadderWard(this)
  readonly sending = new Sending(this)
  readonly notifier = new Notifier(this)
  readonly broadcaster = new Broadcaster(this)
  readonly coordinator = new Coordinator(this)
  readonly orchestrator = new Orchestrator(this)
  readonly keeper = new Keeper(this)

  constructor(
    process: Process,
    matchId: Ids.MatchId,
    apple: AppleSide,
    feed: FeedSide,
    said: (matchId: Ids.MatchId, outputs: ReadonlyArray<ActiveMatch.Output>) => void
  ) {
    this.process = process
    this.matchId = matchId
    this.apple = apple
    this.feed = feed
    this.said = said
    this.store = new Store(process)
  }

  run(): void {
    for (const task of [
      Rounds.fixtureSync(this),
      this.orchestrator.run(),
      Rounds.channelRounds(this),
      Rounds.channelSweeps(this),
      Rounds.herald(this),
      Rounds.owedNotices(this),
      Rounds.housekeeping(this)
    ])
      this.process.spawn(task)
  }
}
