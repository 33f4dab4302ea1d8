import { Instant } from "@sightscreen/decider"
import { ActiveMatch, type Snapshot } from "@sightscreen/domain"
import { Lie, Lots, Lying, Play, Recorded, Timeline } from "@sightscreen/feed"
import { Looks } from "@sightscreen/simulation"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"

/** LYING_TIMES=50 makes of these tests a search. */
const times = Number(process.env["LYING_TIMES"] ?? 1)

const truthOf = (seed: number, options: Partial<Play.Options> = {}): Lying.Truth => {
  const { recording, timing } = Play.of(seed, { format: seed % 2 === 0 ? "hundred" : "t20", ...options })
  return Lying.truthOf(Timeline.make(recording, timing), seed)
}

const beginOf = ({ timeline }: Lying.Truth): Instant.Instant =>
  Instant.minus(timeline.info.startsAt, Duration.minutes(10))
const lastBallOf = ({ timeline }: Lying.Truth): Instant.Instant =>
  timeline.times[timeline.times.length - 1] ?? timeline.info.startsAt

/** No fault at all. */
const honest = (truth: Lying.Truth): Lots.Lots => Lots.make({ seed: 0, faults: [], healAt: beginOf(truth) })

const only = (
  truth: Lying.Truth,
  rate: number,
  kinds: ReadonlyArray<Lie.Name>,
  healAt = lastBallOf(truth)
): Lots.Plan => ({
  seed: 5,
  healAt,
  faults: kinds.map((kind) => ({ kind, rate, from: beginOf(truth), until: healAt }))
})

interface Watched {
  readonly state: ActiveMatch.ActiveMatch
  /** What was read although it could not be true. */
  readonly swallowed: ReadonlyArray<string>
  readonly refused: number
}

/** Refused for what they say, whatever was read before. */
const unbelievable: ReadonlySet<Lie.Name> = new Set(["feed.impossible", "feed.totalsLag"])

/** Reads the match as the engine does, at its pace and with its patience, until it is over. */
const watch = (lots: Lots.Lots, truth: Lying.Truth): Watched => {
  const liar = Lying.make(lots, truth)
  const patience = 10_000
  let state = ActiveMatch.begin(truth.timeline.info.matchId, true, ActiveMatch.careful)
  let at = beginOf(truth)
  let refused = 0
  const swallowed: Array<string> = []
  for (let polls = 0; state.ended === null; polls++) {
    if (polls > 50_000) assert.fail("the match never ends")
    const { afterMillis, answer, fired } = Lying.answer(liar, at)
    at = Instant.fromMillis(at + Math.min(afterMillis, patience))
    const before = state
    const [next, outputs] = ActiveMatch.step(
      state,
      afterMillis > patience || answer._tag === "Failed" || answer._tag === "Silent"
        ? { _tag: "FeedSilent", at }
        : answer._tag === "Absent"
          ? { _tag: "Absent", at }
          : { _tag: "SnapshotRead", snapshot: answer.snapshot }
    )
    state = next
    const isRefused = outputs.some(({ _tag }) => _tag === "Refused")
    if (isRefused) refused += 1
    const cannotBe =
      fired.some((kind) => unbelievable.has(kind)) ||
      (fired.includes("feed.swapped") && before.match !== null && isOf(before, truth))
    if (cannotBe && (!isRefused || next.match !== before.match)) swallowed.push(`${at} ${fired.join()}`)
    at = Instant.fromMillis(at + Math.max(1, Duration.toMillis(ActiveMatch.cadence(state, at))))
  }
  return { state, swallowed, refused }
}

/** What is known is of the match itself and fresh, so that another match is known for what it is. */
const isOf = ({ match }: ActiveMatch.ActiveMatch, { timeline }: Lying.Truth): boolean =>
  match !== null && match.info.home.name === timeline.info.home.name

/** All that is left of a match at the end. */
const final = ({ content, ended, match }: ActiveMatch.ActiveMatch) => ({
  ended,
  status: match?.status,
  outcome: match?.outcome,
  innings: match?.innings.map(({ batters, bowlers, extras, legal, runs, target, wickets }) => ({
    runs,
    wickets,
    legal,
    extras,
    target,
    batters,
    bowlers
  })),
  looks: content === null ? null : Looks.of(content)
})

