/** A model as proposer of repairs: one focused request, and what it answers is a proposal like any other. */
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Model } from "../../llm/model.ts"
import type { Proposer, RepairRequest } from "../../healing/proposer.ts"
import { RepairFailed } from "../../healing/strategy.ts"

/** Tokens that an answer may have, and milliseconds that it may take. */
const most = { tokens: 4096, time: 90_000 }

const prompt = readFileSync(new URL("./repair.md", import.meta.url), "utf8")

/** @param open The model to ask; rejects when it cannot be had. */
export const modelProposer =
  (open: () => Promise<Model>): Proposer =>
  (request) =>
    Effect.gen(function* () {
      const model = yield* Effect.tryPromise({ try: open, catch: (error) => failed(textOf(error)) })
      const content = [{ type: "text" as const, text: questionOf(request) }]
      const asked = model.respond({
        system: prompt,
        messages: [{ role: "user", id: randomUUID(), content }],
        tools: [],
        maxTokens: most.tokens
      })
      const text = yield* Stream.runFold(
        asked,
        () => "",
        (said, event) => (event.type === "finished" ? event.message.content.map(written).join("") : said)
      ).pipe(
        Effect.mapError((error) => failed(error.message)),
        Effect.timeoutOrElse({
          duration: most.time,
          orElse: () => Effect.fail(failed(`it did not answer in ${most.time / 1000} s`))
        })
      )
      const source = codeIn(text)
      if (source === undefined) return yield* failed("its answer holds no block of code")
      return { source, origin: `model ${model.id}` }
    })

const failed = (reason: string): RepairFailed => new RepairFailed({ reason: `the model could not help: ${reason}` })

/** Foreign text stands between marks that it cannot know. */
const questionOf = ({ tool, contract, failure, input, source, line, rejected }: RepairRequest): string => {
  const mark = randomUUID()
  const part = (what: string, text: string) => `${what}:\n<<<${mark}\n${text}\n${mark}>>>`
  return [
    `Repair this function of the tool ${tool}${line === undefined ? "" : `; it failed at line ${line} of it`}.`,
    part("Function", source),
    part("Failure", failure),
    part("Input of the call", input),
    part("What the tool promises", contract),
    ...(rejected === undefined ? [] : [part("Your last answer was turned down because", rejected)])
  ].join("\n\n")
}

const written = (block: { readonly type: string; readonly text?: unknown }): string =>
  block.type === "text" && typeof block.text === "string" ? block.text : ""

const codeIn = (text: string): string | undefined => /```[a-z]*\r?\n([\s\S]*?)\r?\n```/.exec(text)?.[1]

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
