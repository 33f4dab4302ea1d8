import type { Instant } from "@sightscreen/decider"
import * as Dead from "./checks/Dead.ts"
import type { Entry } from "./journal/Entry.ts"
import * as Phone from "./scenario/Phone.ts"

/**
 * Why a phone may not show the end of a match, as far as the journal tells and the phone does not: what its owner wanted, and
 * what was lost on the way although everybody did what they should.
 *
 * A fold over entries that both gears run; it is asked once, at the end.
 */
export interface Reasons {
  readonly hear: (entry: Entry) => void
  /** Null where the server should have had its way. */
  readonly of: (phone: Phone.Phone) => string | null
}

interface Known {
  /** The name that the phone goes by, and since when somebody has been signed in under it. */
  deviceId: string | null
  cameAt: number
  isAway: boolean
  registered: boolean
  /** When its owner last asked for the match, and when not to have it any more. */
  followedAt: number | null
  leftAt: number | null
  /** Ends that Apple took for it, those that arrived, and those that did not. */
  readonly ends: Set<string>
  arrivedEnds: number
  lostEnds: number
  /** The last start that Apple took for it, or may have taken, when that was, and whether it arrived. */
  start: string | null
  startedAt: number
  /** Such starts that its app has not answered. */
  unanswered: number
  /** When its app last ran and said who it is. */
  ranAt: number
  /** The app has said where its activity is to be reached. */
  isReached: boolean
  hasArrived: boolean
  /** It arrived, and the system did nothing with it. */
  wasSpent: boolean
  /** Apple took a notice that the match is on, or may have taken it: such a word is not said twice. */
  noticed: boolean
  /** When its start token was replaced and its app not told: Apple takes starts by the old one all the same. */
  changedAt: number
  /** Its notifications were switched off. */
  isMuted: boolean
  /** What took the activity from the screen that was no push; and nothing has been heard of its app since. */
  goneFor: string | null
  /** That activity. The system may draw it once more. */
  gone: string | null
  /** Whether it has frequent updates, as its app said last; and whether that was news to the server. */
  frequent: boolean | null
  switched: boolean
  /** What was sent to it last was lost on the way. */
  lost: boolean
  /** The channel that it said it had joined. */
  channelId: string | null
  /** Where it was reached last, no push goes any more by Apple's word, and its app has been asked in silence since. */
  cutOff: boolean
  recalled: boolean
  /** Apple has called the last push to it wrong: the same is not said again, and what comes next may be long in coming. */
  called: boolean
}

