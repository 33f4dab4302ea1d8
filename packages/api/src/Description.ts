/** What holds for whole classes of routes, written into the description of each. */

interface Operation {
  readonly parameters?: ReadonlyArray<object>
  readonly responses?: Readonly<Record<string, { readonly headers?: object }>>
}

const safe: ReadonlySet<string> = new Set(["get", "head", "options"])

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A name for this request, new for each that is meant anew. The same request again under the same key is not carried out " +
    "again, and gets the same answer, for a day.",
  schema: { type: "string", minLength: 1, maxLength: 255 }
}

const ifNoneMatch = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "The `ETag` of an answer that is at hand; 304 says that it still holds.",
  schema: { type: "string", maxLength: 256 }
}

const lastEventId = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description:
    "The id of the last event that arrived; what came since then is sent first, as far as it is kept.",
  schema: { type: "string", maxLength: 64 }
}

const rateLimit = {
  RateLimit: {
    description: "What is left of the allowance (`r`), and in how many seconds it is whole again (`t`).",
    schema: { type: "string" }
  },
  "RateLimit-Policy": {
    description: "The allowance: so many requests (`q`) in so many seconds (`w`).",
    schema: { type: "string" }
  }
}

const describe = (path: string, method: string, operation: Operation): Operation => ({
  ...operation,
  parameters: [
    ...(operation.parameters ?? []),
    ...(safe.has(method) ? [ifNoneMatch] : path.startsWith("/v1/") ? [idempotencyKey] : []),
    ...(path.endsWith("/events") ? [lastEventId] : [])
  ],
  responses: Object.fromEntries(
    Object.entries(operation.responses ?? {}).map(([status, response]) => [
      status,
      { ...response, headers: { ...response.headers, ...rateLimit } }
    ])
  )
})

export const complete = (document: Record<string, unknown>): Record<string, unknown> => {
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
  return {
    ...document,
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, operations]) => [
        path,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [method, describe(path, method, operation)])
        )
      ])
    )
  }
}
