import { stripVTControlCharacters } from "node:util"

/** Text for a terminal of eighty columns. */
export const columns = 80

/** Breaks a text into lines, the first after `first` and the others after `rest`. What has no blank stays whole. */
export const wrap = (text: string, first: string, rest: string = " ".repeat(first.length)): string => {
  const lines: Array<string> = []
  let line = first
  let empty = true
  for (const word of text.split(" ").filter(Boolean)) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line)
      line = rest
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line.trimEnd()].join("\n")
}

/** Colours take no room. */
const plain = (text: string): string => stripVTControlCharacters(text)
const widthOf = (text: string): number => plain(text).length

/** Names and what they have, one below the other, names in a column of their own. */
export const fields = (
  rows: ReadonlyArray<readonly [name: string, text: string | null | undefined]>
): string => {
  const kept = rows.filter((row): row is readonly [string, string] => row[1] !== null && row[1] !== undefined)
  const width = Math.max(...kept.map(([name]) => name.length))
  return kept.map(([name, text]) => wrap(text, `  ${name.padEnd(width)}  `)).join("\n")
}

/**
 * Help as the library lays it out: its long lines are broken below the column that they began in, and descriptions flow.
 * Command lines stay whole, since they are there to be pasted.
 */
export const help = (text: string): string => {
  const lines: Array<string> = []
  let section = ""
  for (const line of text.split("\n")) {
    if (line !== "" && !line.startsWith(" ")) {
      section = plain(line)
      if ((lines.at(-1) ?? "") !== "") lines.push("")
    }
    const flows =
      section === "DESCRIPTION" && line.startsWith("  ") && lines.at(-1)?.startsWith("  ") === true
    if (flows) lines.push(`${lines.pop()!} ${line.trim()}`)
    else lines.push(line)
  }
  return lines.map((line) => (/^ +npm /.test(line) ? line : broken(line))).join("\n")
}

const broken = (line: string): string => {
  if (widthOf(line) <= columns) return line
  const lead = /^ */.exec(line)![0]
  const [, name = "", gap = ""] = /^ *(\S.*?)( {2,})\S/.exec(line) ?? []
  const begin = lead + name + gap
  return wrap(line.slice(begin.length), begin, " ".repeat(widthOf(begin)))
}