export const make = (terms: {
  readonly playsFrom: Instant.Instant
  readonly overAt: Instant.Instant
}): Reasons => {
  const phones = new Map<number, Known>()
  /** The same, by every name that a phone has gone by. */
  const byName = new Map<string, Known | null>()
  /** Publishes of an end, by channel. */
  const ends = new Set<string>()
  /** Whom a push did not come to: what is lost at once is lost before whoever sent it has heard that it was taken. */
  const missing = new Map<string, Array<Known>>()
  /** Channels of which the last publish was called wrong. */
  const calledWrong = new Set<string>()
  const dead = Dead.none()
  const of = (number: number): Known => {
    let known = phones.get(number)
    if (known === undefined) {
      known = {
        deviceId: null,
        cameAt: 0,
        isAway: false,
        registered: false,
        followedAt: null,
        leftAt: null,
        ends: new Set(),
        arrivedEnds: 0,
        lostEnds: 0,
        start: null,
        startedAt: 0,
        unanswered: 0,
        ranAt: 0,
        isReached: false,
        hasArrived: false,
        wasSpent: false,
        noticed: false,
        isMuted: false,
        changedAt: 0,
        goneFor: null,
        gone: null,
        frequent: null,
        switched: false,
        lost: false,
        channelId: null,
        cutOff: false,
        recalled: false,
        called: false
      }
      phones.set(number, known)
    }
    return known
  }
  const ofDevice = (deviceId: string): Known | null => {
    const known = byName.get(deviceId)
    if (known !== undefined) return known
    const number = Phone.numberOf(deviceId)
    const found = number === null ? null : of(number)
    byName.set(deviceId, found)
    return found
  }
  /** Follows count for a person, who may have several phones. */
  const followed = new Map<string, { followedAt: number | null; leftAt: number | null }>()
  const personOf = (userId: string) => {
    const known = followed.get(userId) ?? { followedAt: null, leftAt: null }
    followed.set(userId, known)
    return known
  }
  const owners = new Map<number, string>()

  return {
    hear: (entry) => {
      switch (entry._tag) {
        case "ReportAsked": {
          const number = Phone.numberOf(entry.deviceId)
          if (number !== null) owners.set(number, entry.userId)
          if (entry.asks === "follow") personOf(entry.userId).followedAt = entry.at
          if (entry.asks === "unfollow") personOf(entry.userId).leftAt = entry.at
          if (entry.asks === "sign out" && number !== null) of(number).isAway = true
          if (entry.asks === "register" && number !== null) {
            const known = of(number)
            if (known.isAway || known.deviceId !== entry.deviceId) known.cameAt = entry.at
            known.deviceId = entry.deviceId
            known.ranAt = entry.at
            known.isAway = false
            known.registered = true
            // Who was switched off and on again between two words of the app: nobody can know that it ended everything.
            if (known.goneFor !== bySwitch || known.switched) known.goneFor = null
          }
          return
        }
        case "Attempted":
          if (entry.heard === 410) {
            Dead.hear(dead, entry)
            const known = entry.deviceId === null ? null : ofDevice(entry.deviceId)
            if (known !== null && entry.holds === "update" && Dead.has(dead, entry.address))
              known.cutOff = true
          }
          if (entry.event === "background" && entry.deviceId !== null && Dead.wasAsked(entry)) {
            const known = ofDevice(entry.deviceId)
            if (known !== null) known.recalled = known.cutOff
          }
          if (entry.event === "update" || entry.event === "end") {
            const isWrong = entry.heard === 413 || (entry.heard === 400 && !Dead.isOfTheAddress(entry))
            if (entry.route === "token") {
              const known = entry.deviceId === null ? null : ofDevice(entry.deviceId)
              if (known !== null && (isWrong || entry.taken)) known.called = isWrong
            } else if (isWrong) calledWrong.add(entry.address)
            else if (entry.taken) calledWrong.delete(entry.address)
          }
          if (
            entry.event === "alert" &&
            (entry.taken || entry.heard === "unknown") &&
            entry.at >= terms.playsFrom &&
            entry.deviceId !== null
          ) {
            const known = ofDevice(entry.deviceId)
            if (known !== null) known.noticed = true
          }
          if (
            entry.event === "start" &&
            entry.deviceId !== null &&
            (entry.taken || entry.heard === "unknown")
          ) {
            const known = ofDevice(entry.deviceId)
            if (known !== null) {
              if (known.start !== entry.pushId) known.unanswered++
              known.start = entry.pushId
              known.startedAt = entry.at
              known.isReached = false
              known.hasArrived = false
              known.wasSpent = false
            }
          }
          if (entry.event !== "end" || !entry.taken) return
          for (const known of missing.get(entry.pushId) ?? []) known.lostEnds++
          missing.delete(entry.pushId)
          if (entry.route === "channel") ends.add(entry.pushId)
          else if (entry.deviceId !== null) ofDevice(entry.deviceId)?.ends.add(entry.pushId)
          return
        case "Delivered": {
          const known = ofDevice(entry.deviceId)
          if (known === null) return
          known.lost = false
          if (ends.has(entry.pushId) || known.ends.has(entry.pushId)) known.arrivedEnds++
          if (known.start === entry.pushId && entry.fate === "applied") known.hasArrived = true
          if (known.start === entry.pushId) known.wasSpent = entry.fate === "dropped"
          return
        }
        case "Discarded":
        case "Missed": {
          const known = entry.deviceId === null ? null : ofDevice(entry.deviceId)
          if (known === null) return
          if (entry.why === "lost") known.lost = true
          if (ends.has(entry.pushId) || known.ends.has(entry.pushId)) known.lostEnds++
          else missing.set(entry.pushId, [...(missing.get(entry.pushId) ?? []), known])
          return
        }
        case "FaultBefell":
          if (entry.kind === "apple.channelLost")
            for (const known of phones.values()) if (known.channelId === entry.what) known.cutOff = true
          return
        case "PhoneTold": {
          const known = ofDevice(entry.deviceId)
          if (known !== null && entry.does === "switches notifications off") known.isMuted = true
          if (known !== null && entry.does === "is given another start token unnoticed")
            known.changedAt = entry.at
          return
        }
        case "PhoneSaid": {
          const known = ofDevice(entry.deviceId)
          const { output } = entry
          if (known === null) return
          if (output._tag === "ActivityEnded" && output.why !== "push") {
            known.goneFor = `ended by its ${output.why}`
            known.gone = output.activityId
          }
          if (output._tag === "ActivityDismissed" && output.by === "person") {
            known.goneFor = "dismissed by its owner"
            known.gone = output.activityId
            const number = Phone.numberOf(entry.deviceId)
            const owner = number === null ? undefined : owners.get(number)
            if (owner !== undefined) personOf(owner).leftAt = entry.at
          }
          if (output._tag === "ChannelJoined" || output._tag === "UpdateTokenReported") {
            known.isReached = true
            known.unanswered = 0
            known.cutOff = false
            known.recalled = false
          }
          if (output._tag === "ChannelJoined") known.channelId = output.channelId
          if (output._tag === "DeviceReported") {
            known.switched = known.frequent !== null && known.frequent !== output.frequentPushes
            known.frequent = output.frequentPushes
          }
          if (output._tag === "Shown" && output.activityId !== known.gone) known.goneFor = null
          return
        }
        default:
          return
      }
    },
    of: (phone) => {
      const { number } = phone
      const known = phones.get(number)
      const owner = owners.get(number)
      if (known === undefined || owner === undefined) return "its app was never opened"
      const wish = followed.get(owner)
      if (wish?.followedAt == null) return "its owner never asked for the match"
      if (wish.followedAt >= terms.overAt - startTakesMillis)
        return "asked for when the match was as good as over"
      if (known.cameAt >= terms.overAt - startTakesMillis)
        return "nobody was signed in until the match was as good as over"
      if (wish.leftAt !== null && wish.leftAt >= wish.followedAt)
        return "its owner did not want the match any more"
      // Whoever cannot be started is told instead, once, unless there was no time for it or nothing is to be shown to them.
      const isLate = Math.max(wish.followedAt, known.cameAt) >= terms.overAt - tellingTakesMillis
      const isTold = known.noticed || known.isMuted || phone.notificationsOn === false || isLate
      if (phone.most === 0 && isTold) return "other apps' activities leave no room"
      if (phone.startToken === "never" && isTold) return "its start token never came"
      if (phone.startToken === "swallowed" && isTold) return "it lost every start that Apple took"
      // Apple: an activity that was started remotely has its token once its owner has allowed it.
      if (phone.tokenAfter === null && !known.isReached)
        return "its update token is withheld until its owner allows the activity"
      if (known.goneFor !== null) return known.goneFor
      if (known.lost && known.channelId === null) return "what was sent to it last was lost on the way"
      if (known.called || (known.channelId !== null && calledWrong.has(known.channelId)))
        return "Apple called the last push to it wrong, which was not"
      if (known.cutOff && known.recalled)
        return "no push went to its activity any more, and its app did not run when it was asked to"
      const ends = known.channelId === null || known.cutOff ? 1 : endsOnAChannel
      if (known.lostEnds >= ends && known.arrivedEnds === 0) return "Apple took the end, and it never arrived"
      // An app that has run since is offered another start, as long as its phone has not been asked too often.
      const isOffered =
        known.ranAt > known.startedAt &&
        known.ranAt < terms.overAt - offerTakesMillis &&
        known.unanswered < startsADay
      if (known.start !== null && !known.hasArrived && known.noticed && !isOffered)
        return "its last start came to nothing, and its owner was told instead"
      // It is woken and its owner told once for a match, which for a Test may have been on another day.
      if (known.wasSpent && known.changedAt > known.ranAt && (known.noticed || known.isMuted))
        return "its start token had changed unnoticed"
      if (known.wasSpent && phone.afterForceQuit === "nothing" && !isOffered)
        return "its app was force-quit, and the system did nothing with its last start"
      return null
    }
  }
}

/** A phone is asked three times, with minutes between, before its owner is told. */
const tellingTakesMillis = 20 * 60_000

/** An app that runs has ninety seconds to say what its phone shows; then comes the next round, and a start takes its time. */
const offerTakesMillis = 5 * 60_000

/** Unanswered starts that a phone may be asked for in a day. */
const startsADay = 3

/** On a channel the end is told again and again, as long as there is the channel: that all are lost is as good as never. */
const endsOnAChannel = 3

const bySwitch = "ended by its switch"

/** A start, its token and the newest state take so long. */
const startTakesMillis = 60_000
