import { Instant, Step } from "@sightscreen/decider"
import { Activity, Asking } from "@sightscreen/domain"
import { Duration, Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { minute, second } from "../support/cricket.ts"

const token = (text: string): Activity.Address => ({ _tag: "Token", token: text })
const channel: Activity.Address = { _tag: "Channel", channelId: "c" }

const reported = (
  at: Instant.Instant,
  address = token("a"),
  instance: string | null = null
): Activity.Input => ({ _tag: "Reported", address, instance, at })
const tick = (at: Instant.Instant, pause = false): Activity.Input => ({ _tag: "Ticked", at, pause })
const dismissed = (by: "person" | "system", at: Instant.Instant): Activity.Input => ({
  _tag: "Dismissed",
  by,
  at
})

const life = (...inputs: ReadonlyArray<Activity.Input>) => Step.play(Activity.step, Activity.wanted, inputs)
const goOn = (self: Activity.Activity, ...inputs: ReadonlyArray<Activity.Input>) =>
  Step.play(Activity.step, self, inputs)

/** `Start 2`, `End a unfollowed`, `Refresh b`. */
const said = (outputs: ReadonlyArray<Activity.Output>): ReadonlyArray<string> =>
  outputs.map((one) => {
    const where = "address" in one ? ` ${one.address._tag === "Token" ? one.address.token : "channel"}` : ""
    const attempt = "attempt" in one ? ` ${one.attempt}` : ""
    const reason = "reason" in one ? ` ${one.reason}` : ""
    return `${one._tag}${attempt}${where}${reason}`
  })
const named = (self: Activity.Activity): string => {
  switch (self._tag) {
    case "Pending":
    case "TokenInvalid":
      return `${self._tag} ${self.attempts}`
    case "Active":
      return `Active ${self.address._tag === "Token" ? self.address.token : "channel"}${
        self.renewal === null ? "" : self.renewal.startedAt === null ? " renewing" : " with successor"
      }`
    case "Failed":
      return "Failed"
    case "Ended":
      return `Ended ${self.reason}`
  }
}

const active: Activity.Activity = {
  _tag: "Active",
  address: token("a"),
  instance: null,
  since: minute(0),
  attempts: 1,
  renewal: null
}
const now = minute(10)
const states = {
  Wanted: Activity.wanted,
  Asked: { _tag: "Pending", attempts: 1, askedAt: minute(9) },
  Active: active,
  Renewing: { ...active, renewal: { at: minute(9), startedAt: null } },
  Invalid: { _tag: "TokenInvalid", at: minute(9), attempts: 1 },
  Failed: { _tag: "Failed", at: minute(9) },
  Ended: { _tag: "Ended", reason: "match over", at: minute(9) }
} as const satisfies Readonly<Record<string, Activity.Activity>>

const inputs = {
  "Reported where it is": reported(now),
  "Reported elsewhere": reported(now, token("b")),
  "TokenDisowned, its own": { _tag: "TokenDisowned", token: "a", at: now },
  "TokenDisowned, another": { _tag: "TokenDisowned", token: "z", at: now },
  Lost: { _tag: "Lost", at: now },
  "Stranded where it is": { _tag: "Stranded", address: token("a"), at: now },
  "Stranded elsewhere": { _tag: "Stranded", address: token("b"), at: now },
  StartRefused: { _tag: "StartRefused", at: now },
  StartUnsent: { _tag: "StartUnsent", at: now },
  NotAgain: { _tag: "NotAgain", at: now },
  Disowned: { _tag: "Disowned", at: now },
  Wanted: { _tag: "Wanted", at: now },
  AppRan: { _tag: "AppRan", at: now },
  "Dismissed by a person": dismissed("person", now),
  "Dismissed by the system": dismissed("system", now),
  OtherGone: { _tag: "OtherGone", instance: "other", at: now },
  Unfollowed: { _tag: "Unfollowed", at: now },
  "Closed, the match": { _tag: "Closed", reason: "match over", at: now },
  "Closed, the day": { _tag: "Closed", reason: "day over", at: now },
  "Closed, to be played later": { _tag: "Closed", reason: "postponed", at: now },
  SuccessorStarted: { _tag: "SuccessorStarted", at: now },
  SuccessorActive: { _tag: "SuccessorActive", at: now },
  Ticked: tick(now)
} as const satisfies Readonly<Record<string, Activity.Input>>

/** Its phone speaks of it. */
const isReport = (
  input: Activity.Input
): input is Extract<Activity.Input, { _tag: "Reported" | "Stranded" }> =>
  input._tag === "Reported" || input._tag === "Stranded"

/** Nothing changes and nothing is said. */
const same = "same"

const table: Readonly<Record<keyof typeof inputs, Readonly<Record<keyof typeof states, string>>>> = {
  "Reported where it is": {
    Wanted: "Active a · Refresh a",
    Asked: "Active a · Refresh a",
    Active: same,
    Renewing: same,
    Invalid: "Active a · Refresh a",
    Failed: "Active a · Refresh a",
    Ended: "Ended match over · End a match over"
  },
  "Reported elsewhere": {
    Wanted: "Active b · Refresh b",
    Asked: "Active b · Refresh b",
    Active: "Active b · Refresh b",
    Renewing: "Active b renewing · Refresh b",
    Invalid: "Active b · Refresh b",
    Failed: "Active b · Refresh b",
    Ended: "Ended match over · End b match over"
  },
  "TokenDisowned, its own": {
    Wanted: same,
    Asked: same,
    Active: "TokenInvalid 1",
    Renewing: "Ended superseded",
    Invalid: same,
    Failed: same,
    Ended: same
  },
  "TokenDisowned, another": {
    Wanted: same,
    Asked: same,
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: same,
    Ended: same
  },
  Lost: {
    Wanted: same,
    Asked: same,
    Active: "TokenInvalid 0",
    Renewing: "Ended superseded",
    Invalid: same,
    Failed: same,
    Ended: same
  },
  "Stranded where it is": {
    Wanted: "Pending 0",
    Asked: "Pending 1",
    Active: "TokenInvalid 0",
    Renewing: "Ended superseded",
    Invalid: same,
    Failed: "Pending 0",
    Ended: "Ended match over · End a match over"
  },
  "Stranded elsewhere": {
    Wanted: "Pending 0",
    Asked: "Pending 1",
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: "Pending 0",
    Ended: "Ended match over · End b match over"
  },
  StartRefused: {
    Wanted: "Failed",
    Asked: "Failed",
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: same,
    Ended: same
  },
  StartUnsent: {
    Wanted: same,
    Asked: "Pending 0",
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: same,
    Ended: same
  },
  NotAgain: {
    Wanted: same,
    Asked: "Failed · Unanswered 1 · GaveUp",
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: same,
    Ended: same
  },
  Wanted: {
    Wanted: same,
    Asked: same,
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: "Pending 0",
    Ended: same
  },
  AppRan: {
    Wanted: same,
    Asked: "Pending 1",
    Active: same,
    Renewing: same,
    Invalid: same,
    Failed: "Failed",
    Ended: same
  },
  "Dismissed by a person": {
    Wanted: "Ended dismissed · Unfollow",
    Asked: "Ended dismissed · Unfollow · Recall",
    Active: "Ended dismissed · Unfollow",
    Renewing: "Ended dismissed · Unfollow",
    Invalid: "Ended dismissed · Unfollow · Recall",
    Failed: "Ended dismissed · Unfollow · Recall",
    Ended: same
  },
  "Dismissed by the system": {
    Wanted: same,
    Asked: same,
    Active: "Ended expired",
    Renewing: "Ended expired",
    Invalid: same,
    Failed: same,
    Ended: same
  },
  Disowned: {
    Wanted: "Ended disowned",
    Asked: "Ended disowned · Recall",
    Active: "Ended disowned · End a disowned",
    Renewing: "Ended disowned · End a disowned",
    Invalid: "Ended disowned · Recall",
    Failed: "Ended disowned · Recall",
    Ended: same
  },
  OtherGone: {
    Wanted: "Pending 0",
    Asked: "Pending 1",
    Active: "Active a",
    Renewing: "Active a renewing",
    Invalid: "TokenInvalid 1",
    Failed: "Failed",
    Ended: same
  },
  Unfollowed: {
    Wanted: "Ended unfollowed",
    Asked: "Ended unfollowed · Recall",
    Active: "Ended unfollowed · End a unfollowed",
    Renewing: "Ended unfollowed · End a unfollowed",
    Invalid: "Ended unfollowed · Recall",
    Failed: "Ended unfollowed · Recall",
    Ended: same
  },
  "Closed, the match": {
    Wanted: "Ended match over",
    Asked: "Ended match over",
    Active: "Ended match over",
    Renewing: "Ended match over",
    Invalid: "Ended match over · Recall",
    Failed: "Ended match over",
    Ended: same
  },
  "Closed, the day": {
    Wanted: "Ended day over",
    Asked: "Ended day over",
    Active: "Ended day over",
    Renewing: "Ended day over",
    Invalid: "Ended day over · Recall",
    Failed: "Ended day over",
    Ended: same
  },
  "Closed, to be played later": {
    Wanted: "Ended postponed",
    Asked: "Ended postponed",
    Active: "Ended postponed",
    Renewing: "Ended postponed",
    Invalid: "Ended postponed · Recall",
    Failed: "Ended postponed",
    Ended: same
  },
  SuccessorStarted: {
    Wanted: same,
    Asked: same,
    Active: same,
    Renewing: "Active a with successor",
    Invalid: same,
    Failed: same,
    Ended: same
  },
  SuccessorActive: {
    Wanted: "Ended superseded",
    Asked: "Ended superseded",
    Active: "Ended superseded · End a superseded",
    Renewing: "Ended superseded · End a superseded",
    Invalid: "Ended superseded",
    Failed: "Ended superseded",
    Ended: same
  },
  Ticked: {
    Wanted: "Pending 1 · Start 1",
    Asked: same,
    Active: same,
    Renewing: same,
    Invalid: "Pending 2 · Start 2",
    Failed: same,
    Ended: same
  }
}

describe("an activity that is awaited", () => {
  const [asked] = life(tick(minute(0)))

  it("waits for an app that has just run to say that it is there", () => {
    const [after, outputs] = goOn(asked, { _tag: "AppRan", at: minute(1) }, tick(minute(2)))
    assert.deepStrictEqual([named(after), said(outputs)], ["Pending 1", []])
  })

  it("may be on the screen of a phone on a channel only as long as its app has not run", () => {
    const [ran] = goOn(asked, { _tag: "AppRan", at: minute(1) })
    assert.deepStrictEqual(
      [asked, ran].map((state) => Asking.mayBeShown(state, "Channel")),
      [true, false]
    )
    const [after, outputs] = goOn(ran, tick(minute(3)))
    assert.deepStrictEqual([named(after), said(outputs)], ["Pending 2", ["Unanswered 1", "Start 2"]])
  })
})

describe("an activity that was given up", () => {
  const given: Activity.Activity = { _tag: "Failed", at: minute(10) }
  const ran = (at: Instant.Instant): Activity.Input => ({ _tag: "AppRan", at })

  it("stays so, however long nobody opens the app", () => {
    const [after, outputs] = goOn(given, tick(minute(20)), tick(minute(200)))
    assert.deepStrictEqual([named(after), said(outputs)], ["Failed", []])
  })

  it("is asked for once more when the app has run, and in ninety seconds has said nothing of it", () => {
    const [soon, nothing] = goOn(given, ran(minute(20)), tick(minute(21)))
    assert.deepStrictEqual([named(soon), said(nothing)], ["Failed", []])
    const [after, outputs] = goOn(soon, tick(Instant.plus(minute(20), Duration.seconds(90))))
    assert.deepStrictEqual([named(after), said(outputs)], ["Pending 1", ["Start 1"]])
  })

  it("is not asked for when the app that runs says that it is there", () => {
    const [after, outputs] = goOn(given, ran(minute(20)), reported(minute(21)), tick(minute(30)))
    assert.deepStrictEqual([named(after), said(outputs)], ["Active a", ["Refresh a"]])
  })
})

describe("Every input in every state", () => {
  const cases = Object.entries(table).flatMap(([input, row]) =>
    Object.entries(row).map(([state, expected]) => [input, state, expected] as const)
  )
  it.each(cases)("%s, %s: %s", (input, state, expected) => {
    const before = states[state as keyof typeof states]
    const [after, outputs] = Activity.step(before, inputs[input as keyof typeof inputs])
    if (expected === same) {
      assert.deepStrictEqual([after, outputs], [before, []])
    } else {
      assert.strictEqual([named(after), ...said(outputs)].join(" · "), expected)
    }
  })
})

describe("A start", () => {
  it("is asked for three times, 90 seconds and 5 minutes apart, and given up 5 minutes later", () => {
    const times: Array<readonly [number, ReadonlyArray<string>]> = []
    let self: Activity.Activity = Activity.wanted
    for (let seconds = 0; seconds < 1800; seconds++) {
      const [after, outputs] = Activity.step(self, tick(second(seconds)))
      if (outputs.length > 0) times.push([seconds, said(outputs)])
      self = after
    }
    assert.deepStrictEqual(times, [
      [0, ["Start 1"]],
      [90, ["Unanswered 1", "Start 2"]],
      [390, ["Unanswered 2", "Start 3"]],
      [690, ["Unanswered 3", "GaveUp"]]
    ])
    assert.strictEqual(self._tag, "Failed")
  })

  it("has longer where reports take longer", () => {
    const [asked] = life(tick(second(0)))
    const slack = Duration.seconds(60)
    const at = (seconds: number) =>
      said(Activity.step(asked, { ...tick(second(seconds)), slack } as Activity.Input)[1])
    assert.deepStrictEqual([at(149), at(150)], [[], ["Unanswered 1", "Start 2"]])
  })

  it("that was not sent is no attempt, and is asked for at the next turn", () => {
    const [self, outputs] = life(tick(second(0)), { _tag: "StartUnsent", at: second(1) }, tick(second(30)))
    assert.deepStrictEqual([named(self), said(outputs)], ["Pending 1", ["Start 1", "Start 1"]])
  })

  it("that was held or refused waits to be wanted", () => {
    for (const _tag of ["NotAgain", "StartRefused"] as const) {
      const [self] = life(tick(second(0)), { _tag, at: second(1) }, tick(minute(60)))
      assert.strictEqual(named(self), "Failed")
      assert.deepStrictEqual(said(goOn(self, { _tag: "Wanted", at: minute(61) }, tick(minute(61)))[1]), [
        "Start 1"
      ])
    }
  })

  it("counts when its phone reports, also after it was given up", () => {
    const [failed] = life(tick(minute(0)), tick(minute(2)), tick(minute(7)), tick(minute(12)))
    assert.strictEqual(failed._tag, "Failed")
    assert.deepStrictEqual(named(goOn(failed, reported(minute(13)))[0]), "Active a")
  })

  it("that is followed after all by the report of another one shows one of them", () => {
    const [twice] = life(tick(minute(0)), tick(minute(2)), reported(minute(3), token("a")))
    const [self, outputs] = goOn(twice, reported(minute(4), token("b")))
    assert.deepStrictEqual([named(self), said(outputs)], ["Active b", ["Refresh b", "End a superseded"]])
  })
})

describe("An address that changes", () => {
  const alone = (instance: string | null) =>
    life(tick(minute(0)), reported(minute(1), token("a"), instance))[0]

  it("within an activity ends nothing", () => {
    for (const instance of [null, "i"]) {
      const [self, outputs] = goOn(alone(instance), reported(minute(2), token("b"), instance))
      assert.deepStrictEqual([named(self), said(outputs)], ["Active b", ["Refresh b"]])
    }
  })

  it("within an activity ends nothing, although several starts were made", () => {
    const [twice] = life(tick(minute(0)), tick(minute(2)), reported(minute(3), token("a"), "i"))
    assert.deepStrictEqual(said(goOn(twice, reported(minute(4), token("b"), "i"))[1]), ["Refresh b"])
  })

  it("with the activity ends the older one, and its time begins anew", () => {
    const [self, outputs] = goOn(alone("i"), reported(minute(400), token("b"), "j"))
    assert.deepStrictEqual(said(outputs), ["Refresh b", "End a superseded"])
    assert.deepStrictEqual([self._tag === "Active" && self.since, named(self)], [minute(400), "Active b"])
  })

  it("does not make an activity younger than its start", () => {
    const [self] = goOn(alone("i"), reported(minute(400), token("b"), "i"))
    assert.strictEqual(self._tag === "Active" && self.since, minute(0))
  })

  it("from a token to a channel is a change like any other", () => {
    const [self, outputs] = goOn(alone("i"), reported(minute(2), channel, "i"))
    assert.deepStrictEqual([named(self), said(outputs)], ["Active channel", ["Refresh channel"]])
  })

  it("makes the word about the old one mean nothing", () => {
    const [self] = goOn(alone(null), reported(minute(2), token("b")), {
      _tag: "TokenDisowned",
      token: "a",
      at: minute(3)
    })
    assert.strictEqual(named(self), "Active b")
  })

  it("learns its activity's name when the phone says it later", () => {
    const [self, outputs] = goOn(alone(null), reported(minute(2), token("a"), "i"))
    assert.deepStrictEqual([self._tag === "Active" && self.instance, outputs], ["i", []])
    assert.strictEqual(goOn(self, reported(minute(3), token("a")))[0], self)
  })
})

describe("A lost activity", () => {
  const disowned = (at: Instant.Instant): Activity.Input => ({ _tag: "TokenDisowned", token: "a", at })

  it("whose token has died is asked for anew, as often as its attempts leave", () => {
    const [once] = life(tick(minute(0)), reported(minute(1)), disowned(minute(2)))
    assert.deepStrictEqual(said(goOn(once, tick(minute(2)))[1]), ["Start 2"])
    const [thrice] = life(
      tick(minute(0)),
      tick(minute(2)),
      tick(minute(7)),
      reported(minute(8)),
      disowned(minute(9)),
      tick(minute(9))
    )
    assert.strictEqual(named(thrice), "Failed")
  })

  it("that lived for an hour has all its attempts again", () => {
    const lostAfter = (minutes: number) => named(goOn(active, disowned(minute(minutes)))[0])
    assert.deepStrictEqual([lostAfter(59), lostAfter(60)], ["TokenInvalid 1", "TokenInvalid 0"])
  })

  it("whose channel Apple has lost is no failure, however often and however soon", () => {
    const lose = (at: number): ReadonlyArray<Activity.Input> => [
      tick(minute(at)),
      reported(minute(at), channel),
      { _tag: "Lost", at: minute(at + 1) }
    ]
    const [lost, outputs] = life(...[0, 10, 20, 30, 40].flatMap(lose), tick(minute(50)))
    assert.deepStrictEqual([named(lost), said(outputs).at(-1)], ["Pending 1", "Start 1"])
  })
})

describe("What an activity knows no address of", () => {
  const closed: Activity.Input = { _tag: "Closed", reason: "match over", at: minute(30) }
  const unfollowed: Activity.Input = { _tag: "Unfollowed", at: minute(30) }
  const disowned: Activity.Input = { _tag: "TokenDisowned", token: "a", at: minute(2) }
  const lost: Activity.Input = { _tag: "Lost", at: minute(2) }
  const inVain = [2, 4, 10, 16].map((at) => tick(minute(at)))
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Activity.Input>, boolean, boolean]> = [
    ["nothing, after one start that was answered", [tick(minute(0)), reported(minute(1))], false, false],
    ["nothing, before it is asked for", [], false, false],
    ["what a start may have made", [tick(minute(0))], true, false],
    [
      "what the first of two starts may have made",
      [tick(minute(0)), tick(minute(2)), reported(minute(3))],
      true,
      false
    ],
    ["what Apple calls dead", [tick(minute(0)), reported(minute(1)), disowned], true, true],
    [
      "what Apple calls dead, beside another",
      [tick(minute(0)), reported(minute(1)), disowned, tick(minute(3)), reported(minute(4), token("b"))],
      true,
      false
    ],
    [
      "what Apple calls dead, and no other has come",
      [tick(minute(0)), reported(minute(1)), disowned, ...inVain],
      true,
      true
    ],
    [
      "what listens to a channel that is lost, and another is awaited",
      [tick(minute(0)), reported(minute(1), channel), lost, tick(minute(29))],
      true,
      true
    ],
    [
      "what listens to a channel that is lost, and no other has come",
      [tick(minute(0)), reported(minute(1), channel), lost, ...inVain],
      true,
      true
    ],
    ["what starts in vain may have made", [tick(minute(0)), ...inVain], true, false]
  ]
  it.each(cases)("%s", (_, before, isLikely, isStranded) => {
    const [self] = life(...before)
    const recalls = (input: Activity.Input) => said(goOn(self, input)[1]).includes("Recall")
    assert.deepStrictEqual([recalls(unfollowed), recalls(closed)], [isLikely, isStranded])
  })
})

