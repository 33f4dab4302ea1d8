import { execFile, type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

/** What a script about a foreign program has to work with, all of which is gone when it ends. */
export interface Bench {
  readonly folder: string
  /** How many pushes to send where so many are a thorough check: a tenth of them for a brief one. */
  readonly many: (howMany: number) => number
  /** Says what was checked, and remembers whether it held. */
  readonly check: (what: string, holds: boolean, otherwise?: string) => void
  /** Starts a program that runs until the script ends. */
  readonly start: (command: string, args: ReadonlyArray<string>) => Started
  readonly run: (command: string, args: ReadonlyArray<string>) => Promise<Ran>
}

export interface Started {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

export interface Ran {
  readonly code: number
  /** What it has printed, errors too. */
  readonly out: string
}

/** A program that others have written, and what is checked with it. */
export interface Program {
  readonly command: string
  /** How to ask for its version. */
  readonly version: ReadonlyArray<string>
  readonly play: (bench: Bench) => Promise<void>
}

export const root = fileURLToPath(new URL("../../../../", import.meta.url))

const run = (command: string, args: ReadonlyArray<string>): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(command, args, { encoding: "utf8", maxBuffer: 1 << 26, timeout: 60_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 127
      resolve({ code, out: out + err })
    })
  })

/** Where a program is, if it is anywhere: servers often lie outside the path of people who do not administer the machine. */
const find = async ({ command, version }: Program): Promise<string | undefined> => {
  for (const path of [
    command,
    `/usr/sbin/${command}`,
    `/usr/local/sbin/${command}`,
    `/opt/homebrew/bin/${command}`
  ]) {
    if ((await run(path, version)).code === 0) return path
  }
  return undefined
}

/** Plays a script. 0: all held; 1: something did not; 77: the program is not here. */
export const play = async (name: string, program: Program, brief = false): Promise<0 | 1 | 77> => {
  const command = await find(program)
  if (command === undefined) {
    console.log(`skip  ${name} is not installed here`)
    return 77
  }
  const folder = mkdtempSync(join(tmpdir(), `foreign-${name}-`))
  const running: Array<Started> = []
  let failed = 0
  const bench: Bench = {
    folder,
    many: (howMany) => (brief ? howMany / 10 : howMany),
    run: (given, args) => run(given === program.command ? command : given, args),
    start: (given, args) => {
      const child = spawn(given === program.command ? command : given, args, { cwd: root })
      let said = ""
      child.stdout?.on("data", (bytes: Buffer) => (said += bytes.toString()))
      child.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()))
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
      child.on("error", (error) => (said += String(error)))
      const started = { child, said: () => said, ended }
      running.push(started)
      return started
    },
    check: (what, holds, otherwise = "") => {
      console.log(`${holds ? "ok   " : "FAIL "} ${what}`)
      if (holds) return
      failed++
      if (otherwise !== "") console.log(otherwise.trimEnd().replaceAll(/^/gm, "      ").slice(-2000))
    }
  }
  try {
    await program.play(bench)
  } catch (error) {
    bench.check(`${name}: the script comes to its end`, false, String(error))
  } finally {
    for (const { child } of running) child.kill("SIGTERM")
    await Promise.all(running.map(({ ended }) => ended))
    rmSync(folder, { recursive: true, force: true })
  }
  return failed === 0 ? 0 : 1
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** Waits until it holds, for ten seconds at most. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<boolean> => {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return true
    await sleep(50)
  }
  return false
}

export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.on("error", () => resolve(false))
  })
