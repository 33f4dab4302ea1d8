import { Instant, Step } from "@sightscreen/decider"
import { type Ids, Recovery, Timings } from "@sightscreen/domain"
import { Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { type Chance, chance, Seed } from "../support/chance.ts"
import { second } from "../support/cricket.ts"
import { type Followed, live, mostWithin, type Phone } from "./ladder.ts"

const match = (name: string) => name as Ids.MatchId
const [A, B, C, D] = [match("A"), match("B"), match("C"), match("D")]
const minutes = (count: number) => second(count * 60)
const hours = (count: number) => second(count * 3600)
const days = (count: number) => second(count * 86_400)

const held: Recovery.StartToken = { registeredAt: second(0) }
const wanted = (
  matchId: Ids.MatchId,
  attempt: number,
  at: Instant.Instant,
  startToken: Recovery.StartToken = held
): Recovery.Input => ({ _tag: "StartWanted", matchId, attempt, startToken, at })
/** The start of that name, which is one of A's first. */
const named = (cause: string, at: Instant.Instant): Recovery.Input => ({
  _tag: "StartWanted",
  matchId: A,
  attempt: 1,
  cause,
  startToken: held,
  at
})
const missed = (matchId: Ids.MatchId, attempt: number, at: Instant.Instant): Recovery.Input => ({
  _tag: "StartUnanswered",
  matchId,
  attempt,
  at
})
const of = <Tag extends "StartRefused" | "StartUnsent" | "StartAnswered" | "AttemptsExhausted">(
  _tag: Tag,
  matchId: Ids.MatchId,
  at: Instant.Instant
) => ({ _tag, matchId, at })
const reported = (isNew: boolean, at: Instant.Instant): Recovery.Input => ({
  _tag: "StartTokenReported",
  isNew,
  at
})
const soon = (
  matchId: Ids.MatchId,
  at: Instant.Instant,
  startToken: Recovery.StartToken = held
): Recovery.Input => ({ _tag: "MatchSoon", matchId, startToken, at })
const tick = (at: Instant.Instant): Recovery.Input => ({ _tag: "Ticked", at })

const play = (...inputs: ReadonlyArray<Recovery.Input>) => Step.play(Recovery.step, Recovery.fresh, inputs)

/** What was said, one word each. */
const words = (said: ReadonlyArray<Recovery.Output>) =>
  said.map((one) => {
    switch (one._tag) {
      case "StartPending":
        return "start pending"
      case "StartHeld":
        return `hold ${one.matchId}: ${one.why}`
      case "StartAllowed":
        return `start ${one.matchId}`
      case "WakeApp":
        return `wake ${one.matchId}`
      case "NotifyUser":
        return `notify ${one.matchId}`
      case "GaveUp":
        return `give up ${one.matchId}`
    }
  })

/** A phone that swallows all three starts of match A. */
const swallowed: ReadonlyArray<Recovery.Input> = [
  wanted(A, 1, minutes(0)),
  missed(A, 1, minutes(2)),
  wanted(A, 2, minutes(2)),
  missed(A, 2, minutes(7)),
  wanted(A, 3, minutes(7)),
  missed(A, 3, minutes(12)),
  of("AttemptsExhausted", A, minutes(12))
]
const ofSwallowed = ["start A", "start A", "wake A", "start A", "notify A", "give up A"]

const cases: ReadonlyArray<
  readonly [fact: string, inputs: ReadonlyArray<Recovery.Input>, said: ReadonlyArray<string>]
> = [
  ["a good start token needs no help", [soon(A, days(6)), wanted(A, 1, days(6))], ["start A"]],
  ["a start token of seven days wakes the app", [soon(A, days(7))], ["wake A"]],
  [
    "no start token wakes the app, once for a match",
    [soon(A, minutes(0), "none"), soon(A, minutes(5), "none")],
    ["wake A"]
  ],
  [
    "an app is woken three times an hour at most",
    [
      soon(A, minutes(0), "none"),
      soon(B, minutes(0), "none"),
      soon(C, minutes(0), "none"),
      soon(D, minutes(59), "none"),
      soon(D, minutes(60), "none")
    ],
    ["wake A", "wake B", "wake C", "wake D"]
  ],
  [
    "a start that goes unanswered is repeated, wakes the app, and in the end the person is told",
    swallowed,
    ofSwallowed
  ],
  [
    "an unanswered start is known by the next being wanted",
    [
      wanted(A, 1, minutes(0)),
      wanted(A, 2, minutes(2)),
      wanted(A, 3, minutes(7)),
      of("AttemptsExhausted", A, minutes(12))
    ],
    ["start A", "start A", "wake A", "start A", "give up A", "notify A"]
  ],
  [
    "a token that swallowed three starts gets no more, and people are told of each match once",
    [...swallowed, wanted(B, 1, minutes(60)), wanted(B, 1, minutes(61)), wanted(C, 1, minutes(62))],
    [
      ...ofSwallowed,
      "hold B: suspect start token",
      "wake B",
      "notify B",
      "hold B: suspect start token",
      "hold C: suspect start token",
      "wake C",
      "notify C"
    ]
  ],
  [
    "an old token repeated clears no suspicion",
    [...swallowed, reported(false, minutes(13)), wanted(B, 1, minutes(14))],
    [...ofSwallowed, "hold B: suspect start token", "wake B", "notify B"]
  ],
  [
    "a new token clears it, and starts what waits",
    [...swallowed, reported(true, minutes(13)), wanted(A, 1, minutes(13)), wanted(B, 1, minutes(13))],
    [...ofSwallowed, "start pending", "start A", "start B"]
  ],
  [
    "an answer clears it, however late",
    [...swallowed, of("StartAnswered", A, minutes(20)), wanted(B, 1, minutes(21))],
    [...ofSwallowed, "start B"]
  ],
  [
    "an activity that the app began by itself does not",
    [...swallowed, of("StartAnswered", B, minutes(20)), wanted(C, 1, minutes(21))],
    [...ofSwallowed, "hold C: suspect start token", "wake C", "notify C"]
  ],
  [
    "a suspect token is tried once more when a day has passed",
    [...swallowed, wanted(B, 1, hours(25)), wanted(C, 1, hours(26)), missed(B, 1, hours(26))],
    [...ofSwallowed, "start B", "hold C: suspect start token", "wake C", "notify C", "notify B"]
  ],
  [
    "a refused start tells the person, once, and costs nothing",
    [
      wanted(A, 1, minutes(0)),
      of("StartRefused", A, minutes(0)),
      of("StartRefused", A, minutes(1)),
      reported(true, minutes(2)),
      wanted(A, 1, minutes(2)),
      wanted(B, 1, minutes(2)),
      wanted(C, 1, minutes(2))
    ],
    ["start A", "notify A", "start pending", "start A", "start B", "start C"]
  ],
  [
    "an unsent start costs nothing",
    [
      wanted(A, 1, minutes(0)),
      of("StartUnsent", A, minutes(0)),
      wanted(A, 1, minutes(1)),
      wanted(B, 1, minutes(1)),
      wanted(C, 1, minutes(1)),
      wanted(D, 1, minutes(1))
    ],
    ["start A", "start A", "start B", "start C", "hold D: start budget spent"]
  ],
  [
    "three starts in the air hold a fourth until one is answered, and nobody is troubled",
    [
      wanted(A, 1, minutes(0)),
      wanted(B, 1, minutes(0)),
      wanted(C, 1, minutes(0)),
      wanted(D, 1, minutes(0)),
      of("StartAnswered", A, minutes(1)),
      wanted(D, 1, minutes(1))
    ],
    ["start A", "start B", "start C", "hold D: start budget spent", "start D"]
  ],
  [
    "starts that nobody asks about any more count as unanswered",
    [wanted(A, 1, minutes(0)), wanted(B, 1, minutes(0)), wanted(C, 1, minutes(0)), wanted(D, 1, minutes(5))],
    ["start A", "start B", "start C", "hold D: start budget spent", "notify D"]
  ],
  [
    "a start that was allowed and not sent, because its server fell, is the same when it is asked about again",
    [
      named("A/1", minutes(0)),
      named("A/1", minutes(1)),
      named("A/1", minutes(2)),
      named("A/1", minutes(3)),
      named("A/2", minutes(5)),
      named("A/3", minutes(6)),
      named("A/4", minutes(7))
    ],
    ["start A", "start A", "start A", "start A", "start A", "start A", "hold A: start budget spent"]
  ],
  [
    "a start that two were allowed is counted still when one of them has not sent it",
    [
      named("A/1", minutes(0)),
      named("A/1", minutes(0)),
      of("StartUnsent", A, minutes(0)),
      named("A/2", minutes(0)),
      named("A/3", minutes(0)),
      named("A/4", minutes(0))
    ],
    ["start A", "start A", "start A", "start A", "hold A: start budget spent"]
  ],
  [
    "a spent budget comes back after a day",
    [wanted(A, 1, minutes(0)), wanted(B, 1, minutes(0)), wanted(C, 1, minutes(0)), wanted(D, 1, hours(24))],
    ["start A", "start B", "start C", "start D"]
  ],
  [
    "without a start token the match waits, then the person is told",
    [
      wanted(A, 1, second(0), "none"),
      wanted(A, 1, second(89), "none"),
      wanted(A, 1, second(90), "none"),
      wanted(A, 1, second(100), "none")
    ],
    [
      "hold A: no start token",
      "wake A",
      "hold A: no start token",
      "hold A: no start token",
      "notify A",
      "hold A: no start token"
    ]
  ],
  [
    "time alone tells of it too",
    [wanted(A, 1, second(0), "none"), tick(second(89)), tick(second(90)), tick(second(91))],
    ["hold A: no start token", "wake A", "notify A"]
  ],
  [
    "a first token that comes in time spares the alert",
    [
      wanted(A, 1, second(0), "none"),
      reported(true, second(30)),
      wanted(A, 1, second(30)),
      tick(second(100))
    ],
    ["hold A: no start token", "wake A", "start pending", "start A"]
  ],
  [
    "an app that begins the activity by itself spares it too",
    [wanted(A, 1, second(0), "none"), of("StartAnswered", A, second(30)), tick(second(100))],
    ["hold A: no start token", "wake A"]
  ],
  [
    "it gives up once",
    [
      wanted(A, 1, second(0)),
      of("AttemptsExhausted", A, minutes(9)),
      of("AttemptsExhausted", A, minutes(10))
    ],
    ["start A", "give up A", "wake A", "notify A"]
  ],
  [
    "a match is forgotten after two days of silence",
    [of("StartRefused", A, hours(0)), of("StartRefused", A, hours(47)), of("StartRefused", A, hours(96))],
    ["notify A", "notify A"]
  ]
]

describe("Recovery", () => {
  it.each(cases)("%s", (_, inputs, said) => {
    assert.deepStrictEqual(words(play(...inputs)[1]), said)
  })

  it("lets ten answered starts through in an hour, and an eleventh after it", () => {
    const answered = (n: number, at: Instant.Instant) => [
      wanted(match(`${n}`), 1, at),
      of("StartAnswered", match(`${n}`), at)
    ]
    const ten = Array.from({ length: 10 }, (_, n) => answered(n, minutes(n))).flat()
    const said = (at: Instant.Instant) => words(play(...ten, wanted(A, 1, at))[1]).slice(10)
    assert.deepStrictEqual(said(minutes(59)), ["hold A: start budget spent", "notify A"])
    assert.deepStrictEqual(said(minutes(60)), ["start A"])
  })

  it("gives a phone that changes its token all the time six starts a day", () => {
    const said = play(
      ...Array.from({ length: 40 }, (_, n) => [
        wanted(A, 1, minutes(n * 20)),
        reported(true, minutes(n * 20 + 1))
      ]).flat()
    )[1]
    assert.strictEqual(said.filter(({ _tag }) => _tag === "StartAllowed").length, 6)
  })

  it("is not written again by a start that is held as before", () => {
    for (const token of ["none", held] as const) {
      const [state] = play(
        ...(token === "none"
          ? [wanted(A, 1, minutes(13), token), tick(minutes(15))]
          : [...swallowed, wanted(A, 1, minutes(13))])
      )
      assert.strictEqual(Recovery.step(state, wanted(A, 1, minutes(16), token))[0], state)
      assert.strictEqual(Recovery.step(state, tick(minutes(16)))[0], state)
    }
  })

  it("remembers nothing when all is old", () => {
    const [state] = play(wanted(A, 1, hours(0)), of("StartAnswered", A, hours(0)), tick(hours(48)))
    assert.isTrue(Recovery.isFresh(state))
  })
})

/** Anything in any order, even what a server in its right mind would not say. */
const someInputs = (dice: Chance, count: number): ReadonlyArray<Recovery.Input> => {
  let now = 0
  return Array.from({ length: count }, (): Recovery.Input => {
    now += dice.below(dice.below(12) === 0 ? 10_000 : 200)
    const at = second(now)
    const matchId = dice.pick([A, B, C, D])
    const attempt = 1 + dice.below(3)
    const startToken = dice.below(6) === 0 ? "none" : held
    switch (dice.below(14)) {
      case 0:
        return { _tag: "MatchSoon", matchId, startToken, at }
      case 1:
        return { _tag: "StartRefused", matchId, at }
      case 2:
        return { _tag: "StartUnsent", matchId, at }
      case 3:
        return { _tag: "StartAnswered", matchId, at }
      case 4:
      case 5:
        return { _tag: "StartUnanswered", matchId, attempt, at }
      case 6:
        return { _tag: "AttemptsExhausted", matchId, at }
      case 7:
        return { _tag: "StartTokenReported", isNew: dice.below(3) === 0, at }
      case 8:
        return { _tag: "Ticked", at }
      default:
        return { _tag: "StartWanted", matchId, attempt, startToken, at }
    }
  })
}

const harmless: ReadonlySet<Recovery.Input["_tag"]> = new Set([
  "MatchSoon",
  "StartAnswered",
  "StartUnanswered",
  "AttemptsExhausted",
  "Ticked"
])

describe("Whatever happens, recovery", () => {
  it.prop("keeps every budget, answers every question, and repeats nothing", [Seed], ([seed]) => {
    const woken: Array<readonly [Ids.MatchId, number]> = []
    const notified: Array<readonly [Ids.MatchId, number]> = []
    let state = Recovery.fresh
    for (const input of someInputs(chance(seed), 120)) {
      const [next, said] = Recovery.step(state, input)
      const isWanted = input._tag === "StartWanted"
      assert.strictEqual(
        said.filter(({ _tag }) => _tag === "StartAllowed" || _tag === "StartHeld").length,
        isWanted ? 1 : 0
      )
      if (said.some(({ _tag }) => _tag === "StartAllowed")) {
        assert.isTrue(isWanted && input.startToken !== "none")
        const open = next.starts.filter(({ outcome }) => outcome !== "answered")
        assert.isAtMost(open.filter(({ outcome }) => outcome !== "outdated").length, 3)
        assert.isAtMost(open.length, 6)
        assert.isAtMost(next.starts.filter(({ at }) => at > input.at - 3_600_000).length, 10)
      }
      assert.strictEqual(
        said.some(({ _tag }) => _tag === "StartPending"),
        input._tag === "StartTokenReported" && input.isNew
      )
      for (const one of said) {
        if (one._tag === "WakeApp") woken.push([one.matchId, input.at])
        if (one._tag === "NotifyUser") notified.push([one.matchId, input.at])
      }
      assert.isTrue(next.starts.every(({ at }) => at > input.at - 86_400_000))
      assert.isTrue(next.matches.every(({ heardAt }) => heardAt > input.at - 2 * 86_400_000))
      if (harmless.has(input._tag)) assert.deepStrictEqual(Recovery.step(next, input), [next, []])
      state = next
    }
    const moments = woken.map(([, at]) => at)
    assert.isAtMost(mostWithin(moments, 3_600_000), Timings.wakesAnHour)
    for (const list of [woken, notified]) {
      list.forEach(([matchId, at], n) => {
        assert.isFalse(
          list.slice(n + 1).some(([other, then]) => other === matchId && then - at < 47 * 3_600_000)
        )
      })
    }
    const codec = Schema.toCodecJson(Recovery.Recovery)
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(state)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(json), state)
  })
})