const hours = (count: number) => minute(count * 60)

describe("A dismissal", () => {
  it.each([
    ["person", 7 * 60 + 44, "Ended dismissed", ["Unfollow"]],
    ["person", 7 * 60 + 45, "Ended expired", []],
    ["system", 60, "Ended expired", []]
  ] as const)("by the %s after %s minutes: %s", (by, minutes, expected, outputs) => {
    const [self, told] = goOn(active, dismissed(by, minute(minutes)))
    assert.deepStrictEqual([named(self), said(told)], [expected, outputs])
  })

  it("by a person is a departure, and no other is", () => {
    const left = Activity.EndReason.literals.filter((reason) =>
      Activity.isLeft({ _tag: "Ended", reason, at: now })
    )
    assert.deepStrictEqual(left, ["unfollowed", "dismissed"])
  })
})

describe("Renewal", () => {
  const at = (seconds: number, pause: boolean) => said(Activity.step(active, tick(second(seconds), pause))[1])
  const latest = (7 * 60 + 45) * 60
  const early = (6 * 60 + 30) * 60

  it("is due after seven hours and three quarters, or in a pause after six and a half", () => {
    assert.deepStrictEqual(
      [at(latest - 1, false), at(latest, false), at(early - 1, true), at(early, true), at(early, false)],
      [[], ["Renew"], [], ["Renew"], []]
    )
  })

  it("is asked for once", () => {
    const [self, outputs] = goOn(active, ...[0, 30, 60, 90].map((more) => tick(second(latest + more))))
    assert.deepStrictEqual([named(self), said(outputs)], ["Active a renewing", ["Renew"]])
  })

  const [renewing] = goOn(active, tick(second(latest)))
  const [followed] = goOn(renewing, { _tag: "SuccessorStarted", at: second(latest + 5) })

  it("ends the older one as soon as the successor is alive", () => {
    assert.deepStrictEqual(said(goOn(followed, { _tag: "SuccessorActive", at: second(latest + 8) })[1]), [
      "End a superseded"
    ])
  })

  it("ends the older one 25 seconds after a start whose successor says nothing", () => {
    assert.deepStrictEqual(
      [29, 30].map((seconds) => said(goOn(followed, tick(second(latest + seconds)))[1])),
      [[], ["End a superseded"]]
    )
  })

  it("counts from the first start that was taken", () => {
    const [again] = goOn(followed, { _tag: "SuccessorStarted", at: second(latest + 20) })
    assert.strictEqual(again, followed)
  })

  it("whose successor was never started keeps the older one for its eight hours", () => {
    const [self, outputs] = goOn(renewing, tick(second(8 * 3600 - 1)), tick(hours(8)))
    assert.deepStrictEqual([named(self), said(outputs)], ["Ended superseded", []])
  })

  it("needs no end where the older one is lost meanwhile", () => {
    const [self, outputs] = goOn(followed, { _tag: "TokenDisowned", token: "a", at: second(latest + 6) })
    assert.deepStrictEqual([named(self), outputs], ["Ended superseded", []])
    assert.deepStrictEqual(goOn(self, { _tag: "SuccessorActive", at: second(latest + 8) })[1], [])
  })

  it("has no effect on an activity that nobody renewed", () => {
    assert.strictEqual(named(goOn(active, tick(hours(8)))[0]), "Ended expired")
  })
})

