/** The layer order of ARCHITECTURE.md and the laws of start-up cost, held by a test; each law is shown a broken example. */
import { globSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import {
  effectIsDeep,
  hasNoCycles,
  heavyIsLazy,
  indexIsAList,
  isForBrowsers,
  leavesAreStrangers,
  packagesAreDeclared,
  packagesAreStrangers,
  pageIsApart,
  pageIsForBrowsers,
  pluginsStandAlone,
  pointsOneWay,
  type Rule,
  saysWhatItIs,
  terminalIsLazy,
  zodShakes
} from "./architecture/rules.ts"
import { readSource } from "./architecture/source.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, "utf8")

const filesAt = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))

const packages = filesAt("{plugins/packages,examples/plugins}/*/package.json").map(dirname)
const isPackaged = (path: string) => packages.some((folder) => path.startsWith(`${folder}/`))
const readAt = (path: string) => readSource(path, read(path))

const sources = filesAt("{index.ts,{llm,healing,plugins,skills,machines,actors,channels}/**/*.ts}")
  .filter((path) => !isPackaged(path))
  .map(readAt)
const packaged = filesAt("{plugins/packages,examples/plugins}/**/*.{ts,js}").filter(isPackaged).map(readAt)

it("finds the sources", () => {
  expect(sources.length).toBeGreaterThan(30)
  expect(packaged.length).toBeGreaterThan(3)
})

const { dependencies, devDependencies, peerDependencies } = JSON.parse(read("package.json"))
const declared = packagesAreDeclared(Object.keys({ ...dependencies, ...peerDependencies }))

const dependenciesOf = (folder: string) => Object.keys(JSON.parse(read(`${folder}/package.json`)).dependencies ?? {})

/** A law, files that break it, and files that look alike and keep it. */
interface Law {
  readonly law: string
  /** What it is held against. Default: the sources of the program. */
  readonly over?: typeof sources
  readonly rule: Rule
  readonly broken: ReadonlyArray<Readonly<Record<string, string>>>
  readonly kept: Readonly<Record<string, string>>
}