const day = 86_400
/** Up to eight matches of three hours over three days, some at the same time. */
const someMatches = (dice: Chance): ReadonlyArray<Followed> =>
  Array.from({ length: 1 + dice.below(8) }, (_, n) => {
    const startsAt = 600 + 10 * dice.below((3 * day) / 10)
    return { matchId: match(`${n}`), startsAt, endsAt: startsAt + 3 * 3600 }
  })

const never = () => null
const phones: Readonly<Record<string, Phone>> = {
  "that swallows every start": { hasToken: true, answersAfter: never, renews: false, answersThen: null },
  "that swallows every start, whatever its token": {
    hasToken: true,
    answersAfter: never,
    renews: true,
    answersThen: null
  },
  "whose token is old until its app runs": {
    hasToken: true,
    answersAfter: never,
    renews: true,
    answersThen: 5
  },
  "without a start token": { hasToken: false, answersAfter: never, renews: false, answersThen: null },
  "without a start token until its app runs": {
    hasToken: false,
    answersAfter: never,
    renews: true,
    answersThen: 5
  },
  "that answers at once": { hasToken: true, answersAfter: () => 2, renews: false, answersThen: 2 },
  "that answers after two minutes": {
    hasToken: true,
    answersAfter: () => 120,
    renews: false,
    answersThen: 2
  },
  "that answers now and then": {
    hasToken: true,
    answersAfter: (dice) => (dice.below(2) === 0 ? null : dice.below(100)),
    renews: false,
    answersThen: 5
  }
}

