import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { createInterface } from "node:readline"
import { createGunzip } from "node:zlib"
import { Result, Schema } from "effect"
import { CannotRestore, type Foot, format, type Head, Line } from "./Line.ts"

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Line))

const isRow = '{"row":'

export interface Reader {
  readonly head: (head: Head) => Promise<void>
  /** A row of a table, as text. */
  readonly row: (table: string, row: string) => Promise<void>
}

/** Reads a backup from end to end, and fails where it is not whole. What was read before that has been handed on. */
export const read = async (file: string, reader: Reader): Promise<Foot> => {
  const bad = (problem: string) => new CannotRestore({ file, problem })
  const source = fs.createReadStream(file)
  const lines = createInterface({ input: source.pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY })
  // A stream that fails would end its lines as if they were all there.
  let failure: Error | null = null
  source.on("error", (why) => {
    failure = why
    lines.close()
  })
  const digest = createHash("sha256")
  const rows: Record<string, number> = {}
  let head: Head | null = null
  let table: string | null = null
  let foot: Foot | null = null
  try {
    for await (const line of lines) {
      if (foot !== null) throw bad("something follows its end")
      const sha256 = digest.copy().digest("hex")
      digest.update(`${line}\n`)
      if (line.startsWith(isRow) && table !== null) {
        rows[table]! += 1
        await reader.row(table, line.slice(isRow.length, -1))
        continue
      }
      const decoded = decode(line)
      if (Result.isFailure(decoded))
        throw bad(head === null ? "it is no backup of ours" : "a line cannot be read")
      const said = decoded.success
      if ("head" in said) {
        if (said.head.format !== format)
          throw bad(`its format is ${said.head.format}, and this version reads ${format}`)
        head = said.head
        await reader.head(head)
      } else if (head === null) throw bad("it is no backup of ours")
      else if ("table" in said) {
        table = said.table
        rows[table] = 0
      } else if ("foot" in said) {
        foot = said.foot
        if (foot.sha256 !== sha256) throw bad("it was changed, or is damaged: its digest is another")
      } else throw bad("a row stands in no table")
    }
  } catch (why) {
    if (why instanceof CannotRestore || !(why instanceof Error && "code" in why)) throw why
    const code = String(why.code)
    if (code === "Z_BUF_ERROR") throw bad("it breaks off")
    throw bad(code.startsWith("Z_") ? "it is damaged, or no backup of ours" : code)
  }
  const broken = failure as (Error & { readonly code?: string }) | null
  if (broken !== null)
    throw bad(broken.code === "ENOENT" ? "there is no such file" : (broken.code ?? broken.message))
  if (foot === null) throw bad(head === null ? "it is no backup of ours" : "it breaks off")
  return foot
}
