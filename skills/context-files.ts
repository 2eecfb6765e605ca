/** Project context files. (first form) */
export interface ContextFile {
  readonly path: string
  readonly text: string
}
export const loadContextFiles = async (_: { readonly cwd: string; readonly home: string; readonly maxCharacters: number }): Promise<{ readonly files: ReadonlyArray<ContextFile>; readonly notices: ReadonlyArray<string> }> => ({ files: [], notices: [] })
