import { Link } from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"

const at = Instant.fromMillis
const settings = (limit: number, when = 0): Link.Input => ({ _tag: "SettingsHeard", at: at(when), limit })
const opened = (when = 0): Link.Input => ({ _tag: "StreamOpened", at: at(when) })
const done = (answered: boolean, when = 0): Link.Input => ({ _tag: "StreamDone", at: at(when), answered })
const tick = (when: number): Link.Input => ({ _tag: "Ticked", at: at(when) })
const goaway = (lastStreamId: number): Link.Input => ({ _tag: "WentAway", at: at(0), lastStreamId })

const life = (...inputs: ReadonlyArray<Link.Input>) =>
  Step.play(Link.step(Link.manners), Link.opened(at(0)), inputs)
const tags = (outputs: ReadonlyArray<Link.Output>) => outputs.map((output) => output._tag)

describe("Link", () => {
  const rooms: ReadonlyArray<readonly [string, ReadonlyArray<Link.Input>, number]> = [
    ["one stream before anything is heard", [], 1],
    ["one stream when the server allows a thousand but has answered nothing", [settings(1000)], 1],
    ["none beside the first", [settings(1000), opened()], 0],
    ["one still when the first brought no answer", [settings(1000), opened(), done(false)], 1],
    ["one when answered but not told of more", [settings(1), opened(), done(true)], 1],
    ["all the server allows after the first answer", [settings(1), opened(), settings(500), done(true)], 500],
    ["its own measure at most", [settings(4_294_967_295), opened(), done(true)], 1000],
    [
      "none when the limit falls below what is open",
      [settings(9), opened(), done(true), opened(), opened(), opened(), settings(2)],
      0
    ],
    ["none after GOAWAY", [settings(9), opened(), done(true), goaway(1)], 0]
  ]
  for (const [what, inputs, expected] of rooms) {
    it(`has room for ${what}`, () => {
      assert.strictEqual(Link.room(life(...inputs)[0]), expected)
    })
  }

  it("drains at GOAWAY, once, and closes with its last stream", () => {
    const [link, outputs] = life(opened(), goaway(2 ** 31 - 1), goaway(1), done(true))
    assert.deepStrictEqual(outputs, [{ _tag: "Drain" }, { _tag: "Close", why: "drained" }])
    assert.strictEqual(link.phase, "closed")
  })

  it("closes at once when it goes away with nothing under way", () => {
    assert.deepStrictEqual(tags(life(goaway(0))[1]), ["Drain", "Close"])
  })

  it("knows that streams above the last were never read, and those never opened", () => {
    const [link] = life(opened(), opened(), goaway(2 ** 31 - 1), goaway(5))
    assert.isFalse(Link.unread(link, 5))
    assert.isTrue(Link.unread(link, 7))
    assert.isTrue(Link.unread(link, undefined))
    assert.isFalse(Link.unread(life(opened())[0], 7))
  })

  it("pings in silence, sooner with streams open, and once at a time", () => {
    assert.deepStrictEqual(tags(life(tick(59_999))[1]), [])
    assert.deepStrictEqual(tags(life(tick(60_000), tick(60_100))[1]), ["Ping"])
    assert.deepStrictEqual(tags(life(opened(), tick(1999), tick(2000), tick(2100))[1]), ["Ping"])
  })

  it("does not take the silence before a stream for silence after it", () => {
    assert.deepStrictEqual(tags(life(opened(50_000), tick(50_100))[1]), [])
  })

  it("closes when a ping stays unanswered", () => {
    assert.deepStrictEqual(life(opened(), tick(2000), tick(4999), tick(5000))[1], [
      { _tag: "Ping" },
      { _tag: "Close", why: "silent" }
    ])
  })

  it("is content with a pong, or with any answer", () => {
    const pong: Link.Input = { _tag: "PongHeard", at: at(2100) }
    assert.deepStrictEqual(tags(life(opened(), tick(2000), pong, tick(4000))[1]), ["Ping"])
    const [link] = life(opened(), opened(), tick(2000), done(true, 4000), tick(6000))
    assert.strictEqual(link.phase, "open")
  })

  it("drains when a stream expires and nothing has been answered since it was opened", () => {
    const expired: Link.Input = { _tag: "StreamExpired", at: at(5000), openedAt: at(0) }
    assert.deepStrictEqual(tags(life(opened(), expired)[1]), ["Drain"])
    assert.deepStrictEqual(tags(life(opened(), opened(), done(true, 10), expired)[1]), [])
  })

  it("is silent once closed", () => {
    const lost: Link.Input = { _tag: "Lost", at: at(0) }
    const [link, outputs] = life(lost, lost, tick(9e9), goaway(0), { _tag: "Retired", at: at(0) })
    assert.deepStrictEqual(outputs, [{ _tag: "Close", why: "lost" }])
    assert.strictEqual(Link.room(link), 0)
  })
})
