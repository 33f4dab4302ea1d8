/** What keeps a request from its answer, by Node's codes, in words that say what to do. */

interface Entry {
  readonly meaning: string
  readonly remedy: string
}

const untrusted: Entry = {
  meaning: "its certificate is signed by nobody that is trusted here",
  remedy:
    "a proxy that reads along may be in between, or the system's certificates are old (Apple's root is USERTrust " +
    "RSA); for a model Apple, name its certificate with --ca"
}

const notHttp2: Entry = {
  meaning: "it does not speak HTTP/2",
  remedy: "check that it is Apple's host, and that no proxy takes the connection apart"
}

const table: Readonly<Record<string, Entry>> = {
  TIMEOUT: {
    meaning: "nothing came back in time",
    remedy: "a firewall may swallow it; try another network, or a longer --timeout"
  },
  ENOTFOUND: {
    meaning: "there is no host of that name",
    remedy: "check the spelling, and that this machine can look up names"
  },
  EAI_AGAIN: {
    meaning: "the name could not be looked up",
    remedy: "this machine has no working DNS at the moment; check its network"
  },
  ECONNREFUSED: {
    meaning: "nobody listens there",
    remedy: "check the port; a model Apple must be running"
  },
  ENETUNREACH: { meaning: "no way leads there", remedy: "check this machine's network" },
  EHOSTUNREACH: { meaning: "no way leads there", remedy: "check this machine's network" },
  ECONNRESET: {
    meaning: "the connection was cut",
    remedy: "a firewall may forbid it; otherwise try again"
  },
  EPIPE: { meaning: "the connection was cut", remedy: "a firewall may forbid it; otherwise try again" },
  CLOSED: { meaning: "the connection was closed without an answer", remedy: "try again" },
  ERR_HTTP2_ERROR: notHttp2,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: notHttp2,
  NO_H2: notHttp2,
  EPROTO: {
    meaning: "it does not speak TLS as Apple does",
    remedy: "check the port, and that no proxy answers instead"
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    meaning: "it does not speak TLS",
    remedy: "check the port, and that no proxy answers instead"
  },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: {
    meaning: "its certificate has expired",
    remedy: "if it is Apple's, this machine's clock is wrong"
  },
  CERT_NOT_YET_VALID: {
    meaning: "its certificate is not valid yet",
    remedy: "if it is Apple's, this machine's clock is wrong"
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    meaning: "its certificate is for another host",
    remedy: "check the host; a proxy may answer in its place"
  }
}

export const meaning = (code: string): string => table[code]?.meaning ?? `the connection failed (${code})`

export const remedy = (code: string): string => table[code]?.remedy ?? "try again, or from another network"

export const codeOf = (error: unknown): string => {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: ReadonlyArray<unknown> }
  // Several addresses were tried: the last one speaks for all.
  if (typeof code !== "string" && errors !== undefined && errors.length > 0) return codeOf(errors.at(-1))
  return typeof code === "string" ? code : "UNKNOWN"
}
