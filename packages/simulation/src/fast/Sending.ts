import { Notification, Request, Verdict } from "@sightscreen/apns"
import type { Transport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  Attempt,
  Breaker,
  Consequence,
  Filed,
  type Ids,
  Judgement,
  PushId,
  PushOutcome,
  RetirementBreaker,
  Retry,
  RetryBudget,
  Settlement
} from "@sightscreen/domain"
import { type Dispatcher, Outcomes } from "@sightscreen/engine"
import type { Sent } from "./Apple.ts"
import * as Bearers from "./Bearers.ts"
import { Latch, type Task } from "./Loop.ts"
import type { Server } from "./Server.ts"

type Mailing = Dispatcher.Mailing
type Recipient = Dispatcher.Recipient

export interface Answered {
  readonly recipient: Recipient
  readonly outcome: PushOutcome.Outcome
}

/** What is to be sent, as far as it says how long it may wait for Apple to come back. */
export interface Errand {
  readonly kind: Retry.Kind
  readonly until: Instant.Instant
}

/** Sends mailings, tries again what may be tried again, and tells everybody what the answers mean. */
export class Sending {
  readonly #server: Server
  readonly #up = new Latch(true)
  #breaker: Breaker.Breaker = Breaker.closed
  #budget = RetryBudget.initial
  #retirement = RetirementBreaker.closed
  readonly #rests = new Map<string, Instant.Instant>()
  readonly #suspects = new Set<string>()

  constructor(server: Server) {
    this.#server = server
  }

  get downUntil(): Instant.Instant | null {
    return this.#breaker._tag === "Closed" ? null : this.#breaker.until
  }

