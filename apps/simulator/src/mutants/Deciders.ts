import { appleFails, type Mutant, type World } from "./Mutant.ts"

/** Bugs in what is decided: the fast gear finds them. */
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
  file: `packages/domain/src/${file}`,
  find,
  becomes,
  gear: "fast",
  ...(world === undefined ? {} : { world })
})

/** With its break, when for a while nothing new is said. */
const hundred = { _tag: "Generated", format: "hundred", seed: 0, dramas: [] } as const
const rainy = { _tag: "Generated", format: "t20", seed: 0, dramas: ["rain"] } as const

export const deciders: ReadonlyArray<Mutant> = [
  // Stamps
  of(
    "stamp-of-the-clock",
    "stamps are the clock's, and do not rise by themselves",
    "live/Bulletin.ts",
    "Math.max(now, last + 1)",
    "now"
  ),
  of(
    "stamp-in-milliseconds",
    "stamps are written in milliseconds",
    "live/Bulletin.ts",
    "Math.max(now, last + 1) as",
    "(Math.max(now, last + 1) * 1000) as"
  ),
  of(
    "older-state-overtakes",
    "plain state is sent although newer state went out",
    "push/Outbox.ts",
    "(one) => one !== next && !(cohortOf(one) === cohort && one.stamp <= stamp)",
    "(one) => one !== next"
  ),
  of(
    "alerts-backwards",
    "of alerts that wait the newest goes first",
    "push/Outbox.ts",
    "({ stamp }) => stamp > edition.stamp",
    "({ stamp }) => stamp < edition.stamp"
  ),

  // Tokens
  of(
    "token-retired-on-429",
    "a token dies of being sent too much",
    "push/Consequence.ts",
    "          ? [...again, ...inVain[kind]]\n          : inVain[kind]",
    '          ? [...again, ...inVain[kind]]\n          : [{ _tag: "TokenDead", since: null, reason: "TooManyRequests" }]'
  ),
  of(
    "old-410-kills",
    "a 410 of before a token was registered kills it",
    "device/PushToken.ts",
    "if (since !== null && Instant.isBefore(since, self.registeredAt)) return doubt(self, reason, at)\n",
    ""
  ),
  of(
    "one-bad-word-kills",
    "one BadDeviceToken retires a token",
    "device/PushToken.ts",
    'if (!isRuledOut)\n    return isEcho(self, at) ? [self, []] : [suspect(self, 0, at), [{ _tag: "TryOtherEnvironment" }]]',
    "if (!isRuledOut) return retire(self, reason, at)"
  ),
  of(
    "server-fault-kills",
    "a 500 retires a token",
    "push/Consequence.ts",
    'case "AppleDown":\n      return [...repeated(kind), ...inVain[kind]]',
    'case "AppleDown":\n      return [{ _tag: "TokenDead", since: null, reason: "500" }]'
  ),
  of(
    "dead-token-stays",
    "an activity keeps an address that Apple calls dead",
    "push/Settlement.ts",
    'return gone ? [{ _tag: "ToActivity", input: { _tag: "TokenDisowned", token, at } }] : nobody',
    "return nobody"
  ),
  of(
    "late-report-brings-back",
    "a late report brings a token back that was replaced",
    "activity/Report.ts",
    'if (past.retiredFor === rotated) return "ignore"',
    'if (past.retiredFor === rotated) return "claim"',
    { faults: ["phone.tokenRotated", "network.duplicateReport"], phones: 40 }
  ),
  of(
    "switch-unnoticed",
    "nobody notices that the system has ended what a phone showed",
    "device/Handover.ts",
    "Cohort.named(row.cohort)?.level !== level",
    "false",
    { faults: ["phone.frequentUpdatesOff", "phone.forceQuit"], phones: 40 }
  ),

  // Retries and sizes of things
  of(
    "retries-for-free",
    "every push that failed may be sent again",
    "push/RetryBudget.ts",
    "export const ratio = 0.1",
    "export const ratio = 100",
    {
      faults: [...appleFails, "apple.resetStream", "apple.silence", "apple.retryAfter"],
      phones: 40
    }
  ),
  of(
    "breaker-never-opens",
    "nobody notices that Apple is down",
    "push/Breaker.ts",
    "const isAccident = failures < tolerated && Instant.isBefore(at, Instant.plus(since, toleratedFor))",
    "const isAccident = true"
  ),
  of(
    "end-told-once",
    "an end that failed is not told again",
    "push/Consequence.ts",
    "  end: late,",
    "  end: nothing,",
    { faults: [...appleFails, "phone.signedOut"], phones: 24 }
  ),
  of(
    "end-never-again",
    "an end that failed is neither tried nor told again",
    "push/Consequence.ts",
    'kind === "alert" || kind === "end" || kind === "errand" || kind === "notice" ? again : nothing',
    'kind === "alert" || kind === "notice" ? again : nothing'
  ),
  of(
    "missed-is-missed",
    "whoever missed something is not told the newest state",
    "push/Settlement.ts",
    'Consequence.of(answer.outcome, answer.kind).some(({ _tag }) => _tag === "TellLater")',
    "false",
    { faults: appleFails, match: hundred, whole: true }
  ),
  of(
    "answer-lost-start-again",
    "a start whose answer was lost counts as not sent",
    "push/Consequence.ts",
    'if ((kind === "start" || kind === "notice") && !outcome.unprocessed)',
    'if (kind === "notice" && !outcome.unprocessed)'
  ),
  of(
    "one-name-for-all",
    "a push is named by its cause alone",
    "push/PushId.ts",
    "mix(`${cause}\\n${address}`)",
    "mix(cause)"
  ),
  of(
    "outbox-forgets",
    "while one alert waits others are dropped",
    "push/Outbox.ts",
    "if (self.kept.some(({ id }) => id === edition.id)) return [self, []]",
    "if (self.kept.length > 0) return [self, []]"
  ),

  // Activities
  of(
    "late-token-keeps-living",
    "a report of an activity that has ended is not answered",
    "activity/Activity.ts",
    'if (self._tag === "Ended") return [self, [{ _tag: "End", address, reason: self.reason }]]',
    'if (self._tag === "Ended") return [self, []]',
    {
      faults: ["phone.updateTokenLate", "phone.dismissed", "phone.signedOut", "network.delay", "network.loss"]
    }
  ),
  of(
    "impatient",
    "a phone that has not reported is started again after a second",
    "activity/Activity.ts",
    "  Duration.seconds(90),",
    "  Duration.seconds(1),"
  ),
  of(
    "unfollowed-stays",
    "an activity that nobody wants any more is not told to end",
    "activity/Activity.ts",
    'return leave(self, "unfollowed", at)',
    'return close(self, "unfollowed", at)'
  ),
  of(
    "disowned-stays",
    "what a phone shows its former owner is not ended",
    "activity/Activity.ts",
    'return leave(self, "disowned", at)',
    'return close(self, "disowned", at)'
  ),
  of(
    "twins",
    "of two activities on a phone the older is left alone",
    "activity/Activity.ts",
    'isAnother ? [refresh, { _tag: "End", address: self.address, reason: "superseded" }] : [refresh]',
    "[refresh]"
  ),
  of(
    "another-beside",
    "a phone that shows the match is given another activity of it",
    "activity/Lineage.ts",
    'case "Active":\n      return "leave"',
    'case "Active":\n      return "begin"'
  ),
  of(
    "never-lost",
    "an activity that was lost is not asked for again",
    "activity/Activity.ts",
    '[{ _tag: "TokenInvalid", at, attempts, ...Leavings.leftOf(self), left: self.address._tag }, []]',
    '[{ _tag: "TokenInvalid", at, attempts: maxAttempts, left: self.address._tag }, []]'
  ),
  of(
    "dismissal-by-system-unfollows",
    "what the system clears away counts as a swipe",
    "activity/Activity.ts",
    'if (by === "system" || old) {',
    "if (old) {"
  ),
  of(
    "end-without-the-score",
    "a phone that comes late to the end is told nothing but the end",
    "activity/Directions.ts",
    "(isOver && closings.has(output.reason))",
    "false",
    {
      // Who comes while the match is being called off, and whose token comes after that.
      faults: ["phone.updateTokenLate", "network.delay", "network.loss"],
      phones: 40,
      deliveries: 6,
      lasts: 25 * 60_000
    }
  ),
  of(
    "channel-phone-started-twice",
    "a phone on a channel that says nothing is started again",
    "activity/Asking.ts",
    'state._tag === "Pending" && state.attempts > 0 && state.ranAt === undefined && listens === "Channel"',
    "false",
    { faults: ["phone.forceQuit", "phone.hardlyWoken", "network.delay", "network.loss"] }
  ),
  of(
    "given-up-for-good",
    "a phone whose app has run is not offered another start",
    "activity/Activity.ts",
    'return [again, [{ _tag: "Start", attempt: 1 }]]',
    "return [self, []]"
  ),
  of(
    "asked-for-in-vain",
    "a report is taken for one of an activity that the app has begun by itself, and never of the one that was asked for",
    "activity/Report.ts",
    'if (own !== undefined && (own.state._tag !== "Ended" || Activity.isClosed(own.state))) return its(own)',
    "if (own !== undefined && Activity.isClosed(own.state)) return its(own)"
  ),

  // Matches
  of(
    "memory-lost-on-takeover",
    "what was told is not saved with a match",
    "live/ActiveMatch.ts",
    "{ ...self, match: Match.withoutBalls(self.match) }",
    "{ ...self, memory: Memory.empty, painted: [], match: Match.withoutBalls(self.match) }",
    {
      faults: ["process.crash", "feed.renamed", "feed.overRolledBack", "feed.corrected", "feed.deleted"],
      whole: true,
      phones: 4
    }
  ),
  of(
    "stamp-lost-on-takeover",
    "the last stamp is not saved with a match",
    "live/ActiveMatch.ts",
    "{ ...self, match: Match.withoutBalls(self.match) }",
    "{ ...self, stamp: 0 as Instant.EpochSeconds, match: Match.withoutBalls(self.match) }"
  ),
  of(
    "gone-is-over",
    "a match that the feed has lost for some minutes is over",
    "live/Absence.ts",
    "if (at - match.readAt < Duration.toMillis(patience)) return tick(next, at, outputs)",
    ""
  ),
  of(
    "called-off-at-once",
    "a match that the feed calls off is over at once",
    "live/Issue.ts",
    "return stands || absent?.gone === true ? ends : null",
    "return ends"
  ),
  of(
    "confirmed-twice",
    "what was held and is confirmed is held on, and told with every reading",
    "live/Reading.ts",
    "held: waits ? [{ event: headline, since: at }] : nothingHeld,",
    "held: waits ? [{ event: headline, since: at }] : self.held,",
    { faults: ["feed.corrected", "feed.deleted"], phones: 2 }
  ),
  of(
    "retold-is-news",
    "nothing is remembered of what was told before, and balls that are told again are news",
    "live/Reading.ts",
    "goesOn ? Memory.reopened(self.memory) : self.memory",
    "goesOn ? Memory.reopened(self.memory) : Memory.empty",
    { faults: ["feed.renamed", "feed.overRolledBack", "feed.corrected", "feed.deleted"], phones: 2 }
  ),
  of(
    "old-phones-on-channels",
    "phones that know no channels are started on one",
    "device/OsVersion.ts",
    "isAtLeast(text, 18, 0)",
    "isAtLeast(text, 17, 2)"
  ),
  of(
    "clock-in-fractions",
    "the heartbeat's time has fractions of a second",
    "live/Issue.ts",
    "const again = { ...content, sequence: sequence + 1, updatedAt: Instant.toSeconds(at) }",
    "const again = { ...content, sequence: sequence + 1, updatedAt: at / 1000 }",
    { faults: [], match: rainy, whole: true, phones: 4 }
  ),
  of(
    "nameless-league",
    "attributes lack what apps need to decode them",
    "activity/Attributes.ts",
    "leagueName: info.competition,",
    ""
  ),

  // Channels
  of(
    "channel-lost-unnoticed",
    "nobody hears that a channel is gone",
    "broadcast/BroadcastChannel.ts",
    '[{ _tag: "ChannelLost", channelId: self.channelId }]',
    "[]",
    { faults: ["apple.channelLost"] }
  ),
  of(
    "channel-ends-once",
    "the end is told once on a channel",
    "broadcast/BroadcastChannel.ts",
    "const repeatsLeft = repeatAfter.length\n",
    "const repeatsLeft = 0\n"
  ),
  of(
    "channel-stays",
    "a channel whose match is over is not deleted",
    "broadcast/BroadcastChannel.ts",
    "? remove(self.channelId, at)\n    : [self, []]",
    "? [self, []]\n    : [self, []]"
  ),
  of(
    "orphans-stay",
    "a channel that Apple has and nobody knows of is not deleted",
    "broadcast/Reconcile.ts",
    "...unknown.filter(isSettled)",
    "...unknown.slice(unknown.length)"
  ),
  of(
    "publish-once",
    "what Apple did not publish is not published again",
    "broadcast/Publishing.ts",
    'if (consequences.some(({ _tag }) => _tag === "SendAgain")) {',
    "if (tries < 0) {",
    { faults: appleFails }
  )
]
