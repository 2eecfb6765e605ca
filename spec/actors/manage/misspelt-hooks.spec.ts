/** Methods that look like hooks and are none are found; what is a hook, or a word of its own, is not. */
import { expect, it } from "vitest"
import { misspeltHooks } from "../../../actors/manage/misspelt-hooks.ts"
import { hookNames } from "../../../plugins/hooks.ts"

const names = (source: string) => misspeltHooks(source).map(({ name, meant, line }) => `${line} ${name}→${meant}`)

it.each([
  ["  onTurnStrat() {},", ["1 onTurnStrat→onTurnStart"]],
  ["export default {\n  async beforeToolExcute({ tool }) {", ["2 beforeToolExcute→beforeToolExecute"]],
  ["  systemPromt: () => '',", ["1 systemPromt→systemPrompt"]],
  ["  onturnend: async function () {},", ["1 onturnend→onTurnEnd"]],
  ["class P {\n  registerComands = () => []\n}", ["2 registerComands→registerCommands"]],
  ["  onTurnStrat() {},\n  onTurnStrat() {},", ["1 onTurnStrat→onTurnStart"]],
  ["  onToolStart() {},\n  stopp() {},\n  execute() {}", []],
  ["  return onTurnStrat()", []],
  ["const text = 'onTurnStrat() {}'", []],
  ["  capabilities_of: 7,", []]
])("%j", (source, expected) => expect(names(source)).toEqual(expected))

it("no hook is taken for another", () => {
  for (const hook of hookNames) expect(names(`  async ${hook}() {},`)).toEqual([])
})