  /** Until when an address is left alone because Apple has asked for it; null where it has not. */
  restOf(address: string, at: Instant.Instant): Instant.Instant | null {
    if (this.#rests.size === 0) return null
    const until = this.#rests.get(address)
    if (until === undefined || at < until) return until ?? null
    this.#rests.delete(address)
    return null
  }

  *admit({ kind, until }: Errand): Task<"all" | "one" | "none"> {
    const { process } = this.#server
    for (;;) {
      const at = process.now
      const admission = Breaker.admit(this.#breaker, at)
      if (admission._tag === "All") return "all"
      if (admission._tag === "One") {
        this.#hear({ _tag: "Probed", at })
        return "one"
      }
      if (Retry.delays[kind].length === 0 || !Instant.isBefore(admission.until, until)) return "none"
      yield process.until(admission.until, this.#up)
    }
  }

  #hear(input: Breaker.Input): void {
    const [next, outputs] = Breaker.step(this.#breaker, input)
    this.#breaker = next
    for (const { _tag } of outputs) {
      if (_tag === "Opened") this.#up.close()
      else this.#up.open()
    }
  }

  judged(outcomes: ReadonlyArray<PushOutcome.Outcome>, addresses: ReadonlyArray<string>): void {
    const { process } = this.#server
    const at = process.now
    let failed = 0
    let notBefore: Instant.Instant | null = null
    outcomes.forEach((outcome, nth) => {
      const isDown = outcome._tag === "AppleDown"
      if (isDown || outcome._tag === "Unanswered") failed += 1
      const until = Retry.rest(PushOutcome.notBeforeOf(outcome), at)
      if (until === null) return
      this.#rests.set(addresses[nth]!, until)
      if (isDown) notBefore = Instant.later(until, notBefore ?? until)
    })
    this.#budget = RetryBudget.sent(this.#budget, outcomes.length)
    const answered = outcomes.length - failed
    this.#hear({ _tag: "Judged", answered, failed, at, chance: process.chance, notBefore })
  }

  *#exchange(all: ReadonlyArray<Sent>): Task<ReadonlyArray<Transport.Answer>> {
    const { apple, process } = this.#server
    const answers = [...(yield* apple.exchange(process, all))]
    const again: Array<number> = []
    answers.forEach((answer, nth) => {
      if (Verdict.of(answer)._tag === "AuthExpired") again.push(nth)
    })
    if (again.length === 0) return answers
    const { bearer } = process.tables
    if (bearer !== null) Bearers.forget(process, bearer.issuedAt)
    apple.disown(process)
    const second = yield* apple.exchange(
      process,
      again.map((nth) => all[nth]!)
    )
    again.forEach((nth, place) => {
      answers[nth] = second[place]!
    })
    return answers
  }

  /** One request, asked once more where the bearer token was too old. */
  *ask(sent: Sent): Task<Transport.Answer> {
    return (yield* this.#exchange([sent]))[0]!
  }

  /** The last outcome for each recipient; recipients who had it already are left out. */
  *send(mailing: Mailing, recipients: ReadonlyArray<Recipient>): Task<ReadonlyArray<Answered>> {
    const { process } = this.#server
    const { ledger } = process.tables
    let all = recipients.map((recipient) => addressed(mailing, recipient))
    if (mailing.resumed) {
      process.op()
      all = all.filter(({ pushId }) => !process.tables.isTaken(pushId))
    }
    let waiting: ReadonlyArray<Attempt.Waiting<Addressed>> = all.map(Attempt.waiting)
    const answers: Array<Answered> = []
    const settle = (some: ReadonlyArray<Attempt.Waiting<Addressed>>): void => {
      for (const { last, to, tries } of some) {
        answers.push({ recipient: to.recipient, outcome: last })
        if (tries > 0 || last !== Attempt.notSent) ledger.set(to.pushId, last._tag)
      }
    }
    while (waiting.length > 0) {
      const at = process.now
      const { hopeless, ready, resting } = Attempt.partition(waiting, mailing, at, ({ recipient }) =>
        this.restOf(recipient.token, at)
      )
      settle(hopeless)
      if (ready.length === 0) {
        waiting = resting
        yield process.until(Attempt.firstDue(resting, at))
        continue
      }
      const { kind, until } = mailing
      const owing = Attempt.owing(ready)
      const chanceOfWait = owing === 0 ? 0 : process.chance
      const granted = owing === 0 ? 0 : this.grant(owing)
      const paid = Attempt.afford({ kind, until, at, chance: chanceOfWait }, ready, granted)
      settle(paid.settled)
      if (paid.sent.length === 0) {
        waiting = [...resting, ...paid.later]
        continue
      }
      const admitted = yield* this.admit(mailing)
      if (admitted === "none") {
        for (const { to } of [...paid.sent, ...paid.later, ...resting])
          answers.push({ recipient: to.recipient, outcome: Attempt.notSent })
        break
      }
      const some = admitted === "one" ? paid.sent.slice(0, 1) : paid.sent
      const rest = [...(admitted === "one" ? paid.sent.slice(1) : []), ...paid.later]
      const heard = yield* this.#exchange(some.map(({ to }) => to.sent))
      const answeredAt = process.now
      const outcomes = heard.map((answer) => Outcomes.ofVerdict(Verdict.of(answer), answeredAt))
      this.judged(
        outcomes,
        some.map(({ to }) => to.recipient.token)
      )
      const isDown = this.downUntil !== null
      const sorted = Attempt.sort(
        { kind, until, at: answeredAt, isDown, chance: process.chance },
        some,
        outcomes
      )
      settle(sorted.settled)
      waiting = [...rest, ...resting, ...sorted.again]
    }
    return answers
  }

  /** How many of those wanted may be sent again. */
  grant(wanted: number): number {
    if (this.#breaker._tag !== "Closed") return wanted
    const [left, granted] = RetryBudget.spend(this.#budget, wanted)
    this.#budget = left
    const { process } = this.#server
    if (granted < wanted) this.#hear({ _tag: "CreditSpent", at: process.now, chance: process.chance })
    return granted
  }

  /** Tells tokens, activities and ladders what came of it; and who missed something and is to be told later. */
  *settle(mailing: Mailing, answers: ReadonlyArray<Answered>): Task<ReadonlyArray<Recipient>> {
    const { desk, ladders, process } = this.#server
    const { gone, outdated } = yield* this.judge(mailing, answers)
    const { kind, matchId } = mailing
    const later: Array<Recipient> = []
    for (const { outcome, recipient } of answers) {
      if (outcome._tag === "Accepted" && kind !== "start") continue
      const { activityId, deviceId, token } = recipient
      const answer: Settlement.Answer = {
        outcome,
        kind,
        matchId,
        token,
        gone: gone.has(token),
        outdated: outdated.has(token)
      }
      for (const { _tag, input } of Settlement.news(answer, process.now)) {
        if (_tag === "ToLadder") {
          if (deviceId !== null) yield* ladders.hear([{ deviceId, input }])
          continue
        }
        const whose =
          _tag === "ToActivity" || activityId === null ? activityId : Filed.predecessorOf(activityId)
        if (whose !== null) desk.tell(whose, input)
      }
      if (Settlement.isToldLater(answer)) later.push(recipient)
    }
    return later
  }

  /** Takes tokens through their decider; gives those to which no push goes from here any more. */
  *judge(mailing: Mailing, answers: ReadonlyArray<Answered>): Task<Judged> {
    const { process, store } = this.#server
    const tokenKind = Retry.tokenKind[mailing.kind]
    const gone = new Set<string>()
    const outdated = new Set<string>()
    const cases: Array<{ readonly token: string; readonly judgement: Judgement.Judgement }> = []
    for (const { outcome, recipient } of answers) {
      const { token } = recipient
      if (outcome._tag === "Accepted") {
        if (!this.#suspects.delete(token)) continue
        const row = store.token(tokenKind, token)
        const suspicion = Judgement.cleared(row, process.now)
        if (row !== null && suspicion !== null) store.note(row, suspicion)
        continue
      }
      for (const word of Consequence.of(outcome, mailing.kind)) {
        if (!Judgement.isWord(word)) continue
        const at = process.now
        const first = Judgement.of(store.token(tokenKind, token), word, at)
        const judgement = Judgement.asksElsewhere(first)
          ? Judgement.elsewhere(first, word, yield* this.#elsewhere(mailing, token), at)
          : first
        cases.push({ token, judgement })
      }
    }
    const wouldRetire = cases.filter(({ judgement }) => Judgement.wouldRetire(judgement)).length
    const [next, outputs] = RetirementBreaker.step(this.#retirement, {
      _tag: "Judged",
      sent: answers.length,
      wouldRetire,
      at: process.now
    })
    this.#retirement = next
    const mayRetire = !outputs.some(({ _tag }) => _tag === "Withhold")
    for (const { judgement, token } of cases) {
      if (Judgement.isOutdated(judgement)) outdated.add(token)
      const deed = Judgement.deedOf(judgement, mayRetire)
      const at = process.now
      switch (deed._tag) {
        case "Gone":
          gone.add(token)
          break
        case "Stays":
          break
        case "Move":
          // There is one host in this world; what belongs elsewhere is of no use in it.
          if (store.retire(tokenKind, token, deed.else.reason, at, deed.else.unlessRegisteredAfter))
            gone.add(token)
          break
        case "Retire":
          if (store.retire(tokenKind, token, deed.reason, at, deed.unlessRegisteredAfter)) gone.add(token)
          else {
            const row = store.token(tokenKind, token)
            if (row === null || row.retiredAt !== null) gone.add(token)
          }
          break
        case "Note":
          this.#suspects.add(token)
          store.note({ kind: tokenKind, token, registeredAt: judgement.row!.registeredAt }, deed.suspicion)
          break
      }
    }
    return { gone, outdated }
  }

  /** The same push to the other host, to see. */
  *#elsewhere(mailing: Mailing, token: string): Task<"production" | null> {
    const { sealed } = mailing
    const request = Request.of({
      token: token as Recipient["token"],
      sealed: Notification.inEnvironment(sealed, "production")
    })
    const sent: Sent = { request, route: "token", address: token, pushId: `probe/${mailing.cause}/${token}` }
    const answer = yield* this.ask(sent)
    return Verdict.of(answer)._tag === "Accepted" ? "production" : null
  }
}

/** Tokens to which no push goes any more, and those that live whatever Apple said. */
interface Judged {
  readonly gone: ReadonlySet<string>
  readonly outdated: ReadonlySet<string>
}

interface Addressed {
  readonly recipient: Recipient
  readonly pushId: Ids.PushId
  readonly sent: Sent
}

const addressed = (mailing: Mailing, recipient: Recipient): Addressed => {
  const { token } = recipient
  const pushId = PushId.of(recipient.cause ?? mailing.cause, token)
  const request = Request.of({
    token,
    pushId: pushId as unknown as NonNullable<Request.Request["pushId"]>,
    sealed: mailing.sealed
  })
  return { recipient, pushId, sent: { request, route: "token", address: token, pushId } }
}
