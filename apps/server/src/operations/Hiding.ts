/**
 * What a line of the log must not hold, taken out of it whatever put it in.
 *
 * Nobody should log these in the first place; this is for the day when an error quotes what it was given.
 */
const secrets: ReadonlyArray<readonly [what: RegExp, instead: string]> = [
  // A push token: hex digits, 64 at least (Apple gives no length). Trace ids have 32.
  [/\b(?:[0-9a-fA-F]{2}){17,}([0-9a-fA-F]{6})\b/g, "…$1"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, "(a private key)"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "(a signed token)"],
  [/\b(bearer|basic)\s+[^\s"',;\\]+/gi, "$1 …"],
  [/(\w+:\/\/[^\s:/@"]+):[^\s@"]+@/g, "$1:…@"],
  [/\b(api_?token|api_?key|access_token|password|secret)(["']?\s*[=:]\s*["']?)[^\s&"',;}\\]+/gi, "$1$2…"],
  [/\bwhsec_[A-Za-z0-9+/=_-]+/g, "(a signing key)"]
]

export const hide = (text: string): string =>
  secrets.reduce((hidden, [what, instead]) => hidden.replace(what, instead), text)
