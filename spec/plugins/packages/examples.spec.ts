/** What the packages' tools promise by their own examples, played in the examples' worlds. */
import { describe, expect, it } from "vitest"
import { play } from "../../../actors/healing/world.ts"
import { flawOf, playsOf } from "../../../healing/gate/examples.ts"
import git from "../../../plugins/packages/kintsugi-plugin-git/src/index.ts"
import grep from "../../../plugins/packages/kintsugi-plugin-grep/src/index.ts"
import { astGrep, ripgrep } from "../../../plugins/packages/kintsugi-plugin-grep/src/programs.ts"
import { searchPlugin } from "../../../plugins/packages/kintsugi-plugin-search/src/plugin.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"
import type { Tool } from "../../../plugins/tool.ts"

const web = searchPlugin(() => Promise.reject(new Error("no names here")))
const isThere = ripgrep.path !== undefined && astGrep.path !== undefined
const tools = [git, ...(isThere ? [grep] : []), web].flatMap((plugin) => plugin.tools ?? [])

const flaws = async (tool: Tool): Promise<ReadonlyArray<string | undefined>> => {
  const { examples = [] } = tool
  const plays = playsOf({ name: tool.name, examples }, { cwd: "/work", taskStartedAt: 0 })
  return Promise.all(
    plays.map(async ({ input, world }, n) => {
      const { ports, effects, beyond } = play(world)
      const decoded = await tool.decode(input)
      if ("problems" in decoded) return decoded.problems
      const context = {
        ...absentPorts,
        ...ports,
        signal: new AbortController().signal,
        progress: () => {},
        log: () => {}
      }
      const answer = await tool.execute(decoded.input, { ...context, cwd: "/work", taskStartedAt: 0 })
      const example = examples[n]
      if (example === undefined) return "there is none"
      return flawOf(example, { type: "answered", answer: { ...answer }, effects: effects(), beyond: beyond() })
    })
  )
}

describe("the examples", () => {
  it.each(tools.filter(({ examples }) => examples !== undefined))("of $name hold", async (tool) => {
    expect(await flaws(tool)).toEqual((tool.examples ?? []).map(() => undefined))
  })

  it("are there for every tool", () => {
    expect(tools.filter(({ examples }) => examples === undefined).map(({ name }) => name)).toEqual([])
  })
})
