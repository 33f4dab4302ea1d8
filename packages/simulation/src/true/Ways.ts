import type { Delivery } from "@sightscreen/apns"
import type { Instant } from "@sightscreen/decider"
import type { Between } from "../Between.ts"
import * as Errand from "../Errand.ts"
import type { Faults } from "../faults/Fault.ts"
import * as OnTheWay from "../faults/OnTheWay.ts"
import type { Journal } from "../journal/Journal.ts"
import { aboutOf, askings, fateIn } from "../Reporting.ts"
import * as Phone from "../scenario/Phone.ts"

/**
 * The ways from Apple to the phones and from the phones to the server: what goes wrong on them, and everything that comes by
 * is written down.
 */
export interface Ways {
  readonly between: Required<Pick<Between, "travel" | "trip" | "asked" | "acknowledged" | "arrived">>
  /** Apple could not keep or bring something. */
  readonly onOutput: (output: Delivery.Output) => void
  /** Reports of a phone that nobody has acknowledged. */
  readonly untold: (deviceId: string) => number
}

export const make = (given: {
  readonly journal: Journal
  readonly faults: Faults
  readonly begins: Instant.Instant
  readonly now: () => Instant.Instant
  /** How often each request was tried, over all processes. */
  readonly attempts: ReadonlyMap<string, number>
  /** Who has a token. */
  readonly ownerOf: (token: string) => string | null
}): Ways => {
  const { attempts, begins, faults, journal, now, ownerOf } = given
  const waiting = new Map<string, number>()
  const untold = (deviceId: string): number => waiting.get(deviceId) ?? 0

  const lose = (it: Came, at: Instant.Instant, why: string): void =>
    journal.write({
      _tag: it._tag === "Delivered" ? "Discarded" : "Missed",
      at,
      pushId: pushIdOf(it),
      deviceId: it.device,
      why
    })

  return {
    untold,
    onOutput: (output) => {
      if (output._tag === "Discarded")
        journal.write({
          _tag: "Discarded",
          at: output.at,
          pushId: output.push.apnsId.toLowerCase(),
          deviceId: ownerOf(output.push.token),
          why: output.why
        })
      if (output._tag === "Missed")
        journal.write({
          _tag: "Missed",
          at: output.at,
          pushId: output.publish.requestId.toLowerCase(),
          deviceId: output.device,
          why: output.why
        })
    },
    between: {
      travel: (delivered) => {
        const pushId = pushIdOf(delivered)
        const number = Phone.numberOf(delivered.device)
        if (number === null) return [0]
        const copies = OnTheWay.travel(faults, {
          at: delivered.at - begins,
          pushId,
          phone: number,
          nth: attempts.get(pushId) ?? 1,
          isStart: delivered._tag === "Delivered" && isStart(delivered.push.payload)
        })
        if (copies.length === 0) lose(delivered, delivered.at, "lost")
        return copies
      },
      trip: (report, errand, attempt) =>
        OnTheWay.trip(faults, {
          at: now() - begins,
          phone: Phone.numberOf(errand.deviceId) ?? 0,
          report,
          attempt,
          mayWait: Errand.mayBeOvertaken(errand),
          mayLieAbout: errand._tag === "UpdateToken"
        }),
      asked: (report, errand) => {
        const { deviceId, userId } = errand
        waiting.set(deviceId, untold(deviceId) + 1)
        const asks = askings[errand._tag]
        journal.write({
          _tag: "ReportAsked",
          at: now(),
          report,
          deviceId,
          userId,
          asks,
          about: aboutOf(errand)
        })
      },
      acknowledged: (report, process, count) => {
        const deviceId = report.slice(0, report.lastIndexOf("/"))
        waiting.set(deviceId, untold(deviceId) - 1)
        journal.write({ _tag: "ReportAcknowledged", at: now(), report, process, attempts: count })
      },
      arrived: (delivered, deviceId, before, after) => {
        if (before === null || after === null) return lose(delivered, now(), "out of reach")
        const isDirect = delivered._tag === "Delivered"
        journal.write({
          _tag: "Delivered",
          at: now(),
          pushId: pushIdOf(delivered),
          deviceId,
          route: isDirect ? "token" : "channel",
          address: isDirect ? delivered.push.token : delivered.publish.channelId,
          fate: fateIn(before.counters, after.counters)
        })
      }
    }
  }
}

type Came = Delivery.Delivered | Delivery.Reached

const pushIdOf = (it: Came): string =>
  (it._tag === "Delivered" ? it.push.apnsId : it.publish.requestId).toLowerCase()

const isStart = (payload: unknown): boolean =>
  (payload as { readonly aps?: { readonly event?: string } }).aps?.event === "start"
