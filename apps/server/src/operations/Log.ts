import { Effect, Layer, Logger, References, Result } from "effect"
import { catalogue } from "../settings/Catalogue.ts"
import * as Environment from "../settings/Environment.ts"
import { Logs } from "../settings/Observability.ts"
import * as Setting from "../settings/Setting.ts"
import { hide } from "./Hiding.ts"

type Values = Setting.Values<typeof Logs>

/** One object to a line: when, how grave, what, and everything that is known of where. */
const json = Logger.map(Logger.formatStructured, ({ annotations, cause, level, message, spans, timestamp }) =>
  JSON.stringify({
    time: timestamp,
    level: level.toLowerCase(),
    message:
      Array.isArray(message) && message.every((part) => typeof part === "string")
        ? message.join(" ")
        : message,
    ...annotations,
    ...(Object.keys(spans).length > 0 && { spans }),
    ...(cause !== undefined && { cause })
  })
)

const say = (part: unknown): string => (typeof part === "string" ? part : JSON.stringify(part))

/** For the eye: a clock, a level, the words, and below them whatever else there is. */
const pretty = Logger.map(Logger.formatStructured, ({ annotations, cause, level, message, timestamp }) => {
  const words = (Array.isArray(message) ? message : [message]).map(say).join(" ")
  const more = Object.entries(annotations).map(([name, value]) => `  ${name}=${say(value)}`)
  const below = cause === undefined ? "" : `\n${cause.replaceAll(/^/gm, "    ")}`
  return `${timestamp.slice(11, 23)} ${level.padEnd(5)} ${words}${more.join("")}${below}`
})

const formats: Readonly<Record<Values["format"], Logger.Logger<unknown, string>>> = {
  json,
  logfmt: Logger.formatLogFmt,
  pretty
}

const levels = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None"
} as const satisfies Readonly<Record<Values["level"], string>>

export const make = ({ format, level }: Pick<Values, "format" | "level">, write: (line: string) => void) =>
  Layer.merge(
    Logger.layer([Logger.map(formats[format], (line) => write(hide(line)))]),
    Layer.succeed(References.MinimumLogLevel, levels[level])
  )

/** By the environment. What is wrong with it is for whoever reads all settings to tell; it is logged as usual until then. */
export const layer = (write: (line: string) => void) =>
  Layer.unwrap(
    Effect.map(Environment.look(catalogue), ({ given }) => {
      const decoded = Setting.decode({ logs: Logs }, given)
      return make(
        Result.isSuccess(decoded) ? decoded.success.logs : { format: "logfmt", level: "info" },
        write
      )
    })
  )
