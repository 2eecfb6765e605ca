/**
 * What a session's model is told beside the conversation: the system prompt of the first request, the same in all that follow so
 * that the provider's cache holds, until a compaction or its user has it made anew; and the tools that there are now.
 */
import type { ContextUse } from "../plugins/context-use.ts"
import { isBlocked } from "../plugins/ports/files.ts"
import {
  type ContextFile,
  type ContextFiles,
  readContextFiles,
  readingOf,
  type Stamps,
  stampsOf
} from "../skills/context-files.ts"
import type { NestedFiles } from "../skills/context/nested.ts"
import { type Environment, homeOf } from "./folders.ts"
import type { Asking } from "./model.ts"
import type { Models } from "./models.ts"
import type { HookBus } from "./plugin/hook-bus.ts"
import { joined, promptSections, type Section } from "./prompt.ts"
import type { SessionView } from "./session-host.ts"
import type { Settings } from "./settings.ts"
import { definitionsOf, type Toolbox } from "./toolbox.ts"

export interface BriefingParts {
  /** Id of the session. */
  readonly session: string
  /** Absolute real path. */
  readonly cwd: string
  readonly env: Environment
  readonly settings: Pick<Settings, "llm" | "context">
  readonly hooks: Pick<HookBus, "gather">
  readonly tools: Toolbox["tools"]
  readonly models: Pick<Models, "open" | "info">
  /** What the user has written for other agents counts, and whether the folder is trusted; absent: neither. */
  readonly discover: { readonly trusted: boolean } | undefined
  /** Paths that stay closed. */
  readonly blocked: ReadonlyArray<string>
  /** What an agent above it wants it to know. */
  readonly instructions?: string
}

export interface Briefing {
  readonly prepare: Asking["prepare"]
  /** For people, once. */
  readonly notices: ReadonlyArray<string>
  readonly use: (view: Pick<SessionView, "model" | "transcript" | "contextUsed" | "notices">) => Promise<ContextUse>
  /** The next request is made from what there is then. */
  readonly renew: () => void
  readonly changed: () => Promise<ReadonlyArray<string>>
  readonly nested: (path: string) => Promise<ReadonlyArray<ContextFile>>
  /** The conversation goes on from another point: what was read with it may not stand in it. */
  readonly forget: () => void
}

interface Told {
  readonly files: ContextFiles
  readonly sections: ReadonlyArray<Section>
}

export const briefing = async (parts: BriefingParts): Promise<Briefing> => {
  const { session, cwd, env, settings, hooks, tools, discover, blocked, instructions = "" } = parts
  const { temperature, max_tokens: maxTokens, reasoning, fallback_on } = settings.llm
  const reading = await readingOf({
    cwd,
    home: homeOf(env),
    env,
    others: discover !== undefined,
    trusted: discover?.trusted === true,
    isBlocked: (real) => isBlocked(real, blocked, cwd),
    maxCharacters: settings.context.max_characters
  })
  const read = () => readContextFiles(reading)
  const first = await read()
  let files = Promise.resolve(first)
  const stamps = async (): Promise<Stamps> => stampsOf(reading, (await files).files)
  let changed = watching(stamps)
  let nested: Promise<NestedFiles> | undefined
  let told: Promise<Told> | undefined

  const tell = async (): Promise<Told> => {
    const prompts = await hooks.gather("systemPrompt", { session, cwd })
    const additions = [...prompts.map(({ plugin, value }) => ({ plugin, text: value })), { text: instructions }]
    const found = await files
    return { files: found, sections: promptSections({ cwd, today: new Date(), contextFiles: found.files, additions }) }
  }
  /** Loaded when the first file is touched. */
  const below = async (): Promise<NestedFiles> => {
    const [{ nestedFiles }, found] = await Promise.all([import("../skills/context/nested.ts"), files])
    return nestedFiles(reading, found)
  }

  return {
    notices: first.notices,
    prepare: async () => {
      const { sections } = await (told ??= tell())
      const system = joined(sections)
      return { system, temperature, maxTokens, reasoning, cacheKey: session, tools: definitionsOf(tools().values()) }
    },
    use: async ({ model, transcript, contextUsed: used, notices }) => {
      const [{ contextUse }, { files, sections }] = await Promise.all([import("./context-use.ts"), (told ??= tell())])
      const window = await windowOf(model, parts)
      const compacts = fallback_on.context_overflow.length === 0
      const { leftOut, scoped } = files
      const contents = { model, sections, tools: tools().values(), transcript, used, window, compacts }
      const waiting = scoped.map(({ path, patterns }) => ({ path, patterns }))
      return { ...contextUse(contents), leftOut, waiting, notices: [...new Set([...notices, ...files.notices])] }
    },
    renew: () => {
      files = read()
      changed = watching(stamps)
      nested = told = undefined
    },
    changed: () => changed(),
    nested: async (path) => (await (nested ??= below())).of(path),
    forget: () => void nested?.then(({ forget }) => forget())
  }
}

/** Something is known of a model once it was opened; no request is made for that. */
const windowOf = async (model: string, { models, session }: BriefingParts): Promise<number | undefined> => {
  if (model === "") return undefined
  if (models.info(model).contextWindow === undefined) await models.open(model, session).catch(() => {})
  return models.info(model).contextWindow
}

/** @returns paths that are others than when it was made, each once for each change. */
const watching = (look: () => Promise<Stamps>): (() => Promise<ReadonlyArray<string>>) => {
  let known = look()
  return async () => {
    const before = await known
    const now = await (known = look())
    return [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path))
  }
}
