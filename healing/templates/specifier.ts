/** An import of a file of the plugin's own that is written otherwise: without its ending, with another, as a folder. */
import { builtinModules } from "node:module"
import { basename, dirname, extname, join, relative } from "node:path"
import { isRelative, ownModule, pathOf } from "../own-module.ts"
import { builders as b, namedTypes as n, type NodePath, nodesIn } from "../syntax.ts"
import type { Site, Template, Tier } from "../template.ts"
import { put, textOf } from "./kit.ts"
import { nearest } from "./nearness.ts"

const endings = [".js", ".ts", ".mjs", ".mts", ".cjs", ".cts", ".json"]

export const specifier: Template = {
  name: "specifier",
  tier: "A",
  treats: ({ kind }) => /^missing_(file_module|package|builtin|subpath|module)$/.test(kind),
  *propose(site) {
    for (const source of sourcesIn(site)) {
      const text = textOf(source.node) ?? ""
      if (ownModule(site.code, site.file, text) !== undefined) continue
      for (const { other, tier } of meant(site, text))
        yield {
          what: `imports "${other}" where "${text}" stood`,
          tier,
          apply: () => put(source.parentPath.value, source.name, b.stringLiteral(other))
        }
    }
  }
}

/** The literals that say what is imported. */
const sourcesIn = ({ program }: Site): ReadonlyArray<NodePath> =>
  nodesIn(program).filter(({ node, parent, name }) => {
    const holder = parent?.node
    if (!n.StringLiteral.check(node)) return false
    if (/^(Import|Export(Named|All))Declaration$/.test(holder?.type ?? "")) return name === "source"
    if (!n.CallExpression.check(holder)) return n.ImportExpression.check(holder)
    return n.Import.check(holder.callee) || (n.Identifier.check(holder.callee) && holder.callee.name === "require")
  })

interface Meant {
  readonly other: string
  readonly tier: Tier
}

const meant = (site: Site, text: string): ReadonlyArray<Meant> => {
  const { failure, code, file } = site
  if (failure.kind === "missing_builtin") {
    const name = text.replace(/^node:/, "")
    return failure.property === text || failure.property === name
      ? nearest(name, builtinModules).map((other) => ({ other: `node:${other}`, tier: "A" as const }))
      : []
  }
  if (isRelative(text)) return failure.kind === "missing_package" ? [] : filesMeant(site, text)
  // A package's name; there may be a file of that name, and only `./` is missing.
  const near = filesMeant(site, `./${text}`).filter(
    ({ other }) => ownModule(code, file, other) === pathOf(file, `./${text}`) || extname(text) === ""
  )
  return failure.property === text || failure.property === text.split("/")[0] ? near.slice(0, 1) : []
}

const filesMeant = ({ code, file }: Site, text: string): ReadonlyArray<Meant> => {
  const path = pathOf(file, text)
  if (path === undefined) return []
  const bare = path.slice(0, path.length - extname(path).length)
  const certain = [
    path,
    ...endings.map((ending) => path + ending),
    ...(endings.includes(extname(path)) ? endings.map((ending) => bare + ending) : []),
    ...endings.map((ending) => join(path, `index${ending}`))
  ].filter((one) => code.read(one) !== undefined)
  const files = code.files().filter((one) => one !== file)
  const beside = files.filter((one) => dirname(one) === dirname(path))
  const likely = nearest(
    basename(bare),
    beside.map((one) => basename(one, extname(one)))
  ).flatMap((name) => beside.filter((one) => basename(one, extname(one)) === name))
  const moved = files.filter((one) => basename(one, extname(one)) === basename(bare))
  const found = [...certain, ...likely, ...(moved.length === 1 ? moved : [])]
  return [...new Set(found)].slice(0, 4).map((one) => ({ other: specifierOf(file, one), tier: "A" }))
}

const specifierOf = (from: string, to: string): string => {
  const path = relative(dirname(from), to).split("\\").join("/")
  return path.startsWith(".") ? path : `./${path}`
}
