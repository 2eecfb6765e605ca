/** A tool of an MCP server as one of ours. What it says of itself is a stranger's word: it counts only where the user trusts it. */
import type { McpServers } from "../mcp.ts"
import { defineTool, type Preview, type Risk, type Tool } from "../tool.ts"
import { answerOf } from "./answer.ts"
import type { Listed } from "./catalogue.ts"
import { clientOf } from "./client.ts"
import { failureAnswer } from "./failure.ts"
import type { Complete } from "./sampling.ts"
import { inputChecker, modelSchema, outputChecker } from "./schema.ts"

export interface ToolParts {
  readonly servers: () => McpServers | undefined
  readonly complete: Complete | undefined
}

/** Characters of a description that models read: some servers bring a manual. */
const longest = 8000

export const toolOf = ({ name, server, tool, isTrusted }: Listed, { servers, complete }: ToolParts): Tool => {
  const { inputSchema, outputSchema } = tool
  let problem: string | undefined
  const unusable = (what: string) => (reason: string) => {
    problem = `its ${what} schema cannot be used (${reason}), so that nothing is checked by it`
  }
  const input = inputChecker(inputSchema, unusable("input"))
  const output = outputSchema === undefined ? undefined : outputChecker(outputSchema, unusable("output"))
  const made = defineTool({
    name,
    description: descriptionOf({ server, tool }),
    risk: riskOf({ tool, isTrusted }),
    input: { type: "object" },
    idempotent: isTrusted && (tool.annotations?.readOnlyHint === true || tool.annotations?.idempotentHint === true),
    // The server has a time of its own, in which it is also waited for.
    timeout: false,
    preview: (input): Preview => ({ summary: `${tool.name} of MCP server ${server}: ${brief(input)}` }),
    execute: async (input, context) => {
      const port = servers()
      if (port === undefined) return { success: false, errorClass: "not_found", error: "there are no MCP servers here" }
      try {
        return await answerOf(await port.call(server, tool.name, input, clientOf(context, complete)), output)
      } catch (error) {
        return failureAnswer(error, server)
      } finally {
        if (problem !== undefined) context.log(problem)
      }
    }
  })
  return {
    ...made,
    server,
    parameters: modelSchema(inputSchema),
    decode: async (given) => {
      // Models leave out the arguments of what has none.
      const value = given === undefined || given === null ? {} : given
      const problems = await input.problems(value)
      return problems === undefined ? { input: value } : { problems }
    }
  }
}

export const descriptionOf = ({ server, tool }: Pick<Listed, "server" | "tool">): string => {
  const said = (tool.description ?? tool.title ?? tool.annotations?.title ?? "").trim()
  const text = said === "" ? `${tool.name} of the MCP server ${server}.` : said
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** Nobody knows what a stranger's program does with what it is given: as if it went out to the world. */
const riskOf = ({ tool, isTrusted }: Pick<Listed, "tool" | "isTrusted">): Risk =>
  isTrusted && tool.annotations?.readOnlyHint === true ? "read" : "network"

/** Characters of the arguments in a question. */
const shown = 2000

export const brief = (input: unknown): string => {
  const text = JSON.stringify(input) ?? ""
  return text.length > shown ? `${text.slice(0, shown)}… (${text.length} characters)` : text
}
