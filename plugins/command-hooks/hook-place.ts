/** Where the hooks of one session are run: its processes, their environment, its transcript. */
import { mkdirSync } from "node:fs"
import type { HookSource } from "../command-hooks.ts"
import { commandEnvironment } from "../ports/environment.ts"
import type { RunHook } from "./ask-hooks.ts"
import { type HookRunner, hookRunner } from "./run-hook.ts"
import { openTranscript, type Transcript } from "./transcript.ts"

export interface HookSite {
  /** Absolute: where they are run. */
  readonly cwd: string
  /** Ours; what looks like a credential is not passed on. */
  readonly env: () => Readonly<Record<string, string | undefined>>
  /** Folder that a plugin may keep things in. */
  readonly pluginData?: (plugin: string) => string
}

export interface HookPlace {
  readonly run: RunHook
  /** Made at the first call. */
  readonly transcript: () => Transcript
  readonly cancel: HookRunner["cancel"]
  /** Ends what runs, and takes the transcript away. */
  readonly close: () => Promise<void>
}

export const hookPlace = (session: string, site: HookSite): HookPlace => {
  const runner = hookRunner()
  let opened: Transcript | undefined
  const transcript = (): Transcript => (opened ??= openTranscript(session, site.cwd))
  return {
    run: async ({ hook, input, time }) => {
      await transcript().written()
      const { source, args } = hook
      const paths = pathsOf(source, site)
      return runner.run({
        command: args === undefined ? forShell(hook.command, paths) : filled(hook.command, paths),
        args: args?.map((word) => filled(word, paths)),
        cwd: site.cwd,
        env: { ...commandEnvironment(site.env()), ...paths },
        input,
        time,
        stays: hook.background === true
      })
    },
    transcript,
    cancel: runner.cancel,
    close: async () => {
      await runner.close()
      await opened?.remove()
    }
  }
}

type Paths = Readonly<Record<string, string>>

const pathsOf = ({ kind, folder, name }: HookSource, { cwd, pluginData }: HookSite): Paths => ({
  CLAUDE_PROJECT_DIR: cwd,
  ...(kind === "plugin" && folder !== undefined && { CLAUDE_PLUGIN_ROOT: folder }),
  ...(kind === "plugin" &&
    name !== undefined &&
    pluginData !== undefined && { CLAUDE_PLUGIN_DATA: made(pluginData(name)) }),
  ...(kind === "skill" && folder !== undefined && { CLAUDE_SKILL_DIR: folder })
})

const made = (folder: string): string => {
  try {
    mkdirSync(folder, { recursive: true })
  } catch {
    // Whoever writes into it will say so.
  }
  return folder
}

/** Without a shell nobody else fills them in. */
const filled = (text: string, paths: Paths): string =>
  text.replace(/\$\{(CLAUDE_\w+)\}/g, (sign, name: string) =>
    Object.hasOwn(paths, name) ? (paths[name] ?? sign) : sign
  )

/** A path that means something to a shell is left to it: as a variable it does no harm. */
const forShell = (command: string, paths: Paths): string =>
  filled(command, Object.fromEntries(Object.entries(paths).filter(([, path]) => /^[\w@%+=:,./-]+$/.test(path))))
