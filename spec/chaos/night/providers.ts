/** Three providers in one process, each with its own dialect, that fail as the plan says and keep account of it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { chat, messages, responses, type Speaker } from "../../llm/dialects/speakers.ts"
import { type Fault, type FaultKind, fatesOf } from "./faults.ts"

/** By the first part of their address. */
const speakers: Readonly<Record<string, Speaker>> = { chat, responses, messages }

export interface Account {
  requests: number
  readonly faults: Record<FaultKind, number>
  /** Waits that it asked for. */
  waits: number
  /** Requests whose calls and answers are not paired. */
  unpaired: number
}

export interface Providers extends AsyncDisposable {
  readonly url: (name: string) => string
  readonly accounts: Readonly<Record<string, Account>>
}

const newAccount = (): Account => ({
  requests: 0,
  faults: { rate_limited: 0, overloaded: 0, reset: 0, cut: 0, truncated: 0, stall: 0 },
  waits: 0,
  unpaired: 0
})

/** More than any run asks for. */
const mostRequests = 20_000

export const openProviders = async (seed: number): Promise<Providers> => {
  const providers = Object.entries(speakers).map(([name, speaker], at) => {
    const fates = fatesOf(seed * 3 + at, mostRequests)
    return [name, { account: newAccount(), serve: provider(speaker, fates) }] as const
  })
  const byName = new Map(providers)
  const server = createServer((request, response) => {
    const found = byName.get(request.url?.split("/")[1] ?? "")
    if (found === undefined) return void response.writeHead(404).end()
    void found.serve(request, response, found.account)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    accounts: Object.fromEntries(providers.map(([name, { account }]) => [name, account])),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

const provider = (speaker: Speaker, fates: ReadonlyArray<Fault | undefined>) => {
  const ask = (account: Account, wait: number | undefined): Readonly<Record<string, string>> => {
    if (wait === undefined) return {}
    account.waits += 1
    return { "retry-after-ms": String(wait) }
  }
  return async (request: IncomingMessage, response: ServerResponse, account: Account): Promise<void> => {
    const body = JSON.stringify(await json(request))
    const fault = fates[account.requests]
    account.requests += 1
    if (!isPaired(body)) account.unpaired += 1
    if (fault !== undefined) account.faults[fault.kind] += 1
    answer(response, speaker.say(replyTo(body)), fault, (wait) => ask(account, wait))
  }
}

const answer = (
  response: ServerResponse,
  whole: string,
  fault: Fault | undefined,
  ask: (wait: number | undefined) => Readonly<Record<string, string>>
): void => {
  const refuse = (status: number, wait: number | undefined) =>
    response
      .writeHead(status, { "content-type": "application/json", ...ask(wait) })
      .end(JSON.stringify({ error: { message: "not now", type: "overloaded_error" } }))
  if (fault === undefined) return void response.writeHead(200, { "content-type": "text/event-stream" }).end(whole)
  switch (fault.kind) {
    case "rate_limited":
      return void refuse(429, fault.wait)
    case "overloaded":
      return void refuse(fault.status, fault.wait)
    case "reset":
      return void response.destroy()
    default: {
      const part = whole.slice(0, Math.floor(whole.length * fault.share))
      response.writeHead(200, { "content-type": "text/event-stream" })
      // The part must have left before the socket goes.
      response.write(part, () => {
        if (fault.kind === "cut") response.destroy()
        if (fault.kind === "truncated") response.end()
      })
    }
  }
}

/** The task of the newest user message, first as a call, then, when that was answered, as a text. */
const replyTo = (body: string) => {
  const task = Number([...body.matchAll(/task (\d+)!/g)].at(-1)?.[1])
  return body.includes(`noted ${task}!`)
    ? { text: `task ${task} is done`, usage }
    : { text: `I note ${task}.`, calls: [{ id: `call_${task}`, name: "note", json: `{"task":${task}}` }], usage }
}

const usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 }

/** In any of the three dialects: every call has one answer, behind it. */
const isPaired = (body: string): boolean => {
  const idsOf = (pattern: RegExp) => [...body.matchAll(pattern)].map(([, id]) => id)
  const calls = idsOf(/"(?:type":"function_call","call_id|type":"tool_use","id|id)":"(call_[^"]*)"/g)
  const answers = idsOf(/"(?:tool_call_id|type":"function_call_output","call_id|tool_use_id)":"(call_[^"]*)"/g)
  return new Set(calls).size === calls.length && calls.join() === answers.join()
}
