/**
 * Agents that people have written down as Markdown, as the `task` tool and the command line see them. `skills/` reads them from files.
 * Names, descriptions and texts are a stranger's words.
 */
import type { SkillSource } from "./skills.ts"

export interface AgentFile {
  /** By which it is asked for: of its frontmatter, else its file's; of a plugin's, `plugin:name`. */
  readonly name: string
  /** When to give it a task. Never empty. */
  readonly description: string
  /** Absolute path of its file, as it was found. */
  readonly path: string
  readonly source: SkillSource
  /** False: its folder is not trusted. It is shown to the user and nobody else. */
  readonly trusted: boolean
  /** Permission rules of ours (`read_file`, `execute_bash(git *)`): all that it may use; none: nothing but reading. Absent: whatever a subagent may. */
  readonly tools?: ReadonlyArray<string>
  /** Permission rules of ours: what they name it may not use, whatever `tools` says. */
  readonly withheld: ReadonlyArray<string>
  /** `provider/model`, or an alias of another agent such as `sonnet`, which means nothing here; absent: the session's own. */
  readonly model?: string
  /** Rounds of its model; absent: as many as any subagent has. */
  readonly maxTurns?: number
  /** plan: it only reads · dontAsk: nobody is asked in its name, so what would be asked is refused. Absent: as in its session. */
  readonly permissionMode?: "plan" | "dontAsk"
  /** Names of skills whose texts it is told beforehand. */
  readonly skills: ReadonlyArray<string>
  /** It works in the background unless it is asked not to. */
  readonly background: boolean
  /** What is wrong with it or left out of it, a line each, for people; it was loaded all the same. */
  readonly warnings: ReadonlyArray<string>
}

/** All that was found, at one moment. */
export interface AgentFileSet {
  /** In the search order; of two with one name, whatever its capitals, the first counts. An untrusted one hides no trusted one. */
  readonly agents: ReadonlyArray<AgentFile>
  readonly shadowed: ReadonlyArray<{ readonly agent: AgentFile; readonly by: AgentFile }>
  /** What could not be loaded at all, and why. */
  readonly broken: ReadonlyArray<{ readonly path: string; readonly reason: string }>
  /** Folders that could not be read, or not whole; a line each, for people. */
  readonly notices: ReadonlyArray<string>
}

export const noAgentFiles: AgentFileSet = { agents: [], shadowed: [], broken: [], notices: [] }

export interface AgentFiles {
  /** Looks for them at the first call; the same object while nothing was looked for anew. Cheap after that. Never rejects. */
  readonly all: () => Promise<AgentFileSet>
  /** Looks anew. */
  readonly again: () => Promise<AgentFileSet>
  /** What `all` or `again` gave last; absent before the first time. Synchronous. */
  readonly known: () => AgentFileSet | undefined
  /** What it is told of itself, its file's text read anew. @returns why it cannot be read, as `problem`. */
  readonly instructions: (agent: AgentFile) => Promise<{ readonly text: string } | { readonly problem: string }>
  /** For the description of a tool: a line each, of bounded length in all. `left`: how many did not fit. */
  readonly catalogue: (agents: ReadonlyArray<AgentFile>) => { readonly text: string; readonly left: number }
  /** Those that fit some words, the best first. */
  readonly search: (query: string, among: ReadonlyArray<AgentFile>) => ReadonlyArray<AgentFile>
}
