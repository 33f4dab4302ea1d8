import type { Instant } from "@sightscreen/decider"
import type { Environment } from "../Handling.ts"
import * as Channels from "./Channels.ts"
import * as Delivery from "./Delivery.ts"
import * as Gate from "./Gate.ts"
import type { Retired } from "./Registry.ts"

/**
 * What both forms of the model Apple share: the gate, and delivery behind it, held together.
 *
 * It is the one place where their states are kept, and does nothing on its own: requests, devices and the time come from
 * outside. Several hosts may stand before one model, as Apple's sandbox and production do before the same team.
 */
export interface Options {
  readonly rules?: Partial<Gate.Rules>
  readonly keys: ReadonlyArray<Gate.Key>
  readonly tokens?: Iterable<Gate.Known>
  /** What happens to what is accepted; nothing is modelled where absent. */
  readonly delivery?: DeliveryOptions
  /** Told of every accepted push before its sender is. Must not throw. */
  readonly onAccepted?: (push: Gate.Accepted) => void
  /** Told of every publish to a channel that is taken. Must not throw. */
  readonly onPublished?: (publish: Channels.Published) => void
  /** Told of everything that arrives at a device. Without a model of delivery nothing does. Must not throw. */
  readonly onDelivered?: (delivered: Delivery.Delivered | Delivery.Reached) => void
}

export interface DeliveryOptions {
  readonly rules?: Delivery.Rules
  readonly seed?: number
  /** The device that a token is on; one for each token unless given. */
  readonly deviceOf?: (token: string) => string
  /** Told of what arrives and of what is lost. Must not throw. */
  readonly onOutput?: (output: Delivery.Output) => void
}

export class Model {
  readonly #options: Options
  #gate: Gate.Gate
  #delivery: Delivery.Delivery
  #connections = 0
  #accepted = 0
  #published = 0
  /** Called when something becomes due sooner than was known. */
  onSooner: () => void = () => {}

  constructor(options: Options) {
    this.#options = options
    this.#gate = Gate.make(Gate.rules({ ...options.rules, keys: options.keys }))
    this.#delivery = Delivery.make(options.delivery?.rules, options.delivery?.seed)
    for (const token of options.tokens ?? []) this.register(token)
  }

  get accepted(): number {
    return this.#accepted
  }

  get published(): number {
    return this.#published
  }

  get deliveries(): Delivery.Counts {
    return this.#delivery.counts
  }

  get broadcasts(): Delivery.Broadcasts {
    return this.#delivery.broadcasts
  }

  get channels(): ReadonlyArray<Channels.Kept> {
    return Channels.all(this.#gate.channels)
  }

  /** When time alone may next change something, and never later than it does. */
  get due(): Instant.Instant | null {
    return Delivery.noEarlier(this.#delivery)
  }

  /** The number of a new connection. */
  connect(): number {
    return ++this.#connections
  }

  disconnect(connection: number): void {
    this.#say({ _tag: "Disconnected", connection })
  }

  /** Answers a request. Whoever is to be told of what it brought is told first. */
  ask(request: Omit<Gate.Request, "_tag">): ReadonlyArray<Gate.Output> {
    const outputs = this.#say({ _tag: "Request", ...request })
    for (const output of outputs) {
      if (output._tag === "Accepted") {
        this.#accepted++
        this.#options.onAccepted?.(output)
        if (!Delivery.knows(this.#delivery, output.token)) this.#attach(output.token, appOf(output))
        this.deliver(output)
      }
      if (output._tag === "Published") {
        this.#published++
        this.#options.onPublished?.(output)
        this.deliver(output)
      }
    }
    return outputs
  }

  register(token: Gate.Known): void {
    this.#say({ _tag: "Registered", token })
    this.#attach(token.token, token.bundleId)
  }

  retire(token: string, { reason, since: at }: Retired): void {
    this.#say({ _tag: "Retired", token, at, reason })
    this.deliver({ _tag: "Detached", token, at })
  }

  issue(key: Gate.Key): void {
    this.#say({ _tag: "KeyIssued", key })
  }

  revoke(keyId: string): void {
    this.#say({ _tag: "KeyRevoked", keyId })
  }

  loseChannel(channelId: string): void {
    this.#say({ _tag: "ChannelLost", channelId })
  }

  /** False where there is no such channel: nothing is followed then. */
  subscribe(device: string, channelId: string, environment?: Environment): boolean {
    const kept = Channels.find(this.#gate.channels, channelId)
    if (kept === undefined || (environment !== undefined && kept.environment !== environment)) return false
    this.deliver({ _tag: "Subscribed", device, channelId })
    return true
  }

  /** Tells of devices that come and go, and that time has passed. */
  deliver(input: Delivery.Input): void {
    const { delivery, onDelivered } = this.#options
    if (delivery === undefined) return
    const before = Delivery.noEarlier(this.#delivery)
    const [next, outputs] = Delivery.step(this.#delivery, input)
    this.#delivery = next
    for (const output of outputs) {
      delivery.onOutput?.(output)
      if (output._tag === "Delivered" || output._tag === "Reached") onDelivered?.(output)
    }
    const after = this.due
    if (after !== null && (before === null || after < before)) this.onSooner()
  }

  #attach(token: string, bundleId: string): void {
    const { deviceOf = (it: string) => it } = this.#options.delivery ?? {}
    this.deliver({ _tag: "Attached", token, device: deviceOf(token), bundleId })
  }

  #say(input: Gate.Input): ReadonlyArray<Gate.Output> {
    const [next, outputs] = Gate.step(this.#gate, input)
    this.#gate = next
    return outputs
  }
}

/** Of a token that nobody has registered, the topic says whose it is. */
const appOf = ({ headers }: Gate.Accepted): string =>
  (headers["apns-topic"] ?? "").replace(
    /\.(?:push-type\.\w+|voip(?:-ptt)?|complication|pushkit\.fileprovider|location-query)$/,
    ""
  )