describe("With a phone", () => {
  for (const [name, phone] of Object.entries(phones)) {
    it.prop(
      `${name}, the person hears of every match, once, and no budget is overdrawn`,
      [Seed],
      ([seed]) => {
        const dice = chance(seed)
        const matches = someMatches(dice)
        const { heard, startedAt, wokenAt } = live(phone, matches, dice, second)
        for (const { matchId, notifiedAt, shownAt } of heard) {
          assert.isTrue(shownAt !== null || notifiedAt.length === 1, matchId)
          assert.isAtMost(notifiedAt.length, 1)
          const { startsAt } = matches.find((one) => one.matchId === matchId)!
          assert.isAtMost(Math.min(shownAt ?? Infinity, ...notifiedAt) - startsAt, 25 * 60)
        }
        if (name === "that swallows every start") assert.isAtMost(mostWithin(startedAt, day), 3)
        if (name === "that swallows every start, whatever its token") {
          assert.isAtMost(mostWithin(startedAt, day), 6)
        }
        if (name === "that answers at once") {
          assert.isTrue(heard.every(({ notifiedAt, shownAt }) => shownAt !== null && notifiedAt.length === 0))
          assert.strictEqual(startedAt.length, matches.length)
        }
        if (!phone.hasToken && !phone.renews) assert.isEmpty(startedAt)
        assert.isAtMost(mostWithin(wokenAt, 3600), 3)
      },
      { arbitrary: { runs: 30 } }
    )
  }
})
