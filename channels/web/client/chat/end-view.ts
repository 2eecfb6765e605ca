/** What a turn came to, in one quiet line. */
import { html, type TemplateResult } from "lit"
import { costWords, tokens } from "../../../numbers.ts"
import { took } from "../parts/time.ts"
import type { ItemBody } from "./model.ts"

const outcomes = { done: "done", verified: "done and verified", failed: "failed", cancelled: "stopped" } as const

export const endView = ({ outcome, ms, calls, spent }: Extract<ItemBody, { kind: "end" }>): TemplateResult => {
  const { input, output, cacheRead, cacheWrite } = spent.usage
  const all = input + cacheRead + cacheWrite
  const parts = [
    outcomes[outcome],
    calls === 0 ? "" : calls === 1 ? "1 call" : `${calls} calls`,
    ms === undefined ? "" : took(ms),
    ...(all + output === 0 ? [] : [`${tokens(all)} in, ${tokens(output)} out`, costWords(spent)])
  ]
  return html`<p class=${`end end-${outcome}`}>${parts.filter((part) => part !== "").join(" · ")}</p>`
}
