/** The system prompt: who the agent is, where it works, what the project and the plugins add. */
import { readFileSync } from "node:fs"
import { arch, platform } from "node:os"
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
  readonly additions: ReadonlyArray<string>
}

export const systemPrompt = ({ cwd, today, contextFiles, additions }: Surroundings): string => {
  const sections = [
    character(),
    `Working folder: ${cwd}\nSystem: ${platform()} ${arch()}\nToday: ${today.toISOString().slice(0, 10)}`,
    ...additions.map((text) => text.trim()),
    ...contextFiles.map(({ path, text }) => `Instructions from ${path}:\n\n${text.trim()}`)
  ]
  return sections.filter((section) => section !== "").join("\n\n")
}
