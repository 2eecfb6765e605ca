/** A plugin's own code as the strategies see it: its folder, its files as they run now, what its package says of it. */

/** Texts that stand in place of files, by real absolute path. */
export type Sources = ReadonlyMap<string, string>

export interface Code {
  /** Real absolute path of the folder that holds all of it; nothing outside is ever touched. */
  readonly root: string
  /** Real absolute path of its first module. */
  readonly module: string
  /** Its own files that are code (`.ts .mts .cts .js .mjs .cjs`), real absolute paths, none under `node_modules`. */
  readonly files: () => ReadonlyArray<string>
  /** A file as it runs now, repairs included. @returns `undefined` when there is none or it is not the plugin's own. */
  readonly read: (path: string) => string | undefined
  /** Its package.json; `undefined` when it has none or it is not an object. */
  readonly manifest: () => Readonly<Record<string, unknown>> | undefined
}
