import { play } from "./programs/Check.ts"
import { curl } from "./programs/curl.ts"
import { nghttp } from "./programs/nghttp.ts"
import { nghttpd } from "./programs/nghttpd.ts"
import { nginx } from "./programs/nginx.ts"

/**
 * Programs that others have written, with ours: curl and nghttp push to the model Apple, and our client pushes to nghttpd and
 * nginx. Each line says what was checked; `--brief` sends fewer. Exit code 0: all held. 1: something did not. 77: a program is
 * not installed.
 */
const programs = { curl, nghttp, nghttpd, nginx }
type Name = keyof typeof programs

const isName = (text: string): text is Name => Object.hasOwn(programs, text)

const brief = process.argv.includes("--brief")
const given = process.argv.slice(2).filter((it) => it !== "--brief")
const unknown = given.filter((name) => !isName(name))
if (unknown.length > 0) {
  console.log(`there is no script for ${unknown.join(", ")}; there are ${Object.keys(programs).join(", ")}`)
  process.exit(1)
}
const codes = new Set<number>()
for (const name of given.length > 0 ? given.filter(isName) : (Object.keys(programs) as Array<Name>)) {
  console.log(`${name}:`)
  codes.add(await play(name, programs[name], brief))
}
process.exit(codes.has(1) ? 1 : codes.has(77) ? 77 : 0)
