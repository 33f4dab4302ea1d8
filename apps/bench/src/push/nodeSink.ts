import { readFileSync } from "node:fs"
import * as http2 from "node:http2"

/** A sink where nothing better is installed: Node's own server, which reads each push and takes it. */
const [port, certificate, key, delay = "0"] = process.argv.slice(2)

const server = http2.createSecureServer({
  cert: readFileSync(certificate!),
  key: readFileSync(key!),
  settings: { maxConcurrentStreams: 1000 },
  maxSessionMemory: 1000
})
let nth = 0
server.on("stream", (stream) => {
  stream.on("error", () => {})
  const answer = () => {
    if (stream.destroyed) return
    const id = (++nth).toString(16).padStart(12, "0")
    stream.respond({ ":status": 200, "apns-id": `00000000-0000-4000-8000-${id}` }, { endStream: true })
  }
  // @effect-diagnostics-next-line globalTimers:off
  stream.on("end", () => (delay === "0" ? answer() : setTimeout(answer, Number(delay))))
  stream.resume()
})
server.on("sessionError", () => {})
server.listen(Number(port), "127.0.0.1")
