import { Delivery, type Gate, Model, Request, type Transport } from "@sightscreen/apns"
import { Chance, Instant } from "@sightscreen/decider"
import { Result } from "effect"
import type { Push } from "@sightscreen/handset"
import * as AtApple from "../faults/AtApple.ts"
import type { Plan } from "../faults/Plan.ts"
import type * as Entry from "../journal/Entry.ts"
import { numberOf } from "../scenario/Phone.ts"
import { worldBegins } from "../scenario/MatchSource.ts"
import * as Attempted from "./Attempted.ts"
import { type Bodies, isStart } from "./Bodies.ts"
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
  readonly #bodies: Bodies
  readonly #holding: (token: string) => Attempted.Holding | undefined
  readonly #befalls: (it: AtApple.Case) => AtApple.Befallen | null
  readonly #attempts = new Map<string, number>()
  readonly #connections = new Map<string, number>()
  readonly #underWay = new Map<number, number>()
  readonly createdAt = new Map<string, Instant.Instant>()
  #requests = 0

  constructor(
    setting: Setting,
    bodies: Bodies,
    plan: Plan,
    holding: (token: string) => Attempted.Holding | undefined,
    deliver: (deviceId: string, push: Push.Push, pushId: string, isStart: boolean) => void
  ) {
    this.#setting = setting
    this.#bodies = bodies
    this.#holding = holding
    this.#befalls = AtApple.make(setting.faults, plan)
    this.model = new Model.Model({
      keys: [key],
      rules: { environment: "sandbox", keys: [key] },
      onAccepted: ({ payload }) => bodies.taken(payload as object),
      onPublished: ({ payload }) => bodies.taken(payload as object),
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
        const { headers, payload, pushType, token } = output.push
        const collapseId = headers["apns-collapse-id"]
        deliver(
          output.device,
          {
            kind: pushType,
            token,
            priority: Number(headers["apns-priority"] ?? 10) as Push.Push["priority"],
            payload: this.#bodies.textOf(payload as object),
            ...(collapseId === undefined ? {} : { collapseId })
          },
          output.push.apnsId.toLowerCase(),
          pushType === "liveactivity" && isStart(payload as object)
        )
        return
      }
      case "Reached": {
        const { channelId, headers, payload, requestId } = output.publish
        deliver(
          output.device,
          {
            kind: "liveactivity",
            channelId,
            priority: Number(headers["apns-priority"] ?? 10) as Push.Push["priority"],
            payload: this.#bodies.textOf(payload as object)
          },
          requestId.toLowerCase(),
          false
        )
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
    const where = `${process.number}/${request.environment}/${Request.roleOf(request)}`
    const trouble = befallen?.trouble ?? null
    if (trouble?._tag === "Kills") this.model.retire(address, { reason: "ExpiredToken", since: loop.instant })
    const reaches =
      trouble === null ||
      trouble._tag === "Kills" ||
      trouble._tag === "Slow" ||
      (trouble._tag === "Unanswered" && trouble.taken)
    const own = reaches ? this.#ask(sent, where, bearer) : null
    const answer = own !== null && trouble?._tag !== "Unanswered" ? own : insteadOf(trouble as Instead)
    const taken = own !== null && own._tag === "Answered" && own.status >= 200 && own.status < 300
    const retryAfter = trouble?._tag === "Refuses" ? trouble.retryAfter : null
    this.#write(process, sent, attempt, holding, bearer, taken, answer, retryAfter)
    return answer
  }

  #hangUp(where: string): void {
    const connection = this.#connections.get(where)
    if (connection === undefined) return
    this.#connections.delete(where)
    this.model.disconnect(connection)
  }

  /** Whoever is told that the bearer token has expired goes on by another connection. */
  disown({ number }: Process): void {
    this.#disown(number)
  }

  #disown(process: number): void {
    for (const where of this.#connections.keys()) if (where.startsWith(`${process}/`)) this.#hangUp(where)
  }

  #ask({ request }: Sent, where: string, bearer: Instant.Instant): Transport.Answer {
    const { loop } = this.#setting
    const connection = this.#connections.get(where) ?? this.model.connect()
    this.#connections.set(where, connection)
    const nth = ++this.#requests
    this.#bodies.ask(request.body)
    const headers: Array<readonly [string, string]> = []
    for (const header of Request.headers(request)) if (!header[0].startsWith(":")) headers.push(header)
    headers.push(["authorization", "bearer"])
    const outputs = this.model.ask({
      at: loop.instant,
      connection,
      method: Request.methodOf(request),
      path: request.path,
      headers,
      body: request.body,
      jwt: Result.succeed({
        text: String(bearer),
        keyId: key.keyId,
        teamId: key.teamId,
        issuedAtSeconds: Instant.toSeconds(bearer),
        signed: "",
        signature: nothing
      }),
      signature: "valid",
      spareId: spareId(this.#setting.seed, nth),
      spareUniqueId: "",
      role: Request.roleOf(request),
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
      if (output._tag === "SentAway") this.#hangUp(where)
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
        pushId,
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

const nothing = new Uint8Array()

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

/** Ids of channels are made from it, so they differ by the scenario. */
const spareId = (seed: number, nth: number): string =>
  `${Chance.hash(seed, "id").toString(16).padStart(8, "0")}-0000-4000-8000-${nth.toString(16).padStart(12, "0")}`
