import type { Delivery, Gate } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Handset, Registration } from "@sightscreen/handset"
import { Cast, Crowd, Errand, Fate, Mail } from "@sightscreen/simulation"
import { Duration } from "effect"
import * as Saved from "../Saved.ts"
import { type Order, ownerOf } from "./Order.ts"
import type { Playing } from "./Playing.ts"

/** Apple takes its time to notice that a token is dead. */
const noticeAfter = Duration.minutes(5)
/** From a notification to the tap on it. */
const tapsAfter = Duration.seconds(20)

/** What the model Apple is told of phones. It takes what it is told as it is told. */
export interface Apple {
  readonly register: (token: string, kind: Gate.Kind) => void
  readonly retire: (token: string, since: Instant.Instant, reason: Dead["reason"]) => void
  readonly subscribe: (deviceId: string, channelId: string) => void
  readonly unsubscribe: (deviceId: string, channelId: string) => void
  readonly tell: (input: Delivery.Input) => void
}

interface Dead {
  readonly token: string
  readonly since: Instant.Instant
  readonly reason: "Unregistered" | "ExpiredToken"
}

interface Scene {
  readonly nth: number
  readonly does: Cast.Deed
  readonly at: Instant.Instant
}

export interface Given {
  readonly order: Order
  readonly playing: Playing
  readonly now: () => Instant.Instant
  readonly apple: Apple
  /** On their way to the server. */
  readonly send: (errand: Errand.Errand) => void
  /** What the final state looks like to readers of a language. */
  readonly right: (language: string) => string
  /** Where the match goes on: what was written down of them; null for people who come anew. */
  readonly found: Saved.Saved | null
  /** What names them apart from those of other matches. */
  readonly seed: string
  /** What else is known of why a phone is not right at the end; null where nothing is. */
  readonly because: (phone: Handset.Handset, to: Instant.Instant) => string | null
}

/** The people of the demo: what is on their phones, what they do with them, and what their apps report. */
export class People {
  readonly crowd: Crowd.Crowd
  readonly #given: Given
  readonly #cast: ReadonlyArray<Cast.Part>
  /** Where each phone stands in the crowd; who it belongs to follows from that, whatever it is called. */
  readonly #names: Array<string>
  readonly #places: Map<string, number>
  readonly #following: Set<string>
  readonly #diaries: Map<number, Fate.Diary>
  readonly #owners = new Map<string, string>()
  readonly #dead: Array<Dead> = []
  readonly #taps: Array<{ readonly nth: number; readonly at: Instant.Instant }> = []
  #scenes: ReadonlyArray<Scene> = []
  #played: number
  #post: Saved.Post

  constructor(given: Given) {
    const { found, order, playing, seed } = given
    this.#given = given
    this.#cast = Array.from({ length: order.phones }, (_, nth) => Cast.part(order.crowd, nth))
    this.crowd =
      found === null
        ? Crowd.make(order.phones, seed, [18, 4], (_, nth) => ({
            ...this.#cast[nth]?.recipe,
            userId: ownerOf(order, nth)
          }))
        : new Crowd.Crowd(found.phones)
    this.#names = this.crowd.phones.map(({ deviceId }) => deviceId)
    this.#places = new Map(this.#names.map((deviceId, nth) => [deviceId, nth]))
    this.#following = new Set(found?.following)
    this.#diaries = new Map(found?.diaries)
    this.#played = found?.scenes ?? 0
    this.#post = found?.post ?? Saved.noPost
    if (playing.startsAt !== null) this.#layScenes()
  }

