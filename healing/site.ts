/** Where in a plugin's own code a failure points to. */
import type { Code } from "./code.ts"
import type { Failure, Frame } from "./failure.ts"
import { type Forest, forestOf, type Tree } from "./forest.ts"
import { ownModule, pathOf } from "./own-module.ts"
import { functionAround, nodeAt } from "./syntax.ts"
import type { Site } from "./template.ts"
import { functionsOf } from "./tool-code.ts"

/** Most frames of a stack that are looked at: what is farther out did not cause it. */
const deepest = 3

/**
 * The places that a failure points to, likeliest first: the innermost frames in the plugin's own files; for a failure of
 * loading, the files that it names; and last, or where it names no place, the functions that the tool's call runs through.
 *
 * @param tool Name of the tool that failed. @param parameters JSON Schema of its input. @param hasExamples Whether it has some.
 * Sites of the same file share its tree.
 */
export const sitesOf = (
  failure: Failure,
  code: Code,
  tool?: string,
  parameters?: Readonly<Record<string, unknown>>,
  hasExamples = false
): ReadonlyArray<Site> => [...sitesFor(failure, code, tool, parameters, hasExamples)].flat()

/** The same in ranks, each looked for when it is asked for: for the second, all files are read. */
export function* sitesFor(
  failure: Failure,
  code: Code,
  tool?: string,
  parameters?: Readonly<Record<string, unknown>>,
  hasExamples = false
): Generator<ReadonlyArray<Site>> {
  const forest = forestOf(code)
  const common = { failure, code, tool, parameters, hasExamples, inputNames: namesOf(parameters) }
  const site = ({ file, source, ast, program }: Tree, at: Site["at"], fn: Site["fn"]): Site => ({
    ...common,
    file,
    source,
    ast,
    program,
    at,
    fn
  })
  const framed = ownFrames(failure, code).flatMap(({ file, line, column }) => {
    const tree = forest(file)
    if (tree === undefined) return []
    const at = nodeAt(tree.program, line, column)
    return site(tree, at, functionAround(at))
  })
  const named = filesNamed(failure, code, forest)
    .filter((file) => !framed.some((one) => one.file === file))
    .flatMap((file) => forest(file) ?? [])
    .map((tree) => site(tree, undefined, undefined))
  yield [...framed, ...named]
  if (named.length > 0 || loading.test(failure.kind)) return
  // A value that breaks here may have been made wrong there.
  yield functionsOf(code, forest, tool)
    .filter(({ fn }) => !framed.some((one) => one.fn?.node === fn.node))
    .map(({ tree, fn }) => site(tree, undefined, fn))
}

const ownFrames = ({ frames }: Failure, code: Code): ReadonlyArray<Frame> =>
  frames.filter(({ file }) => code.read(file) !== undefined).slice(0, deepest)

/** Kinds that come of how a file is loaded, or of what it imports. */
const loading =
  /^(missing_(module|file_module|subpath|builtin|export|named_export|package)|cjs_in_esm|esm_in_cjs|require_async|import_attribute|typescript_syntax|bad_syntax)$/

/** Files that a failure of loading speaks of: the importer, what it imports, or those that import the module it blames. */
const filesNamed = (failure: Failure, code: Code, forest: Forest): ReadonlyArray<string> => {
  if (!loading.test(failure.kind)) return []
  const { importer, subject, property, said } = failure
  const own = (path: string | undefined) => (path !== undefined && forest(path) !== undefined ? [path] : [])
  const spoken = [...said.matchAll(/file:\/\/\/[^\s'"]+|\/[^\s'":]+\.[cm]?[jt]s/g)].flatMap(([text]) =>
    own(pathOf(code.module, text))
  )
  const importers = [...own(importer), ...spoken]
  const framed = ownFrames(failure, code).map(({ file }) => file)
  const blamed = [...framed, ...importers].flatMap((from) =>
    subject === undefined ? [] : own(ownModule(code, from, subject))
  )
  const named = [...new Set([...importers, ...blamed])]
  if (named.length + framed.length > 0) return named
  const module = (subject ?? property)?.split("/").at(-1)
  const files = [code.module, ...code.files().filter((file) => file !== code.module)]
  return files.filter((file) => module !== undefined && forest(file)?.source.includes(module))
}

/** Names of the properties that a JSON Schema speaks of, at any depth. */
const namesOf = (schema: unknown, depth = 0): ReadonlyArray<string> => {
  if (typeof schema !== "object" || schema === null || depth > 4) return []
  const properties = "properties" in schema && typeof schema.properties === "object" ? (schema.properties ?? {}) : {}
  const inner = ["items", "anyOf", "oneOf", "allOf"].flatMap((key) =>
    Object.entries(schema).flatMap(([name, value]) => (name === key ? [value] : []))
  )
  const nested = [...Object.values(properties), ...inner.flat()].flatMap((one) => namesOf(one, depth + 1))
  return [...new Set([...Object.keys(properties), ...nested])]
}
