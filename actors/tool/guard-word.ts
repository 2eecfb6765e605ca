/** What guards leave of a call: its input, and whether its user is to be asked, or need not be. */
import type { Decision } from "../../plugins/permission.ts"
import type { Preview } from "../../plugins/tool.ts"

export interface GuardWord {
  readonly input: unknown
  /** The user is to be asked, whatever mode and rules say. */
  readonly ask?: Reason
  /** The mode need not be asked about; whatever else stands against it still does. */
  readonly allow?: Reason
}

interface Reason {
  readonly plugin: string
  readonly reason: string
}

/** What the guards of the tool that the model called said counts for the one that it stands for. */
export const heard = ({ word }: { readonly word?: GuardWord }, own: GuardWord): GuardWord => {
  const ask = own.ask ?? word?.ask
  return { ...own, ...(ask !== undefined && { ask }) }
}

/** A guard's leave goes past the mode's question and nothing else; a question that a guard wants is asked. */
export const decidedWith = (decision: Decision, { ask, allow }: GuardWord): Decision => {
  if (decision.type === "deny") return decision
  if (ask !== undefined) return { type: "ask", by: "rule" }
  return allow !== undefined && decision.type === "ask" && decision.by === "mode" ? { type: "allow" } : decision
}

/** With the guard's reason before what else is said. */
export const shownWith = (preview: Preview, { ask }: GuardWord): Preview => {
  if (ask === undefined) return preview
  const reason = `plugin ${ask.plugin} wants you asked: ${ask.reason}`
  return { ...preview, summary: preview.summary === undefined ? reason : `${reason} · ${preview.summary}` }
}

/** @param rule That would let it through; empty: none would. */
export const nobodyToAsk = (rule: string, { ask }: GuardWord): string =>
  ask === undefined
    ? `this needs permission and nobody is here to give it; the user can run with -y (all)${elsewise(rule)}, or add ${JSON.stringify(rule)} to permissions.allow`
    : `plugin ${ask.plugin} wants the user asked (${ask.reason}), and nobody is here to answer; the user can run this where somebody can be asked`

/** In the mode `edits` commands are asked about all the same. */
const elsewise = (rule: string): string => (rule.startsWith("execute_bash") ? "" : " or --permissions edits")
