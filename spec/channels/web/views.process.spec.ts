/** The console's views beside the chat, in a browser: what breaks and is mended, live; sessions and their trees; all of it by keyboard. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { definePlugin } from "../../../plugins/plugin.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { hasBrowser, key, openBrowser, program, serveConsole, type Stage, visit } from "./console.ts"

/** A misspelt name is among what a template mends, without any model. */
const cracked = `export default class Cracked {
  name = "cracked"
  tools() {
    return [{
      name: "sequence_check",
      description: "Checks a sequence.",
      risk: "read",
      input: { type: "object" },
      examples: [{ input: { numbers: [1, 2] }, output: "0 wrong" }],
      execute: ({ numbers }) => numbers.fliter((number) => number < 0).length + " wrong"
    }]
  }
}
`

const nasty = "<img src=x onerror='window.hacked=1'>"

let isShaky = true
const shaky = definePlugin({
  name: "shaky",
  tools: [
    defineTool({
      name: "shake",
      description: "Shakes.",
      risk: "read",
      input: { type: "object" },
      execute: () => {
        if (isShaky) throw new TypeError(`it gave way ${nasty}`)
        return "steady"
      }
    })
  ]
})

const calls = (tool: string, input: Readonly<Record<string, unknown>> = {}) => [
  { calls: [{ tool, input }] },
  { text: "Done." }
]

const rules = [
  { when: "^check", turns: calls("sequence_check", { numbers: [1, -2] }) },
  { when: "^shake", turns: calls("shake") },
  { when: ".*", turns: [{ text: "You said: {{message}}" }] }
]

const once = { max: 0, seconds: 60 }
const guest = "key-of-a-guest-of-the-specs"

const tree = (page: Page) => page.getByRole("tree")
const row = (page: Page, name: RegExp) => page.getByRole("treeitem", { name })
const place = (page: Page) => page.locator("[role=treeitem][aria-selected=true]")
const dialog = (page: Page) => page.getByRole("dialog")
/** However busy the machine is. */
const expectSoon = <Value>(value: () => Promise<Value> | Value) => expect.poll(value, { timeout: 10_000 })

const expectSeen = (locator: Locator): Promise<void> => locator.first().waitFor()

const press = async (page: Page, ...keys: ReadonlyArray<string>): Promise<void> => {
  for (const one of keys) await page.keyboard.press(one)
}

/** From a place in a tree into what is known of it. */
const enter = async (page: Page, name: RegExp) => {
  await press(page, "Enter")
  const details = page.getByRole("region", { name })
  const heading = details.getByRole("heading", { level: 2 })
  await expectSoon(() => heading.evaluate((one) => one === document.activeElement)).toBe(true)
  return details
}

