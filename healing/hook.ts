/** What the host promises and expects of a hook, as far as healing must know it. */

export interface HookContract {
  readonly name: string
  /**
   * guard: it may deny, so whatever goes wrong with it denies · filter: it may change what is handed to it, and hands it on
   * unchanged otherwise · source: it adds something, nothing otherwise · observer: it is told.
   */
  readonly kind: "guard" | "filter" | "source" | "observer"
  /** The plugin cannot do without it: where it is declared and missing, the plugin is not loaded. */
  readonly required: boolean
  /** What is answered in its place. Never asked of a guard. */
  readonly neutral: (input: unknown) => unknown
}
