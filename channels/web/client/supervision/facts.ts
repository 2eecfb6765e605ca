/** All there is to say of one place in the tree, as names and values. */
import type { HealthNode } from "../../../../actors/health.ts"
import { ago, took } from "../parts/time.ts"
import type { Branch } from "./branches.ts"
import { stateOf } from "./looks.ts"
import type { Told } from "./told.ts"

export interface Fact {
  readonly name: string
  readonly value: string
}

export const factsOf = ({ node, kind, tier, reason, parts }: Branch, told: Told, now: number): ReadonlyArray<Fact> => [
  ...(kind === "runtime" ? runtimeFacts(told) : []),
  ...fact("from", tier),
  ...fact("reason", reason),
  ...(node === undefined ? [] : nodeFacts(node, now)),
  ...parts.map((part) => ({ name: part.id, value: partWords(part, now) }))
]

const runtimeFacts = ({ pid, cwd, model, memory, ledger }: Told): ReadonlyArray<Fact> => [
  ...fact("process", pid || undefined),
  ...fact("folder", cwd),
  ...fact("model", model),
  ...fact("memory", memory && `${Math.round(memory.rss / 2 ** 20)} MB`),
  ...fact(
    "messages",
    ledger && `${ledger.sent} sent, ${ledger.open} open, ${ledger.failed} failed, ${ledger.dead} dead`
  )
]

const nodeFacts = (node: HealthNode, now: number): ReadonlyArray<Fact> => [
  { name: "state", value: `${node.state.replaceAll("_", " ")} for ${took(now - node.since)}` },
  { name: "restarts", value: String(node.restarts) },
  ...fact("breaker", node.breaker?.replaceAll("_", " ")),
  ...fact("mailbox", node.mailbox && `${node.mailbox.depth} of ${node.mailbox.capacity} waiting`),
  ...fact("place", placeWords(node)),
  ...(node.lastFailure === undefined
    ? []
    : [{ name: "last failure", value: `${node.lastFailure.message} · ${ago(node.lastFailure.at, now)}` }])
]

/** Of a host, a lane, a healer: in one line. */
const partWords = (part: HealthNode, now: number): string => {
  const { word } = stateOf(part)
  const { restarts, mailbox, lastFailure } = part
  return [
    word,
    ...(restarts === 0 ? [] : [restarts === 1 ? "1 restart" : `${restarts} restarts`]),
    ...(mailbox === undefined || mailbox.depth === 0 ? [] : [`${mailbox.depth} of ${mailbox.capacity} waiting`]),
    ...((placeWords(part) ?? "") ? [placeWords(part)] : []),
    ...(lastFailure === undefined ? [] : [`${lastFailure.message} (${ago(lastFailure.at, now)})`])
  ].join(" · ")
}

const placeWords = ({ place, pid }: HealthNode): string | undefined => {
  if (place === undefined) return pid === undefined ? undefined : `process ${pid}`
  const where = place === "in_process" ? "in this process" : place === "child" ? "child process" : "worker"
  return pid === undefined ? where : `${where} ${pid}`
}

const fact = (name: string, value: string | number | undefined): ReadonlyArray<Fact> =>
  value === undefined || value === "" ? [] : [{ name, value: String(value) }]
