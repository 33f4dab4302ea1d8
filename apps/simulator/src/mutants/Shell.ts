import { appleFails, type Mutant, type World } from "./Mutant.ts"

/** Bugs in what is done: only the engine itself has them, and the true gear finds them. */
const of = (
  name: string,
  says: string,
  file: string,
  find: string,
  becomes: string,
  world?: World
): Mutant => ({
  name,
  says,
  file: `packages/${file}`,
  find,
  becomes,
  gear: "true",
  ...(world === undefined ? {} : { world })
})

export const shell: ReadonlyArray<Mutant> = [
  of(
    "sent-before-saved",
    "editions are sent before the match is saved",
    "engine/src/ScorePoller.ts",
    "          version = yield* rows.save({",
    "          lane.offer(editions)\n          version = yield* rows.save({"
  ),
  of(
    "editions-not-kept",
    "what waits to be sent is not saved with the match",
    "engine/src/ScorePoller.ts",
    "editions: editions.filter(Edition.isKept).map(draftOf)",
    "editions: []",
    { faults: [...appleFails, "process.crash"] }
  ),
  of(
    "two-owners",
    "a save does not look whether somebody else has saved",
    "store/src/ActiveMatches.ts",
    "if (found !== version) return",
    "if (found === null) return"
  ),
  of(
    "failed-left-open",
    "activities that failed are not ended with their match",
    "engine/src/ScorePoller.ts",
    '["pending", "active", "token_invalid", "failed"]',
    '["pending", "active"]'
  ),
  of(
    "channel-end-not-kept",
    "the end is not kept with its channel, and so it is not published again",
    "engine/src/ChannelBook.ts",
    "const kept: Kept = { channel: after, end: end ?? before }",
    "const kept: Kept = { channel: after, end: before }"
  ),
  of(
    "retries-unpaid",
    "the dispatcher does not ask what retries may cost",
    "engine/src/Dispatcher.ts",
    "owing === 0 ? 0 : yield* apple.retries(owing)",
    "owing",
    {
      faults: [...appleFails, "apple.resetStream", "apple.silence", "apple.retryAfter"],
      phones: 40
    }
  ),
  of(
    "dispatcher-gives-up",
    "the dispatcher tries nothing again",
    "engine/src/Dispatcher.ts",
    "waiting = [...rest, ...resting, ...sorted.again]",
    "waiting = [...rest, ...resting]"
  ),
  of(
    "resumed-to-all",
    "what went out before a fall goes out again",
    "engine/src/Dispatcher.ts",
    "  mailing.resumed\n    ?",
    "  mailing.resumed && mailing.cause === ''\n    ?"
  ),
  of(
    "starts-uncounted",
    "starts are sent without asking their phones' ladders",
    "engine/src/LACoordinator.ts",
    "again.filter(({ row }) => allowed.has(row.deviceId))",
    "again",
    { faults: ["phone.startSwallowed", "phone.forceQuit"], phones: 24 }
  ),
  of(
    "start-again-after-a-fall",
    "nobody looks whether a start was sent before",
    "engine/src/LACoordinator.ts",
    "const again = able.filter(({ row }) => !silent.has(row.activityId))",
    "const again = able",
    { faults: ["phone.forceQuit", "phone.hardlyWoken", "network.delay", "network.loss"] }
  ),
  of(
    "removals-wait-for-ever",
    "ends that wait for Apple to come back are not told when it has",
    "engine/src/Lanes.ts",
    "if (gone.length === 0) return\n",
    "if (gone.length >= 0) return\n",
    { faults: [...appleFails, "phone.signedOut"], phones: 24 }
  ),
  of(
    "removals-once",
    "an end that could not be sent is forgotten",
    "engine/src/LACoordinator.ts",
    "Effect.tap(patiently),",
    "Effect.tap(() => Effect.void),",
    { faults: [...appleFails, "phone.signedOut"], phones: 24 }
  ),
  of(
    "latecomers-forgotten",
    "a phone whose token has come late is not told the newest state",
    "engine/src/LACoordinator.ts",
    "if (lane !== null) return lane.refresh(recipients)",
    "if (lane !== null) return"
  ),
  of(
    "former-owner-shown",
    "a phone that changes hands keeps its former owner's activities",
    "engine/src/TokenKeeper.ts",
    "yield* clear(rows, (row) => row.userId !== userId)",
    ""
  ),
  of(
    "sign-out-shows-on",
    "signing out leaves the match on the screen",
    "engine/src/TokenKeeper.ts",
    '"signed out", (row) => row.userId === userId)',
    '"signed out", () => false)'
  ),
  of(
    "lost-channel-counts",
    "an activity on a channel that Apple has lost counts as reached",
    "engine/src/TokenKeeper.ts",
    "const isReached = channel !== null",
    "const isReached = channel !== undefined",
    { faults: ["apple.channelLost", "phone.forceQuit", "phone.offline", "network.delay"] }
  ),
  of(
    "unfollowed-again",
    "who unfollows again after a fall is not paid the end",
    "engine/src/TokenKeeper.ts",
    'const ended = yield* payEnds(rows, "unfollowed")',
    "const ended = rows.slice(0, 0)",
    { faults: ["store.refused", "store.lostAnswer"], phones: 40 }
  ),
  of(
    "replaced-not-struck",
    "update tokens that were replaced stay in use",
    "engine/src/TokenKeeper.ts",
    "for (const struck of Report.forsaken(said)) yield* strike(struck)",
    ""
  ),
  of(
    "new-token-frees-nothing",
    "a new start token is not told to its phone's ladder, which goes on thinking of the old one",
    "engine/src/TokenKeeper.ts",
    'yield* ladders.hear([{ deviceId, input: { _tag: "StartTokenReported", isNew: true, at } }])',
    "",
    { faults: ["phone.tokenSilentlyChanged", "phone.startTokenChanged", "phone.forceQuit"], phones: 24 }
  )
]
