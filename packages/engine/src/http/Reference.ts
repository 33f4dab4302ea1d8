import type { OpenApi } from "effect/http-api"

/** The description of the API as a page that needs nothing else: no script, no style, no font from anywhere. */
export const page = (document: OpenApi.OpenAPISpec): string => {
  const groups = new Map<string, Array<string>>()
  const paths = document.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? ""
      groups.set(tag, [...(groups.get(tag) ?? []), article(method, path, operation)])
    }
  }
  const schemas = Object.entries(document.components.schemas)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(document.info.title)} API</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escape(document.info.title)} API</h1>
<p>Version ${escape(document.info.version)}, from <a href="/openapi.json">openapi.json</a>.
Refusals are RFC 9457 problems; their <code>type</code> does not change.</p>
<nav>${[...groups.keys()].map((tag) => `<a href="#${escape(tag)}">${escape(tag)}</a>`).join(" · ")}
· <a href="#schemas">schemas</a></nav></header>
<main>
${[...groups].map(([tag, articles]) => `<section id="${escape(tag)}"><h2>${escape(tag)}</h2>${articles.join("\n")}</section>`).join("\n")}
<section id="schemas"><h2>schemas</h2>
${schemas.map(([name, schema]) => `<details id="schema-${escape(name)}"><summary>${escape(name)}</summary>${json(schema)}</details>`).join("\n")}
</section>
</main>
</body>
</html>
`
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: ReadonlyArray<string>
  readonly security?: ReadonlyArray<object>
  readonly parameters?: ReadonlyArray<{
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema: unknown
  }>
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }
  readonly responses?: Readonly<
    Record<
      string,
      {
        readonly description?: string
        readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>
      }
    >
  >
}

const article = (method: string, path: string, operation: Operation): string => {
  const {
    description = "",
    parameters = [],
    requestBody,
    responses = {},
    security = [],
    summary = ""
  } = operation
  const who =
    security.length === 0
      ? ""
      : ` <small>${escape(security.flatMap((one) => Object.keys(one)).join(" or "))}</small>`
  return `<article id="${escape(operation.operationId ?? path)}">
<h3><code>${method.toUpperCase()}</code> <code>${escape(path)}</code>${who}</h3>
<p>${escape(summary)}. ${escape(description)}</p>
${parameters.length === 0 ? "" : `<table><tr><th>parameter</th><th>in</th><th></th></tr>${parameters.map(row).join("")}</table>`}
${Object.entries(requestBody?.content ?? {})
  .map(([type, { schema }]) => `<details><summary>body, ${escape(type)}</summary>${json(schema)}</details>`)
  .join("")}
${Object.entries(responses)
  .map(([status, { content = {}, description = "" }]) => answer(status, description, content))
  .join("")}
</article>`
}

const row = ({
  description = "",
  in: where,
  name,
  required,
  schema
}: NonNullable<Operation["parameters"]>[number]): string =>
  `<tr><td><code>${escape(name)}</code>${required === true ? " (required)" : ""}</td><td>${escape(where)}</td>` +
  `<td>${escape(description)} <code>${escape(JSON.stringify(schema))}</code></td></tr>`

const answer = (
  status: string,
  description: string,
  content: Readonly<Record<string, { readonly schema?: unknown }>>
): string => {
  const head = `${escape(status)} ${escape(description)}`
  const bodies = Object.entries(content)
  return bodies.length === 0
    ? `<p>${head}</p>`
    : `<details><summary>${head}</summary>${bodies.map(([type, { schema }]) => `<p>${escape(type)}</p>${json(schema)}`).join("")}</details>`
}

/** References lead to their schema. */
const json = (value: unknown): string =>
  `<pre>${escape(JSON.stringify(value, null, 2) ?? "").replace(
    /#\/components\/schemas\/([A-Za-z0-9_.-]+)/g,
    (all, name: string) => `<a href="#schema-${name}">${all}</a>`
  )}</pre>`

const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1rem;color:#1a1a1a;background:#fff}
h3{margin-bottom:.25rem}article{border-top:1px solid #ddd;padding:.5rem 0}pre{background:#f5f5f5;overflow:auto;padding:.75rem}
table{border-collapse:collapse}td,th{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top}
summary{cursor:pointer}small{font-weight:normal}
@media (prefers-color-scheme:dark){body{color:#eee;background:#111}pre{background:#222}a{color:#8bf}td,th,article{border-color:#444}}`
