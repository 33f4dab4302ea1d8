import * as Body from "./Body.ts"

/**
 * JSON of payloads that are much like the ones before, as those of a fan-out are that tell each phone something of its own.
 *
 * A payload is held against what is known of an earlier one, value by value. Where only a few values differ, these are all
 * that is encoded. What comes out is what `JSON.stringify` says of it, to the byte; whatever is not plain data, or differs in
 * more, is left to `JSON.stringify`.
 */

/** A plain value that is no list and no object. */
type Leaf = string | number | boolean | null

/** The values of an object or a list. */
interface Branch {
  /** None for a list. */
  readonly keys: ReadonlyArray<string> | undefined
  readonly branches: ReadonlyArray<Branch | undefined>
  /** What has always stood here; {@link other} where something else does, which is to be looked at. */
  readonly leaves: Array<Leaf>
  /** Which of the places that differ a leaf is; {@link same} where it has always been the same. */
  readonly places: Array<number>
}

const same = -1
/** Not even equal to itself. */
const other = Number.NaN

/** More places than these are not worth remembering. */
const mostPlaces = 8
const mostDepth = 16
const mostLeaves = 256

const isLeaf = (value: unknown): value is Leaf =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** What `JSON.stringify` says of it. */
const textOf = (value: Leaf): string =>
  typeof value === "number" && Number.isFinite(value) ? String(value) : JSON.stringify(value)

/** Whether an object's class decides how it is encoded. (A look at the prototype costs many times this.) */
const isPlain = (value: object): boolean => value.constructor === Object

const isPlainList = (value: object): value is ReadonlyArray<unknown> =>
  Array.isArray(value) && value.constructor === Array

/** One payload that is remembered, and the places in which others have differed from it. */
class Likeness {
  readonly #root: Branch
  #pattern: Body.Pattern
  #texts: Array<string> = []
  /** Leaves that have been found to differ for the first time. */
  #strays: Array<readonly [branch: Branch, nth: number]> = []
  #places = 0

  constructor(root: Branch, text: string) {
    this.#root = root
    this.#pattern = Body.pattern([text])
  }

  /** The payload as this one with other values in some places; undefined where it is another. */
  fill(payload: object): Body.Filled | undefined {
    this.#texts = []
    this.#strays = []
    if (!this.#isLike(this.#root, payload)) return undefined
    if (this.#strays.length > 0) {
      if (this.#places + this.#strays.length > mostPlaces) return undefined
      this.#open()
      this.#texts = []
      this.#isLike(this.#root, payload)
    }
    return Body.fill(this.#pattern, this.#texts)
  }

  #isLike(branch: Branch, value: object): boolean {
    const { keys, leaves } = branch
    if (keys === undefined) {
      if (!isPlainList(value) || value.length !== leaves.length) return false
      for (let nth = 0; nth < value.length; nth++) {
        if (value[nth] !== leaves[nth] && !this.#fits(branch, nth, value[nth])) return false
      }
      return true
    }
    if (!isPlain(value)) return false
    let nth = 0
    for (const key in value) {
      if (key !== keys[nth]) return false
      const it = (value as Readonly<Record<string, unknown>>)[key]
      if (it !== leaves[nth] && !this.#fits(branch, nth, it)) return false
      nth++
    }
    // Inherited keys come after its own.
    return nth === keys.length && (nth === 0 || Object.hasOwn(value, keys[nth - 1]!))
  }

  /** Takes in what is not, or not known to be, what has stood here before. */
  #fits(branch: Branch, nth: number, value: unknown): boolean {
    const under = branch.branches[nth]
    if (under !== undefined) return typeof value === "object" && value !== null && this.#isLike(under, value)
    if (!isLeaf(value)) return false
    const place = branch.places[nth]!
    if (place === same) return this.#strays.push([branch, nth]) <= mostPlaces
    this.#texts[place] = textOf(value)
    return true
  }

  /** Makes places of the leaves that have just been found to differ. */
  #open(): void {
    for (const [branch, nth] of this.#strays) {
      branch.places[nth] = 0
      branch.leaves[nth] = other
    }
    this.#strays = []
    this.#places = 0
    const pieces = [""]
    const say = (text: string) => {
      pieces[pieces.length - 1] += text
    }
    const tell = (branch: Branch) => {
      const { branches, keys, leaves, places } = branch
      say(keys === undefined ? "[" : "{")
      for (let nth = 0; nth < leaves.length; nth++) {
        if (nth > 0) say(",")
        if (keys !== undefined) say(`${JSON.stringify(keys[nth])}:`)
        const under = branches[nth]
        if (under !== undefined) tell(under)
        else if (places[nth] === same) say(textOf(leaves[nth]!))
        else {
          places[nth] = this.#places++
          pieces.push("")
        }
      }
      say(keys === undefined ? "]" : "}")
    }
    tell(this.#root)
    this.#pattern = Body.pattern(pieces)
  }
}

/** What is to be remembered of a payload; undefined where that cannot be. */
const branchOf = (value: unknown, depth: number, left: { leaves: number }): Branch | undefined => {
  if (typeof value !== "object" || value === null || depth > mostDepth) return undefined
  const list = isPlainList(value)
  if (!list && !isPlain(value)) return undefined
  const branch = {
    keys: list ? undefined : Object.keys(value),
    branches: [] as Array<Branch | undefined>,
    leaves: [] as Array<Leaf>,
    places: [] as Array<number>
  }
  for (const it of list ? value : Object.values(value)) {
    const leaf = isLeaf(it)
    const under = leaf ? undefined : branchOf(it, depth + 1, left)
    if ((!leaf && under === undefined) || --left.leaves < 0) return undefined
    branch.branches.push(under)
    branch.leaves.push(leaf ? it : other)
    branch.places.push(same)
  }
  return branch
}

/** How many payloads are remembered at once: as many kinds of them are told of in turns. */
const mostKnown = 4
/** Remembering costs as much as encoding some times over, so it is tried the less often the less it has helped. */
const mostDoublings = 8

/** Remembers payloads, a few at a time. */
export class Memory {
  #known: Array<Likeness> = []
  /** Payloads since the last that was known, and how many of them have been remembered. */
  #strange = 0
  #vain = 0

  encode(payload: object): Body.Body {
    for (const known of this.#known) {
      const filled = known.fill(payload)
      if (filled === undefined) continue
      this.#strange = 0
      this.#vain = 0
      return filled
    }
    const text = JSON.stringify(payload)
    if (++this.#strange >= 2 ** Math.min(this.#vain + 1, mostDoublings)) this.#remember(payload, text)
    // A third of what a `TextEncoder` takes.
    const utf8 = Buffer.from(text)
    return new Uint8Array(utf8.buffer, utf8.byteOffset, utf8.length)
  }

  #remember(payload: object, text: string): void {
    this.#strange = 0
    this.#vain++
    const root = branchOf(payload, 0, { leaves: mostLeaves })
    if (root === undefined) return
    this.#known = [new Likeness(root, text), ...this.#known.slice(0, mostKnown - 1)]
  }
}
