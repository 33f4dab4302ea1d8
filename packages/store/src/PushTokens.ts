import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

export const Kind = Schema.Literals(["alert", "start", "update", "voip"])
export type Kind = typeof Kind.Type

export const Environment = Schema.Literals(["production", "sandbox"])
export type Environment = typeof Environment.Type

/** Where a push can be sent to. The same letters in another environment or for another app are another address. */
const address = {
  /** Hexadecimal, as Apple's addresses have it. Personal data: never logged whole. */
  token: Schema.NonEmptyString,
  kind: Kind,
  environment: Environment,
  bundleId: Schema.NonEmptyString
}
export const Address = Schema.Struct(address)
export type Address = typeof Address.Type

/** A token that a phone has registered. A retired one is remembered, so that late news of it is understood. */
export const PushToken = Schema.Struct({
  ...address,
  deviceId: Ids.DeviceId,
  userId: Ids.UserId,
  /** When the phone last said that it is valid. */
  registeredAt: Instant.Instant,
  retiredAt: Schema.NullOr(Instant.Instant),
  retiredFor: Schema.NullOr(Schema.String),
  /** The activity that it updates; null for the other kinds. */
  activityId: Schema.NullOr(Ids.ActivityId)
})
export type PushToken = typeof PushToken.Type

export type Registration = Omit<PushToken, "retiredAt" | "retiredFor">

export interface Registered {
  /** The device that the token was on until now, where that was another. */
  readonly movedFrom: Ids.DeviceId | null
  /** Tokens that this one takes the place of. */
  readonly replaced: ReadonlyArray<string>
}

export interface Retirement {
  readonly reason: string
  readonly at: Instant.Instant
  /**
   * The moment that a verdict is about (Apple: the `timestamp` of a 410). A token that its phone has registered after that
   * moment lives on. Null for a verdict without one.
   */
  readonly unlessRegisteredAfter: Instant.Instant | null
}

/** A device has one valid token of these kinds in each environment and app; a new one takes the place of the old. */
const oneEach: ReadonlySet<Kind> = new Set(["alert", "start", "voip"])

