import { Language } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"

describe("The tag of a phone", () => {
  it.each([
    ["hi", "hi"],
    ["hi-IN", "hi"],
    ["hi_IN", "hi"],
    ["HI-in", "hi"],
    ["hi-Deva-IN", "hi"],
    ["en", "en"],
    ["en_GB", "en"],
    ["en-Latn-IN", "en"],
    [" hi-IN ", "hi"]
  ] as const)("%s is spoken to in %s", (tag, language) => {
    assert.strictEqual(Language.of(tag), language)
  })

  it.each(["", "-", "mr-IN", "ta", "hindi", "hil-PH", "in_hi", "i-klingon", "hi-Latn-IN"])(
    "%s is spoken to in the language of all who are not spoken to in theirs",
    (tag) => {
      assert.strictEqual(Language.of(tag), Language.fallback)
    }
  )

  it("that names a language of ours is that language", () => {
    assert.deepStrictEqual(Language.all.map(Language.of), [...Language.all])
  })
})
