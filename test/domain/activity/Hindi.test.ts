import {
  type Delivery,
  Display,
  type MatchEvent,
  type Outcome,
  type Snapshot,
  type Status,
  Wording,
  Words
} from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  card,
  innings,
  matchAfter,
  over,
  second,
  type Setting,
  snapshot,
  t20,
  test
} from "../support/cricket.ts"
import { event, names } from "../support/events.ts"

const away = { batting: "away" } as const
const match = (readings: ReadonlyArray<Snapshot.InningsReading>, setting: Setting = {}) =>
  matchAfter(snapshot(readings, setting))

const players = { A: "Rohit Sharma", X: "Matt Henry" }
const live = match([card("87/3", "12.4")], { players })
const by = { innings: null, runs: null, wickets: null }

describe("In Hindi an event is told as", () => {
  const cases: Readonly<Record<MatchEvent.Name, readonly [headline: string, detail: string]>> = {
    match_end: ["मैच समाप्त", "IND 87/3"],
    innings_end: ["पारी समाप्त", "12.4 ओवर में IND 87/3"],
    hundred: ["शतक! Rohit Sharma", "60 गेंदों में 100 रन"],
    batsman_on_90s: ["Rohit Sharma 90 रन पर", "IND 87/3"],
    fifty: ["अर्धशतक! Rohit Sharma", "30 गेंदों में 50 रन"],
    batsman_on_fire: ["Rohit Sharma की धमाकेदार बल्लेबाजी", "15 गेंदों में 30 रन"],
    bowler_on_fire: ["Matt Henry की घातक गेंदबाजी", "3 ओवर में 10 रन देकर 3 विकेट"],
    wicket: ["विकेट! Rohit Sharma 12 (9)", "का. Catcher बो. Matt Henry · IND 87/3"],
    new_batsman: ["Rohit Sharma क्रीज पर", "IND 87/3"],
    hattrick: ["हैट्रिक! Matt Henry", "IND 87/3"],
    on_hattrick: ["Matt Henry हैट्रिक पर", "IND 87/3"],
    consecutive_sixes: ["लगातार तीन छक्के", "Rohit Sharma · IND 87/3"],
    maiden: ["Matt Henry का मेडन ओवर", "IND 87/3"],
    six: ["छक्का!", "Rohit Sharma"],
    four: ["चौका!", "Rohit Sharma"]
  }
  it.each(names.map((name) => [name, ...cases[name]] as const))("%s: %s", (name, headline, detail) => {
    assert.deepStrictEqual(Wording.keyEvent(event(name), live, Words.Hindi), { headline, detail })
  })

  it.each([
    [200, "दोहरा शतक! Rohit Sharma"],
    [300, "तिहरा शतक! Rohit Sharma"],
    [400, "400 रन! Rohit Sharma"]
  ])("%s runs: %s", (runs, headline) => {
    assert.strictEqual(Wording.keyEvent(event("hundred", { runs }), live, Words.Hindi).headline, headline)
  })

  it("seven sixes in figures", () => {
    const sixes = event("consecutive_sixes", { count: 7 })
    assert.strictEqual(Wording.keyEvent(sixes, live, Words.Hindi).headline, "लगातार 7 छक्के")
  })
})

describe("In Hindi what was not true is taken back as", () => {
  it.each([
    ["wicket", "नॉट आउट: Rohit Sharma", "IND 87/3"],
    ["six", "सुधार", "छक्का नहीं। IND 87/3"],
    ["fifty", "सुधार", "अर्धशतक नहीं। IND 87/3"],
    ["maiden", "सुधार", "Matt Henry का मेडन ओवर नहीं। IND 87/3"]
  ] as const)("%s: %s", (name, headline, detail) => {
    assert.deepStrictEqual(Wording.correction(event(name), live, Words.Hindi), { headline, detail })
  })
})

describe("In Hindi what buzzes says", () => {
  it.each([
    ["wicket", "विकेट! IND 87/3", "Rohit Sharma का. Catcher बो. Matt Henry 12 (9)"],
    ["hundred", "शतक! Rohit Sharma", "60 गेंदों में 100 रन · IND बनाम NZ"],
    ["innings_end", "पारी समाप्त", "12.4 ओवर में IND 87/3 · IND बनाम NZ"],
    ["match_end", "IND बनाम NZ", "मैच समाप्त। IND 87/3"]
  ] as const)("for %s: %s", (name, title, body) => {
    assert.deepStrictEqual(Wording.alert(event(name), live, Words.Hindi), { title, body })
  })
})