export class PushTokens extends Context.Service<
  PushTokens,
  {
    /** Once or often, the same. A retired token lives again; a token that turns up elsewhere moves there. */
    readonly register: (registration: Registration) => Effect.Effect<Registered, Fault>
    /** Tells whether a living token was retired. */
    readonly retire: (address: Address, retirement: Retirement) => Effect.Effect<boolean, StoreError>
    /** The living tokens of one kind, in the order of devices and tokens. */
    readonly ofDevices: (
      kind: Kind,
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<ReadonlyArray<PushToken>, Fault>
    /** Wherever a token is known, retired or not. */
    readonly byToken: (token: string) => Effect.Effect<ReadonlyArray<PushToken>, Fault>
  }
>()("@sightscreen/store/PushTokens") {
  static readonly layer = Layer.effect(
    PushTokens,
    Effect.gen(function* () {
      const { all, inTurn, insert, read, sql, take, write } = yield* Table.open({
        name: "push_tokens",
        row: PushToken,
        fields: {
          token: "text",
          kind: "text",
          environment: "text",
          bundleId: "text",
          deviceId: "text",
          userId: "text",
          registeredAt: "int8",
          retiredAt: "int8",
          retiredFor: "text",
          activityId: "text"
        },
        key: ({ kind, token }) => `${String(kind)}/…${String(token).slice(-6)}`
      })
      const at = ({ bundleId, environment, kind, token }: Address) =>
        sql`token = ${token} and kind = ${kind} and environment = ${environment} and bundle_id = ${bundleId}`
      const deviceOf = (address: Address) =>
        Effect.map(
          sql<
            Pick<PushToken, "deviceId">
          >`select device_id as "deviceId" from push_tokens where ${at(address)}`,
          ([row]) => row
        )
      return PushTokens.of({
        register: (registration) =>
          write(
            "register",
            // What happens to the token, to the device it goes to and to the device it was on happens in turn.
            Effect.flatMap(deviceOf(registration), (found) =>
              inTurn(
                [key(registration), slot(registration), slot({ ...registration, ...found })],
                Effect.gen(function* () {
                  const { bundleId, deviceId, environment, kind, registeredAt, token } = registration
                  const before = yield* deviceOf(registration)
                  const replaced = !oneEach.has(kind)
                    ? []
                    : yield* sql<Pick<PushToken, "token">>`
                      update push_tokens set retired_at = ${registeredAt}, retired_for = 'replaced'
                      where device_id = ${deviceId} and kind = ${kind} and environment = ${environment}
                        and bundle_id = ${bundleId} and token <> ${token} and retired_at is null
                      returning token`
                  yield* sql`${insert([registration])} on conflict (token, kind, environment, bundle_id)
                  do update set ${take("deviceId", "userId", "retiredAt", "retiredFor", "activityId")},
                    registered_at = greatest(push_tokens.registered_at, excluded.registered_at)`
                  return outcome(before, registration, replaced)
                })
              )
            )
          ),
        retire: (address, { at: retiredAt, reason, unlessRegisteredAfter }) =>
          write(
            "retire",
            sql`update push_tokens set retired_at = ${retiredAt}, retired_for = ${reason}
              where ${at(address)} and retired_at is null
                and registered_at <= coalesce(${unlessRegisteredAfter}::int8, registered_at)
              returning 1`
          ).pipe(Effect.map((retired) => retired.length > 0)),
        ofDevices: (kind, deviceIds) =>
          read(
            "ofDevices",
            sql`select ${all} from push_tokens
              where device_id = any(${Table.texts(sql, deviceIds)}) and kind = ${kind} and retired_at is null
              order by device_id, token, environment, bundle_id`
          ),
        byToken: (token) =>
          read(
            "byToken",
            sql`select ${all} from push_tokens where token = ${token} order by kind, environment, bundle_id`
          )
      })
    })
  )

  static readonly layerMemory = Layer.sync(PushTokens, () => {
    const rows = new Map<string, PushToken>()
    const ofDevice = new Map<string, Set<string>>()
    const ofToken = new Map<string, Set<string>>()
    const those = (keys: Iterable<string>) => [...keys].flatMap((each) => rows.get(each) ?? [])
    return PushTokens.of({
      register: (registration) =>
        Effect.sync(() => {
          const { deviceId, kind, registeredAt, token } = registration
          const before = rows.get(key(registration))
          const replaced = oneEach.has(kind)
            ? those(ofDevice.get(deviceId) ?? []).filter(
                (each) => each.retiredAt === null && each.token !== token && slot(each) === slot(registration)
              )
            : []
          for (const each of replaced)
            rows.set(key(each), { ...each, retiredAt: registeredAt, retiredFor: "replaced" })
          if (before !== undefined) ofDevice.get(before.deviceId)?.delete(key(before))
          rows.set(key(registration), {
            ...registration,
            registeredAt: Instant.later(before?.registeredAt ?? registeredAt, registeredAt),
            retiredAt: null,
            retiredFor: null
          })
          into(ofDevice, deviceId, key(registration))
          into(ofToken, token, key(registration))
          return outcome(before, registration, replaced)
        }),
      retire: (address, { at, reason, unlessRegisteredAfter }) =>
        Effect.sync(() => {
          const row = rows.get(key(address))
          if (row === undefined || row.retiredAt !== null) return false
          if (unlessRegisteredAfter !== null && row.registeredAt > unlessRegisteredAfter) return false
          rows.set(key(address), { ...row, retiredAt: at, retiredFor: reason })
          return true
        }),
      ofDevices: (kind, deviceIds) =>
        Effect.sync(() =>
          [...new Set(deviceIds)]
            .flatMap((deviceId) => those(ofDevice.get(deviceId) ?? []))
            .filter((each) => each.kind === kind && each.retiredAt === null)
            .sort(inOrder((each) => [each.deviceId, each.token, each.environment, each.bundleId]))
        ),
      byToken: (token) =>
        Effect.sync(() =>
          those(ofToken.get(token) ?? []).sort(
            inOrder((each) => [each.kind, each.environment, each.bundleId])
          )
        )
    })
  })
}

const key = ({ bundleId, environment, kind, token }: Address): string =>
  [token, kind, environment, bundleId].join("/")

const slot = ({ bundleId, deviceId, environment, kind }: Registration): string =>
  [deviceId, kind, environment, bundleId].join("/")

const outcome = (
  before: Pick<PushToken, "deviceId"> | undefined,
  { deviceId }: Registration,
  replaced: ReadonlyArray<Pick<PushToken, "token">>
): Registered => ({
  movedFrom: before === undefined || before.deviceId === deviceId ? null : before.deviceId,
  replaced: replaced.map(({ token }) => token).sort()
})

const into = (groups: Map<string, Set<string>>, group: string, member: string): void => {
  const members = groups.get(group)
  if (members === undefined) groups.set(group, new Set([member]))
  else members.add(member)
}

const inOrder =
  <Row>(parts: (row: Row) => ReadonlyArray<string>) =>
  (a: Row, b: Row): number => {
    const [left, right] = [parts(a), parts(b)]
    const at = left.findIndex((part, index) => part !== right[index])
    return at === -1 ? 0 : left[at]! < right[at]! ? -1 : 1
  }
