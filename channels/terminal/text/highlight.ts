/** Code in colours, by the grammars of highlight.js. */
import { common, createLowlight } from "lowlight"
import type { Line, Span, Style } from "./text.ts"

const lowlight = createLowlight(common)

/** Characters; more would take longer to colour than to read. */
const longest = 50_000

/** What its classes mean here; the rest stays plain. */
const styles: Readonly<Record<string, Style>> = {
  "hljs-comment": { dim: true, italic: true },
  "hljs-quote": { dim: true, italic: true },
  "hljs-string": { tone: "string" },
  "hljs-regexp": { tone: "string" },
  "hljs-number": { tone: "number" },
  "hljs-literal": { tone: "number" },
  "hljs-keyword": { tone: "keyword" },
  "hljs-selector-tag": { tone: "keyword" },
  "hljs-name": { tone: "keyword" },
  "hljs-meta": { tone: "info" },
  "hljs-addition": { tone: "good" },
  "hljs-deletion": { tone: "bad" }
}

type Tree = ReturnType<typeof lowlight.highlight>

/** @param language As written behind the fence; what is no language of ours stays plain. */
export const highlight = (code: string, language: string): ReadonlyArray<Line> => {
  const isKnown = code.length <= longest && lowlight.registered(language)
  return lines(isKnown ? spans(lowlight.highlight(language, code).children, undefined) : [{ text: code }])
}

const spans = (nodes: Tree["children"], around: Style | undefined): ReadonlyArray<Span> =>
  nodes.flatMap((node) => {
    if (node.type === "text") return [around === undefined ? { text: node.value } : { text: node.value, style: around }]
    if (node.type !== "element") return []
    const { className } = node.properties
    const names = Array.isArray(className) ? className.map(String) : []
    const style = names.map((name) => styles[name]).find((one) => one !== undefined) ?? around
    return spans(node.children as Tree["children"], style) // an element holds what the root holds, but for doctypes
  })

const lines = (all: ReadonlyArray<Span>): ReadonlyArray<Line> => {
  const rows: Array<Array<Span>> = [[]]
  for (const { text, style } of all) {
    text.split("\n").forEach((part, index) => {
      if (index > 0) rows.push([])
      if (part !== "") rows.at(-1)?.push(style === undefined ? { text: part } : { text: part, style })
    })
  }
  return rows
}
