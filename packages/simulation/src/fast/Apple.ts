import { Delivery, type Gate, Model, type ModelChannels, Request, type Transport } from "@sightscreen/apns"
import { Chance, Instant } from "@sightscreen/decider"
import { Result } from "effect"
import type { Push } from "@sightscreen/handset"
import * as AtApple from "../faults/AtApple.ts"
import type { Plan } from "../faults/Plan.ts"
import type * as Entry from "../journal/Entry.ts"
import { numberOf } from "../scenario/Phone.ts"
import { worldBegins } from "../scenario/MatchSource.ts"
import * as Attempted from "./Attempted.ts"
import { Bodies } from "./Bodies.ts"
import * as Bearers from "./Bearers.ts"
import { Latch, type Task } from "./Loop.ts"
import type { Process, Setting } from "./Process.ts"

export interface Sent {
  readonly request: Request.Request
  /** A push to a token, a publish to a channel, or what is asked about channels. */
  readonly route: "token" | "channel" | "management"
  /** A token or the id of a channel; what is done where it is neither. */
  readonly address: string
  /** In lower case; the name of what is done for management. */
  readonly pushId: string
}

const key: Gate.Key = { keyId: "MODELKEY01", teamId: "MODELTEAM1" }
const outward = 40
const homeward = 40

/**
 * The model Apple at the other end of a network that has its troubles. It outlives all processes.
 */
export class AppleSide {
  readonly model: Model.Model
  readonly #setting: Setting
  readonly #bodies = new Bodies()
  readonly #holding: (token: string) => Attempted.Holding | undefined
  readonly #befalls: (it: AtApple.Case) => AtApple.Befallen | null
  readonly #attempts = new Map<string, number>()
  /** Of each process, by host. */
  readonly #connections = new Map<number, Map<string, number>>()
  #copy: Copy | null = null
  #shown: Shown | null = null
  readonly #underWay = new Map<number, number>()
  readonly createdAt = new Map<string, Instant.Instant>()
  readonly #seedDigits: string
  #requests = 0

  constructor(
    setting: Setting,
    plan: Plan,
    holding: (token: string) => Attempted.Holding | undefined,
    deliver: (deviceId: string, push: Push.Push, pushId: string, isStart: boolean) => void
  ) {
    this.#setting = setting
    this.#seedDigits = Chance.hash(setting.seed, "id").toString(16).padStart(8, "0")
    this.#holding = holding
    this.#befalls = AtApple.make(setting.faults, plan)
    this.model = new Model.Model({
      keys: [key],
      rules: { environment: "sandbox", keys: [key] },
      delivery: {
        rules: Delivery.direct,
        deviceOf: (token) => holding(token)?.deviceId ?? `nobody/${token.slice(-6)}`,
        onOutput: (output) => this.#came(output, deliver)
      }
    })
  }

