/** What the fields of a request or an answer may look like (RFC 9113 8.2). */

/** RFC 9113 8.2.1: tokens without capitals, and no pseudo-fields among them. */
export const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

export const brokenValue = /[\0\r\n]|^[ \t]|[ \t]$/

/** RFC 9113 8.2.2. */
export const ofOneHop = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade"
])

/** Printable ASCII without a space: what a path, a method or an id may hold. */
export const isPlain = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

export const isValue = (text: string): boolean =>
  /^[\t\x20-\x7e\x80-\xff]*$/.test(text) && !brokenValue.test(text)
