/**
 * Short names of sides for small places.
 *
 * The boards' own codes where they are known; men's and women's sides share them, and so do sides under a former name.
 */
const known: Readonly<Record<string, string>> = {
  Afghanistan: "AFG",
  Argentina: "ARG",
  Australia: "AUS",
  Austria: "AUT",
  Bahrain: "BHR",
  Bangladesh: "BAN",
  Belgium: "BEL",
  Bermuda: "BER",
  Botswana: "BOT",
  Bhutan: "BHU",
  Canada: "CAN",
  "Cayman Islands": "CAY",
  China: "CHN",
  "Czech Republic": "CZE",
  Denmark: "DEN",
  England: "ENG",
  Finland: "FIN",
  France: "FRA",
  Germany: "GER",
  Ghana: "GHA",
  Gibraltar: "GIB",
  Guernsey: "GUE",
  "Hong Kong": "HKG",
  India: "IND",
  Indonesia: "INA",
  Iran: "IRN",
  Ireland: "IRE",
  "Isle of Man": "IOM",
  Italy: "ITA",
  Japan: "JPN",
  Jersey: "JER",
  Kenya: "KEN",
  Kuwait: "KUW",
  Malawi: "MWI",
  Malaysia: "MAS",
  Maldives: "MDV",
  Mali: "MLI",
  Malta: "MLT",
  Mongolia: "MGL",
  Mozambique: "MOZ",
  Myanmar: "MYA",
  Namibia: "NAM",
  Nepal: "NEP",
  Netherlands: "NED",
  "New Zealand": "NZ",
  Nigeria: "NGA",
  Norway: "NOR",
  Oman: "OMA",
  Pakistan: "PAK",
  "Papua New Guinea": "PNG",
  Philippines: "PHI",
  Portugal: "POR",
  Qatar: "QAT",
  Romania: "ROM",
  Rwanda: "RWA",
  Samoa: "SAM",
  "Saudi Arabia": "KSA",
  Scotland: "SCO",
  Serbia: "SRB",
  "Sierra Leone": "SLE",
  Singapore: "SGP",
  "South Africa": "SA",
  "South Korea": "KOR",
  Spain: "ESP",
  "Sri Lanka": "SL",
  Sweden: "SWE",
  Switzerland: "SUI",
  Tanzania: "TAN",
  Thailand: "THA",
  Turkey: "TUR",
  Uganda: "UGA",
  "United Arab Emirates": "UAE",
  "United States of America": "USA",
  Vanuatu: "VAN",
  "West Indies": "WI",
  Zambia: "ZAM",
  Zimbabwe: "ZIM",

  // Indian Premier League and Women's Premier League
  "Chennai Super Kings": "CSK",
  "Deccan Chargers": "DEC",
  "Delhi Capitals": "DC",
  "Delhi Daredevils": "DD",
  "Gujarat Giants": "GG",
  "Gujarat Lions": "GL",
  "Gujarat Titans": "GT",
  "Kings XI Punjab": "KXIP",
  "Kochi Tuskers Kerala": "KTK",
  "Kolkata Knight Riders": "KKR",
  "Lucknow Super Giants": "LSG",
  "Mumbai Indians": "MI",
  "Pune Warriors": "PWI",
  "Punjab Kings": "PBKS",
  "Rajasthan Royals": "RR",
  "Rising Pune Supergiant": "RPS",
  "Rising Pune Supergiants": "RPS",
  "Royal Challengers Bangalore": "RCB",
  "Royal Challengers Bengaluru": "RCB",
  "Sunrisers Hyderabad": "SRH",
  "UP Warriorz": "UPW",

  // Big Bash League and Women's Big Bash League
  "Adelaide Strikers": "STR",
  "Brisbane Heat": "HEA",
  "Hobart Hurricanes": "HUR",
  "Melbourne Renegades": "REN",
  "Melbourne Stars": "STA",
  "Perth Scorchers": "SCO",
  "Sydney Sixers": "SIX",
  "Sydney Thunder": "THU",

  // The Hundred
  "Birmingham Phoenix": "PHO",
  "London Spirit": "LNS",
  "Manchester Originals": "MNR",
  "Northern Superchargers": "NOS",
  "Oval Invincibles": "OVI",
  "Southern Brave": "SOB",
  "Trent Rockets": "TRT",
  "Welsh Fire": "WEF",

  // Caribbean Premier League
  "Antigua and Barbuda Falcons": "ABF",
  "Barbados Royals": "BR",
  "Barbados Tridents": "BT",
  "Guyana Amazon Warriors": "GAW",
  "Jamaica Tallawahs": "JT",
  "St Kitts and Nevis Patriots": "SKN",
  "St Lucia Kings": "SLK",
  "St Lucia Zouks": "SLZ",
  "Trinbago Knight Riders": "TKR",

  // Pakistan Super League
  "Islamabad United": "IU",
  "Karachi Kings": "KK",
  "Lahore Qalandars": "LQ",
  "Multan Sultans": "MS",
  "Peshawar Zalmi": "PZ",
  "Quetta Gladiators": "QG"
}

/** A code for a side; for one not in the table its initials, or the first three letters of a single word. */
const guess = (name: string): string => {
  const words = name
    .normalize("NFD")
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .split(/[\s-]+/)
    .filter((word) => word !== "")
  const letters = words.length > 1 ? words.map((word) => word[0]!).join("") : (words[0] ?? name).slice(0, 3)
  return letters.slice(0, 4).toUpperCase() || "XI"
}

/** Codes of two sides that meet, told apart where both would have the same. */
export const teamCodes = (home: string, away: string): readonly [home: string, away: string] => {
  const first = Object.hasOwn(known, home) ? known[home]! : guess(home)
  const second = Object.hasOwn(known, away) ? known[away]! : guess(away)
  if (first !== second) return [first, second]
  const letters = away
    .normalize("NFD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toUpperCase()
  for (let length = 3; length <= letters.length; length++) {
    if (letters.slice(0, length) !== first) return [first, letters.slice(0, length)]
  }
  return [first, `${second}2`]
}