  #came(
    output: Delivery.Output,
    deliver: (deviceId: string, push: Push.Push, pushId: string, isStart: boolean) => void
  ): void {
    const { journal, loop } = this.#setting
    switch (output._tag) {
      case "Delivered": {
        const { body, headers, pushType, token } = output.push
        const collapseId = headers["apns-collapse-id"]
        const { event, text: payload } = this.#bodies.of(body)
        const priority = priorityOf(headers)
        deliver(
          output.device,
          collapseId === undefined
            ? { kind: pushType, token, priority, payload }
            : { kind: pushType, token, priority, payload, collapseId },
          output.push.apnsId.toLowerCase(),
          pushType === "liveactivity" && event === "start"
        )
        return
      }
      case "Reached": {
        const { publish } = output
        if (this.#copy?.of !== publish) this.#copy = this.#copyOf(publish)
        deliver(output.device, this.#copy.push, this.#copy.pushId, false)
        return
      }
      case "Discarded":
        journal.write({
          _tag: "Discarded",
          at: loop.instant,
          pushId: output.push.apnsId.toLowerCase(),
          deviceId: this.#holding(output.push.token)?.deviceId ?? null,
          why: output.why
        })
        return
      case "Missed":
        journal.write({
          _tag: "Missed",
          at: loop.instant,
          pushId: output.publish.requestId.toLowerCase(),
          deviceId: output.device,
          why: output.why
        })
    }
  }

  /** What reaches everybody who follows the channel. */
  #copyOf(publish: ModelChannels.Published): Copy {
    const { body, channelId, headers, requestId } = publish
    const { text: payload } = this.#bodies.of(body)
    return {
      of: publish,
      push: { kind: "liveactivity", channelId, priority: priorityOf(headers), payload },
      pushId: requestId.toLowerCase()
    }
  }

  /** Sends requests together, and waits for all answers. */
  *exchange(process: Process, all: ReadonlyArray<Sent>): Task<ReadonlyArray<Transport.Answer>> {
    process.op()
    const { loop } = this.#setting
    const bearer = Bearers.current(process)
    const answers: Array<Transport.Answer> = []
    this.#underWay.set(process.number, (this.#underWay.get(process.number) ?? 0) + all.length)
    const done = new Latch()
    let left = all.length
    const settle = (nth: number, answer: Transport.Answer) => {
      answers[nth] = answer
      this.#underWay.set(process.number, this.#underWay.get(process.number)! - 1)
      if (--left === 0) done.open()
    }
    loop.plan(loop.now + outward, () => {
      // Almost all go well, and are answered in one breath.
      const usual: Array<() => void> = []
      all.forEach((sent, nth) => {
        const befallen = this.#meets(process, sent)
        if (befallen === null) {
          const answer = this.#judge(process, sent, bearer, null)
          usual.push(() => settle(nth, answer))
          return
        }
        const { trouble } = befallen
        const before = trouble._tag === "Slow" ? trouble.beforeMillis : 0
        const after = trouble._tag === "Kills" || trouble._tag === "Refuses" ? 0 : trouble.afterMillis
        loop.plan(loop.now + before, () => {
          const answer = this.#judge(process, sent, bearer, befallen)
          loop.plan(loop.now + homeward + after, () => settle(nth, answer))
        })
      })
      if (usual.length > 0)
        loop.plan(loop.now + homeward, () => {
          for (const one of usual) one()
        })
    })
    if (all.length > 0) yield { at: Infinity, latch: done }
    process.op()
    return answers
  }

  /** What befalls an attempt at a request, if anything does. */
  #meets({ number }: Process, { address, pushId, route }: Sent): AtApple.Befallen | null {
    const { journal, loop } = this.#setting
    const attempt = (this.#attempts.get(pushId) ?? 0) + 1
    this.#attempts.set(pushId, attempt)
    const holding = route === "token" ? this.#holding(address) : undefined
    const befallen = this.#befalls({
      at: loop.now - worldBegins,
      now: loop.instant,
      id: pushId,
      attempt,
      to: route,
      phone: holding === undefined ? null : numberOf(holding.deviceId),
      isUpdate: holding?.kind === "update" && holding.isAlive
    })
    if (befallen === null) return null
    const { kind } = befallen
    journal.write({ _tag: "FaultBefell", at: loop.instant, kind, what: `${pushId}/${attempt}` })
    // It goes by a new connection.
    if (kind === "apple.goAway") this.#disown(number)
    return befallen
  }

  #judge(
    process: Process,
    sent: Sent,
    bearer: Instant.Instant,
    befallen: AtApple.Befallen | null
  ): Transport.Answer {
    const { loop } = this.#setting
    const { address, pushId, request, route } = sent
    const attempt = this.#attempts.get(pushId)!
    const holding = route === "token" ? this.#holding(address) : undefined
    const trouble = befallen?.trouble ?? null
    if (trouble?._tag === "Kills") this.model.retire(address, { reason: "ExpiredToken", since: loop.instant })
    const reaches =
      trouble === null ||
      trouble._tag === "Kills" ||
      trouble._tag === "Slow" ||
      (trouble._tag === "Unanswered" && trouble.taken)
    const own = reaches ? this.#ask(process.number, request, bearer) : null
    const answer = own !== null && trouble?._tag !== "Unanswered" ? own : insteadOf(trouble as Instead)
    const taken = own !== null && own._tag === "Answered" && own.status >= 200 && own.status < 300
    const retryAfter = trouble?._tag === "Refuses" ? trouble.retryAfter : null
    this.#write(process, sent, attempt, holding, bearer, taken, answer, retryAfter)
    return answer
  }

  #hangUp(process: number, host: string): void {
    const connections = this.#connections.get(process)
    const connection = connections?.get(host)
    if (connections === undefined || connection === undefined) return
    connections.delete(host)
    this.model.disconnect(connection)
  }

  /** Whoever is told that the bearer token has expired goes on by another connection. */
  disown({ number }: Process): void {
    this.#disown(number)
  }

  #disown(process: number): void {
    for (const host of this.#connections.get(process)?.keys() ?? []) this.#hangUp(process, host)
  }

  /** Ids of channels are made from it, so they differ by the scenario. */
  #spareId(nth: number): string {
    return `${this.#seedDigits}-0000-4000-8000-${nth.toString(16).padStart(12, "0")}`
  }

  #connectionTo(process: number, host: string): number {
    let connections = this.#connections.get(process)
    if (connections === undefined) this.#connections.set(process, (connections = new Map<string, number>()))
    let connection = connections.get(host)
    if (connection === undefined) connections.set(host, (connection = this.model.connect()))
    return connection
  }

  #ask(process: number, request: Request.Request, bearer: Instant.Instant): Transport.Answer {
    const { loop } = this.#setting
    const role = Request.roleOf(request)
    const host = hosts[request.environment][role]
    const connection = this.#connectionTo(process, host)
    if (this.#shown?.issuedAt !== bearer) this.#shown = shownAs(bearer)
    const outputs = this.model.ask({
      at: loop.instant,
      connection,
      method: Request.methodOf(request),
      path: request.path,
      headers: request.shared,
      body: request.body,
      id: request.pushId,
      jwt: this.#shown.jwt,
      signature: "valid",
      spareId: this.#spareId(++this.#requests),
      spareUniqueId: "",
      role,
      environment: request.environment
    })
    let answer: Transport.Answer = { _tag: "Unknown", why: "lost" }
    for (const output of outputs) {
      if (output._tag === "Response") {
        const { apnsId, reason, status, timestamp } = output
        answer = answered(
          status,
          connection,
          reason === undefined ? undefined : { reason, timestamp },
          apnsId
        )
      }
      if (output._tag === "ChannelResponse") {
        const { channelId, reason, requestId, status } = output
        if (channelId !== undefined && status === 201) this.createdAt.set(channelId, loop.instant)
        answer = {
          ...answered(status, connection, reason === undefined ? output.json : { reason }, undefined),
          headers: {
            "apns-request-id": requestId,
            ...(channelId !== undefined && { "apns-channel-id": channelId })
          }
        }
      }
      if (output._tag === "SentAway") this.#hangUp(process, host)
    }
    return answer
  }

  #write(
    process: Process,
    { address, pushId, request, route }: Sent,
    attempt: number,
    holding: Attempted.Holding | undefined,
    bearer: Instant.Instant,
    taken: boolean,
    answer: Transport.Answer,
    retryAfter: number | null
  ): void {
    const { journal, loop } = this.#setting
    if (route === "management") {
      const does = address.split("/")[0] as Entry.Managed["does"]
      const channelId = address.slice(does.length + 1) || null
      journal.write({
        _tag: "Managed",
        at: loop.instant,
        process: process.number,
        does,
        channelId,
        taken,
        heard: Attempted.heardOf(answer)
      })
      return
    }
    journal.write(
      Attempted.entryOf({
        at: loop.instant,
        process: process.number,
        // A push that only asks whether a token works has no name; here it goes by one of its own.
        pushId: route === "token" ? (request.pushId ?? "") : pushId,
        attempt,
        recorded: this.#setting.tables.isTaken(pushId),
        route,
        address,
        holding,
        request,
        body: this.#bodies.of(request.body),
        bearer,
        underWay: this.#underWay.get(process.number) ?? 0,
        taken,
        answer,
        retryAfter
      })
    )
  }
}

