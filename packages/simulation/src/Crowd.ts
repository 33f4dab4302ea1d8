import type { Instant } from "@sightscreen/decider"
import { App, Handset, type Push, type Registration } from "@sightscreen/handset"

/**
 * Many phones, each found by the tokens that it has given out.
 *
 * It only passes on: what a phone does is the phone's affair, and where reports go is the world's.
 */
export class Crowd {
  readonly #phones = new Map<string, Handset.Handset>()
  readonly #byToken = new Map<string, string>()

  constructor(phones: Iterable<Handset.Handset>) {
    for (const phone of phones) {
      this.#phones.set(phone.deviceId, phone)
      for (const token of Handset.tokens(phone)) this.#byToken.set(token, phone.deviceId)
    }
  }

  /** In the order in which they were made. */
  get phones(): ReadonlyArray<Handset.Handset> {
    return [...this.#phones.values()]
  }

  phone(deviceId: string): Handset.Handset | undefined {
    return this.#phones.get(deviceId)
  }

  hear(deviceId: string, input: Handset.Input): ReadonlyArray<Handset.Output> {
    const phone = this.#phones.get(deviceId)
    if (phone === undefined) return []
    const [next, outputs] = Handset.step(phone, input)
    if (next.deviceId === deviceId) this.#phones.set(deviceId, next)
    else this.#rename(deviceId, next)
    for (const output of outputs) {
      if (
        output._tag === "DeviceTokenReported" ||
        output._tag === "StartTokenReported" ||
        output._tag === "UpdateTokenReported"
      ) {
        this.#byToken.set(output.token, next.deviceId)
      }
    }
    return outputs
  }

  /** The app is on a phone of another name; what was sent to the tokens it had before reaches it, and finds nobody. */
  #rename(before: string, phone: Handset.Handset): void {
    const all = [...this.#phones]
    this.#phones.clear()
    for (const [deviceId, one] of all) {
      if (deviceId === before) this.#phones.set(phone.deviceId, phone)
      else this.#phones.set(deviceId, one)
    }
    for (const [token, deviceId] of this.#byToken) {
      if (deviceId === before) this.#byToken.set(token, phone.deviceId)
    }
  }

  /** To whoever has the token; nobody, where Apple knows a token that no phone has. */
  deliver(
    token: string,
    push: Push.Push,
    at: Instant.Instant
  ): { readonly deviceId: string; readonly outputs: ReadonlyArray<Handset.Output> } | null {
    const deviceId = this.#byToken.get(token)
    return deviceId === undefined
      ? null
      : { deviceId, outputs: this.hear(deviceId, { _tag: "Delivered", push, at }) }
  }

  /** The phones that should be told the time by now. */
  due(at: Instant.Instant): ReadonlyArray<Handset.Handset> {
    const found = []
    for (const phone of this.#phones.values()) {
      const due = Handset.nextDue(phone)
      if (due !== null && due <= at) found.push(phone)
    }
    return found
  }

  /** Tells the time to the phones that have something due. */
  tick(
    at: Instant.Instant
  ): ReadonlyArray<{ readonly deviceId: string; readonly outputs: ReadonlyArray<Handset.Output> }> {
    const said = []
    for (const { deviceId } of this.due(at)) {
      const outputs = this.hear(deviceId, { _tag: "Ticked", at })
      if (outputs.length > 0) said.push({ deviceId, outputs })
    }
    return said
  }
}

/** What may be different about each phone; whatever is not said is as usual. */
export type Recipe = Partial<Omit<Handset.Settings, "deviceId" | "seed">>

/** So many phones out of their boxes; which is which follows from the seed. */
export const make = (
  count: number,
  seed: string,
  os: Registration.OsVersion,
  recipe: (deviceId: string, nth: number) => Recipe = () => ({})
): Crowd =>
  new Crowd(
    Array.from({ length: count }, (_, index) => {
      const name = `${index + 1}`.padStart(`${count}`.length, "0")
      const deviceId = `phone-${name}`
      return Handset.make({
        os,
        app: App.current,
        ...recipe(deviceId, index),
        deviceId,
        seed: `${seed}/${name}`
      })
    })
  )