describe("In Hindi a dismissal reads", () => {
  const cases: ReadonlyArray<
    readonly [Delivery.Manner | null, bowler: string | null, fielders: ReadonlyArray<string>, string]
  > = [
    ["bowled", "Henry", [], "बो. Henry"],
    ["caught", "Henry", ["Seifert"], "का. Seifert बो. Henry"],
    ["caught", "Henry", [], "कैच, बो. Henry"],
    ["caught and bowled", "Henry", [], "का. एवं बो. Henry"],
    ["lbw", "Henry", [], "पगबाधा बो. Henry"],
    ["stumped", "Sodhi", ["Seifert"], "स्टं. Seifert बो. Sodhi"],
    ["stumped", "Sodhi", [], "स्टंप, बो. Sodhi"],
    ["hit wicket", "Henry", [], "हिट विकेट बो. Henry"],
    ["run out", null, ["Phillips", "Seifert"], "रन आउट (Phillips/Seifert)"],
    ["run out", null, [], "रन आउट"],
    ["obstructing the field", null, [], "क्षेत्ररक्षण में बाधा"],
    ["hit the ball twice", null, [], "गेंद पर दो बार प्रहार"],
    ["handled the ball", null, [], "हैंडल्ड द बॉल"],
    ["timed out", null, [], "टाइम्ड आउट"],
    ["retired out", null, [], "रिटायर्ड आउट"],
    ["caught", null, ["Seifert"], "कैच आउट"],
    [null, null, [], "आउट"]
  ]
  it.each(cases)("%s by %s (%s): %s", (manner, bowler, fielders, expected) => {
    assert.strictEqual(Wording.dismissal(manner, bowler, fielders, Words.Hindi), expected)
  })
})

describe("In Hindi the result reads", () => {
  const cases: ReadonlyArray<readonly [Outcome.Outcome | null, expected: string]> = [
    [{ _tag: "Won", winner: "home", by: { ...by, runs: 96 }, method: null }, "India की 96 रन से जीत"],
    [{ _tag: "Won", winner: "away", by: { ...by, runs: 1 }, method: null }, "New Zealand की 1 रन से जीत"],
    [{ _tag: "Won", winner: "home", by: { ...by, wickets: 7 }, method: null }, "India की 7 विकेट से जीत"],
    [
      { _tag: "Won", winner: "home", by: { ...by, innings: 1, runs: 46 }, method: null },
      "India की पारी और 46 रन से जीत"
    ],
    [{ _tag: "Won", winner: "home", by: { ...by, innings: 1 }, method: null }, "India की पारी से जीत"],
    [
      { _tag: "Won", winner: "home", by: { ...by, runs: 21 }, method: "D/L" },
      "India की 21 रन से जीत (डकवर्थ-लुईस)"
    ],
    [{ _tag: "Won", winner: "home", by, method: "lost fewer wickets" }, "India की जीत (कम विकेट गंवाए)"],
    [{ _tag: "Tied", winner: null, decidedBy: null, method: null }, "मैच टाई"],
    [
      { _tag: "Tied", winner: "away", decidedBy: "super over", method: null },
      "मैच टाई, सुपर ओवर में New Zealand की जीत"
    ],
    [{ _tag: "Tied", winner: "home", decidedBy: "bowl-out", method: null }, "मैच टाई, बॉल आउट में India की जीत"],
    [{ _tag: "Drawn", method: null }, "मैच ड्रॉ"],
    [{ _tag: "NoResult", method: null }, "मैच बेनतीजा"],
    [{ _tag: "Awarded", winner: "home", method: null }, "मैच India को सौंपा गया"],
    [{ _tag: "Awarded", winner: null, method: null }, "मैच सौंपा गया"],
    [null, "मैच समाप्त"]
  ]
  it.each(cases)("%o: %s", (outcome, expected) => {
    assert.strictEqual(Wording.result(match([], { outcome, status: "finished" }), Words.Hindi), expected)
  })
})

