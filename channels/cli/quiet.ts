/** What Node says of itself that users of the program can do nothing about. */

/**
 * Node 22 warns that `node:sqlite` is experimental, on standard error and so into the middle of the terminal's picture. All other
 * warnings are told as ever.
 */
export const quietAboutSqlite = (): void => {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...more: ReadonlyArray<unknown>): void => {
    if (!String(warning).startsWith("SQLite is an experimental feature"))
      Reflect.apply(emitWarning, process, [warning, ...more])
  }
}
