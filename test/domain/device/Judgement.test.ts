import { Instant } from "@sightscreen/decider"
import { type Ids, Handover, Judgement, Ladders, PushToken, Recovery } from "@sightscreen/domain"
import { assert, describe, it } from "vitest"

const minute = (n: number) => Instant.fromMillis(n * 60_000)

describe("a token that Apple had a word about", () => {
  const living: PushToken.Columns = {
    registeredAt: minute(10),
    suspicions: 0,
    suspectedAt: null,
    retiredAt: null,
    retiredFor: null
  }
  const dead = (since: number | null): Judgement.Word => ({
    _tag: "TokenDead",
    since: since === null ? null : minute(since),
    reason: "Unregistered"
  })
  const bad: Judgement.Word = { _tag: "TokenRefused", reason: "BadDeviceToken" }
  const deed = (
    row: PushToken.Columns | null,
    word: Judgement.Word,
    { mayRetire = true, works = null }: { mayRetire?: boolean; works?: PushToken.Environment | null } = {}
  ): string => {
    const at = minute(30)
    const first = Judgement.of(row, word, at)
    const judgement = Judgement.asksElsewhere(first) ? Judgement.elsewhere(first, word, works, at) : first
    const it = Judgement.deedOf(judgement, mayRetire)
    switch (it._tag) {
      case "Retire":
        return `Retire ${it.reason}, unless registered after ${it.unlessRegisteredAfter / 60_000}`
      case "Move":
        return `Move to ${it.environment}, else ${it.else.reason}`
      case "Note":
        return `Note ${it.suspicion.suspicions}`
      default:
        return it._tag
    }
  }
  const suspect = { ...living, suspicions: 1, suspectedAt: minute(20) }
  const cases: ReadonlyArray<readonly [string, string, string]> = [
    ["is nobody's where no row has it", deed(null, dead(20)), "Gone"],
    [
      "is gone where it was retired before",
      deed({ ...living, retiredAt: minute(1), retiredFor: "x" }, bad),
      "Gone"
    ],
    [
      "is retired for a 410 that is younger",
      deed(living, dead(20)),
      "Retire Unregistered, unless registered after 20"
    ],
    ["lives on after a 410 that is older, which counts against it", deed(living, dead(5)), "Note 1"],
    [
      "is retired for a second 410 that is older",
      deed(suspect, dead(5)),
      "Retire Unregistered, unless registered after 10"
    ],
    [
      "lives on after the echo of a 410 that is older",
      deed({ ...suspect, suspectedAt: minute(30) }, dead(5)),
      "Stays"
    ],
    [
      "is retired for a 410 without a moment",
      deed(living, dead(null)),
      "Retire Unregistered, unless registered after 10"
    ],
    ["stays while retirement stands still", deed(living, dead(20), { mayRetire: false }), "Stays"],
    ["is suspected once the other host refuses it too", deed(living, bad), "Note 1"],
    [
      "moves to the host that takes it",
      deed(living, bad, { works: "production" }),
      "Move to production, else works in production"
    ],
    [
      "does not move while retirement stands still",
      deed(living, bad, { works: "production", mayRetire: false }),
      "Stays"
    ],
    [
      "is retired by a second refusal",
      deed(suspect, bad),
      "Retire BadDeviceToken, unless registered after 10"
    ],
    ["is not retired by the echo of the first", deed({ ...suspect, suspectedAt: minute(30) }, bad), "Stays"]
  ]
  for (const [name, found, expected] of cases) it(name, () => assert.strictEqual(found, expected))

  it("counts for the breaker when it would be lost here", () => {
    const at = minute(30)
    const first = Judgement.of(living, bad, at)
    assert.deepStrictEqual(
      [
        Judgement.of(living, dead(20), at),
        Judgement.elsewhere(first, bad, "production", at),
        Judgement.elsewhere(first, bad, null, at),
        Judgement.of(living, dead(5), at)
      ].map(Judgement.wouldRetire),
      [true, true, false, false]
    )
  })

  it("lives where its phone has spoken since, and nowhere else", () => {
    const at = minute(30)
    assert.deepStrictEqual(
      [
        Judgement.of(living, dead(5), at),
        Judgement.of(living, dead(20), at),
        Judgement.of(living, dead(null), at),
        Judgement.of(living, bad, at),
        Judgement.of({ ...living, retiredAt: minute(1), retiredFor: "x" }, dead(5), at),
        Judgement.of(null, dead(5), at)
      ].map(Judgement.isOutdated),
      [true, false, false, false, false, false]
    )
  })

  it("is cleared by a push that Apple takes, if it was suspected", () => {
    assert.deepStrictEqual(Judgement.cleared(suspect, minute(30)), { suspicions: 0, suspectedAt: null })
    assert.isNull(Judgement.cleared(living, minute(30)))
    assert.isNull(Judgement.cleared(null, minute(30)))
  })
})

