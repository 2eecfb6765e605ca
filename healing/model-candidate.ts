/** What a model is asked and what it may change: the one function that failed, nothing around it. */
import { relative } from "node:path"
import type { Candidate } from "./candidate.ts"
import type { Patient } from "./patient.ts"
import type { RepairProposal, RepairRequest } from "./proposer.ts"
import { sitesOf } from "./site.ts"
import { type NodePath, parseSource, visit } from "./syntax.ts"
import type { Site } from "./template.ts"
import type { TrialTool } from "./trial.ts"

interface FunctionNode {
  readonly type: string
  readonly params: ReadonlyArray<unknown>
}

export interface ModelSite {
  readonly site: Site
  readonly from: number
  readonly to: number
  readonly request: RepairRequest
}

/** @returns `undefined` when no function of the plugin's own failed. */
export const siteFor = (patient: Patient, tool: TrialTool | undefined): ModelSite | undefined => {
  const { failure, code, failing } = patient
  if (code === undefined) return undefined
  const sites = sitesOf(failure, code, patient.tool, tool?.parameters)
  for (const site of sites) {
    const span = spanOf(site.fn)
    if (span === undefined) continue
    const [from, to] = span
    const source = site.source.slice(from, to)
    const first = site.source.slice(0, from).split("\n").length
    const frame = failure.frames.find(({ file }) => file === site.file)
    const request: RepairRequest = {
      tool: patient.tool ?? patient.plugin,
      contract: JSON.stringify(tool ?? {}),
      failure: `${failure.kind}: ${failure.name}: ${failure.said}`,
      input: JSON.stringify(failing?.input ?? null).slice(0, longestInput),
      source,
      line: frame === undefined ? undefined : frame.line - first + 1
    }
    return { site, from, to, request }
  }
  return undefined
}

/** Characters of a call's input that a model reads. */
const longestInput = 4000

/** A method stands with its name: it cannot be parsed without what is around it, but it can be exchanged. */
const spanOf = (fn: NodePath | undefined): readonly [number, number] | undefined => {
  const { start, end } = (fn?.node ?? {}) as { readonly start?: unknown; readonly end?: unknown } // the parser's own fields
  return typeof start === "number" && typeof end === "number" ? [start, end] : undefined
}

/** The file with the function exchanged, or what is wrong with what was proposed. */
export const withFunction = (
  { site, from, to }: ModelSite,
  { source, origin }: RepairProposal
): Candidate | { readonly problem: string } => {
  const text = site.source.slice(0, from) + source.trim() + site.source.slice(to)
  const problem = problemOf(site, from, text)
  if (problem !== undefined) return { problem }
  return {
    origin,
    what: `${origin} rewrote ${nameOf(site)} in ${relative(site.code.root, site.file)}`,
    // What a model writes is right only as far as it is shown to be.
    tier: "B",
    sources: new Map([[site.file, text]])
  }
}

/** It must still be one function, of the same kind and with the same parameters, and the file a module around it. */
const problemOf = (site: Site, from: number, text: string): string | undefined => {
  try {
    const before = functionAt(parseSource(site.file, site.source), from)
    const after = functionAt(parseSource(site.file, text), from)
    if (before === undefined || after === undefined) return "the answer is not one function"
    if (before.type !== after.type) return `the answer is a ${after.type}, not a ${before.type} as before`
    if (before.params.length !== after.params.length) return "the answer has other parameters than the function had"
    return undefined
  } catch (error) {
    return `the answer cannot be parsed: ${error instanceof Error ? error.message : String(error)}`
  }
}

const functionAt = (file: ReturnType<typeof parseSource>, from: number): FunctionNode | undefined => {
  let found: FunctionNode | undefined
  visit(file, {
    visitFunction(path) {
      const { start } = path.node as { readonly start?: unknown } // the parser's own field
      if (start === from && found === undefined) found = path.node
      return this.traverse(path)
    }
  })
  return found
}

const nameOf = ({ fn, tool }: Site): string => {
  const { id, key } = (fn?.node ?? {}) as {
    readonly id?: { readonly name?: unknown }
    readonly key?: { readonly name?: unknown }
  } // either kind of function
  const name = id?.name ?? key?.name
  return typeof name === "string" ? name : `a function of ${tool ?? "the plugin"}`
}
