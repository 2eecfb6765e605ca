/** What a user said as the agent hears it (channels/given-files.ts), as people say it: the text, and names of the files beside it. */
import type { FileLabel } from "./model.ts"

const mark = /^\[File from the user: (.+) \(\d+ bytes\)\]$/

export const apart = (heard: string): { readonly text: string; readonly files: ReadonlyArray<FileLabel> } => {
  const lines = heard.split("\n")
  const begin = lines.findLastIndex((line) => !mark.test(line)) + 1
  const files = lines.slice(begin).map((line) => ({ name: mark.exec(line)?.[1]?.split(/[/\\]/).at(-1) ?? "file" }))
  return { text: files.length === 0 ? heard : lines.slice(0, begin).join("\n").trimEnd(), files }
}