describe("A feed that errs", () => {
  it(
    "is put right in the end, whatever it said before, and nothing impossible is believed",
    () => {
      let refused = 0
      for (let seed = 1; seed <= 3 * times; seed++) {
        const truth = truthOf(seed)
        const healAt = Instant.minus(lastBallOf(truth), Duration.minutes(2))
        const found = watch(Lots.make(Lots.storm(seed, beginOf(truth), healAt)), truth)
        const clean = watch(honest(truth), truth)
        assert.deepStrictEqual(final(found.state), final(clean.state), `seed ${seed}`)
        assert.deepStrictEqual(found.swallowed, [], `seed ${seed}`)
        assert.strictEqual(clean.refused, 0)
        refused += found.refused
      }
      assert.isAbove(refused, 0)
    },
    60_000 * times
  )

  it(
    "is put right although it errs at the rates that were seen until the last ball",
    () => {
      for (let seed = 100; seed < 100 + times; seed++) {
        const truth = truthOf(seed)
        const found = watch(Lots.make(Lots.asSeen(seed, beginOf(truth), lastBallOf(truth))), truth)
        assert.deepStrictEqual(final(found.state), final(watch(honest(truth), truth).state), `seed ${seed}`)
        assert.deepStrictEqual(found.swallowed, [], `seed ${seed}`)
      }
    },
    60_000 * times
  )

  it("tells the end of the match right, or not at all, healed or not", () => {
    const truth = truthOf(3)
    const { timeline } = truth
    const forever = Instant.plus(lastBallOf(truth), Duration.hours(2))
    const lots = Lots.make({ ...Lots.storm(3, beginOf(truth), forever), faults: all(truth, 0.2, forever) })
    const liar = Lying.make(lots, truth)
    let ends = 0
    for (let minute = 1; minute < 110; minute++) {
      const at = Instant.plus(lastBallOf(truth), Duration.minutes(minute))
      const { answer } = Lying.answer(liar, at)
      if (answer._tag !== "Snapshot" || answer.snapshot.status !== "finished") continue
      ends += 1
      assert.deepStrictEqual(answer.snapshot, { ...Recorded.at(timeline, at), at })
    }
    assert.isAbove(ends, 0)
  })

  const all = (truth: Lying.Truth, rate: number, until: Instant.Instant): Lots.Plan["faults"] =>
    Lie.names.map((kind) => ({ kind, rate, from: beginOf(truth), until }))
})

