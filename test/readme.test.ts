import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

/** What the README shows is run, as a reader would run it. */
const root = fileURLToPath(new URL("..", import.meta.url))
const readme = readFileSync(join(root, "README.md"), "utf8")
const node = existsSync(join(root, "node_modules/.bin/node"))
  ? join(root, "node_modules/.bin/node")
  : process.execPath

const blocks = (language: string): ReadonlyArray<string> =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code]) => code!)

const commands = blocks("sh").flatMap((block) => block.trim().split("\n"))
const scripts = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts

describe("the README", () => {
  it("folds a match in a plain script, and prints what would have buzzed", () => {
    const [code] = blocks("ts")
    assert.isDefined(code)
    assert.isAtMost(
      code!.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("import")).length,
      12
    )
    const printed = execFileSync(node, ["--input-type=module-typescript", "-e", code!], {
      cwd: root,
      encoding: "utf8"
    })
    const lines = printed.trim().split("\n")
    assert.include(lines, "Wicket! IND 98/1")
    assert.include(lines, "FIFTY! Abhishek Sharma")
    assert.strictEqual(lines.at(-1), "IND v NZ")
  })

  it("shows only commands that there are", () => {
    for (const command of commands) {
      const [, name] = command.match(/^npm (?:run (?:--silent )?)?([a-z]+)/) ?? []
      assert.isDefined(name, command)
      assert.isDefined(scripts[name!], `${command}: package.json has no script ${name}`)
      assert.isDefined(scripts[`pre${name}`], `${name} does not set itself up`)
    }
  })

  for (const command of commands.filter((one) => one.includes(" simulator "))) {
    it(`runs ${command}`, () => {
      const args = command.replace(/^.* simulator -- /, "").split(" ")
      // What a command writes is not left in the tree.
      const file = args.indexOf("--report") + 1
      if (file > 0) args[file] = join(mkdtempSync(join(tmpdir(), "readme-")), args[file]!)
      const printed = execFileSync(node, ["apps/simulator/src/main.ts", ...args], {
        cwd: root,
        encoding: "utf8"
      })
      assert.isAbove(printed.trim().split("\n").length, 5)
    })
  }

  it("names every place of the tree, and no other", () => {
    const [, map = ""] = readme.split("| place | what lives there |")
    const named = [...map.split("## Licence")[0]!.matchAll(/`((?:packages|apps)\/[a-z]+)`/g)].map(
      ([, place]) => place!
    )
    const found = ["packages", "apps"].flatMap((group) =>
      readdirSync(join(root, group)).map((name) => `${group}/${name}`)
    )
    assert.deepStrictEqual(named.toSorted(), found.toSorted())
  })

  it("links to files that are there", () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)]+)\)/g))
      assert.isTrue(existsSync(join(root, target!)), target)
  })
})
