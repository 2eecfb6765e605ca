/** A tool's answer that is not what the tool says of its answers: a bug of the tool, however well the answer looks. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise"
  readonly code = "ERR_BROKEN_PROMISE"
  constructor(tool: string, part: "output" | "post", problems: string) {
    const what = part === "output" ? "its answer does not fit its output schema" : "its post-condition does not hold"
    super(`tool ${JSON.stringify(tool)}: ${what}: ${problems}`)
  }
}
