import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { memoryJournal } from "../../../actors/journal/memory-journal.ts"
import type { JournalRow } from "../../../actors/journal.ts"
import { openJournal } from "../../../actors/journal/sqlite-journal.ts"
import { hiding } from "../../../actors/secrets.ts"
import { markdown } from "../../../channels/page/markdown.ts"
import { page } from "../../../channels/page/page.ts"
import type { AgentEvent } from "../../../machines/events.ts"
import { makeWorld } from "../../actors/world.ts"
import { opened, reply, says } from "../../machines/happenings.ts"
import { commandLine } from "../cli/in-process.ts"
import { hostile, pixel, secret, told } from "./session.ts"

const hide = hiding([])

const written = (all: boolean, { journal, info } = told()): string => {
  const every = () => journal.readAll(info.id)
  const rows = all ? every : () => journal.read(info.id)
  return [...page({ info, rows, all: every, points: journal.points(info.id), hide, now: 0 })].join("")
}

/** Of these events alone. */
const pageOf = (...events: ReadonlyArray<AgentEvent>): string => {
  const journal = memoryJournal()
  const { id } = journal.create({ cwd: "/work", model: "test/one" })
  const writer = journal.write(id)
  for (const event of events) writer.append(event)
  writer.close()
  const info = journal.find(id)
  if (info === undefined) throw new Error("it was just made")
  return written(false, { journal, info })
}

const main = (whole: string): string => whole.slice(whole.indexOf("<main>"), whole.indexOf("</main>"))

const tags = new Set(
  "!doctype html head meta title style body header h1 h2 h3 dl dt dd time div table thead tr th tbody td nav details summary ul ol li span a strong em s main article section aside pre code ins del figure img p blockquote hr br footer".split(
    " "
  )
)

const tagsIn = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/<\/?([a-z!][a-z0-9]*)/gi), ([, name = ""]) => name.toLowerCase())