/** Inputs as they may come in any order, with time that goes on and a tick at least every half minute. */
const anyInputs = (seed: number, instances: boolean): ReadonlyArray<Activity.Input> => {
  const dice = chance(seed)
  const found: Array<Activity.Input> = []
  let now: number = second(0)
  // Each address belongs to one activity on the phone; tokens of one are never those of another.
  const places = ["a", "b", "c", "d", "e"].map((name, index) => ({
    address: token(name),
    instance: instances ? `i${index >> 1}` : null
  }))
  for (let length = 5 + dice.below(40); length > 0; length--) {
    const leap = dice.pick([0, 0, 1000, 1000, 29_000, 29_000, 120_000, 3_000_000, 23_400_000])
    for (const until = now + leap; now < until; now = Math.min(until, now + 30_000)) {
      found.push(tick(Instant.fromMillis(now), dice.below(4) === 0))
    }
    const at = Instant.fromMillis(now)
    const { address, instance } = dice.pick(places)
    found.push(
      dice.pick<Activity.Input>([
        { _tag: "Reported", address, instance, at },
        { _tag: "Reported", address, instance, at },
        { _tag: "Reported", address, instance, at },
        { _tag: "TokenDisowned", token: dice.pick(["a", "b", "c", "d", "e"]), at },
        { _tag: "Lost", at },
        { _tag: "Stranded", address, at },
        { _tag: "StartRefused", at },
        { _tag: "StartUnsent", at },
        { _tag: "NotAgain", at },
        { _tag: "SuccessorStarted", at },
        { _tag: "SuccessorStarted", at },
        tick(at),
        ...(dice.below(6) === 0
          ? [
              dismissed(dice.pick(["person", "system"]), at),
              { _tag: "Unfollowed", at } as const,
              { _tag: "SuccessorActive", at } as const,
              { _tag: "Wanted", at } as const,
              {
                _tag: "Closed",
                reason: dice.pick(["match over", "day over", "postponed"] as const),
                at
              } as const
            ]
          : [])
      ])
    )
  }
  return found
}

