import { createRequire } from "node:module"

/**
 * Clients that can be told a host and no port all go to 443. What this process opens there goes to another port instead, so
 * that they run as they come.
 */
export const redirect = (port: number): void => {
  const tls = createRequire(import.meta.url)("node:tls") as {
    connect: (...args: ReadonlyArray<unknown>) => unknown
  }
  const { connect } = tls
  tls.connect = (...args) => {
    const [first, ...rest] = args
    const goesTo = (first as { readonly port?: unknown } | null)?.port
    return goesTo === "443" || goesTo === 443 || goesTo === ""
      ? connect({ ...(first as object), port }, ...rest)
      : connect(...args)
  }
}
