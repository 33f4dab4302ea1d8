/** Requests that are certainly wrong, made from the description of the API: each breaks one thing that it promises. */
export interface Malformed {
  /** What is wrong with it. */
  readonly why: string
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** What must not be said back. */
  readonly secrets: ReadonlyArray<string>
}

interface Schema {
  readonly type?: string
  readonly $ref?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly anyOf?: ReadonlyArray<Schema>
  readonly allOf?: ReadonlyArray<Schema>
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Schema
  readonly minimum?: number
  readonly pattern?: string
}

interface Operation {
  readonly operationId: string
  readonly security?: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string; readonly schema: Schema }>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface Credentials {
  readonly user: Readonly<Record<string, string>>
  readonly operator: Readonly<Record<string, string>>
}

interface Route extends Operation {
  readonly method: string
  readonly path: string
}

export interface Random {
  readonly below: (limit: number) => number
}

const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join("")

const pick = <A>(random: Random, all: ReadonlyArray<A>): A => all[random.below(all.length)]!

export const routesOf = ({ paths }: Document): ReadonlyArray<Route> =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path
    }))
  )

/** Something that a schema takes, as far as its shape goes. */
const example = (schema: Schema, document: Document, random: Random): unknown => {
  if (schema.$ref !== undefined)
    return example(document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, document, random)
  if (schema.enum !== undefined) return pick(random, schema.enum)
  if (schema.anyOf !== undefined) return example(pick(random, schema.anyOf), document, random)
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name) === true || random.below(2) === 0)
          .map(([name, one]) => [name, example(one, document, random)])
      )
    case "array":
      return schema.items === undefined ? [] : [example(schema.items, document, random)]
    case "integer":
    case "number":
      return 1
    case "boolean":
      return random.below(2) === 0
    case "null":
      return null
    default:
      return hex(random, 64)
  }
}

const texts = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? value.length >= 40
      ? [value]
      : []
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(texts)
      : []

type Body = Readonly<Record<string, unknown>>

/** Ways to get a body wrong; none can be right by accident. */
const breaks: ReadonlyArray<
  readonly [why: string, make: (body: Body, schema: Schema, random: Random) => string | null]
> = [
  ["half of a body", (body) => JSON.stringify(body).slice(0, -1)],
  ["another language", (body) => `<body>${JSON.stringify(body)}</body>`],
  ["a list", (body) => JSON.stringify([body])],
  ["a text", (body, _, random) => JSON.stringify(hex(random, 64) + JSON.stringify(body).slice(0, 10))],
  ["a number", () => "1e400"],
  ["nothing", () => "null"],
  ["a field too many", (body, _, random) => JSON.stringify({ ...body, [hex(random, 64)]: hex(random, 64) })],
  ["a prototype", (body) => JSON.stringify(body).replace(/^\{/, '{"__proto__":{"a":1},"constructor":1,')],
  [
    "a field too few",
    (body, { required = [] }, random) => {
      if (required.length === 0) return null
      const gone = pick(random, required)
      return JSON.stringify(Object.fromEntries(Object.entries(body).filter(([name]) => name !== gone)))
    }
  ],
  [
    "a field of another kind",
    (body, { properties = {} }, random) => {
      const names = Object.keys(properties)
      if (names.length === 0) return null
      const wrong = pick<unknown>(random, [
        { [hex(random, 64)]: hex(random, 64) },
        [[hex(random, 64)]],
        `\u0000${hex(random, 64)}`,
        "\ud800",
        1e308,
        -1.5
      ])
      return JSON.stringify({ ...body, [pick(random, names)]: wrong })
    }
  ],
  [
    "a field without end",
    (body, { properties = {} }, random) => {
      const names = Object.entries(properties).flatMap(([name, { type }]) =>
        type === "string" ? [name] : []
      )
      return names.length === 0
        ? null
        : JSON.stringify({ ...body, [pick(random, names)]: hex(random, 1200 + random.below(3000)) })
    }
  ],
  [
    "depth without end",
    (body) => JSON.stringify(body).replace(/\}$/, `,"deep":${"[".repeat(5000)}${"]".repeat(5000)}}`)
  ],
  ["more than is read", (body, _, random) => JSON.stringify({ ...body, more: hex(random, 64).repeat(1100) })]
]

