import { Instant } from "@sightscreen/decider"
import { Digest, type Entry, Journal, Line } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"

const at = Instant.fromMillis(1_760_000_000_000)
const token = `${"0".repeat(150)}0123456789`

const retired: Entry.TokenRetired = { _tag: "TokenRetired", at, process: 2, token, why: "Unregistered" }

describe("a line of the journal", () => {
  it("shows the end of a token and no more", () => {
    assert.strictEqual(Line.of(retired), "1760000000000 TokenRetired 2 ~456789 Unregistered")
  })

  it("keeps fields apart, whatever is in them", () => {
    const line = (event: string, why: string) =>
      Line.of({ _tag: "EventDropped", at, process: 1, matchId: "m", event, why })
    assert.notStrictEqual(line("a b", "c"), line("a", "b c"))
    assert.notStrictEqual(line('"a b"', "c"), line("a b", "c"))
    assert.notStrictEqual(line("-", "c"), line("", "c"))
  })
})

describe("a digest", () => {
  const of = (...lines: ReadonlyArray<string>): string => {
    const digest = Digest.begin()
    for (const line of lines) Digest.add(digest, line)
    return Digest.text(digest)
  }

  it("names the lines in their order", () => {
    assert.strictEqual(of("a", "b"), of("a", "b"))
    const all = [
      of(),
      of("a"),
      of("a", "b"),
      of("b", "a"),
      of("ab"),
      of("a", "b", ""),
      of("", "a", "b"),
      of("a\nb")
    ]
    assert.strictEqual(new Set(all).size, all.length)
    for (const one of all) assert.match(one, /^[0-9a-f]{16}$/)
  })

  it("differs for a single letter anywhere", () => {
    const text = Array.from({ length: 500 }, (_, nth) => String.fromCharCode(97 + (nth % 26))).join("")
    const seen = new Set<string>([of(text)])
    for (let nth = 0; nth < text.length; nth++) seen.add(of(`${text.slice(0, nth)}!${text.slice(nth + 1)}`))
    assert.strictEqual(seen.size, text.length + 1)
  })

  it("is the same everywhere", () => {
    assert.strictEqual(of("one", "two"), "1426c506a01b645d")
  })
})

describe("a journal", () => {
  it("keeps, counts and names what it was asked to", () => {
    const heard: Array<Entry.Entry> = []
    const journal = Journal.make({ digest: true, keep: true, hear: (entry) => heard.push(entry) })
    journal.write(retired)
    assert.deepStrictEqual(journal.entries, [retired])
    assert.deepStrictEqual(heard, [retired])
    assert.strictEqual(journal.count(), 1)
    const silent = Journal.make({})
    silent.write(retired)
    assert.strictEqual(silent.digest(), null)
    assert.deepStrictEqual(silent.entries, [])
    assert.strictEqual(silent.count(), 1)
  })
})
