import type { Words } from "./Words.ts"

/**
 * Hindi as its sports pages and commentators have it.
 *
 * Teams and players are of either gender and of any number, and their names stand as the feed writes them. So no verb ever
 * agrees with a name: a side's win is told as a noun ("की जीत"), a batter is at the crease rather than come.
 * Scorecards shorten "caught" and "bowled" to "का." and "बो.", and write figures with Latin digits.
 */

const balls = (count: number): string => (count === 1 ? "1 गेंद" : `${count} गेंदों`)

/** What feeds call the ways to settle a match, in lower case. */
const methods: ReadonlyMap<string, string> = new Map([
  ["d/l", "डकवर्थ-लुईस"],
  ["dls", "डकवर्थ-लुईस-स्टर्न"],
  ["vjd", "वीजेडी"],
  ["awarded", "मैच सौंपा गया"],
  ["lost fewer wickets", "कम विकेट गंवाए"],
  ["1st innings score", "पहली पारी का स्कोर"],
  ["higher run rate", "बेहतर रन रेट"],
  ["boundary count", "बाउंड्री गिनती"],
  ["super over", "सुपर ओवर"],
  ["bowl-out", "बॉल आउट"]
])

const method = (given: string): string => methods.get(given.toLowerCase()) ?? given

export const Hindi: Words = {
  format: {
    t20: "टी20",
    odi: "वनडे",
    hundred: "द हंड्रेड",
    test: "टेस्ट",
    "first class": "प्रथम श्रेणी"
  },
  versus: (home, away) => `${home} बनाम ${away}`,

  runRate: (rate) => `रन रेट: ${rate}`,
  requiredRate: (rate) => `जरूरी रन रेट: ${rate}`,
  target: (runs) => `लक्ष्य ${runs}`,
  needs: (code, runs) => `${code} को ${runs} रन चाहिए`,
  needsOff: (code, runs, left) => `${code} को ${balls(left)} में ${runs} रन चाहिए`,

  bowled: (bowler) => `बो. ${bowler}`,
  caught: (bowler) => `कैच, बो. ${bowler}`,
  caughtBy: (fielder, bowler) => `का. ${fielder} बो. ${bowler}`,
  caughtAndBowled: (bowler) => `का. एवं बो. ${bowler}`,
  lbw: (bowler) => `पगबाधा बो. ${bowler}`,
  stumped: (bowler) => `स्टंप, बो. ${bowler}`,
  stumpedBy: (fielder, bowler) => `स्टं. ${fielder} बो. ${bowler}`,
  hitWicket: (bowler) => `हिट विकेट बो. ${bowler}`,
  runOutBy: (fielders) => `रन आउट (${fielders})`,
  manner: {
    bowled: "बोल्ड",
    caught: "कैच आउट",
    "caught and bowled": "कॉट एंड बोल्ड",
    lbw: "पगबाधा",
    stumped: "स्टंप आउट",
    "hit wicket": "हिट विकेट",
    "run out": "रन आउट",
    "obstructing the field": "क्षेत्ररक्षण में बाधा",
    "hit the ball twice": "गेंद पर दो बार प्रहार",
    "handled the ball": "हैंडल्ड द बॉल",
    "timed out": "टाइम्ड आउट",
    "retired out": "रिटायर्ड आउट",
    "retired hurt": "रिटायर्ड हर्ट",
    "retired not out": "रिटायर्ड नॉट आउट"
  },
  out: "आउट",

  wicket: "विकेट",
  six: "छक्का",
  four: "चौका",
  fifty: "अर्धशतक",
  hundred: { 100: "शतक", 200: "दोहरा शतक", 300: "तिहरा शतक" },
  manyRuns: (runs) => `${runs} रन`,
  hatTrick: "हैट्रिक",

  inningsBreak: "पारी समाप्त",
  inningsTotal: (total, overs) => `${overs} ओवर में ${total}`,
  runsOff: (runs, faced) => `${balls(faced)} में ${runs} रन`,
  figures: (wickets, runs, overs) => `${overs} ओवर में ${runs} रन देकर ${wickets} विकेट`,
  nearHundred: (batter, runs) => `${batter} ${runs} रन पर`,
  batterOnFire: (batter) => `${batter} की धमाकेदार बल्लेबाजी`,
  bowlerOnFire: (bowler) => `${bowler} की घातक गेंदबाजी`,
  comesIn: (batter) => `${batter} क्रीज पर`,
  onHatTrick: (bowler) => `${bowler} हैट्रिक पर`,
  count: { 3: "तीन", 4: "चार", 5: "पांच", 6: "छह" },
  sixesInARow: (count) => `लगातार ${count} छक्के`,
  maiden: (bowler) => `${bowler} का मेडन ओवर`,

  notOut: (batter) => `नॉट आउट: ${batter}`,
  correction: "सुधार",
  notSo: (what, total) => `${what} नहीं। ${total}`,

  wicketAt: (score) => `विकेट! ${score}`,
  sentences: (first, second) => `${first}। ${second}`,

  wonBy: (team, margin) => `${team} की ${margin} से जीत`,
  won: (team) => `${team} की जीत`,
  byRuns: (runs) => `${runs} रन`,
  byWickets: (wickets) => `${wickets} विकेट`,
  byInnings: "पारी",
  byInningsAndRuns: (runs) => `पारी और ${runs} रन`,
  method,
  tied: "मैच टाई",
  tiedAndWon: (team, decider) => `मैच टाई, ${method(decider)} में ${team} की जीत`,
  drawn: "मैच ड्रॉ",
  noResult: "मैच बेनतीजा",
  awarded: "मैच सौंपा गया",
  awardedTo: (team) => `मैच ${team} को सौंपा गया`,
  abandoned: "खेल संभव नहीं, मैच रद्द",
  cancelled: "मैच रद्द",
  over: "मैच समाप्त",

  pause: {
    delayed: "शुरुआत में देरी",
    drinks: "ड्रिंक्स ब्रेक",
    lunch: "लंच",
    tea: "चायकाल",
    dinner: "डिनर ब्रेक",
    stumps: "स्टंप्स",
    suspended: "खेल रुका",
    postponed: "मैच स्थगित"
  },
  betweenInnings: "इनिंग्स ब्रेक",
  yetToBegin: "मैच शुरू होना बाकी",
  resumes: "खेल फिर शुरू",
  superOver: "सुपर ओवर",
  level: "स्कोर बराबर",
  leads: (code, runs) => `${code} को ${runs} रन की बढ़त`,
  trails: (code, runs) => `${code} ${runs} रन से पीछे`,
  batting: (code, score, overs) => `${code} की बल्लेबाजी, ${overs} ओवर में ${score}`,
  declared: (score) => `${score} घोषित`,

  aboutToBegin: "मैच शुरू होने वाला है",
  startsIn: (minutes) => `मैच ${minutes} मिनट में शुरू होगा`,
  tapToFollow: "मैच लाइव है। लॉक स्क्रीन पर देखने के लिए टैप करें।"
}