const badPaths: ReadonlyArray<readonly [string, (random: Random) => string]> = [
  ["a name that hides something", (random) => `%00${hex(random, 64)}`],
  ["a name that is no text", () => "%ff%fe"],
  ["half of an escape", () => "%zz"],
  ["half a letter", () => "%ED%A0%80"],
  ["a name without end", (random) => hex(random, 1500)]
]

const badQueries = (random: Random): ReadonlyArray<readonly [string, string]> => [
  ["a question too many", `${hex(random, 64)}=${hex(random, 64)}`],
  ["no number of rows", "limit=many"],
  ["no rows", "limit=0"],
  ["too many rows", "limit=101"],
  ["half a row", "limit=2.5"],
  ["rows twice", "limit=1&limit=2"],
  ["a place that hides something", "after=%00"],
  ["a place without end", `after=${hex(random, 600)}`]
]

/** One that is wrong in one way, or null where the route cannot be asked wrongly in the way that was thrown. */
export const make = (document: Document, credentials: Credentials, random: Random): Malformed | null => {
  const route = pick(random, routesOf(document))
  const content = route.requestBody?.content["application/json"]
  const parameters = route.parameters ?? []
  const fill = (value: (name: string) => string) =>
    route.path.replace(/\{(\w+)\}/g, (_, name: string) => value(name))
  const path = fill(() => encodeURIComponent(`name-${hex(random, 40)}`))
  const isOpen = (route.security ?? []).length === 0
  const scheme = route.security?.flatMap((one) => Object.keys(one)) ?? []
  const let_in = isOpen ? {} : scheme.includes("apiKey") ? credentials.operator : credentials.user
  const json = content === undefined ? {} : { "content-type": "application/json" }
  const body = content === undefined ? undefined : (example(content.schema, document, random) as Body)
  const schema =
    content?.schema.$ref === undefined
      ? (content?.schema ?? {})
      : (document.components.schemas[content.schema.$ref.split("/").at(-1) ?? ""] ?? {})
  const of = (
    why: string,
    given: Partial<Pick<Malformed, "path" | "method" | "body" | "headers">>,
    secrets: ReadonlyArray<string> = []
  ): Malformed => ({
    why,
    operation: route.operationId,
    method: route.method,
    path,
    headers: { ...let_in, ...json },
    body: body === undefined ? undefined : JSON.stringify(body),
    secrets: [...texts(body), ...secrets],
    ...given
  })
  switch (random.below(7)) {
    case 0: {
      const token = hex(random, 64)
      return isOpen
        ? null
        : pick(random, [
            of("nobody asks", { headers: json }),
            of("a stranger asks", { headers: { ...json, authorization: `Bearer ${token}` } }, [token]),
            of("a stranger has a key", { headers: { ...json, "x-api-key": token } }, [token]),
            of("another scheme", { headers: { ...json, authorization: `Basic ${token}` } }, [token])
          ])
    }
    case 1: {
      if (!/\{/.test(route.path) || isOpen) return null
      const [why, make] = pick(random, badPaths)
      return of(why, { path: fill(() => make(random)) })
    }
    case 2: {
      if (!parameters.some((one) => one.in === "query" && one.name === "limit")) return null
      const [why, query] = pick(random, badQueries(random))
      const asked = parameters.some((one) => one.name === "matchId" && one.in === "query") ? "matchId=m&" : ""
      return of(why, { path: `${path}?${asked}${query}` })
    }
    case 3:
      return of("a route that is none", { path: `${path}/${hex(random, 40)}` })
    case 4: {
      if (route.method === "GET" || isOpen) return null
      const key = pick(random, [" ", "k".repeat(256), "schlüssel"])
      return of("a key that is none", {
        headers: {
          ...let_in,
          ...json,
          "idempotency-key": encodeURIComponent(key) === key || key === " " ? key : "a b"
        }
      })
    }
    default: {
      if (body === undefined || isOpen) return null
      if (random.below(12) === 0)
        return of("another kind of body", { headers: { ...let_in, "content-type": "text/xml" } })
      const [why, make] = pick(random, breaks)
      const broken = make(body, schema, random)
      return broken === null ? null : of(why, { body: broken }, broken.match(/[0-9a-f]{64}/g) ?? [])
    }
  }
}