describe("Each kind of lie", () => {
  const truth = truthOf(11, { format: "t20", plain: true })
  const { timeline } = truth
  const every = (step: number): ReadonlyArray<Instant.Instant> => {
    const found: Array<Instant.Instant> = []
    for (let at: number = beginOf(truth); at < lastBallOf(truth); at += step)
      found.push(Instant.fromMillis(at))
    return found
  }
  const instants = every(19_300)

  const told = (kind: Lie.Name, rate: number) => {
    const liar = Lying.make(Lots.make(only(truth, rate, [kind])), truth)
    return instants.map((at) => ({ at, said: Lying.answer(liar, at) }))
  }

  /** What the answer is like, told from what it should be. */
  const marks: Readonly<Record<Lie.Name, (said: Lying.Said, true_: Snapshot.Snapshot) => boolean>> = (() => {
    const last = (snapshot: Snapshot.Snapshot) => {
      const card = snapshot.innings[snapshot.innings.length - 1]?.card
      return card?._tag === "Balls" ? card.overs.flatMap(({ deliveries }) => deliveries) : []
    }
    const balls = (snapshot: Snapshot.Snapshot) =>
      snapshot.innings.reduce(
        (sum, { card }) =>
          card._tag === "Balls"
            ? sum + card.overs.reduce((n, { deliveries }) => n + deliveries.length, 0)
            : sum,
        0
      )
    const shown =
      (test: (told: Snapshot.Snapshot, true_: Snapshot.Snapshot) => boolean) =>
      ({ answer }: Lying.Said, true_: Snapshot.Snapshot) =>
        answer._tag === "Snapshot" && test(answer.snapshot, true_)
    const failed =
      (reason: string, words: RegExp) =>
      ({ afterMillis, answer }: Lying.Said) =>
        answer._tag === "Failed" &&
        afterMillis === 0 &&
        answer.error.reason === reason &&
        words.test(answer.error.message)
    const absent = ({ answer }: Lying.Said) => answer._tag === "Absent"
    const older = shown((told, true_) => told.at === true_.at && balls(told) <= balls(true_))
    const fewer = shown((told, true_) => balls(told) < balls(true_))
    const more = shown((told, true_) => balls(told) > balls(true_))
    const asMany = shown(
      (told, true_) =>
        balls(told) === balls(true_) && JSON.stringify(last(told)) !== JSON.stringify(last(true_))
    )
    const mistotalled = shown(({ innings }) => {
      const card = innings.at(-1)?.card
      return card?._tag === "Balls" && card.stated !== null
    })
    return {
      "feed.late": fewer,
      "feed.corrected": asMany,
      "feed.deleted": more,
      "feed.repeated": more,
      "feed.reordered": shown((told, true_) => balls(told) === balls(true_)),
      "feed.renamed": shown((told) => last(told).some(({ id }) => id?.startsWith("again-") === true)),
      "feed.overRolledBack": fewer,
      "feed.playerReplaced": shown((told) =>
        last(told).some(
          ({ batter, bowler }) => told.players[batter] === "Unknown" || told.players[bowler] === "Unknown"
        )
      ),
      "feed.totalsLag": mistotalled,
      "feed.stale": older,
      "feed.truncated": shown(
        (told, true_) => balls(told) < balls(true_) || told.innings.length < true_.innings.length
      ),
      "feed.swapped": shown((told, true_) => told.info.home.name !== true_.info.home.name),
      "feed.impossible": shown(
        (told, true_) => JSON.stringify(told.innings) !== JSON.stringify(true_.innings)
      ),
      "feed.missing": absent,
      "feed.slow": ({ afterMillis, answer }) =>
        afterMillis >= 1000 && afterMillis <= 9000 && answer._tag === "Snapshot",
      "feed.hang": ({ afterMillis, answer }) => afterMillis >= 15_000 && answer._tag === "Silent",
      "feed.serverError": failed("unreachable", /50[023]/),
      "feed.html": failed("unreadable", /not JSON/),
      "feed.forbidden": failed("refused", /403/),
      "feed.rateLimited": failed("exhausted", /429.*again in \d+ s/),
      "feed.stuck": older,
      "feed.vanished": absent,
      "feed.calledOff": shown(({ outcome, status }) => status === "abandoned" && outcome === null)
    }
  })()

  for (const kind of Lie.names) {
    it(`shows when it is counted, and not else: ${kind}, ${Lie.of(kind).says}`, () => {
      let fired = 0
      for (const { at, said } of told(kind, 0.5)) {
        const true_ = Recorded.at(timeline, at)
        if (said.fired.length === 0) {
          assert.deepStrictEqual(said, {
            answer: { _tag: "Snapshot", snapshot: true_ },
            afterMillis: 0,
            fired: []
          })
          continue
        }
        fired += 1
        assert.deepStrictEqual(said.fired, [kind])
        assert.isTrue(marks[kind](said, true_), `${kind} at ${at - timeline.info.startsAt}`)
      }
      assert.isAbove(fired, 0)
    })
  }

  it("befalls as many balls as its rate says", () => {
    const lots = Lots.make(
      only(truth, Lie.of("feed.corrected").rate, ["feed.corrected"], Instant.fromMillis(2 ** 52))
    )
    let count = 0
    for (let ball = 0; ball < 20_000; ball++)
      if (lots.decides("feed.corrected", timeline.info.startsAt, "a", ball)) count += 1
    assert.approximately(count / 20_000, 1 / 7, 0.01)
  })

  it("does what it did when others are taken from the plan", () => {
    const kinds: ReadonlyArray<Lie.Name> = [
      "feed.corrected",
      "feed.repeated",
      "feed.truncated",
      "feed.missing",
      "feed.calledOff"
    ]
    const many = Lying.make(Lots.make(only(truth, 0.2, kinds)), truth)
    for (const kind of kinds) {
      const alone = Lying.make(Lots.make(only(truth, 0.2, [kind])), truth)
      for (const at of instants) {
        if (!Lying.answer(many, at).fired.includes(kind)) continue
        assert.deepStrictEqual(Lying.answer(alone, at).fired, [kind])
      }
    }
  })

  it("says the same to whoever asks at the same instant, whatever was asked before", () => {
    const liar = () => Lying.make(Lots.make(Lots.storm(8, beginOf(truth), lastBallOf(truth))), truth)
    const forwards = liar()
    const backwards = liar()
    const some = every(60_000)
    const found = some.map((at) => Lying.answer(forwards, at))
    assert.deepStrictEqual(
      some.toReversed().map((at) => Lying.answer(backwards, at)),
      found.toReversed()
    )
  })

  it("tells the very same innings while nothing has changed", () => {
    const liar = Lying.make(Lots.make(only(truth, 1, ["feed.corrected"])), truth)
    const at = timeline.times[20]!
    const told = [1, 2].map((second) => {
      const { answer } = Lying.answer(liar, Instant.plus(at, Duration.seconds(second)))
      return answer._tag === "Snapshot" ? answer.snapshot.innings : null
    })
    assert.isNotNull(told[0])
    assert.strictEqual(told[0], told[1])
  })

  it("is over once the feed has healed", () => {
    const healAt = Instant.plus(timeline.info.startsAt, Duration.minutes(40))
    const lots = Lots.make({
      seed: 1,
      healAt,
      faults: Lie.names.map((kind) => ({ kind, rate: 1, from: beginOf(truth), until: lastBallOf(truth) }))
    })
    const liar = Lying.make(lots, truth)
    for (const at of instants) {
      const said = Lying.answer(liar, at)
      if (at < healAt) assert.isAbove(said.fired.length, 0)
      else
        assert.deepStrictEqual(said, {
          answer: { _tag: "Snapshot", snapshot: Recorded.at(timeline, at) },
          afterMillis: 0,
          fired: []
        })
    }
  })
})
