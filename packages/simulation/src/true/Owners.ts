import { Instant } from "@sightscreen/decider"
import { Handset } from "@sightscreen/handset"
import { Effect } from "effect"
import { Crowd } from "../Crowd.ts"
import * as Fate from "../Fate.ts"
import type { Plan } from "../faults/Plan.ts"
import type { Journal } from "../journal/Journal.ts"
import * as Happening from "../scenario/Happening.ts"
import { matchId } from "../scenario/MatchSource.ts"
import * as Phone from "../scenario/Phone.ts"
import type { World } from "../World.ts"

/** The phones of a scenario and those who have them: what they do with them, and what they remember of it. */
export interface Owners {
  readonly crowd: Crowd
  /** All names that phones have ever gone by. */
  readonly everyName: ReadonlyArray<string>
  /** The phone as the scenario has it, by whatever name it goes. */
  readonly settingsOf: (deviceId: string) => Phone.Phone | undefined
  readonly diaryOf: (deviceId: string) => Fate.Diary
  /** What a phone has said by itself. */
  readonly hear: (deviceId: string, output: Handset.Output) => void
  /** Somebody does something with a phone; false where there is nothing to do it with. */
  readonly act: (world: World, number: number, does: Happening.Deed) => Effect.Effect<boolean>
}

export const make = (given: {
  readonly seed: number
  readonly plan: Plan
  readonly journal: Journal
  readonly now: () => Instant.Instant
  readonly kickOff: Instant.Instant
}): Owners => {
  const { journal, kickOff, now, plan, seed } = given
  const byNumber = new Map(plan.phones.map((phone) => [phone.number, phone]))
  const names = new Map<number, string>()
  const everyName: Array<string> = []
  const diaries = new Map<number, Fate.Diary>()
  const crowd = new Crowd(
    plan.phones.map((phone) => {
      const settings = Phone.settingsOf(phone, seed)
      names.set(phone.number, settings.deviceId)
      everyName.push(settings.deviceId)
      return Handset.make({ ...settings, userId: Phone.userIdOf(phone) } as Handset.Settings)
    })
  )

  const diaryOf = (deviceId: string): Fate.Diary =>
    diaries.get(Phone.numberOf(deviceId) ?? 0) ?? Fate.untouched

  const remember = (deviceId: string, input: Handset.Input, outputs: ReadonlyArray<Handset.Output>): void => {
    const number = Phone.numberOf(deviceId)
    if (number !== null) diaries.set(number, Fate.remember(diaryOf(deviceId), input, outputs, kickOff))
  }

  return {
    crowd,
    everyName,
    settingsOf: (deviceId) => {
      const number = Phone.numberOf(deviceId)
      return number === null ? undefined : byNumber.get(number)
    },
    diaryOf,
    hear: (deviceId, output) => remember(deviceId, { _tag: "Ticked", at: now() }, [output]),
    act: Effect.fnUntraced(function* (world, number, does) {
      const deviceId = names.get(number)
      const phone = deviceId === undefined ? undefined : crowd.phone(deviceId)
      const settings = byNumber.get(number)
      if (deviceId === undefined || phone === undefined || settings === undefined) return false
      if (Happening.isErrand(does)) {
        if (phone.userId === null || !phone.online) return false
        journal.write({ _tag: "PhoneTold", at: now(), deviceId, does })
        yield* does === "follows" ? world.follow(deviceId, matchId) : world.unfollow(deviceId, matchId)
        return true
      }
      const anew = `${Phone.deviceIdOf(number)}-${everyName.length}`
      const owner = Phone.userIdOf(settings)
      const input = Happening.inputOf(does, phone, { at: now(), owner, matchId, anew })
      if (input === null) return false
      journal.write({ _tag: "PhoneTold", at: now(), deviceId, does })
      if (input._tag === "Reinstalled" || input._tag === "RestoredTo") {
        names.set(number, anew)
        everyName.push(anew)
      }
      remember(deviceId, input, [])
      yield* world.touch(deviceId, input)
      return true
    })
  }
}