const priorityOf = (headers: Readonly<Record<string, string>>): Push.Push["priority"] =>
  Number(headers["apns-priority"] ?? 10) as Push.Push["priority"]

interface Copy {
  readonly of: ModelChannels.Published
  readonly push: Push.Push
  readonly pushId: string
}

const hosts = {
  production: { push: "production/push", management: "production/management" },
  sandbox: { push: "sandbox/push", management: "sandbox/management" }
} as const

/** A bearer token, as the gate reads it. */
interface Shown {
  readonly issuedAt: Instant.Instant
  readonly jwt: Gate.Request["jwt"]
}

const shownAs = (issuedAt: Instant.Instant): Shown => ({
  issuedAt,
  jwt: Result.succeed({
    text: String(issuedAt),
    keyId: key.keyId,
    teamId: key.teamId,
    issuedAtSeconds: Instant.toSeconds(issuedAt),
    signed: "",
    signature: new Uint8Array()
  })
})

const answered = (
  status: number,
  connection: number,
  body: object | undefined,
  apnsId: string | undefined
): Extract<Transport.Answer, { readonly _tag: "Answered" }> => ({
  _tag: "Answered",
  status,
  apnsId,
  uniqueId: undefined,
  body: body === undefined ? "" : JSON.stringify(body),
  connection
})

type Instead = Extract<AtApple.Trouble, { readonly _tag: "Refuses" | "Unreachable" | "Unanswered" }>

const insteadOf = (trouble: Instead): Transport.Answer => {
  switch (trouble._tag) {
    case "Unreachable":
      return { _tag: "NotProcessed", why: trouble.why }
    case "Unanswered":
      return { _tag: "Unknown", why: trouble.why }
    case "Refuses": {
      const { body, headers, status } = trouble
      return { ...answered(status, 0, undefined, undefined), body, headers }
    }
  }
}