describe("a session as a page", () => {
  it("shows what was said, called, answered, mended, compacted and spent", () => {
    const text = main(written(true))
    for (const part of [
      "Count the words, please.",
      '<strong>bold</strong> word, <code>code</code>, <a href="https://example.com/?a=1&amp;b=2"',
      "read_file a&lt;/pre&gt;",
      "<ins>+const b = 2</ins>\n",
      "◆ healed words/word_count",
      "lost: the unit was made up",
      "S2 provisional, seam s1",
      "Changed by a guard to",
      "plugin words is quarantined",
      "From here on the model saw this summary",
      "Agent, interrupted",
      "I am about to",
      "execute_bash rm -rf build · not answered",
      "The key is wrong",
      "Turn 1 done · 2,400 tokens in, 600 out · $0.0246 · test/one ×2",
      "Another branch: it goes on from",
      `<img\n`.trim()
    ])
      expect(text).toContain(part)
  })

  it("tells the branch where the conversation stands, and with all of them every one", () => {
    const here = main(written(false))
    expect(here).toContain("Rather count the letters")
    expect(here).not.toContain("And now the lines")
    expect(main(written(true))).toContain("And now the lines")
    // The tree names them all.
    expect(written(false)).toContain("And now the lines")
  })

  it("links only to what is there, each point once", () => {
    for (const whole of [written(true), written(false)]) {
      const ids = Array.from(whole.matchAll(/ id="(n\d+)"/g), ([, id]) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const [, to] of whole.matchAll(/href="#(n\d+)"/g)) expect(ids).toContain(to)
    }
  })

  it("makes nobody's text markup", () => {
    for (const whole of [written(true), written(false)]) {
      expect(whole).not.toContain("<script")
      expect(whole).not.toContain("onerror=alert(1)>")
      expect(whole).not.toContain('javascript:alert(1)"')
      expect(whole).not.toContain("<b>letters")
      expect(whole.match(/<img/g)).toHaveLength(1)
      expect(tagsIn(whole).filter((tag) => !tags.has(tag))).toEqual([])
      expect(whole).toContain("&lt;script&gt;alert(1)&lt;/script&gt;")
    }
  })

  it("makes no text markup, whatever it is and wherever it stands", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc
        .array(
          fc.constantFrom(
            "<",
            ">",
            '"',
            "'",
            "&",
            "`",
            "*",
            "[",
            "](",
            ")",
            "!",
            "|",
            "\n",
            "#",
            "javascript:",
            "onx=1 ",
            "svg",
            "a"
          ),
          { maxLength: 30 }
        )
        .map((parts) => parts.join("")),
      fc.constant(hostile)
    )
    const plain = pageOf(opened(), says("m", "x"), reply("x"))
    fc.assert(
      fc.property(text, (said) => {
        const whole = pageOf(
          opened(),
          says("m", said),
          reply(said, [{ id: "c", name: said, input: said }]),
          {
            type: "tool.settled",
            callId: "c",
            final: false,
            answer: { success: false, error: said, diff: said, summary: said }
          },
          { type: "model.failed", failure: { code: "x", message: said } }
        )
        expect(tagsIn(whole).filter((tag) => !tags.has(tag))).toEqual([])
        // No attribute that the page itself has not.
        const attributes = (of: string) =>
          new Set(Array.from(of.matchAll(/<[a-z][^<>]*?\s([a-z-]+)=/g), ([, name]) => name))
        const known = new Set([
          ...attributes(plain),
          "href",
          "start",
          "class",
          "rel",
          "tabindex",
          "scope",
          "role",
          "aria-label",
          "aria-hidden",
          "id"
        ])
        expect([...attributes(whole)].filter((name) => !known.has(name))).toEqual([])
      }),
      { numRuns: 200 }
    )
  })

  it("makes no attribute of a text that stands in one", () => {
    const trap = '" onx=1 x="'
    const whole = pageOf(
      opened(),
      { ...says("m"), content: [{ type: "image", mime: "image/png", data: pixel, name: trap }] },
      { type: "seam.made", seam: trap, plugin: "p", status: "active", state: "healed", summary: trap, degraded: [] },
      reply(`[x](https://x.y/${encodeURI(trap)}) [x](<https://x.y/"onx=1>)\n\n<div onx=1>\n\n<b onx=1>`)
    )
    const tagged = Array.from(whole.matchAll(/<[a-z](?:"[^"]*"|[^">])*>/g), ([tag]) => tag.replace(/"[^"]*"/g, '""'))
    expect(tagged.length).toBeGreaterThan(40)
    expect(tagged.filter((tag) => tag.includes("onx"))).toEqual([])
    expect(whole).toContain("&lt;div onx=1&gt;")
  })

  it("follows only links that lead to the web or to a mailbox", () => {
    const trap = (href: string) => markdown(`[x](<${href}>)`).text
    for (const href of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "file:///etc/passwd",
      "//x.y",
      " javascript:x"
    ])
      expect(trap(href)).not.toContain("<a ")
    expect(trap("https://x.y/z")).toContain('<a href="https://x.y/z" rel="noopener noreferrer nofollow"')
  })

  it("shows neither keys nor what is called a secret", () => {
    const whole = written(true)
    expect(whole).not.toContain(secret)
    expect(whole).not.toContain("hunter2hunter2")
    const events = [opened(), says("m", "the word is correct-horse"), reply("Done.")]
    const journal = memoryJournal()
    const { id } = journal.create({ cwd: "/work", model: "test/one" })
    const writer = journal.write(id)
    for (const event of events) writer.append(event)
    writer.close()
    const info = journal.find(id)
    const rows = (): Iterable<JournalRow> => journal.read(id)
    if (info === undefined) throw new Error("it was just made")
    const parts = { info, rows, all: rows, points: journal.points(id), now: 0 }
    expect([...page({ ...parts, hide: hiding(["correct-horse"]) })].join("")).not.toContain("correct-horse")
  })

  it("cuts long outputs with a note, and holds no page whole", () => {
    const long = "0123456789".repeat(30_000)
    const many = Array.from({ length: 10 }, (_, n): ReadonlyArray<AgentEvent> => [
      says(`m${n}`),
      reply("Look.", [{ id: `c${n}` }]),
      { type: "tool.settled", callId: `c${n}`, final: false, answer: { success: true, data: long } },
      reply("Done.")
    ])
    const whole = pageOf(opened(), ...many.flat())
    expect(whole).toContain("characters are left out here; session export has them all")
    expect(whole.length).toBeLessThan(10 * 25_000)
  })

  it("names images that are no pictures, or too many", () => {
    const whole = pageOf(opened(), {
      ...says("m", "see"),
      content: [
        { type: "image", mime: "image/svg+xml", data: pixel, name: "a.svg" },
        { type: "image", mime: "image/png", data: '"><script>', name: "b.png" },
        { type: "image", mime: "image/png", data: "A".repeat(31_000_000), name: "c.png" },
        { type: "image", mime: "image/png", data: pixel, name: "d.png" }
      ]
    })
    expect(whole.match(/<img/g)).toHaveLength(1)
    for (const name of ["a.svg", "b.png", "c.png", "d.png"]) expect(whole).toContain(`[image: ${name}`)
  })

  it("bears Markdown that is nested without end", () => {
    for (const depth of [500, 2_000, 3_000, 4_000, 10_000])
      expect(markdown(`${"> ".repeat(depth)}the end`).text).toContain("the end")
    expect(markdown(`${"[".repeat(5_000)}x`).text).toContain("x")
  })

  it("is written by session export --html, where export alone stays JSON lines", async () => {
    const world = makeWorld()
    try {
      const file = `${world.home}/.local/share/kintsugi/sessions.db`
      world.write(`${world.home}/.local/share/kintsugi/x`, "")
      const journal = openJournal(file)
      const { info } = told(journal, world.cwd)
      journal.close()
      const type = commandLine(world)
      const html = await type(["session", "export", info.id, "--html", "--all"], {
        env: { MY_API_KEY: "letters-and-more" }
      })
      expect({ code: html.code, err: html.err }).toEqual({ code: 0, err: "" })
      expect(html.out).toMatch(/^<!doctype html>[^]*And now the lines[^]*<\/html>\s*$/)
      const lines = await type(["session", "export", info.id])
      expect(
        lines.out
          .trim()
          .split("\n")
          .map((line) => Object.keys(JSON.parse(line)))[0]
      ).toContain("seq")
      world.write(world.userFile, "llm: [")
      const refused = await type(["session", "export", info.id, "--html"])
      expect({ code: refused.code, out: refused.out }).toEqual({ code: 2, out: "" })
    } finally {
      world.remove()
    }
  })
})
