/** What the templates propose for a patient, as texts that could run in place of its files. */
import type { Candidate } from "./candidate.ts"
import type { Patient } from "./patient.ts"
import { type Piece, pieceOf, reprint } from "./reprint.ts"
import { sitesFor } from "./site.ts"
import { type Snapshot, snapshotOf } from "./snapshot.ts"
import { type File, type Lists, parses, printSource, reading, type Statement } from "./syntax.ts"
import type { Proposed, Site, Template, Tier } from "./template.ts"

/** Most candidates of one failure: each costs a trial. */
export const mostCandidates = 60

/**
 * Each change that a template proposes, applied, printed and undone again, so that every candidate starts from the code as
 * it is. Tier A first, then B, then C; within a tier the place where it failed first, there in the templates' order. Each is
 * made when it is asked for.
 *
 * @param parameters JSON Schema of the failed tool's input. @param hasExamples Whether the tool has some.
 */
export function* candidatesOf(
  { failure, code, tool }: Patient,
  templates: ReadonlyArray<Template>,
  parameters?: Readonly<Record<string, unknown>>,
  hasExamples = false
): Generator<Candidate> {
  if (code === undefined) return
  const fitting = templates.filter((template) => template.treats(failure))
  const benches = new Map<File, Bench>()
  const seen = new Set<string>()
  for (const { template, site, proposed, tier } of ranked(
    fitting,
    sitesFor(failure, code, tool, parameters, hasExamples)
  )) {
    const bench = benches.get(site.ast) ?? benchOf(site.ast)
    benches.set(site.ast, bench)
    const text = textWith(site, proposed, bench)
    if (text === undefined || text === site.source || seen.has(`${site.file}\0${text}`)) continue
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

interface Ranked {
  readonly template: Template
  readonly site: Site
  readonly proposed: Proposed
  readonly tier: Tier
}

/** Sites of one rank are asked together, those of the next when all of tier A there has been taken. */
function* ranked(templates: ReadonlyArray<Template>, iterator: Iterator<ReadonlyArray<Site>>): Generator<Ranked> {
  const later: Array<Ranked> = []
  const lists: Lists = new WeakMap()
  const next = () => reading(lists, () => iterator.next())
  for (let rank = next(); rank.done !== true; rank = next()) {
    const sites = rank.value
    for (const template of templates)
      for (const site of sites)
        for (const proposed of asked(template, site, lists)) {
          const tier = proposed.tier ?? template.tier
          const one = { template, site, proposed, tier }
          if (tier === "A") yield one
          else later.push(one)
        }
  }
  yield* later.filter(({ tier }) => tier === "B")
  yield* later.filter(({ tier }) => tier === "C")
}

/** A template that dies costs only what it would have proposed. */
const asked = (template: Template, site: Site, lists: Lists): ReadonlyArray<Proposed> => {
  try {
    return reading(lists, () => [...template.propose(site)])
  } catch {
    return []
  }
}

/** A file's tree as it is, and what of it has been printed. */
interface Bench {
  readonly snapshot: Snapshot
  readonly pieces: Map<Statement, Piece | undefined>
}

const benchOf = (ast: File): Bench => ({ snapshot: snapshotOf(ast), pieces: new Map() })

/** @returns `undefined` when it died of it. Whatever it did not undo is put back. */
const textWith = (
  { ast }: Pick<Site, "ast">,
  { apply }: Pick<Proposed, "apply">,
  { snapshot, pieces }: Bench
): string | undefined => {
  let changed: ReadonlyArray<object> | undefined
  try {
    const undo = apply()
    changed = snapshot.changed()
    const node = snapshot.statementAround(changed)
    if (node !== undefined && !pieces.has(node)) {
      undo()
      snapshot.restore(snapshot.changed(changed))
      pieces.set(node, pieceOf(ast, node))
      return textWith({ ast }, { apply }, { snapshot, pieces })
    }
    const piece = node === undefined ? undefined : pieces.get(node)
    const text = (piece === undefined ? undefined : reprint(piece)) ?? printSource(ast)
    undo()
    return text
  } catch {
    return undefined
  } finally {
    snapshot.restore(snapshot.changed(changed))
  }
}
