/** What every other spec stands on: the right Node, exact versions, a lock that any registry can serve, documents that tell the truth. */
import { existsSync, globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { prune } from "../scripts/prune-lock.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, "utf8")
const manifest = JSON.parse(read("package.json"))
const lock = JSON.parse(read("package-lock.json"))

it("runs on the Node that the project brings", () => {
  expect(process.versions.node).toBe(manifest.devDependencies.node)
  expect(process.features.typescript).toBe("strip")
})

describe("dependencies", () => {
  const workspaces = globSync(
    manifest.workspaces.map((pattern: string) => `${pattern}/package.json`),
    { cwd: root }
  )
  const versions = [manifest, ...workspaces.map((path) => JSON.parse(read(path)))].flatMap((one) =>
    Object.entries<string>({ ...one.dependencies, ...one.optionalDependencies, ...one.devDependencies })
  )

  it.each(versions)("%s is pinned to one version", (_, version) => {
    expect(version).toMatch(/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/)
  })

  it("are locked as package.json asks for them", () => {
    const { dependencies, devDependencies } = lock.packages[""]
    expect({ dependencies, devDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies
    })
  })

  it("are locked without download addresses", () => {
    const entries = Object.values<{ resolved?: string; link?: boolean }>(lock.packages)
    // A workspace is a link, and says where it leads.
    expect(entries.filter(({ resolved, link }) => resolved !== undefined && link !== true)).toEqual([])
    expect(read("package-lock.json")).not.toMatch(/https?:\/\/[^"]*\.tgz/)
  })

  it("are locked without promises that the lock does not hold", () => {
    expect(prune(lock).dropped).toEqual([])
  })

  it("may run their install scripts only where package.json says so", () => {
    const withScripts = Object.entries<{ hasInstallScript?: boolean; optional?: boolean }>(lock.packages)
      .filter(([, entry]) => entry.hasInstallScript === true && entry.optional !== true)
      .map(([path]) => path.replace(/^.*node_modules\//, ""))
    expect(withScripts.toSorted()).toEqual(Object.keys(manifest.allowScripts).toSorted())
  })
})

describe("documents", () => {
  const documents = globSync(["*.md", "docs/**/*.md"], { cwd: root }).filter((path) => path !== "CHANGELOG.md")

  /** @returns each name that a document mentions and that is not there. */
  const missing = (pattern: RegExp, isThere: (name: string) => boolean) =>
    documents.flatMap((path) =>
      [...read(path).matchAll(pattern)]
        .map(([, name = ""]) => name)
        .filter((name) => !isThere(name))
        .map((name) => `${path}: ${name}`)
    )

  it("name only npm scripts that exist", () => {
    expect(missing(/\bnpm run (?:--?[\w-]+ )*([\w:-]+)/g, (name) => name in manifest.scripts)).toEqual([])
  })

  it("name only source files that exist", () => {
    const sourceFile =
      /(?<![\w./-])((?:llm|healing|plugins|skills|machines|actors|channels|spec|scripts)\/[\w./-]+\.(?:ts|mjs|md|json|yaml))\b/g
    expect(missing(sourceFile, (name) => existsSync(root + name))).toEqual([])
  })
})

it("npm scripts run files that exist", () => {
  const files = Object.values<string>(manifest.scripts).flatMap(
    (script) => script.match(/\b(?:scripts|spec)\/\S+/g) ?? []
  )
  expect(files.filter((file) => !existsSync(root + file))).toEqual([])
})