describe("Whatever happens, in whatever order", () => {
  const few = { arbitrary: { runs: 30 } }
  const walk = (
    seed: number,
    visit: (
      before: Activity.Activity,
      input: Activity.Input,
      after: Activity.Activity,
      outputs: ReadonlyArray<Activity.Output>
    ) => void,
    instances = seed % 2 === 0
  ) => {
    let self: Activity.Activity = Activity.wanted
    for (const input of anyInputs(seed, instances)) {
      const [after, outputs] = Activity.step(self, input)
      visit(self, input, after, outputs)
      self = after
    }
    return self
  }

  it.prop(
    "the end is absorbing, and answers only reports",
    [Seed],
    ([seed]) => {
      walk(seed, (before, input, after, outputs) => {
        if (before._tag !== "Ended") return
        assert.strictEqual(after, before)
        assert.deepStrictEqual(tagsOf(outputs), isReport(input) ? ["End"] : [])
      })
    },
    few
  )

  it.prop(
    "of the activities that phones tell apart, all but one are ended at once",
    [Seed],
    ([seed]) => {
      // The activities that show, by name, with the address that each listens at.
      const showing = new Map<string, string>()
      walk(
        seed,
        (before, input, after, outputs) => {
          if (input._tag === "Reported" && input.address._tag === "Token") {
            showing.set(input.instance!, input.address.token)
          }
          // Lost, at its limit, dismissed, or with the bulletin that closes match or day.
          const isGone = before._tag === "Active" && after._tag !== "Active"
          if (isGone && input._tag !== "Unfollowed" && input._tag !== "SuccessorActive") showing.clear()
          for (const one of outputs) {
            if (one._tag !== "End" || one.address._tag !== "Token") continue
            const { token: where } = one.address
            for (const [name, listens] of showing) if (listens === where) showing.delete(name)
          }
          assert.deepStrictEqual(
            [...showing.values()],
            after._tag === "Active" && after.address._tag === "Token" ? [after.address.token] : []
          )
        },
        true
      )
    },
    few
  )

  it.prop(
    "an address is ended once, but for phones that report it again",
    [Seed],
    ([seed]) => {
      const ended = new Map<string, number>()
      const reports = new Map<string, number>()
      walk(seed, (_, input, __, outputs) => {
        if (isReport(input)) {
          const where = JSON.stringify(input.address)
          reports.set(where, (reports.get(where) ?? 0) + 1)
        }
        for (const one of outputs) {
          if (one._tag !== "End") continue
          const where = JSON.stringify(one.address)
          ended.set(where, (ended.get(where) ?? 0) + 1)
          assert.isAtMost(ended.get(where)!, reports.get(where)!)
        }
      })
    },
    few
  )

  it.prop(
    "an older activity stands beside its successor for a minute at most",
    [Seed],
    ([seed]) => {
      let besideSince: number | null = null
      walk(seed, (before, input, after, outputs) => {
        if (after._tag !== "Active") {
          besideSince = null
          return
        }
        if (after.renewal === null) besideSince = null
        else besideSince = after.renewal.startedAt
        if (besideSince !== null) assert.isAtMost(input.at - besideSince, 60_000)
        if (before._tag === "Active") assert.notInclude(tagsOf(outputs), "Start")
      })
    },
    few
  )

  it.prop(
    "nothing lives for longer than eight hours, and each is renewed before",
    [Seed],
    ([seed]) => {
      walk(seed, (before, input, after, outputs) => {
        if (after._tag === "Active" && input._tag === "Ticked") {
          assert.isBelow(input.at - after.since, Duration.toMillis(Activity.longest))
          if (input.at - after.since >= Duration.toMillis(Activity.renewAfter.latest)) {
            assert.isNotNull(after.renewal)
          }
        }
        if (tagsOf(outputs).includes("Renew")) {
          assert.isTrue(before._tag === "Active" && before.renewal === null)
        }
      })
    },
    few
  )

  it.prop(
    "no more than three starts go unanswered before it is given up",
    [Seed],
    ([seed]) => {
      let asked = 0
      walk(seed, (before, input, after, outputs) => {
        if (input._tag === "StartUnsent") asked = Math.max(0, asked - 1)
        const isRevived = before._tag === "Failed" && after._tag === "Pending"
        if (after._tag === "Active" || input._tag === "Wanted" || isRevived) asked = 0
        for (const one of outputs) {
          if (one._tag !== "Start") continue
          asked += 1
          assert.isAtMost(one.attempt, Activity.maxAttempts)
          assert.isAtMost(asked, Activity.maxAttempts)
        }
      })
    },
    few
  )

  it.prop(
    "it comes back from the store as it was",
    [Seed],
    ([seed]) => {
      const codec = Schema.toCodecJson(Activity.Activity)
      walk(seed, (before, _, after) => {
        if (after === before) return
        assert.deepStrictEqual(Schema.decodeSync(codec)(Schema.encodeSync(codec)(after)), after)
      })
    },
    few
  )
})

const tagsOf = (outputs: ReadonlyArray<Activity.Output>) => outputs.map(({ _tag }) => _tag)
