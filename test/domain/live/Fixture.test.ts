import { Fixture } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { minute } from "../support/cricket.ts"

const listing = (status: Fixture.Listing["status"]): Fixture.Listing => ({ status, startsAt: minute(60) })

describe("A schedule", () => {
  it.each([
    ["of a match that nobody knew is news", null, listing("scheduled"), false, minute(0), true],
    ["of a match that is being told is none", listing("live"), listing("scheduled"), true, minute(90), false],
    ["that has moved on is news", listing("scheduled"), listing("delayed"), false, minute(50), true],
    ["that lags behind the end is none", listing("finished"), listing("live"), false, minute(200), false],
    [
      "of a match that is put on again is news",
      listing("cancelled"),
      listing("scheduled"),
      false,
      minute(0),
      true
    ],
    ["that says another end is news", listing("abandoned"), listing("finished"), false, minute(200), true]
  ] as const)("%s", (_, before, listed, beingTold, at, news) => {
    assert.strictEqual(Fixture.isNews(before, listed, beingTold, at), news)
  })
})
