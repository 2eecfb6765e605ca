/** What the templates propose for a patient, as texts that could run in place of its files. */
import { ok } from "node:assert/strict"
import type { Candidate } from "./candidate.ts"
import type { Patient } from "./patient.ts"
import { sitesOf } from "./site.ts"
import { type File, parses, printSource, reading, snapshot } from "./syntax.ts"
import type { Proposed, Site, Template, Tier } from "./template.ts"

/** Most candidates of one failure: each costs a trial. */
export const mostCandidates = 60

const tiers: ReadonlyArray<Tier> = ["A", "B", "C"]

/**
 * Each change that a template proposes, applied, printed and undone again, so that every candidate starts from the code as
 * it is. Tier A first, then B, then C; within a tier in the templates' order, each on the likeliest place first.
 *
 * @param parameters JSON Schema of the failed tool's input.
 * @throws AssertionError when a template did not undo what it did: a bug of that template.
 */
export function* candidatesOf(
  { failure, code, tool }: Patient,
  templates: ReadonlyArray<Template>,
  parameters?: Readonly<Record<string, unknown>>
): Generator<Candidate> {
  if (code === undefined) return
  const sites = sitesOf(failure, code, tool, parameters)
  const untouched = new Map<File, () => boolean>(sites.map(({ ast }) => [ast, snapshot(ast)] as const))
  const seen = new Set<string>()
  const ranked = reading(() =>
    templates
      .filter((template) => template.treats(failure))
      .flatMap((template) =>
        sites.flatMap((site) => [...template.propose(site)].map((proposed) => ({ template, site, proposed })))
      )
  )
    .map((one) => ({ ...one, tier: one.proposed.tier ?? one.template.tier }))
    .toSorted((one, other) => tiers.indexOf(one.tier) - tiers.indexOf(other.tier))
  for (const { template, site, proposed, tier } of ranked) {
    const text = textWith(site, proposed)
    ok(untouched.get(site.ast)?.(), `template ${template.name} left a change in ${site.file} after "${proposed.what}"`)
    if (text === site.source || seen.has(`${site.file}\0${text}`)) continue
    seen.add(`${site.file}\0${text}`)
    if (!parses(site.file, text)) continue
    const { what, invents } = proposed
    yield {
      origin: template.name,
      what,
      tier,
      ...(invents === undefined ? {} : { invents }),
      sources: new Map([[site.file, text]])
    }
    if (seen.size >= mostCandidates) return
  }
}

const textWith = ({ ast }: Site, { apply }: Proposed): string => {
  const undo = apply()
  try {
    return printSource(ast)
  } finally {
    undo()
  }
}
