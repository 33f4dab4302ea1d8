import { Cohort } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"

const all: ReadonlyArray<Cohort.Cohort> = (["token", "channel"] as const).flatMap((route) =>
  [0, 1, 2, 40].flatMap((schema) =>
    (["en", "hi"] as const).flatMap((language) =>
      (["normal", "frequent"] as const).map((level) => ({ route, schema, language, level }))
    )
  )
)

describe("A cohort", () => {
  it("is found by its name, which no other has", () => {
    const names = all.map(Cohort.nameOf)
    assert.strictEqual(new Set(names).size, all.length)
    assert.deepStrictEqual(names.map(Cohort.named), [...all])
    assert.include(names, "token/1/en/frequent")
  })

  it.each([
    "",
    "token",
    "token/1/en",
    "token/1/en/frequent/",
    "token/1/en/frequent/more",
    "letter/1/en/frequent",
    "token//en/frequent",
    "token/01/en/frequent",
    "token/1.5/en/frequent",
    "token/1e0/en/frequent",
    "token/ 1/en/frequent",
    "token/one/en/frequent",
    "token/1/tlh/frequent",
    "token/1/en/often",
    "Token/1/en/frequent"
  ])("is not found by %j", (name) => {
    assert.isNull(Cohort.named(name))
  })

  it("is told by what the phone says of itself", () => {
    const phone = { schemaVersion: 1, language: "en", frequentUpdates: true } as const
    assert.strictEqual(Cohort.nameOf(Cohort.of("token", phone)), "token/1/en/frequent")
    assert.strictEqual(
      Cohort.nameOf(Cohort.of("channel", { ...phone, frequentUpdates: false, language: "hi" })),
      "channel/1/hi/normal"
    )
  })

  it("of an app newer than this server is that of the newest state it can write", () => {
    const newer = { schemaVersion: Cohort.currentSchema + 1, language: "en", frequentUpdates: true } as const
    assert.strictEqual(Cohort.of("token", newer).schema, Cohort.currentSchema)
  })
})
