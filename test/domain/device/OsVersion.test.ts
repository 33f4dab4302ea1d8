import { OsVersion } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"

describe("An iOS version", () => {
  it.each([
    ["17.4.1", [17, 4]],
    ["17.4", [17, 4]],
    ["18", [18, 0]],
    [" 18.0 ", [18, 0]],
    ["26.0.1.2", [26, 0]],
    ["100.10", [100, 10]],
    ["", null],
    ["iOS 17.4", null],
    ["17.", null],
    ["17.4b", null],
    ["-17", null],
    ["1e3", null],
    ["1234", null]
  ] as const)("%j is read as %j", (text, expected) => {
    assert.deepStrictEqual(OsVersion.parse(text), expected)
  })

  it.each([
    ["16.1", false, false],
    ["17", false, false],
    ["17.1.2", false, false],
    ["17.2", true, false],
    ["17.10", true, false],
    ["18", true, true],
    ["18.1.1", true, true],
    ["26.0", true, true],
    ["9.9", false, false],
    ["unknown", false, false]
  ])("%s starts remotely: %s; hears channels: %s", (text, starts, hears) => {
    assert.deepStrictEqual([OsVersion.startsRemotely(text), OsVersion.hearsChannels(text)], [starts, hears])
  })
})