describe.skipIf(!hasBrowser)(`the views beside the chat in a browser (${program})`, () => {
  let browser: Browser
  let stage: Stage
  let page: Page
  const above = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-views-")))
  const folder = join(above, "cracked")
  const source = () => readFileSync(join(folder, "index.js"), "utf8")
  const errors: Array<string> = []

  const go = (hash: string, of = page) => of.evaluate((to) => void (location.hash = to), hash)

  const open = async (options?: BrowserContextOptions): Promise<Page> => {
    const opened = await visit(browser, stage, options)
    opened.setDefaultTimeout(10_000)
    opened.on("pageerror", ({ message }) => errors.push(message))
    opened.on("console", (message) => void (message.type() === "error" && errors.push(message.text())))
    return opened
  }

  /** Says it in a session that the console knows nothing of. */
  const say = async (...texts: ReadonlyArray<string>): Promise<string> => {
    await using session = await stage.runtime().open({ unattended: true })
    for (const text of texts) await session.ask(text)
    return session.id
  }

  beforeAll(async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, "package.json"), `{ "name": "cracked", "version": "1.0.0", "type": "module" }`)
    writeFileSync(join(folder, "index.js"), cracked)
    const plugins = [join(folder, "index.js"), shaky]
    const settings = { healing: { budget: 30, tool_restarts: once, plugin_restarts: once } }
    const keys = [
      { name: "owner", key, operator: true },
      { name: "guest", key: guest }
    ]
    const serving = serveConsole({ rules, plugins, settings, permissions: "auto", serving: { keys } })
    ;[browser, stage] = await Promise.all([openBrowser(), serving])
    page = await open()
  })

  afterAll(async () => {
    await browser.close()
    await stage[Symbol.asyncDispose]()
    rmSync(above, { recursive: true })
  })

  it("shows live, and in gold, what is mended in a session that it does not follow", async () => {
    await go("#/supervision")
    await page.getByText("Everything works.").waitFor()
    await say("check it")
    await row(page, /^cracked running ◆ 1 mend$/).waitFor()
    const colour = (of: string) =>
      page
        .locator(of)
        .first()
        .evaluate((element) => getComputedStyle(element).color)
    await go("#/mends")
    await page.getByRole("link", { name: /cracked\/sequence_check reads "filter" where "fliter" stood/ }).waitFor()
    const gold = await colour("h1")
    await go("#/supervision")
    expect(await colour(".mend-chip")).toBe(gold)
  })

  it("is walked by keys alone, and keeps its place while the tree changes", async () => {
    await tree(page).focus()
    await press(page, "c", "ArrowRight", "ArrowRight")
    await expectSoon(() => place(page).textContent()).toContain("sequence_check")
    expect(await row(page, /^cracked/).getAttribute("aria-expanded")).toBe("true")
    await using session = await stage.runtime().open({ unattended: true })
    await session.ask("hello <b>there</b>")
    await row(page, /^agents/).waitFor()
    await expectSoon(() => row(page, new RegExp(`hello <b>there|${session.id}`)).count()).toBe(1)
    expect(await place(page).textContent()).toContain("sequence_check")
    expect(await tree(page).evaluate((element) => element === document.activeElement)).toBe(true)
    const current = await tree(page).getAttribute("aria-activedescendant")
    expect(await place(page).getAttribute("id")).toBe(current)
  })

  it("leads by keys from a place in the tree to its mend", async () => {
    const details = await enter(page, /^sequence_check/)
    expect(await details.textContent()).toMatch(/breaker\s*closed[^]*lane:1/)
    await details.getByRole("link", { name: /reads "filter"/ }).focus()
    await press(page, "Enter")
    await page.getByRole("heading", { name: /cracked\/sequence_check/ }).waitFor()
    const story = await page.getByRole("article").textContent()
    for (const text of [
      "numbers.fliter is not a function",
      "The tool's own examples pass",
      "+",
      "numbers.filter(",
      "index.js"
    ])
      expect(story).toContain(text)
  })

  it("writes a mend into the source, and takes it out again, after a word that says what will happen", async () => {
    const before = source()
    await page.getByRole("button", { name: "Accept…" }).focus()
    await press(page, "Enter")
    await dialog(page).getByText("The repair becomes a part of cracked's own files").waitFor()
    expect(await dialog(page).textContent()).toContain("index.js")
    // Left and asked for again before the page is drawn.
    await page.evaluate(() => {
      document.querySelector<HTMLElement>("dialog .button")?.click()
      document.querySelector<HTMLElement>("article .button")?.click()
    })
    await dialog(page).getByRole("heading").waitFor()
    await press(page, "Escape")
    await expectSoon(() => dialog(page).count()).toBe(0)
    expect(source()).toBe(before)
    await press(page, "Enter")
    await dialog(page).getByRole("heading").waitFor()
    await press(page, "Tab", "Enter")
    await page
      .getByText(`Written: ${join(folder, "index.js")}`)
      .first()
      .waitFor()
    expect(source()).toContain("numbers.filter(")
    await page.getByText("It stands in the plugin's source now.").waitFor()
    expect(await page.getByRole("button", { name: "Accept…" }).count()).toBe(0)
    await page.getByRole("button", { name: "Undo…" }).click()
    await dialog(page).getByRole("button", { name: "Take it back" }).click()
    await page.getByText("It was taken back.").waitFor()
    expect(source()).toBe(before)
  })

  it("says why a mend cannot be accepted, and changes nothing", async () => {
    await say("check it")
    await expectSoon(() => page.locator(".mends-list a").count()).toBe(2)
    await page.locator(".mends-list a").first().click()
    await page.getByText("It holds now").waitFor()
    writeFileSync(join(folder, "index.js"), `${cracked}// edited\n`)
    await page.getByRole("button", { name: "Accept…" }).click()
    await dialog(page).getByRole("button", { name: "Write into the source" }).click()
    await page
      .getByText(/^Nothing was changed: .*was edited since it was mended/)
      .first()
      .waitFor()
    expect(source()).toContain("fliter")
    writeFileSync(join(folder, "index.js"), cracked)
  })

  it("says of a seam that is not there that there is none", async () => {
    await go("#/mends/s000000000")
    await expectSeen(page.getByText("there is no such seam"))
  })

  it("says what is quarantined and why, as text", async () => {
    await go("#/supervision")
    await say("shake")
    const summary = page.getByRole("listitem").filter({ hasText: "shaky is quarantined" })
    await summary.waitFor()
    expect(await summary.textContent()).toContain(nasty)
    expect(await page.evaluate(() => "hacked" in window)).toBe(false)
    await expectSoon(() => page.getByRole("status").first().textContent()).toContain("shaky is quarantined.")
  })

  it("gives a stranger neither paths, nor failures, nor a say", async () => {
    const context = await browser.newContext()
    const other = await context.newPage()
    await other.goto(`${stage.url}/#key=${guest}`)
    await other.getByText("connected", { exact: true }).waitFor({ state: "attached" })
    await go("#/mends", other)
    await other.locator(".mends-list a").first().click()
    await other.getByText("Only the user of the machine itself may accept or undo it.").waitFor()
    expect(await other.getByRole("article").textContent()).not.toContain(folder)
    await go("#/supervision", other)
    await other.getByText("shaky is quarantined").waitFor()
    await row(other, /^shaky/).click()
    await other.getByRole("region", { name: /^shaky/ }).waitFor()
    expect(await other.getByRole("main").textContent()).not.toMatch(/gave way|Revive|folder|process/)
    await go("#/sessions", other)
    await other.getByText("There is none yet").waitFor()
    await context.close()
  })

  it("gives a quarantined plugin another chance", async () => {
    isShaky = false
    await page.getByRole("button", { name: "Revive shaky" }).click()
    await expectSeen(page.getByText("Everything works."))
    await expectSeen(row(page, /^shaky running/))
  })

  describe("sessions", () => {
    let id = ""

    it("are found, and nothing in their titles is markup", async () => {
      id = await say(`plant a tree ${nasty}`, "water it")
      await go("#/sessions")
      await page.getByRole("link", { name: "plant a tree" }).first().waitFor()
      await page.getByLabel("Search").fill("TREE plant")
      await expectSoon(() => page.locator(".session").count()).toBe(1)
      expect(await page.locator(".session").textContent()).toContain(nasty)
      await page.getByRole("link", { name: /^Tree/ }).click()
      await row(page, /you: plant a tree/).waitFor()
    })

    it("can be named at a point, gone on from another, and drawn with both ways, by keyboard", async () => {
      await tree(page).focus()
      await press(page, "End")
      await expectSoon(() => place(page).textContent()).toContain("you are here")
      const details = await enter(page, /^The agent said/)
      await details.getByLabel(/^Name this point/).focus()
      await page.keyboard.type("watered <b>")
      await press(page, "Enter")
      await page.getByText("This point is called watered <b> now.").first().waitFor()
      await row(page, /watered <b>/).waitFor()
      await tree(page).focus()
      await press(page, "ArrowUp", "ArrowUp")
      const earlier = await enter(page, /^The agent said/)
      await earlier.getByRole("button", { name: "Go on from here" }).focus()
      await press(page, "Enter")
      await page
        .getByText(/^The conversation goes on from #\d+\.$/)
        .first()
        .waitFor()
      await page.getByRole("link", { name: "Open in the chat" }).click()
      await page.getByLabel("Message", { exact: true }).fill("prune it")
      await press(page, "Enter")
      // What is read aloud says it, too.
      await page.getByText("You said: prune it", { exact: true }).waitFor()
      await go(`#/sessions/${id}`)
      await row(page, /another way: you: water it/).waitFor()
      expect(
        await row(page, /prune it/)
          .last()
          .getAttribute("aria-level")
      ).toBe("1")
      expect(await row(page, /another way: you: water it/).getAttribute("aria-level")).toBe("2")
    })

    it("can be summed up, which is seen in the chat and stands in the tree", async () => {
      await page.getByText("Sum the conversation up").click()
      await page.getByLabel(/^What must be kept/).fill("the tree")
      await press(page, "Enter")
      await expectSoon(() => page.url()).toContain(`#/chat/${id}`)
      await go(`#/sessions/${id}`)
      await expectSeen(row(page, /^summary:/))
    })

    it("that are not there are not shown", async () => {
      await go("#/sessions/1aaaaaaaaaaa")
      await expectSeen(page.getByText(/there is no session|no such session/))
    })
  })

  describe("has nothing that axe objects to, nor anything wider than the page", () => {
    let phone: Page
    const [width, height] = [360, 740]

    beforeAll(async () => {
      phone = await open({ viewport: { width, height }, colorScheme: "dark", isMobile: true, hasTouch: true })
      await go("#/mends")
      await page.locator(".mends-list a").first().waitFor()
    })

    const expectFine = async (shown: Page, at: string, of: string): Promise<void> => {
      await go(at, shown)
      await shown.locator(of).first().waitFor()
      if (of === "[role=tree]") {
        await tree(shown).focus()
        await press(shown, "End")
        await place(shown).waitFor()
      }
      // There are no frames, for each of which it would open a page.
      const { violations } = await new AxeBuilder({ page: shown }).setLegacyMode(true).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      const wide = await shown.getByRole("main").evaluate((main) => main.scrollWidth - main.clientWidth)
      expect(wide).toBe(0)
    }

    it.each([
      ["supervision", async () => "#/supervision", "[role=tree]"],
      ["the mends", async () => "#/mends", ".mends-list a"],
      ["a mend", async () => (await page.locator(".mends-list a").first().getAttribute("href")) ?? "", "article"],
      ["the sessions", async () => "#/sessions", ".session"],
      ["a session's tree", async () => `#/sessions/${(await stage.runtime().list())[0]?.id}`, "[role=tree]"]
    ])("%s", async (_, address, of) => {
      const at = await address()
      await Promise.all([expectFine(page, at, of), expectFine(phone, at, of)])
    })
  })

  it("breaks nowhere meanwhile", () => expect(errors).toEqual([]))
})
