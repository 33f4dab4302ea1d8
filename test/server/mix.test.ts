import { afterAll, assert, it } from "@effect/vitest"
import { cleanUp, home, notebook, start } from "./demo.ts"

afterAll(cleanUp)

const reasons: ReadonlyArray<readonly [phones: string, why: RegExp]> = [
  ["phone-05, phone-15", /2 phones: dismissed by its owner/],
  ["phone-11, phone-17", /2 phones: signed out by its owner/],
  ["phone-06", /1 phone: force-quit: started, never woken/],
  ["phone-13", /1 phone: force-quit: no start does anything/],
  ["phone-07", /1 phone: iOS 16\.4 cannot be started remotely/],
  ["phone-18", /1 phone: offline since \d h \d\d min into the match/]
]

it(
  "brings phones of all kinds to the right end at speed, and says why of every one that is not there",
  { timeout: 180_000 },
  async () => {
    const folder = home()
    const demo = start(folder, ["--once", "--followers", "60", "--mix", "--speed", "600"])
    assert.strictEqual(await demo.ended, 0, demo.out() + demo.err())
    assert.match(demo.out(), /^A notification says on 60 phones that the match begins soon$/m)
    // Each is right or explained. On a slow machine the phone whose start token had changed may hear of it too late.
    assert.match(demo.out(), /^(?:50|49) of 60 phones show the right final state$/m, demo.out())
    const late = /its start token had changed unnoticed, and the match was over .*phone-04/.test(demo.out())
    assert.strictEqual(demo.out().includes("49 of 60"), late)
    for (const [phones, why] of reasons) {
      const line = demo
        .out()
        .split("\n")
        .find((one) => why.test(one))
      assert.isTrue(line?.endsWith(`(${phones})`), `${why}: ${line}`)
    }
    // Both have lost every start; at this speed the match may be over before anybody can be told so.
    assert.match(demo.out(), /lost every start that Apple took: .*phone-09/)
    assert.match(demo.out(), /lost every start that Apple took: .*phone-10/)
    assert.match(demo.out(), / 0 repeated; 0 pushes undecodable, 0 activities doubled$/m)
    assert.match(
      demo.out(),
      /^\d+ of them one by one, with updates for \d+ phones; \d+ by channel, which came \d+ times to \d+ phones$/m
    )

    const { phones } = notebook(folder)
    const shown = (deviceId: string) => phones.find((one) => one.deviceId === deviceId)!.activities.at(-1)!
    // Healed, kept, told again, started again: none of these is among the others.
    for (const deviceId of [
      "phone-02",
      "phone-03",
      ...(late ? [] : ["phone-04"]),
      "phone-08-anew",
      "phone-14"
    ])
      assert.notInclude(["Active", "Stale"], shown(deviceId).state._tag, deviceId)
    assert.strictEqual(shown("phone-02").address._tag, "Channel")
    assert.strictEqual(shown("phone-03").address._tag, "Token")
    assert.match(shown("phone-03").content.expanded.statusLine, /[\u0900-\u097f]/)
    assert.match(shown("phone-02").content.expanded.statusLine, /^India won by 96 runs$/)
  }
)