  get following(): ReadonlyArray<string> {
    return [...this.#following]
  }

  get diaries(): ReadonlyArray<readonly [nth: number, diary: Fate.Diary]> {
    return [...this.#diaries]
  }

  /** How many of the scenes have been played. */
  get scenes(): number {
    return this.#played
  }

  get post(): Saved.Post {
    return this.#post
  }

  deviceOf(token: string): string {
    return this.#owners.get(token) ?? `nobody/${token.slice(-6)}`
  }

  count(what: "pushes" | "publishes"): void {
    this.#post = { ...this.#post, [what]: this.#post[what] + 1 }
  }

  delivered(delivered: Delivery.Delivered | Delivery.Reached): void {
    if (delivered._tag === "Reached") this.#post = { ...this.#post, reached: this.#post.reached + 1 }
    this.#hear(delivered.device, { _tag: "Delivered", at: delivered.at, push: Mail.of(delivered) })
  }

  /** Apple, which may be another than before, hears of every phone as it is. */
  introduce(): void {
    for (const [nth, phone] of this.crowd.phones.entries()) this.#introduce(nth, phone)
  }

  /** The server knows that somebody follows. */
  follows(userId: string): void {
    this.#following.add(userId)
    if (this.#following.size === this.#given.order.phones) this.begin()
  }

  begin(): void {
    if (this.#given.playing.begin()) this.#layScenes()
  }

  /** A server is there: whoever is not known to follow opens the app, and follows. */
  launch(): void {
    const { now, order, playing, send } = this.#given
    for (const [nth, { deviceId }] of this.crowd.phones.entries()) {
      const userId = ownerOf(order, nth)
      if (this.#following.has(userId)) continue
      this.#hear(deviceId, { _tag: "Launched", at: now() })
      send({ _tag: "Follow", deviceId, userId, matchId: playing.matchId })
    }
  }

  /** What has fallen due by now: on the phones, of what their owners do with them, and at Apple. */
  pass(at: Instant.Instant): void {
    for (const { deviceId } of this.crowd.due(at)) this.#hear(deviceId, { _tag: "Ticked", at })
    const { apple, order, playing } = this.#given
    for (let next = this.#scenes[this.#played]; next !== undefined && next.at <= at;) {
      this.#played += 1
      const phone = this.#phoneAt(next.nth)
      const input = phone && Cast.inputOf(next.does, phone, ownerOf(order, next.nth), at)
      if (phone !== undefined && input != null) this.#hear(phone.deviceId, input)
      next = this.#scenes[this.#played]
    }
    for (let next = this.#taps[0]; next !== undefined && next.at <= at; next = this.#taps[0]) {
      this.#taps.shift()
      const phone = this.#phoneAt(next.nth)
      if (phone !== undefined) this.#hear(phone.deviceId, { _tag: "Tapped", matchId: playing.matchId, at })
    }
    for (let next = this.#dead[0]; next !== undefined; next = this.#dead[0]) {
      if (at < Instant.plus(next.since, noticeAfter)) break
      this.#dead.shift()
      apple.retire(next.token, next.since, next.reason)
    }
  }

  /** What has become of the nth phone, once the match is over. */
  fateOf(nth: number): Fate.Fate {
    const { because, now, playing, right } = this.#given
    const { from, to } = playing.play
    const phone = this.#phoneAt(nth)!
    const why = because(phone, to)
    return Fate.of(phone, this.#diaries.get(nth) ?? Fate.untouched, {
      matchId: playing.matchId,
      right,
      at: now(),
      from,
      to,
      goesOn: this.#scenes.slice(this.#played).some((scene) => scene.nth === nth),
      ...(why === null ? {} : { because: why })
    })
  }

  #phoneAt(nth: number): Handset.Handset | undefined {
    return this.crowd.phone(this.#names[nth] ?? "")
  }

  #layScenes(): void {
    const { play } = this.#given.playing
    this.#scenes = this.#cast
      .flatMap(({ scenes }, nth) =>
        scenes.map(({ does, when }) => ({ nth, does, at: Cast.instantOf(when, play) }))
      )
      .sort((a, b) => a.at - b.at || a.nth - b.nth)
  }

  #introduce(nth: number, { activities, deviceId, online, tokens }: Handset.Handset): void {
    const { apple, now } = this.#given
    if (tokens.device !== null) this.#issue(deviceId, tokens.device, "device")
    for (const token of Registration.issued(tokens))
      if (token !== tokens.device) this.#issue(deviceId, token, "start")
    for (const { address } of activities)
      if (address._tag === "Token") this.#issue(deviceId, address.token, "update")
    if (!online) apple.tell({ _tag: "Disconnected", at: now(), device: deviceId })
    const { came = false, told = false } = this.#diaries.get(nth) ?? {}
    if (told && !came && this.#cast[nth]?.taps === true) this.#taps.push({ nth, at: now() })
  }

  #issue(deviceId: string, token: string, kind: Gate.Kind): void {
    this.#owners.set(token, deviceId)
    this.#given.apple.register(token, kind)
  }

  #hear(deviceId: string, input: Handset.Input): void {
    const nth = this.#places.get(deviceId)
    if (nth === undefined) return
    const { apple, playing } = this.#given
    const before = this.#channelsOf(deviceId)
    const outputs = this.crowd.hear(deviceId, input)
    if (input._tag === "Reinstalled") {
      this.#names[nth] = input.deviceId
      this.#places.set(input.deviceId, nth)
    }
    const diary = this.#diaries.get(nth) ?? Fate.untouched
    const after = Fate.remember(diary, input, outputs, playing.startsAt)
    if (after !== diary) this.#diaries.set(nth, after)
    if (after.told && !diary.told && this.#cast[nth]?.taps === true)
      this.#taps.push({ nth, at: Instant.plus(input.at, tapsAfter) })
    this.#report(nth, outputs)
    if (input._tag === "WentOffline") apple.tell({ _tag: "Disconnected", at: input.at, device: deviceId })
    if (input._tag === "CameOnline") apple.tell({ _tag: "Connected", at: input.at, device: deviceId })
    this.#listen(deviceId, before)
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  #report(nth: number, outputs: ReadonlyArray<Handset.Output>): void {
    const phone = outputs.length === 0 ? undefined : this.#phoneAt(nth)
    if (phone === undefined) return
    for (const output of outputs) {
      this.#tellApple(phone.deviceId, output)
      if (output._tag === "NotificationShown") {
        const what = Fate.isFallback(output, this.#given.playing.startsAt) ? "fallback" : "prematch"
        this.#post = { ...this.#post, [what]: this.#post[what] + 1 }
      }
      // Where nobody is signed in the app has nobody to speak for.
      if (phone.userId === null && output._tag !== "SignedOut") continue
      const errand = Errand.of(phone, phone.userId ?? "", output)
      if (errand !== null) this.#given.send(errand)
    }
  }

  #tellApple(deviceId: string, output: Handset.Output): void {
    switch (output._tag) {
      case "DeviceTokenReported":
        return this.#issue(deviceId, output.token, "device")
      case "StartTokenReported":
        return this.#issue(deviceId, output.token, "start")
      case "UpdateTokenReported":
        return this.#issue(deviceId, output.token, "update")
      case "TokensDied": {
        if (output.why === "ended") return
        const reason = output.why === "removed" ? "Unregistered" : "ExpiredToken"
        const since = this.#given.now()
        for (const token of output.tokens) this.#dead.push({ token, since, reason })
        return
      }
      default:
    }
  }

  #channelsOf(deviceId: string): ReadonlyArray<string> {
    const phone = this.crowd.phone(deviceId)
    return phone === undefined ? [] : Handset.channels(phone)
  }

  /** A phone listens to the channels of its living activities, whether or not its app has said so. */
  #listen(deviceId: string, before: ReadonlyArray<string>): void {
    const { apple } = this.#given
    const after = this.#channelsOf(deviceId)
    for (const channelId of after) if (!before.includes(channelId)) apple.subscribe(deviceId, channelId)
    for (const channelId of before) if (!after.includes(channelId)) apple.unsubscribe(deviceId, channelId)
  }
}
