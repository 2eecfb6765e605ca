import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { AxeBuilder } from "@axe-core/playwright"
import { chromium } from "playwright-core"
import { describe, expect, it } from "vitest"
import { page } from "../../../channels/page/page.ts"
import { told } from "./session.ts"

const executablePath = "/usr/bin/chromium"

describe.skipIf(!existsSync(executablePath))("the exported page in a browser (needs /usr/bin/chromium)", () => {
  it("runs nothing, fetches nothing, fits a phone, and passes axe by day and by night", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kintsugi-page-"))
    const browser = await chromium.launch({ executablePath })
    try {
      const { journal, info } = told()
      const all = () => journal.readAll(info.id)
      const pieces = page({ info, rows: all, all, points: journal.points(info.id), hide: (text) => text, now: 0 })
      const address = pathToFileURL(join(folder, "page.html")).href
      await writeFile(join(folder, "page.html"), [...pieces].join(""))
      for (const colorScheme of ["light", "dark"] as const) {
        const context = await browser.newContext({ colorScheme, viewport: { width: 360, height: 800 } })
        const view = await context.newPage()
        const happened: Array<string> = []
        view.on("request", (request) => happened.push(request.url().slice(0, 200)))
        view.on("dialog", (dialog) => happened.push(`dialog ${dialog.message()}`))
        view.on("console", (message) => happened.push(message.text()))
        await view.goto(address)
        expect(happened.filter((one) => one !== address && !one.startsWith("data:image/png"))).toEqual([])
        await view.locator("details").evaluateAll((those) => those.forEach((one) => one.setAttribute("open", "")))
        const { violations } = await new AxeBuilder({ page: view }).analyze()
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
        // Nothing is wider than the screen, and nothing of a stranger's became an element.
        expect(await view.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360)
        expect(await view.locator("script, iframe, object, embed, form, svg, main b").count()).toBe(0)
        expect(await view.locator(".seam.gold").count()).toBe(1)
        await context.close()
      }
    } finally {
      await browser.close()
      await rm(folder, { recursive: true })
    }
  }, 30_000)
})
