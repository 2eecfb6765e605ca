/** A new plugin: its files, which work as they are. */
import { existsSync, readFileSync } from "node:fs"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createRequire } from "node:module"
import { builtins } from "../../plugins/builtin/index.ts"
import { NotManaged } from "./not-managed.ts"
import { ourRoot } from "./first-party.ts"
import { keyword } from "./search.ts"

export interface NewPlugin {
  /** Absolute path of its folder, which need not exist. */
  readonly folder: string
  readonly name: string
  /** JavaScript in place of TypeScript. */
  readonly isJavaScript: boolean
}

export interface Made {
  /** Names of the files, in its folder. */
  readonly files: ReadonlyArray<string>
  readonly name: string
  readonly tool: string
  readonly package: string
}

/**
 * All files or none.
 *
 * @throws NotManaged when one of them is there already, or the name is none for a plugin.
 */
export const initPlugin = async (plugin: NewPlugin): Promise<Made> => {
  const { folder, name } = plugin
  if (!/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/.test(name))
    throw new NotManaged({
      isUsage: true,
      message: `${JSON.stringify(name)} is no name for a plugin: letters, digits, _ or -, a letter first; say another with --name`
    })
  if (builtins().some((one) => one.name === name))
    throw new NotManaged({ isUsage: true, message: `${name} is a built-in plugin; say another name with --name` })
  const files = filesOf(plugin)
  const there = Object.keys(files).filter((file) => existsSync(join(folder, file)))
  if (there.length > 0)
    throw new NotManaged({ message: `${folder} has ${there.join(", ")} already, and nothing is overwritten` })
  const made = await mkdir(folder, { recursive: true })
  const written: Array<string> = []
  try {
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder, file), text, { flag: "wx" })
      written.push(file)
    }
  } catch (error) {
    for (const file of written) await rm(join(folder, file), { force: true })
    if (made !== undefined) await rm(made, { recursive: true, force: true })
    throw error
  }
  return { files: written, name, tool: toolOf(name), package: packageOf(name) }
}

const toolOf = (name: string): string => `${name.replaceAll("-", "_").slice(0, 58)}_count`
const packageOf = (name: string): string => `${keyword}-${name.toLowerCase()}`

const filesOf = ({ name, isJavaScript }: NewPlugin): Readonly<Record<string, string>> => {
  const extension = isJavaScript ? "js" : "ts"
  const values = {
    name,
    extension,
    tool: toolOf(name),
    package: packageOf(name),
    types: isJavaScript ? "" : aboutTypes
  }
  const filled = (text: string) =>
    text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => String(Reflect.get(values, key))).replace(/\n{3,}/g, "\n\n")
  const code = isJavaScript ? pluginText.replace(": { text: string }", "") : pluginText
  return {
    "package.json": json(manifestOf(name, extension)),
    [`index.${extension}`]: filled(code),
    "index.spec.js": filled(specText),
    "README.md": filled(readmeText),
    ".gitignore": "node_modules/\n",
    ...(isJavaScript ? {} : { "tsconfig.json": json(tsconfig()) })
  }
}

const manifestOf = (name: string, extension: string) => ({
  name: packageOf(name),
  version: "0.1.0",
  description: `The plugin ${name} for Kintsugi.`,
  keywords: [keyword],
  type: "module",
  exports: `./index.${extension}`,
  kintsugi: { plugin: `./index.${extension}`, ...(name === name.toLowerCase() ? {} : { name }) },
  files: [`index.${extension}`],
  scripts: { test: "node --test index.spec.js" },
  engines: { node: ">=22.19" }
})

/** The editor finds the types where this Kintsugi lies, so that nothing has to be installed. */
const tsconfig = () => ({
  compilerOptions: {
    target: "es2024",
    lib: ["es2024", "dom"],
    module: "nodenext",
    moduleDetection: "force",
    strict: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    paths: { "kintsugi/plugin": [typesOf()], zod: [zodTypes()] }
  },
  include: ["*.ts"]
})

const typesOf = (): string => {
  const built = join(ourRoot(), "dist/plugins/index.d.ts")
  const source = join(ourRoot(), "plugins/index.ts")
  return existsSync(source) ? source : built
}

const zodTypes = (): string =>
  createRequire(import.meta.url)
    .resolve("zod")
    .replace(/\.c?js$/, ".d.ts")

const aboutTypes = `\`tsconfig.json\` names where the types of \`kintsugi/plugin\` and zod lie on this machine, so that the editor knows them
without an install. Elsewhere: \`npm install --save-dev kintsugi zod\`, and take \`paths\` out of it.`

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const pluginText = readFileSync(new URL("./template/plugin.txt", import.meta.url), "utf8")
const specText = readFileSync(new URL("./template/spec.txt", import.meta.url), "utf8")
const readmeText = readFileSync(new URL("./template/readme.txt", import.meta.url), "utf8")
