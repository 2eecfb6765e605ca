/** The README's way to a plugin of one's own, gone step by step as a newcomer goes it. */
import { readFileSync } from "node:fs"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { type AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { bin, place } from "../program.ts"
import { pluginFolder, pluginPackage, pluginWorld } from "./cli/plugin-world.ts"
import { hasTmux, openWindow } from "./terminal/tmux.ts"

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8")
const [, section = ""] = /^## A plugin of your own[^\n]*\n([^]*?)^## /m.exec(readme) ?? []

/** Blocks of a language in that section, in order. */
const blocks = (language: string): ReadonlyArray<string> =>
  [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, text]) => text ?? "")

/** What one types, without what is said of it. */
const commandsOf = (block = ""): ReadonlyArray<string> =>
  block
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +#.*/, ""))

const [first, second, others] = blocks("sh")
const [own = ""] = blocks("ts")

const rules = [
  {
    when: "to be or not to be",
    turns: [{ calls: [{ tool: "words_count", input: { text: "to be or not to be" } }] }, { text: "It has six." }]
  },
  {
    when: "longest word",
    turns: [{ calls: [{ tool: "words_longest", input: { path: "README.md" } }] }, { text: "That was the longest." }]
  }
]

describe.skipIf(!hasTmux)("the newcomer's road (needs tmux)", { timeout: 90_000 }, () => {
  it("leads from init to a tool that works, to one's own, and to one that is healed", async () => {
    await using at = await place()
    await mkdir(join(at.home, "bin"))
    await writeFile(join(at.home, "bin/kintsugi"), `#!/bin/sh\nexec ${process.execPath} ${bin} "$@"\n`)
    await chmod(join(at.home, "bin/kintsugi"), 0o755)
    await writeFile(join(at.home, "script.yaml"), JSON.stringify({ rules }))
    await writeFile(join(at.cwd, "README.md"), "So kintsugi it is")
    const env = {
      ...at.env,
      PATH: `${join(at.home, "bin")}:${at.env.PATH ?? ""}`,
      PS1: "$ ",
      KINTSUGI_LLM_MODEL: `scripted/${join(at.home, "script.yaml")}`
    }
    await using window = await openWindow("exec sh", { columns: 110, rows: 45, cwd: at.cwd, env })
    let asked = 0
    const types = async (command: string): Promise<string> => {
      await window.type(`clear; ${command}; echo "ended $((${++asked} + 100)) with $?"`)
      await window.keys("Enter")
      return window.until(new RegExp(`ended ${asked + 100} with \\d+`))
    }

    const [init = "", test = "", install = "", run = ""] = commandsOf(first)
    expect(await types(init)).toMatch(/words\/index\.ts[^]*kintsugi plugin install \.\/words[^]*with 0/)
    expect(await types(test)).toMatch(/pass 2[^]*fail 0[^]*with 0/)
    expect(await types(install)).toMatch(/installed words 0\.1\.0[^]*words_count \(read\)[^]*with 0/)
    expect(await types(run)).toMatch(/✓ words_count[^]*It has six\.[^]*with 0/)

    const file = join(at.cwd, "words/index.ts")
    await writeFile(file, own)
    const [again = "", doctor = "", chat = ""] = commandsOf(second)
    expect(await types(again)).toMatch(/pass 2[^]*fail 0[^]*with 0/)
    expect(await types(doctor)).toMatch(/✓ loads: in a child[^]*✓ tool words_longest: its 2 examples hold[^]*with 0/)
    await window.type(`clear; ${chat}`)
    await window.keys("Enter")
    await window.until("› ask for anything")
    const asks = async (seen: RegExp) => {
      await window.type("Which is the longest word of README.md?")
      await window.keys("Enter")
      return window.until(seen)
    }
    await asks(/words_longest[^]*kintsugi[^]*That was the longest\./)

    await writeFile(file, (await readFile(file, "utf8")).replace(".filter(", ".fliter("))
    await window.type("/reload words")
    await window.keys("Enter")
    await window.until(/◆ healed words\/words_longest/)
    await asks(/README\.md +healed, seam s[^]*That was the longest\./)
    expect(await readFile(file, "utf8")).toContain(".fliter(")
  })
})

it("its other commands work", { timeout: 90_000 }, async () => {
  const rhymes = {
    name: "kintsugi-plugin-rhymes",
    version: "1.1.0",
    description: "Rhymes.",
    keywords: ["kintsugi-plugin"],
    maintainers: [],
    links: {}
  }
  const world = await pluginWorld([pluginPackage("rhymes", "1.0.0"), pluginPackage("rhymes", "1.1.0")])
  // The registry of the rehearsal knows no search.
  const front = createServer(async (request, response) => {
    const isSearch = request.url?.startsWith("/-/v1/search") === true
    const answer = isSearch ? undefined : await fetch(new URL(request.url ?? "", world.registry.url))
    response.end(
      answer === undefined
        ? JSON.stringify({ objects: [{ package: rhymes }], total: 1 })
        : Buffer.from(await answer.arrayBuffer())
    )
  })
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve))
  world.env.npm_config_registry = `http://127.0.0.1:${(front.address() as AddressInfo).port}/`
  try {
    world.write(pluginFolder("words"))
    expect(await world.plugin("install", "./words")).toMatchObject({ code: 0 })
    const commands = commandsOf(others)
    expect(commands.length).toBeGreaterThan(8)
    for (const command of commands) {
      const { code, err } = await world.kintsugi(...command.split(" ").slice(1))
      expect({ command, code }, err).toEqual({ command, code: 0 })
    }
    const { out } = await world.plugin("list")
    expect(out).toMatch(/^words +npm +1\.0\.0 +healthy/m)
    expect(out).toMatch(/^rhymes +npm +1\.1\.0 +untrusted/m)
  } finally {
    front.closeAllConnections()
    front.close()
    await world.remove()
  }
})
