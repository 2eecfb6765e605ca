/** The console in a browser: a whole turn, hostile content, losses and restarts, several tabs, and whether everybody can use it. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { textOf } from "../../../llm/message.ts"
import { defineModel, type Piece } from "../../../llm/own-model.ts"
import type { ModelRequest } from "../../../llm/model.ts"
import { definePlugin } from "../../../plugins/plugin.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { defineTool } from "../../../plugins/tool.ts"
import { makeOffering } from "../offering.ts"
import { hasBrowser, key, openBrowser, program, serveConsole, type Stage, visit } from "./console.ts"

const hostile = [
  "<script>window.hacked = 1</script>",
  "<img src=x onerror='window.hacked = 2'>",
  "[press](javascript:window.hacked=3) and [data](data:text/html,<script>window.hacked=4</script>)",
  "![picture](https://example.com/beacon.png)",
  "`<b onclick=window.hacked=5>code</b>`",
  "```html\n<iframe srcdoc='<script>parent.hacked=6</script>'></iframe>\n```",
  "| a |\n| --- |\n| <svg onload=window.hacked=7> |"
].join("\n\n")

const markdown =
  "# Result\n\nIt is **55**, see `fib.js`:\n\n```js\nconst fib = 55\n```\n\n- one\n- [docs](https://example.com/a)\n"

/** A reply that waits in the middle until `release` is called. */
let gate = Promise.withResolvers<void>()
const release = (): void => {
  gate.resolve()
  gate = Promise.withResolvers()
}

async function* respond({ messages }: ModelRequest): AsyncGenerator<Piece> {
  const said = textOf(messages.findLast(({ role }) => role === "user") ?? { role: "user", id: "", content: [] })
  const last = messages.at(-1)
  const call = (name: string, input: unknown): Piece => ({ type: "call", id: `c${messages.length}`, name, input })
  if (said.startsWith("write")) {
    if (last?.role !== "tool") {
      yield { type: "thinking", delta: "First the file." }
      yield "I write it."
      yield call("write_file", { path: "fib.js", content: "console.log(55)\n" })
    } else yield last.success ? markdown : "So I leave it."
  } else if (said.startsWith("wait")) {
    yield "The beginning "
    await gate.promise
    yield "and the end."
  } else if (said.includes("hostile")) {
    if (last?.role !== "tool") yield call("echo", { text: hostile })
    else yield hostile
  } else if (said.startsWith("greet")) {
    if (last?.role !== "tool") yield call("greet", {})
    else yield `You said \`${textOf(last)}\``
  } else if (said.startsWith("send")) {
    if (last?.role !== "tool") yield call("send_file", { path: "note.html" })
    else yield "It is sent."
  } else yield `You said: ${said}`
}

const echo = defineTool({
  name: "echo",
  description: "Says it again.",
  risk: "read",
  input: { type: "object" },
  execute: (input: unknown) => String((input as { text?: unknown }).text)
})

const greet = defineTool({
  name: "greet",
  description: "Asks whom to greet.",
  risk: "read",
  input: { type: "object" },
  execute: async (_, { ask }) => {
    const fields: Inquiry["fields"] = [
      { name: "name", title: "Name", type: "text", required: true, description: "<b>As on the door</b>" },
      { name: "tone", type: "choice", required: false, options: [{ value: "w", title: "Warm" }, { value: "d" }] },
      { name: "with", type: "choices", required: false, options: [{ value: "tea" }, { value: "cake" }] },
      { name: "where", type: "choice", required: false, options: [..."abcdefgh"].map((value) => ({ value })) }
    ]
    return JSON.stringify(await ask({ from: "server x", message: "Who?\u202E", url: "https://a.example/", fields }))
  }
})

const prompt = (page: Page) => page.getByLabel("Message", { exact: true })

const say = async (page: Page, text: string): Promise<void> => {
  await prompt(page).fill(text)
  await page.keyboard.press("Enter")
}

const conversation = (page: Page) => page.getByRole("region", { name: "Conversation" })

const question = (page: Page) => page.getByRole("group", { name: /^Allow/ })

