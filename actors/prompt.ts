/** The system prompt: who the agent is, where it works, what the project and the plugins add. */
import { readFileSync } from "node:fs"
import { arch, platform } from "node:os"
import { plainName } from "../plugins/ports/text-file.ts"
import type { ContextFile } from "../skills/context-files.ts"

let text: string | undefined

/** Read when it is needed: importing does no work. */
const character = (): string => (text ??= readFileSync(new URL("./prompt.md", import.meta.url), "utf8").trim())

export interface Surroundings {
  readonly cwd: string
  /** Only the day: a prompt that changes within a session defeats the provider's cache. */
  readonly today: Date
  readonly contextFiles: ReadonlyArray<ContextFile>
  /** What plugins want the model to know. */
  readonly additions: ReadonlyArray<Addition>
}

export interface Addition {
  /** Name of the plugin; absent: whoever gave the task. */
  readonly plugin?: string
  readonly text: string
}

/** A part of the prompt, and where it is from. */
export type Section = { readonly text: string } & (
  | { readonly kind: "prompt" }
  | { readonly kind: "plugin"; readonly plugin: string }
  | { readonly kind: "task" }
  | { readonly kind: "file"; readonly file: ContextFile }
)

/** In their order; none is empty. */
export const promptSections = ({ cwd, today, contextFiles, additions }: Surroundings): ReadonlyArray<Section> => {
  const about = `Working folder: ${cwd}\nSystem: ${platform()} ${arch()}\nToday: ${today.toISOString().slice(0, 10)}`
  const sections: ReadonlyArray<Section> = [
    { kind: "prompt", text: `${character()}\n\n${about}` },
    ...additions.map(({ plugin, text }): Section =>
      plugin === undefined ? { kind: "task", text: text.trim() } : { kind: "plugin", plugin, text: text.trim() }
    ),
    ...contextFiles.map((file): Section => ({ kind: "file", file, text: fileSection(file) }))
  ]
  return sections.filter(({ text }) => text !== "")
}

export const joined = (sections: ReadonlyArray<Section>): string => sections.map(({ text }) => text).join("\n\n")

const fileSection = ({ path, text, importedBy }: ContextFile): string =>
  `Instructions from ${plainName(path)}${importedBy === undefined ? "" : `, which ${plainName(importedBy)} imports`}:\n\n${text.trim()}`