const laws: ReadonlyArray<Law> = [
  {
    law: "imports point one way",
    rule: pointsOneWay,
    broken: [
      { "machines/a.ts": `import { x } from "../actors/b.ts"` },
      { "machines/a.ts": `import type { X } from "../actors/b.ts"` },
      { "machines/a.ts": `export * from "../actors/b.ts"` },
      { "machines/a.ts": `export { x } from "../actors/b.ts"` },
      { "machines/a.ts": `const load = () => import("../actors/b.ts")` },
      { "machines/a.ts": "const load = () => import(`../actors/b.ts`)" },
      { "machines/a.ts": `const b = (x: import("../actors/b.ts").X) => x` },
      { "machines/a.ts": `new Worker(new URL("../actors/b.ts", import.meta.url))` },
      { "channels/a.ts": `import { createRuntime } from "../index.ts"` },
      { "channels/cli/a.ts": `import { x } from "../../spec/b.ts"` }
    ],
    kept: {
      "actors/a.ts": `import { x } from "../machines/b.ts"; import { y } from "./deep/c.ts" // from "../channels/d.ts"`,
      "actors/deep/c.ts": `const text = 'import { x } from "../../channels/d.ts"'`,
      "channels/cli/v.ts": `const url = new URL("../../package.json", import.meta.url)`
    }
  },
  {
    law: "llm, healing and plugins do not know each other",
    rule: leavesAreStrangers,
    broken: [{ "plugins/a.ts": `import type { Message } from "../llm/message.ts"` }],
    kept: { "skills/a.ts": `import { x } from "../llm/message.ts"`, "llm/a.ts": `import { x } from "./b.ts"` }
  },
  {
    law: "there are no import cycles",
    rule: hasNoCycles,
    broken: [
      { "llm/a.ts": `import "./a.ts"` },
      {
        "llm/a.ts": `import { b } from "./b.ts"`,
        "llm/b.ts": `export * from "./deep/c.ts"`,
        "llm/deep/c.ts": `const a = () => import("../a.ts")`
      }
    ],
    kept: {
      "llm/a.ts": `import "./b.ts"; import "./c.ts"`,
      "llm/b.ts": `import "./d.ts"`,
      "llm/c.ts": `import "./d.ts"`,
      "llm/d.ts": ``
    }
  },
  {
    law: "Effect is imported deeply",
    rule: effectIsDeep,
    broken: [{ "llm/a.ts": `import { Effect } from "effect"` }, { "llm/a.ts": `import type { Effect } from "effect"` }],
    kept: { "llm/a.ts": `import * as Effect from "effect/Effect"` }
  },
  {
    law: "zod is used so that the bundle holds only what is needed of it",
    rule: zodShakes,
    broken: [
      { "llm/a.ts": `import { z } from "zod"` },
      { "llm/a.ts": `import * as z from "zod"; const path = z.core.toDotPath(["a"])` }
    ],
    kept: {
      "llm/a.ts": `import * as z from "zod"; import { z as other } from "./z.ts"; import { toDotPath } from "zod/v4/core"; let t: z.core.$ZodType`
    }
  },
  {
    law: "nothing heavy is loaded with the program",
    rule: heavyIsLazy,
    broken: [
      { "index.ts": `import OpenAI from "openai"` },
      { "index.ts": `import { type OpenAI } from "openai"` },
      { "plugins/index.ts": `export { stream } from "@anthropic-ai/sdk/streaming"` },
      {
        "channels/cli/bin.ts": `import "./main.ts"`,
        "channels/cli/main.ts": `export { a } from "../../llm/a.ts"`,
        "llm/a.ts": `import { Ajv } from "ajv"`
      }
    ],
    kept: {
      "index.ts": `import type OpenAI from "openai"; import { a } from "./llm/a.ts"; import type { b } from "./llm/b.ts"`,
      "llm/a.ts": `const load = () => import("openai"); const more = () => import("./c.ts")`,
      "llm/b.ts": `import { Ajv } from "ajv"`,
      "llm/c.ts": `import { render } from "ink"`
    }
  },
  {
    law: "the terminal is loaded lazily",
    rule: terminalIsLazy,
    broken: [{ "channels/cli/chat.ts": `import { chat } from "../terminal/chat.ts"` }],
    kept: {
      "channels/cli/chat.ts": `const load = () => import("../terminal/chat.ts")`,
      "channels/terminal/chat.ts": `import { view } from "./view.ts"`
    }
  },
  {
    law: "packages are declared",
    rule: declared,
    // The page is bundled; what bundles it where there is no build is no part of an installation.
    over: sources.filter(({ path }) => !isForBrowsers(path) && path !== "channels/web/bundle.ts"),
    broken: [
      { "llm/a.ts": `import { it } from "vitest"` },
      { "llm/a.ts": `import { readFileSync } from "fs"` },
      { "llm/a.ts": `import mail from "nodemailer"` },
      { "llm/a.ts": `import { definePlugin } from "kintsugi/plugin"` }
    ],
    kept: {
      "llm/a.ts": `import { readFileSync } from "node:fs"; import * as Effect from "effect/Effect"`,
      "llm/b.ts": `const url = new URL("chat/completions", base)`
    }
  },
  {
    law: "the console's page is for browsers",
    rule: pageIsForBrowsers(Object.keys({ ...dependencies, ...devDependencies })),
    broken: [
      { "channels/web/client/a.ts": `import { join } from "node:path"` },
      { "channels/web/client/a.ts": `import mail from "nodemailer"` }
    ],
    kept: {
      "channels/web/client/a.ts": `import { html } from "lit"; import type { InFrame } from "../../wire/frames.ts"`,
      "channels/web/b.ts": `import { join } from "node:path"`
    }
  },
  {
    law: "nothing imports the console's page",
    rule: pageIsApart,
    broken: [
      { "channels/web/a.ts": `import { reduce } from "./client/store.ts"` },
      { "channels/a.ts": `import type { State } from "./web/client/state.ts"` }
    ],
    kept: { "channels/web/client/a.ts": `import { b } from "./chat/b.ts"` }
  },
  {
    law: "plugins' packages stand alone",
    over: packaged,
    rule: pluginsStandAlone({
      ...Object.fromEntries(packages.map((path) => [path, dependenciesOf(path)])),
      "p/x": ["y"]
    }),
    broken: [
      { "p/x/a.ts": `import { z } from "../../plugins/tool.ts"` },
      { "p/x/a.ts": `import other from "other"` },
      { "p/x/a.ts": `import { createRuntime } from "kintsugi"` },
      { "q/a.ts": `import y from "y"` }
    ],
    kept: {
      "p/x/a.ts": `import y from "y/deep"; import "./b.ts"; import "node:fs"; import "kintsugi/plugin"; import "zod"`
    }
  },
  {
    law: "no part of the program knows a plugin's package",
    rule: packagesAreStrangers,
    broken: [{ "actors/a.ts": `import git from "../plugins/packages/kintsugi-plugin-git/src/index.ts"` }],
    kept: { "actors/a.ts": `import { files } from "../plugins/builtin/files.ts"` }
  },
  {
    law: "index.ts is a list of names",
    rule: indexIsAList,
    broken: [
      { "index.ts": `export default 1` },
      { "index.ts": `export * from "./llm/model.ts"` },
      { "index.ts": `const x = 1` }
    ],
    kept: { "index.ts": `export { x } from "./llm/model.ts"; export type { Y } from "./llm/model.ts"` }
  },
  {
    law: "every file says what it is",
    rule: saysWhatItIs,
    over: [...sources, ...packaged],
    broken: [{ "llm/a.ts": `// A model.\n` }, { "llm/a.ts": `import "./b.ts"\n/** Late. */` }],
    kept: { "llm/a.ts": `/** A model. */\n`, "channels/cli/bin.ts": `#!/usr/bin/env node\n/** The program. */\n` }
  }
]

const readAll = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([path, text]) => readSource(path, text))

describe.each(laws)("$law", ({ rule, over = sources, broken, kept }) => {
  it("in this project", () => expect(rule(over)).toEqual([]))

  it.each(broken)("not in %j", (files) => expect(rule(readAll(files))).not.toEqual([]))

  it("without a false alarm", () => expect(rule(readAll(kept))).toEqual([]))
})