describe.skipIf(!hasBrowser)(`the console in a browser (${program})`, () => {
  let browser: Browser
  let stage: Stage
  const pages: Array<Page> = []
  const errors: Array<string> = []

  const open = async (options?: BrowserContextOptions): Promise<Page> => {
    const page = await visit(browser, stage, options)
    pages.push(page)
    page.on("pageerror", ({ message }) => errors.push(message))
    page.on("console", (message) => {
      if (message.type() === "error" && !/ERR_CONNECTION_REFUSED|WebSocket/.test(message.text()))
        errors.push(message.text())
    })
    await conversation(page).getByText("What shall be done?").waitFor()
    return page
  }

  beforeAll(async () => {
    const model = defineModel({ id: "spec/model", respond })
    const plugins = [definePlugin({ name: "echoing", tools: [echo, greet] }), makeOffering().plugin]
    ;[browser, stage] = await Promise.all([openBrowser(), serveConsole({ model, plugins })])
  })

  afterAll(async () => {
    release()
    await browser.close()
    await stage[Symbol.asyncDispose]()
  })

  it("carries a turn from the question to the reply, by keyboard alone", async () => {
    const page = await open()
    await page.keyboard.press("Tab")
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content")
    await say(page, "write fib")
    await question(page).waitFor()
    await expect.poll(() => question(page).evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await question(page).textContent()).toContain("console.log(55)")
    await expect
      .poll(async () => {
        await page.keyboard.press("y")
        return question(page).count()
      })
      .toBe(0)
    await conversation(page).getByRole("heading", { name: "Result" }).waitFor()
    expect(await conversation(page).locator("strong", { hasText: "55" }).count()).toBe(1)
    expect(await conversation(page).getByRole("link", { name: "docs" }).getAttribute("rel")).toContain("noopener")
    await conversation(page)
      .getByText(/^done · 1 call/)
      .waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("prompt")
  })

  it("denies by a button, and says so to the model", async () => {
    const page = await open()
    await say(page, "write again")
    await question(page).getByRole("button", { name: /^Deny/ }).click()
    await conversation(page).getByText("So I leave it.").waitFor()
    expect(await question(page).count()).toBe(0)
  })

  it("shows hostile content as text, and runs none of it", async () => {
    const page = await open()
    const asked: Array<string> = []
    page.on("request", (request) => asked.push(request.url()))
    await say(page, "hostile <img src=x onerror='window.hacked=9'>")
    await conversation(page)
      .getByText(/^done · 1 call/)
      .waitFor()
    await conversation(page).getByText("echo", { exact: true }).click()
    const shown = (await conversation(page).textContent()) ?? ""
    for (const text of [
      "<script>window.hacked = 1</script>",
      "<svg onload=window.hacked=7>",
      "<iframe srcdoc=",
      "window.hacked=9"
    ])
      expect(shown).toContain(text)
    await page.getByRole("link", { name: "Sessions", exact: true }).click()
    await page.getByText("hostile <img").first().waitFor()
    expect(await page.evaluate(() => "hacked" in window)).toBe(false)
    expect(await page.locator("#console").locator("img, iframe, script, [onclick], [onerror], [onload]").count()).toBe(
      0
    )
    await page.goBack()
    const links = await conversation(page)
      .getByRole("link")
      .evaluateAll((all) => all.map((link) => link.getAttribute("href")))
    expect(links).toEqual(["https://example.com/beacon.png", "https://example.com/beacon.png"].slice(0, links.length))
    expect(asked.filter((url) => !url.startsWith(stage.url) && !url.startsWith("ws"))).toEqual([])
  })

  it("goes on in the middle of a reply after a reload, and ends it once", async () => {
    const page = await open()
    await say(page, "wait for it")
    await conversation(page).getByText("The beginning").waitFor()
    await page.reload()
    await conversation(page).getByText("The beginning").waitFor()
    release()
    await conversation(page).getByText("The beginning and the end.").waitFor()
    await conversation(page).getByText(/^done/).waitFor()
    const text = (await conversation(page).textContent()) ?? ""
    expect(text.match(/wait for it/g)).toHaveLength(1)
    expect(text.match(/The beginning/g)).toHaveLength(1)
  })

  it("comes back after a restart of the server, with what was said meanwhile, once", async () => {
    const page = await open()
    await say(page, "one")
    await conversation(page).getByText("You said: one").waitFor()
    await stage.restart(async () => {
      await page.getByText(/reconnecting in/).waitFor()
      await say(page, "two")
      await page.getByText("on its way").waitFor()
    })
    await conversation(page).getByText("You said: two").waitFor()
    const text = (await conversation(page).textContent()) ?? ""
    expect(text.match(/You said: one/g)).toHaveLength(1)
    expect(text.match(/You said: two/g)).toHaveLength(1)
    await expect.poll(() => page.getByText("on its way").count()).toBe(0)
  })

  it("shows one turn to two tabs, and one answer counts for both", async () => {
    const first = await open()
    await say(first, "write for two")
    await question(first).waitFor()
    const second = await first.context().newPage()
    await second.goto(first.url().replace(/#.*/, `#key=${key}`))
    await second.getByText("connected", { exact: true }).waitFor({ state: "attached" })
    await second.goto(first.url())
    await question(second)
      .getByRole("button", { name: /^Allow/ })
      .click()
    await expect.poll(() => question(first).count()).toBe(0)
    for (const page of [first, second]) await conversation(page).getByRole("heading", { name: "Result" }).waitFor()
    await say(second, "said there")
    await conversation(first).getByText("You said: said there").waitFor()
    await conversation(first).getByText("said there", { exact: true }).waitFor()
  })

  it("takes a key from the link out of the address, and says why it refuses a wrong one", async () => {
    const page = await open()
    expect(page.url()).not.toContain(key)
    const other = await browser.newContext().then((context) => context.newPage())
    await other.goto(`${stage.url}/#key=a-wrong-key-of-some-length`)
    await other.getByRole("alert").waitFor()
    expect(other.url()).not.toContain("wrong")
    await other.getByLabel("API key").fill(key)
    await other.getByRole("button", { name: "Connect" }).click()
    await prompt(other).waitFor()
    expect(await other.evaluate(() => [sessionStorage.length, localStorage.length])).toEqual([1, 0])
    await other.context().close()
  })

  it("sends files along, and takes files as bytes of no kind", async () => {
    const page = await open()
    await page
      .getByLabel("Add files")
      .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("some notes") })
    await page.getByRole("list", { name: "Files to send" }).getByText("notes.txt").waitFor()
    await say(page, "look at this")
    await conversation(page)
      .getByText(/You said: look at this[^]*notes\.txt/)
      .waitFor()
    writeFileSync(join(stage.cwd, "note.html"), "<script>window.hacked = 1</script>")
    await say(page, "send it to me")
    const download = page.waitForEvent("download")
    await page.getByRole("button", { name: "Download" }).click()
    expect((await download).suggestedFilename()).toBe("note.html")
    const before = await conversation(page).textContent()
    await page.reload()
    await expect.poll(() => conversation(page).textContent()).toBe(before)
    await page.getByRole("button", { name: "Download" }).waitFor()
  })

  it("completes commands and chooses from lists by keyboard", async () => {
    const page = await open()
    await prompt(page).fill("/perm")
    await page.getByRole("option", { name: /permissions/ }).waitFor()
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").waitFor()
    await page.keyboard.type("auto")
    await page.keyboard.press("Enter")
    await expect.poll(() => page.getByTitle("everything goes through").textContent()).toContain("auto")
    await say(page, "write at once")
    await conversation(page).getByRole("heading", { name: "Result" }).waitFor()
    await prompt(page).fill("/fa")
    await page.getByRole("option", { name: /^\/facts \[topic\] Shows facts/ }).waitFor()
    await page.keyboard.press("Tab")
    await page.keyboard.type("of <b>life</b>")
    await page.keyboard.press("Enter")
    const shown = page.getByRole("region", { name: "/facts of <b>life</b>" })
    await shown.getByText("facts", { exact: true }).waitFor()
    expect(await shown.locator("b").count()).toBe(0)
    await say(page, "/review it")
    await conversation(page).getByText("You said: /review it").waitFor()
    await say(page, "/nonsense")
    await page.getByRole("alert").getByText("There is no command /nonsense").waitFor()
    await prompt(page).fill("")
    await prompt(page).press("ArrowUp")
    await expect.poll(() => prompt(page).inputValue()).toBe("/review it")
  })

  it("passes axe in both themes, on a desk and a phone, with a question open", async () => {
    const found: Array<string> = []
    const look = async (page: Page, name: string): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
      for (const { id, nodes } of violations)
        found.push(`${name}: ${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`)
      const [needed = 0, there = 0] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement
        return [scrollWidth, clientWidth]
      })
      if (needed > there) found.push(`${name}: ${needed - there} pixels too wide`)
    }
    const page = await open()
    await say(page, "hostile things to look at")
    await conversation(page).getByText(/^done/).waitFor()
    await say(page, "/facts")
    await page.getByRole("region", { name: "/facts" }).waitFor()
    await say(page, "write with a question")
    await question(page).waitFor()
    const both = async (name: string): Promise<void> => {
      for (const { width, colorScheme } of looks) {
        await page.setViewportSize({ width, height: 740 })
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
        await look(page, `${name}, ${colorScheme}, ${width}`)
      }
    }
    const looks = [
      { width: 1200, colorScheme: "light" },
      { width: 360, colorScheme: "dark" }
    ] as const
    await both("chat")
    await question(page).getByRole("button", { name: /^Deny/ }).click()
    await say(page, "greet")
    await page.getByRole("button", { name: "Send answer" }).click()
    await page.getByRole("alert").getByText("Name is required").waitFor()
    await expect
      .poll(() => page.getByLabel("Name (required)").evaluate((element) => element === document.activeElement))
      .toBe(true)
    await both("form")
    await page.keyboard.type("Ada")
    await page.getByRole("radio", { name: "Warm" }).check()
    await page.keyboard.press("Enter")
    await conversation(page).getByText('You said {"action":"accept","content":{"name":"Ada","tone":"w"}}').waitFor()
    await page.getByTitle("Choose the model").click()
    await page.getByRole("option").first().waitFor()
    await look(page, "model")
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: /: leave$/ }).click()
    await page.getByLabel("API key").waitFor()
    await look(page, "key")
    expect(found).toEqual([])
  })

  it("has reported nothing to the browser's console in all this", () => {
    expect(errors).toEqual([])
  })
})
