import { type Browser, chromium } from "playwright-core"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { pathToFileURL } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { pageOf } from "./reportPages.ts"

/** Debian's, or the one that is named. */
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"
const hasBrowser = existsSync(executablePath)
if (!hasBrowser)
  console.warn(
    `the report is not looked at: there is no ${executablePath} (apt install chromium, or CHROMIUM=…)`
  )

const patience = { timeout: 120_000 }

describe.runIf(hasBrowser)("the report in a browser", patience, () => {
  let browser: Browser
  let folder: string
  const files = new Map<string, string>()

  beforeAll(async () => {
    folder = mkdtempSync(`${tmpdir()}/report-`)
    const pages = {
      "a rainy chase": await pageOf("rain", 4, { faults: "calm", phones: 8 }),
      "a storm": await pageOf("rain", 7, { faults: "storm", phones: 12 })
    }
    for (const [name, html] of Object.entries(pages)) {
      const file = `${folder}/${files.size}.html`
      writeFileSync(file, html)
      files.set(name, pathToFileURL(file).href)
    }
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
  }, patience.timeout)

  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  const views = [
    { of: "a rainy chase", colorScheme: "light", width: 1200 },
    { of: "a storm", colorScheme: "dark", width: 390 }
  ] as const

  for (const { colorScheme, of, width } of views)
    it(
      `shows ${of} at any moment and tells of any phone, ${colorScheme}, ${width} px wide`,
      patience,
      async () => {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 860 } })
        const complaints: Array<string> = []
        page.on("console", (message) => {
          if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
        })
        page.on("pageerror", (error) => complaints.push(String(error)))
        page.on("request", (request) => {
          if (!request.url().startsWith("file:")) complaints.push(`asked for ${request.url()}`)
        })
        await page.goto(files.get(of)!)

        const lockScreen = page.locator("#device")
        const slide = async (to: number) => {
          await page.locator("#slider").fill(String(to))
          return lockScreen.innerText()
        }
        const most = Number(await page.locator("#slider").getAttribute("max"))
        assert.match(await slide(0), /Nothing on the Lock Screen/)
        const early = await slide(Math.round(most * 0.15))
        const late = await slide(Math.round(most * 0.45))
        for (const screen of [early, late]) assert.match(screen, /HUR|STA/)
        assert.notStrictEqual(early, late)
        await slide(most)
        await page.locator("#slider").press("ArrowLeft")
        assert.strictEqual(await page.locator("#slider").inputValue(), String(most - 1))

        const stories = new Set<string>()
        const phones = await page.locator("#phone option").count()
        assert.isAbove(phones, 2)
        for (const nth of [0, 1, 2]) {
          await page.locator("#phone").selectOption(String(nth))
          assert.isAbove(await page.locator("#story tr").count(), 0)
          stories.add(await page.locator("#told").innerText())
        }
        assert.strictEqual(stories.size, 3)

        await page.locator("#search").fill("wicket")
        const found = await page.locator("#events tr:visible").allInnerTexts()
        assert.isAbove(found.length, 0)
        assert.isTrue(found.every((line) => /wicket/i.test(line)))

        const [wide, ground] = await page.evaluate<[number, string]>(
          "[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]"
        )
        assert.strictEqual(wide, width)
        const [red] = /\d+/.exec(ground) ?? []
        assert.strictEqual(Number(red) > 128, colorScheme === "light")
        assert.deepStrictEqual(complaints, [])
        await page.close()
      }
    )
})
