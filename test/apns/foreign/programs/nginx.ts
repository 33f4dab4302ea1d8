import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { type Bench, freePort, listens, type Program, until } from "./Check.ts"
import * as Sending from "./Sending.ts"

/** Our client against nginx, which goes away after so many requests, and whenever it is told to read its settings again. */
export const nginx: Program = { command: "nginx", version: ["-v"], play: (bench) => play(bench) }

const settingsOf = (
  folder: string,
  papers: { readonly certificate: string; readonly key: string },
  port: number,
  more: string,
  answer: string
) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${more}
  server {
    listen 127.0.0.1:${port} ssl http2;
    server_name localhost;
    ssl_certificate ${papers.certificate};
    ssl_certificate_key ${papers.key};
    location / { ${answer} }
  }
}
`

const play = async (bench: Bench): Promise<void> => {
  const { check, folder } = bench
  const papers = await Sending.papers(bench)
  const serve = async (name: string, more: string, answer: string) => {
    const port = await freePort()
    const home = join(folder, name)
    mkdirSync(home)
    const file = join(home, "nginx.conf")
    writeFileSync(file, settingsOf(home, papers, port, more, answer))
    const server = bench.start("nginx", ["-e", join(home, "error.log"), "-p", home, "-c", file])
    if (!(await until(() => listens(port)))) throw new Error(server.said())
    return { port, server, ca: papers.ca }
  }

  let nth = 0
  for (const [name, way] of Sending.ways) {
    const one = await serve(`plain-${nth}`, "keepalive_requests 100000;", "return 200;")
    const five = bench.many(5000)
    const plain = await Sending.push(way, one, five)
    check(`${name}: ${five} pushes are taken`, Sending.only(plain, "Accepted", five), Sending.said(plain))

    const few = await serve(
      `few-${nth}`,
      "keepalive_requests 100; http2_max_concurrent_streams 10;",
      "return 200;"
    )
    const through = await Sending.push(way, few, five)
    check(
      `${name}: so are ${five} by connections that go away after 100 each, with ten streams`,
      Sending.only(through, "Accepted", five),
      Sending.said(through)
    )

    const busy = await serve(`busy-${nth}`, "", "add_header Retry-After 30 always; return 503;")
    const refused = await Sending.push(way, busy, 100)
    const asked = 'AppleDown, again after {"_tag":"Wait","millis":30000}'
    check(
      `${name}: 503 with Retry-After says when to come again`,
      Sending.only(refused, asked, 100),
      Sending.said(refused)
    )

    const again = await serve(`again-${nth}`, "keepalive_requests 1000000;", "return 200;")
    const reload = Effect.gen(function* () {
      for (let times = 0; times < 5; times++) {
        yield* Effect.sleep(bench.many(60))
        again.server.child.kill("SIGHUP")
      }
    })
    const forty = bench.many(40_000)
    const kept = await Sending.push(way, again, forty, reload)
    check(
      `${name}: ${forty} are taken while it reads its settings again, five times`,
      Sending.only(kept, "Accepted", forty),
      Sending.said(kept)
    )
    nth++
  }
}