describe("a token that turns up", () => {
  const known = (kind: string, deviceId: string, retiredAt: Instant.Instant | null = null) => ({
    kind,
    deviceId: deviceId as Ids.DeviceId,
    retiredAt
  })

  it("displaces whoever else lives by it, and nobody who does not", () => {
    const found = Handover.displaced(
      [
        known("start", "old"),
        known("start", "here"),
        known("alert", "other"),
        known("start", "gone", minute(1))
      ],
      "start",
      "here" as Ids.DeviceId
    )
    assert.deepStrictEqual([...found], ["old"])
  })

  const her = "her" as Ids.UserId
  const start = { userId: her, registeredAt: minute(0), suspectedAt: null }
  const cases: ReadonlyArray<readonly [string, Parameters<typeof Handover.isEcho>[0], number, boolean]> = [
    ["is an echo for ten minutes", start, 9, true],
    ["is a sign of life after that", start, 10, false],
    ["is news where it was suspected", { ...start, suspectedAt: minute(1) }, 2, false],
    ["is news in other hands", { ...start, userId: "him" as Ids.UserId }, 2, false]
  ]
  for (const [name, row, at, expected] of cases)
    it(name, () => assert.strictEqual(Handover.isEcho(row, her, minute(at)), expected))
})

describe("ladders of many phones", () => {
  const match = "m" as Ids.MatchId
  const heard = (deviceId: string, n: number) => ({
    deviceId: deviceId as Ids.DeviceId,
    input: { _tag: "StartUnsent" as const, matchId: match, at: minute(n) }
  })

  it("hear one thing of a phone at a time, in its order", () => {
    const [a1, b1, a2, a3, b2] = [heard("a", 1), heard("b", 1), heard("a", 2), heard("a", 3), heard("b", 2)]
    assert.deepStrictEqual(Ladders.rounds([a1!, b1!, a2!, a3!, b2!]), [[a1, b1], [a2, b2], [a3]])
    assert.deepStrictEqual(Ladders.rounds([]), [])
  })

  it("wake and notify by the match", () => {
    const say = (deviceId: string, output: Recovery.Output) => ({ heard: heard(deviceId, 1), output })
    const said = [
      say("a", { _tag: "WakeApp", matchId: match }),
      say("b", { _tag: "NotifyUser", matchId: match }),
      say("c", { _tag: "WakeApp", matchId: match }),
      say("d", { _tag: "StartAllowed", matchId: match }),
      say("e", { _tag: "StartPending" })
    ]
    const { notify, wake } = Ladders.errands(said)
    assert.deepStrictEqual([...wake], [[match, ["a", "c"]]])
    assert.deepStrictEqual([...notify], [[match, ["b"]]])
    assert.deepStrictEqual([...Ladders.saying(said, "StartAllowed")], ["d"])
    assert.deepStrictEqual([...Ladders.saying(said, "StartPending")], ["e"])
  })

  it("are worth a note when they say something new", () => {
    const held: Recovery.Output = { _tag: "StartHeld", matchId: match, why: "no start token" }
    const other = { ...Recovery.fresh, unansweredInARow: 1 }
    assert.deepStrictEqual(
      [
        Ladders.isNews(Recovery.fresh, Recovery.fresh, [held]),
        Ladders.isNews(Recovery.fresh, other, [held]),
        Ladders.isNews(Recovery.fresh, Recovery.fresh, [{ _tag: "StartPending" }]),
        Ladders.isNews(Recovery.fresh, other, [])
      ],
      [false, true, true, false]
    )
  })
})
