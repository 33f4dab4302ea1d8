/** An iOS version as phones give it, such as `17.4.1`; null for what is none. */
export const parse = (text: string): Version | null => {
  const known = lately.get(text)
  if (known !== undefined) return known
  const version = read(text)
  if (lately.size >= mostLately) lately.clear()
  lately.set(text, version)
  return version
}

type Version = readonly [major: number, minor: number]

/** Asked of every phone in every round; there are a few dozen versions. */
const lately = new Map<string, Version | null>()
const mostLately = 256

const read = (text: string): Version | null => {
  const found = /^(\d{1,3})(?:\.(\d{1,3}))?(?:\.\d{1,3})*$/.exec(text.trim())
  return found === null ? null : [Number(found[1]), Number(found[2] ?? 0)]
}

const isAtLeast = (text: string, major: number, minor: number): boolean => {
  const version = parse(text)
  return version !== null && (version[0] > major || (version[0] === major && version[1] >= minor))
}

/** Apple: push-to-start came with iOS 17.2. */
export const startsRemotely = (text: string): boolean => isAtLeast(text, 17, 2)

/** Apple: broadcast channels came with iOS 18. */
export const hearsChannels = (text: string): boolean => isAtLeast(text, 18, 0)
