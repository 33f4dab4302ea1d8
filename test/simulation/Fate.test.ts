import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Budget, Cohort, Edition, Ids, Language } from "@sightscreen/domain"
import { Bundled, Tape } from "@sightscreen/feed"
import { App, Handset, type Push } from "@sightscreen/handset"
import { EventLog, Fate, Looks } from "@sightscreen/simulation"
import { Duration, Result } from "effect"

const recording = Result.getOrThrow(Tape.decode(readFileSync(Bundled.find("final")!.url)))
const { matchId } = recording.info
const standing = ActiveMatch.standing(EventLog.of(recording).final)!
const content = (language: Language.Language) =>
  Edition.worded(standing, {
    ...Cohort.of("token", { schemaVersion: 1, language, frequentUpdates: true }),
    level: Budget.levelOf(true)
  })
const right = Looks.atTheEnd(recording)

const from = Instant.fromSeconds(1_800_000_000)
const to = Instant.plus(from, Duration.hours(3))
const at = (minutes: number) => Instant.plus(from, Duration.minutes(minutes))
const channelId = "A-CHANNEL"

const push = (token: string, aps: object): Push.Direct => ({
  token,
  kind: "liveactivity",
  priority: 10,
  payload: JSON.stringify({ aps })
})

const start = (phone: Handset.Handset, input: object): Handset.Input => ({
  _tag: "Delivered",
  at: at(1),
  push: push(phone.tokens.start!, {
    event: "start",
    timestamp: Instant.toSeconds(at(1)),
    "attributes-type": phone.app.attributesType,
    attributes: {
      matchId,
      leagueName: "A League",
      homeTeam: { name: "Red", code: "RED" },
      awayTeam: { name: "Blue", code: "BLU" },
      format: "t20"
    },
    "content-state": { ...content("en"), phase: "live" },
    alert: { title: "It begins", body: "A match" },
    ...input
  })
})

const ended = (phone: Handset.Handset, language: Language.Language): Handset.Input => {
  const { address } = phone.activities.at(-1)!
  return {
    _tag: "Delivered",
    at: at(181),
    push: {
      ...push(address._tag === "Token" ? address.token : "", {
        event: "end",
        timestamp: Instant.toSeconds(at(181)),
        "content-state": content(language)
      })
    }
  }
}

type Deed = Handset.Input | ((phone: Handset.Handset) => Handset.Input)
const byToken: Deed = (phone) => start(phone, { "input-push-token": 1 })
const byChannel: Deed = (phone) => start(phone, { "input-push-channel": channelId })
const swipe: Deed = ({ activities }) => ({
  _tag: "Dismissed",
  activityId: activities.at(-1)!.id,
  at: at(60)
})

const lived = (settings: Partial<Handset.Settings>, ...deeds: ReadonlyArray<Deed>) => {
  let phone = Handset.make({
    deviceId: "phone-1",
    userId: "somebody",
    os: [18, 4],
    app: App.current,
    seed: "fate",
    ...settings
  })
  let diary = Fate.untouched
  for (const deed of [{ _tag: "Launched", at: from } as const, ...deeds]) {
    const input = typeof deed === "function" ? deed(phone) : deed
    const [next, outputs] = Handset.step(phone, input)
    diary = Fate.remember(diary, input, outputs, from)
    phone = next
  }
  return { phone, diary }
}

const fateAt = (minutes: number, { diary, phone }: ReturnType<typeof lived>, goesOn = false): Fate.Fate =>
  Fate.of(phone, diary, { matchId: Ids.MatchId.make(matchId), right, at: at(minutes), from, to, goesOn })

describe("a phone after the match", () => {
  for (const [tag, language, other] of [
    ["en", "en", "hi"],
    ["hi-IN", "hi", "en"]
  ] as const) {
    it(`is right with the final state in the language of its owner: ${tag}`, () => {
      const well = lived({ language: tag }, byToken, (phone) => ended(phone, language))
      assert.deepStrictEqual(fateAt(182, well), { _tag: "Right" })
      const odd = lived({ language: tag }, byToken, (phone) => ended(phone, other))
      assert.strictEqual(fateAt(182, odd)._tag, "Wrong")
    })
  }

  const reasons: ReadonlyArray<
    readonly [why: string, settings: Partial<Handset.Settings>, ...deeds: ReadonlyArray<Deed>]
  > = [
    ["iOS 16.4 cannot be started remotely", { os: [16, 4] }],
    ["signed out by its owner", {}, byToken, { _tag: "SignedOut", at: at(90) }],
    ["offline since 2 h 05 min into the match", {}, byChannel, { _tag: "WentOffline", at: at(125) }],
    [
      "offline since before the match",
      {},
      { _tag: "WentOffline", at: Instant.minus(from, Duration.minutes(9)) }
    ],
    ["force-quit: started, never woken", { os: [17, 2] }, { _tag: "ForceQuit", at: from }, byToken],
    [
      "force-quit: no start does anything",
      { afterForceQuit: "nothing" },
      { _tag: "ForceQuit", at: from },
      byToken
    ],
    ["dismissed by its owner", {}, byToken, swipe],
    [
      "its start token had changed unnoticed, and the match was over before a new one was heard of",
      { startToken: "silently changed" }
    ],
    [
      "lost every start that Apple took: the match was over before its owner could be told",
      { startToken: "swallowed" },
      byToken
    ]
  ]
  for (const [why, settings, ...deeds] of reasons) {
    it(`that is not right says why: ${why}`, () => {
      assert.deepStrictEqual(fateAt(182, lived(settings, ...deeds)), { _tag: "Explained", why })
    })
  }

  const notice =
    (minutes: number): Deed =>
    ({ tokens }) => ({
      _tag: "Delivered",
      at: at(minutes),
      push: {
        token: tokens.device!,
        kind: "alert",
        priority: 10,
        payload: JSON.stringify({ aps: { alert: { title: "It is on", body: "Tap" } }, matchId })
      }
    })
  for (const [end, ...deeds] of [
    ["its owner was told, and did not come", notice(20)],
    ["its owner was told, and came", notice(20), { _tag: "Tapped", matchId, at: at(21) }],
    // That a match begins soon is no word of a start that failed.
    ["the match was over before its owner could be told", notice(-20)]
  ] as ReadonlyArray<readonly [string, ...ReadonlyArray<Deed>]>) {
    it(`whose starts were all lost says whether a notification was of use: ${end}`, () => {
      const why = `lost every start that Apple took: ${end}`
      assert.deepStrictEqual(fateAt(182, lived({ startToken: "swallowed" }, ...deeds)), {
        _tag: "Explained",
        why
      })
    })
  }

  it("waits for as long as the end is told again on its channel, and no longer", () => {
    const missed = lived({}, byChannel)
    assert.strictEqual(fateAt(181, missed)._tag, "Waiting")
    assert.strictEqual(fateAt(240, missed)._tag, "Waiting")
    assert.deepStrictEqual(fateAt(242, missed), { _tag: "Wrong", shows: "active, NZ 159 (19)" })
  })

  it("waits for what its owner will yet do with it", () => {
    const away = lived({}, byToken, { _tag: "WentOffline", at: at(170) })
    assert.strictEqual(fateAt(182, away, true)._tag, "Waiting")
    assert.strictEqual(fateAt(182, away, false)._tag, "Explained")
  })

  it("is wrong where nothing explains it", () => {
    assert.deepStrictEqual(fateAt(182, lived({})), { _tag: "Wrong", shows: "nothing" })
  })
})
