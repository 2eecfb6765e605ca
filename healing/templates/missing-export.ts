/** An import of a name that the module does not export. */
import { builders as b, namedTypes as n, nodesIn } from "../syntax.ts"
import type { Proposed, Site, Template } from "../template.ts"
import { insert, put, textOf } from "./kit.ts"
import { exportsOf, namesOf } from "./modules.ts"
import { nearest } from "./nearness.ts"

type Specifiers = NonNullable<ReturnType<typeof b.importDeclaration>["specifiers"]>

export const missingExport: Template = {
  name: "missing-export",
  tier: "A",
  treats: ({ kind }) => kind === "missing_export" || kind === "missing_named_export",
  *propose(site) {
    const { property: name } = site.failure
    if (name === undefined) return
    for (const statement of site.program.node.body) {
      if (n.ImportDeclaration.check(statement)) {
        const specifiers = statement.specifiers ?? []
        const at = specifiers.findIndex((one) => importedName(one) === name)
        if (at !== -1) yield* importedOtherwise(site, specifiers, at, name, String(statement.source.value))
      }
      if (n.ExportNamedDeclaration.check(statement) && statement.source)
        yield* passedOnOtherwise(site, statement.specifiers ?? [], name, String(statement.source.value))
    }
    yield* exported(site, name)
  }
}

const importedName = (node: unknown): string | undefined => {
  if (n.ImportDefaultSpecifier.check(node)) return "default"
  return n.ImportSpecifier.check(node) ? String(node.imported.name) : undefined
}

function* importedOtherwise(
  site: Site,
  specifiers: Specifiers,
  at: number,
  name: string,
  specifier: string
): Generator<Proposed> {
  const node = specifiers[at]
  const local = String(node?.local?.name ?? name)
  const { values, types } = exportsOf(site.code, site.file, specifier)
  const isTypeScript = site.file.endsWith("ts")
  if (n.ImportSpecifier.check(node) && isTypeScript && (types.includes(name) || isOnlyType(site, local)))
    yield { what: `imports "${name}" as the type that it is`, apply: () => put(node, "importKind", "type") }
  const change = (what: string, made: Specifiers[number], first = false): Proposed => ({
    what,
    apply: () => {
      const rest = specifiers.filter((one) => one !== node)
      const all = first ? [made, ...rest] : specifiers.map((one) => (one === node ? made : one))
      const before = [...specifiers]
      specifiers.splice(0, specifiers.length, ...all)
      return () => void specifiers.splice(0, specifiers.length, ...before)
    }
  })
  const named = (other: string) =>
    change(`imports "${other}" where "${name}" stood`, b.importSpecifier(b.identifier(other), b.identifier(local)))
  if (n.ImportDefaultSpecifier.check(node) && isTypeScript && types.includes(local))
    yield change(
      `imports "${local}" as the type that it is`,
      Object.assign(b.importSpecifier(b.identifier(local)), { importKind: "type" })
    )
  const wanted = name === "default" ? local : name
  if (values.includes(wanted) && wanted !== name) yield named(wanted)
  for (const other of nearest(
    wanted,
    values.filter((one) => one !== "default")
  ))
    yield named(other)
  const hasDefault = specifiers.some((one) => n.ImportDefaultSpecifier.check(one))
  const isAll = values.every((one) => one === "default")
  if (name !== "default" && values.length > 0 && isAll && !hasDefault)
    yield change(`imports the default export as "${local}"`, b.importDefaultSpecifier(b.identifier(local)), true)
  const only = values.filter((one) => one !== "default")
  if (name === "default" && only.length === 1 && only[0] !== wanted && only[0] !== undefined) yield named(only[0])
  if (name === "default" && specifiers.length === 1 && !values.includes("default"))
    yield change(`imports all exports as "${local}"`, b.importNamespaceSpecifier(b.identifier(local)))
}

/** The name stands only where types do, which are gone at run time. */
const isOnlyType = ({ program }: Site, local: string): boolean => {
  const uses = nodesIn(program).filter(
    ({ node, parent }) => n.Identifier.check(node) && node.name === local && !n.ImportSpecifier.check(parent?.node)
  )
  return (
    uses.length > 0 &&
    uses.every(({ parent }) =>
      /^TS(TypeReference|ExpressionWithTypeArguments|QualifiedName|InterfaceHeritage|ClassImplements)$/.test(
        parent?.node.type ?? ""
      )
    )
  )
}

/** `export { a } from "./b.js"`. */
function* passedOnOtherwise(
  { code, file }: Site,
  specifiers: ReadonlyArray<unknown>,
  name: string,
  specifier: string
): Generator<Proposed> {
  const { values, types } = exportsOf(code, file, specifier)
  for (const one of specifiers) {
    if (!n.ExportSpecifier.check(one) || one.local?.name !== name) continue
    if (types.includes(name))
      yield { what: `passes "${name}" on as the type that it is`, apply: () => put(one, "exportKind", "type") }
    for (const other of nearest(name, values))
      yield { what: `passes "${other}" on where "${name}" stood`, apply: () => put(one, "local", b.identifier(other)) }
  }
}

/** In the module itself: what is declared there and was meant to be exported. */
function* exported({ program, failure, file }: Site, name: string): Generator<Proposed> {
  const { body } = program.node
  if (
    failure.subject === undefined ||
    body.some((one) => n.ImportDeclaration.check(one) && textOf(one.source) === failure.subject)
  )
    return
  if (!file.endsWith(failure.subject.replace(/^[./]+/, ""))) return
  const declared = body.flatMap(namesOf)
  const chosen =
    name === "default" ? (declared.length === 1 ? declared[0] : undefined) : declared.includes(name) ? name : undefined
  if (chosen === undefined) return
  const statement =
    name === "default"
      ? b.exportDefaultDeclaration(b.identifier(chosen))
      : b.exportNamedDeclaration(null, [
          b.exportSpecifier.from({ local: b.identifier(name), exported: b.identifier(name) })
        ])
  yield {
    what: name === "default" ? `exports ${chosen} as the default` : `exports "${name}", which is declared there`,
    apply: () => insert(body, body.length, statement)
  }
}
