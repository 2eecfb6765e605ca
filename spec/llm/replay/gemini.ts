/** generateContent, read independently. Source: Google's reference (GenerateContentResponse, FunctionCall, PartialArg, RFC 9535). */
import { at, items, num, str } from "./dig.ts"
import { type Finish, finishOf, orderOf, type ReadCall, type Reader, usageOf } from "./reading.ts"

const finishes: Readonly<Record<string, Finish>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "filtered",
  RECITATION: "filtered",
  LANGUAGE: "filtered",
  BLOCKLIST: "filtered",
  PROHIBITED_CONTENT: "filtered",
  SPII: "filtered"
}

type Tree = { [name: string]: unknown } | Array<unknown>

/** `$.recipe.steps[2]` → recipe, steps, 2. */
const stepsOf = (path: string): ReadonlyArray<string | number> =>
  [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index))

/** Puts one piece of one argument where its path says; text that is there already is continued. */
const plant = (tree: Tree, path: string, piece: unknown): void => {
  const steps = stepsOf(path)
  const last = steps.at(-1) ?? ""
  const parent = steps.slice(0, -1).reduce<Tree>((inner, step, depth) => {
    if (at(inner, step) === undefined) Reflect.set(inner, step, typeof steps[depth + 1] === "number" ? [] : {})
    return Reflect.get(inner, step) as Tree
  }, tree)
  const before = at(parent, last)
  Reflect.set(parent, last, typeof before === "string" ? before + String(piece) : piece)
}

const valueOf = (piece: unknown): unknown =>
  at(piece, "stringValue") ?? at(piece, "numberValue") ?? at(piece, "boolValue") ?? null

/** A call comes whole, or as its name first and its arguments in pieces. */
const callsIn = (parts: ReadonlyArray<unknown>): ReadonlyArray<ReadCall> => {
  const calls: Array<{ readonly id: string; readonly name: string; readonly input: Tree }> = []
  for (const call of parts.map((part) => at(part, "functionCall"))) {
    const name = str(call, "name")
    if (name !== "") calls.push({ id: str(call, "id"), name, input: { ...Object(at(call, "args")) } })
    for (const piece of items(call, "partialArgs"))
      plant(calls.at(-1)?.input ?? {}, str(piece, "jsonPath"), valueOf(piece))
  }
  return calls
}

export const gemini: Reader = {
  merge: (events) => {
    const candidates = events.map((event) => at(event, "candidates", 0))
    return {
      candidates: [
        {
          content: { parts: candidates.flatMap((candidate) => items(candidate, "content", "parts")) },
          finishReason: candidates.map((candidate) => str(candidate, "finishReason")).findLast(Boolean)
        }
      ],
      usageMetadata: events.map((event) => at(event, "usageMetadata")).findLast(Boolean)
    }
  },

  read: (body) => {
    const candidate = at(body, "candidates", 0)
    const parts = items(candidate, "content", "parts")
    const said = (isThought: boolean): string =>
      parts
        .filter((part) => (at(part, "thought") === true) === isThought)
        .map((part) => str(part, "text"))
        .join("")
    const calls = callsIn(parts)
    const usage = at(body, "usageMetadata")
    const input = num(usage, "promptTokenCount") + num(usage, "toolUsePromptTokenCount")
    return {
      text: said(false),
      thinking: said(true),
      calls,
      order: orderOf(
        parts.map((part) => {
          if (at(part, "functionCall") !== undefined) return ["call", "."]
          return [at(part, "thought") === true ? "thinking" : "text", str(part, "text")]
        })
      ),
      ...usageOf({
        input,
        output: num(usage, "totalTokenCount") - input,
        cacheRead: num(usage, "cachedContentTokenCount"),
        cacheWrite: 0
      }),
      finish: finishOf(finishes[str(candidate, "finishReason")], calls)
    }
  }
}