describe("The status line of each status reads, in English and in Hindi,", () => {
  const cases: Readonly<
    Record<
      Status.Status,
      { readonly before: readonly [string, string]; readonly during: readonly [string, string] }
    >
  > = {
    scheduled: {
      before: ["Yet to begin", "मैच शुरू होना बाकी"],
      during: ["IND batting, 87/3 in 12.4", "IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    delayed: {
      before: ["Start delayed", "शुरुआत में देरी"],
      during: ["Play is stopped · IND batting, 87/3 in 12.4", "खेल रुका · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    live: {
      before: ["Yet to begin", "मैच शुरू होना बाकी"],
      during: ["IND batting, 87/3 in 12.4", "IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    "innings break": {
      before: ["Yet to begin", "मैच शुरू होना बाकी"],
      during: ["Innings break · IND batting, 87/3 in 12.4", "इनिंग्स ब्रेक · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    drinks: {
      before: ["Drinks", "ड्रिंक्स ब्रेक"],
      during: ["Drinks · IND batting, 87/3 in 12.4", "ड्रिंक्स ब्रेक · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    lunch: {
      before: ["Lunch", "लंच"],
      during: ["Lunch · IND batting, 87/3 in 12.4", "लंच · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    tea: {
      before: ["Tea", "चायकाल"],
      during: ["Tea · IND batting, 87/3 in 12.4", "चायकाल · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    dinner: {
      before: ["Dinner", "डिनर ब्रेक"],
      during: ["Dinner · IND batting, 87/3 in 12.4", "डिनर ब्रेक · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    stumps: {
      before: ["Stumps", "स्टंप्स"],
      during: ["Stumps · IND batting, 87/3 in 12.4", "स्टंप्स · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    suspended: {
      before: ["Play is stopped", "खेल रुका"],
      during: ["Play is stopped · IND batting, 87/3 in 12.4", "खेल रुका · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    postponed: {
      before: ["Match postponed", "मैच स्थगित"],
      during: ["Match postponed · IND batting, 87/3 in 12.4", "मैच स्थगित · IND की बल्लेबाजी, 12.4 ओवर में 87/3"]
    },
    abandoned: {
      before: ["Match abandoned", "खेल संभव नहीं, मैच रद्द"],
      during: ["Match abandoned", "खेल संभव नहीं, मैच रद्द"]
    },
    cancelled: { before: ["Match cancelled", "मैच रद्द"], during: ["Match cancelled", "मैच रद्द"] },
    // Nobody said how it ended: it vanished from the feed.
    finished: { before: ["Match over", "मैच समाप्त"], during: ["Match over", "मैच समाप्त"] }
  }
  const statuses = Object.keys(cases) as ReadonlyArray<Status.Status>
  const said = (status: Status.Status, readings: ReadonlyArray<Snapshot.InningsReading>) => {
    const one = match(readings, { status })
    return [Wording.statusLine(one), Wording.statusLine(one, Words.Hindi)]
  }

  it.each(statuses)("%s", (status) => {
    assert.deepStrictEqual(said(status, []), [...cases[status].before])
    assert.deepStrictEqual(said(status, [card("87/3", "12.4")]), [...cases[status].during])
  })
})

describe("In Hindi the status line reads", () => {
  const first = card("180/5", "20")
  const chase = (score: string, overs: string) => [first, { ...card(score, overs), ...away }]
  const tests = [card("300/10", "90"), card("200/10", "60", {}, away)]
  const extra = { superOver: true }
  const cases: ReadonlyArray<
    readonly [expected: string, readings: ReadonlyArray<Snapshot.InningsReading>, setting?: Setting]
  > = [
    ["NZ को 24 गेंदों में 40 रन चाहिए", chase("141/4", "16")],
    ["NZ को 1 गेंद में 3 रन चाहिए", chase("178/4", "19.5")],
    ["NZ को 1 रन की बढ़त", chase("181/4", "19.2")],
    ["स्कोर बराबर", chase("180/4", "20")],
    ["NZ 5 रन से पीछे", chase("175/9", "20")],
    ["NZ को 101 रन चाहिए", [...tests, card("100/10", "30"), card("100/2", "20", {}, away)], { format: test }],
    ["सुपर ओवर · NZ 5/1", [...chase("180/4", "20"), card("5/1", "0.3", {}, { ...away, ...extra })]]
  ]
  for (const [expected, readings, setting] of cases) {
    it(expected, () => {
      assert.strictEqual(Wording.statusLine(match(readings, setting), Words.Hindi), expected)
    })
  }
})

describe("A lock screen in Hindi", () => {
  const named = { ...players, B: "Shubman Gill", P: "Finn Allen", Q: "Devon Conway", Y: "Jasprit Bumrah" }
  const first = innings([over("A", "X", "4 . 1 wd 6 2lb W", "B")])
  const chase = innings([over("P", "Y", "1 . 4 2", "Q")], away)
  const inHindi = (
    readings: ReadonlyArray<Snapshot.InningsReading>,
    setting: Setting,
    shown: Display.Shown | null
  ) => {
    const one = matchAfter(snapshot(readings, { players: named, ...setting }))
    return Display.inLanguage(Display.of(one, shown, 7, 1000), one, shown, "hi")
  }
  const told = (shown: MatchEvent.MatchEvent): Display.Shown => ({ event: shown, retracted: false })
  const at = second(0) / 1000
  const position = { innings: 1, over: 0, delivery: 7, label: "0.6", seq: 6 }

  it("before the first ball", () => {
    const { expanded, keyEvent } = inHindi([], { status: "scheduled" }, null)
    assert.deepStrictEqual(expanded, {
      title: "IND बनाम NZ · टी20",
      battingCode: "",
      score: "",
      overs: "",
      runRate: "",
      batters: [],
      lastBalls: [],
      statusLine: "मैच शुरू होना बाकी"
    })
    assert.isUndefined(keyEvent)
  })

  it("of a wicket", () => {
    const shown = told(event("wicket", { runs: 11, balls: 6, manner: "bowled", score: "14/1", position }))
    assert.deepStrictEqual(inHindi([first], {}, shown), {
      phase: "live",
      interruption: "none",
      sentiment: "exciting",
      perspective: "home",
      sequence: 7,
      updatedAt: 1000,
      compact: { leading: "IND 14/1", trailing: "1", minimal: "14/1" },
      expanded: {
        title: "IND बनाम NZ · टी20",
        battingCode: "IND",
        score: "14/1",
        overs: "1",
        runRate: "रन रेट: 14.00",
        batters: [{ name: "Shubman Gill", line: "0 (0)", isOnStrike: true }],
        bowler: { name: "Matt Henry", line: "1/12 (1)" },
        lastBalls: ["•", "1", "wd", "6", "2lb", "W"],
        statusLine: "IND की बल्लेबाजी, 1 ओवर में 14/1"
      },
      keyEvent: {
        type: "wicket",
        headline: "विकेट! Rohit Sharma 11 (6)",
        detail: "बो. Matt Henry · IND 14/1",
        at
      }
    })
  })

  it("of a wicket that was none", () => {
    const shown = { event: event("wicket", { position }), retracted: true }
    assert.deepStrictEqual(inHindi([first], {}, shown).keyEvent, {
      type: "correction",
      headline: "नॉट आउट: Rohit Sharma",
      detail: "IND 14/1",
      at
    })
  })

  it("of a hundred", () => {
    assert.deepStrictEqual(inHindi([first], {}, told(event("hundred", { position }))).keyEvent, {
      type: "hundred",
      headline: "शतक! Rohit Sharma",
      detail: "60 गेंदों में 100 रन",
      at
    })
  })

  it("of a chase", () => {
    assert.deepStrictEqual(inHindi([first, chase], {}, null).expanded, {
      title: "IND बनाम NZ · टी20",
      battingCode: "NZ",
      score: "7/0",
      overs: "0.4",
      runRate: "रन रेट: 10.50",
      target: "लक्ष्य 15",
      equation: "NZ को 116 गेंदों में 8 रन चाहिए",
      requiredRate: "जरूरी रन रेट: 0.41",
      batters: [
        { name: "Finn Allen", line: "7 (4)", isOnStrike: true },
        { name: "Devon Conway", line: "0 (0)", isOnStrike: false }
      ],
      bowler: { name: "Jasprit Bumrah", line: "0/7 (0.4)" },
      lastBalls: ["1", "•", "4", "2"],
      partnership: "7 (4)",
      statusLine: "NZ को 116 गेंदों में 8 रन चाहिए"
    })
  })

  it("of a result", () => {
    const setting: Setting = {
      status: "finished",
      outcome: { _tag: "Won", winner: "home", by: { ...by, runs: 7 }, method: null }
    }
    const state = inHindi([first, chase], setting, told(event("match_end")))
    assert.deepStrictEqual(
      [state.expanded.statusLine, state.expanded.target, state.expanded.equation],
      ["India की 7 रन से जीत", "लक्ष्य 15", undefined]
    )
    assert.deepStrictEqual(state.keyEvent, {
      type: "match_end",
      headline: "India की 7 रन से जीत",
      detail: "IND 14/1, NZ 7/0",
      at
    })
  })
})

describe("A notice, in English and in Hindi,", () => {
  const both = (say: (words: Words.Words) => Wording.Notice) => [say(Words.English), say(Words.Hindi)]
  const { info } = live
  const teams = ["India v New Zealand", "India बनाम New Zealand"] as const
  const notices = (bodies: readonly [string, string], titles: readonly [string, string] = teams) => [
    { title: titles[0], body: bodies[0] },
    { title: titles[1], body: bodies[1] }
  ]

  it.each([
    [30, "The match starts in 30 minutes", "मैच 30 मिनट में शुरू होगा"],
    [1, "The match starts in 1 minute", "मैच 1 मिनट में शुरू होगा"],
    [0, "The match is about to begin", "मैच शुरू होने वाला है"]
  ])("%s minutes before the match: %s", (minutes, english, hindi) => {
    assert.deepStrictEqual(
      both((words) => Wording.prematch(info, minutes, words)),
      notices([english, hindi])
    )
  })

  it("asks for a tap where no activity can be started", () => {
    assert.deepStrictEqual(
      both((words) => Wording.fallback(info, words)),
      notices([
        "The match is live. Tap to put it on your lock screen.",
        "मैच लाइव है। लॉक स्क्रीन पर देखने के लिए टैप करें।"
      ])
    )
  })

  it("comes with every start", () => {
    assert.deepStrictEqual(
      both((words) => Wording.started(match([]), 1, words)),
      notices(["The match is about to begin", "मैच शुरू होने वाला है"])
    )
    assert.deepStrictEqual(
      both((words) => Wording.started(live, 1, words)),
      notices(["IND batting, 87/3 in 12.4", "IND की बल्लेबाजी, 12.4 ओवर में 87/3"])
    )
  })

  const days: ReadonlyArray<
    readonly [readings: ReadonlyArray<Snapshot.InningsReading>, english: string, hindi: string]
  > = [
    [[card("87/3", "12.4")], "IND batting, 87/3 in 12.4", "IND की बल्लेबाजी, 12.4 ओवर में 87/3"],
    [
      [card("300/10", "90"), card("120/3", "40", {}, away)],
      "IND 300, NZ 120/3 · NZ trail by 180",
      "IND 300, NZ 120/3 · NZ 180 रन से पीछे"
    ],
    [
      [card("300/5", "90", {}, { declared: true }), card("320/8", "99", {}, away)],
      "IND 300/5d, NZ 320/8 · NZ lead by 20",
      "IND 300/5 घोषित, NZ 320/8 · NZ को 20 रन की बढ़त"
    ]
  ]

  it.each(days)("resumes a day: %#", (readings, english, hindi) => {
    assert.deepStrictEqual(
      both((words) => Wording.started(match(readings, { format: test }), 2, words)),
      notices([`Play resumes · ${english}`, `खेल फिर शुरू · ${hindi}`])
    )
  })

  it("begins on a later day what has not begun on the first", () => {
    assert.deepStrictEqual(
      both((words) => Wording.started(match([], { format: test }), 2, words)).map(({ body }) => body),
      ["The match is about to begin", "मैच शुरू होने वाला है"]
    )
  })

  it("names what is played", () => {
    assert.strictEqual(Wording.title(match([], { format: t20 }), Words.Hindi), "IND बनाम NZ · टी20")
    assert.strictEqual(Wording.title(match([], { format: test }), Words.Hindi), "IND बनाम NZ · टेस्ट")
  })
})
