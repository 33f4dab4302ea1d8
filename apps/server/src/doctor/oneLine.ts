/** What an error says, in one short line, without a secret that it may have repeated. */
export const oneLine = (error: unknown, secretUrl = ""): string => {
  const password = decodeURIComponent(URL.parse(secretUrl)?.password ?? "")
  const said = innermost(error).replaceAll(/\s+/g, " ")
  const text = secretUrl === "" ? said : said.replaceAll(secretUrl, "…")
  return (password === "" ? text : text.replaceAll(password, "…")).slice(0, 160)
}

/** The cause at the bottom knows best. */
const innermost = (error: unknown): string => {
  const { cause, reason } = error as { readonly cause?: unknown; readonly reason?: unknown }
  if (typeof reason === "object" && reason !== null) return innermost(reason)
  if (typeof cause === "object" && cause !== null) return innermost(cause)
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  return typeof message === "string" && message !== "" ? message : String(code ?? "it does not say why")
}
