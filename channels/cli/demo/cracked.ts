/** The rehearsal's plugin: broken in five places, one for each strategy. And the package that it forgot to bring. */
import type { Published } from "./registry.ts"

/** Its files, by path in its folder. */
export const cracked: Readonly<Record<string, string>> = {
  "package.json": `{
  "name": "cracked",
  "version": "1.0.0",
  "type": "module",
  "dependencies": { "@kintsugi-demo/plural": "^1.0.0" },
  "kintsugi": { "plugin": "./index.js", "hooks": ["stop"] }
}
`,
  "index.js": `import { plural } from "@kintsugi-demo/plural" // declared in package.json, and not installed

/** Looks after sequences. package.json promises a hook \`stop\`, and there is none. */
export default class Cracked {
  name = "cracked"

  systemPrompt() {
    throw new Error("the almanac is closed today")
  }

  tools() {
    return [
      {
        name: "sequence_check",
        description: "Check that each number is the sum of the two before it.",
        risk: "read",
        input: {
          type: "object",
          properties: { numbers: { type: "array", items: { type: "number" } } },
          required: ["numbers"]
        },
        examples: [
          { input: { numbers: [0, 1, 1, 2, 3] }, output: "5 numbers, all right" },
          { input: { numbers: [0, 1, 1, 3] }, output: "4 numbers, 1 wrong: 3" }
        ],
        execute({ numbers }) {
          const wrong = numbers.fliter((number, at) => at > 1 && number !== numbers[at - 1] + numbers[at - 2])
          return plural(numbers.length, "number") + (wrong.length === 0 ? ", all right" : \`, \${wrong.length} wrong: \${wrong}\`)
        }
      },
      {
        name: "sequence_remember",
        description: "Remember a sequence, and say how many there are.",
        risk: "read",
        input: {
          type: "object",
          properties: { numbers: { type: "array", items: { type: "number" } } },
          required: ["numbers"]
        },
        execute: ({ numbers }) => {
          this.remembered.push(numbers) // nobody has made it
          return plural(this.remembered.length, "sequence") + " remembered"
        }
      }
    ]
  }
}
`
}

export const plural: Published = {
  name: "@kintsugi-demo/plural",
  version: "1.0.2",
  time: Date.UTC(2026, 0, 15),
  files: {
    "index.js": 'export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`\n'
  },
  manifest: { type: "module", exports: "./index.js" }
}
