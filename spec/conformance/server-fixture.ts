/** Our MCP server with what the conformance suite's server scenarios name, over HTTP, as a program embeds it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mcpService } from "../../channels/mcp/serve.ts"
import { createRuntime, scripted } from "../../index.ts"
import { conformanceOffer } from "./server-offer.ts"
import { conformancePlugin } from "./server-plugin.ts"

export const serveFixture = async () => {
  const cwd = mkdtempSync(join(tmpdir(), "kintsugi-conformance-"))
  const runtime = await createRuntime({
    cwd,
    model: await scripted({ rules: [{ when: ".*", turns: [{ text: "Done." }] }] }),
    plugins: [conformancePlugin],
    env: {}
  })
  const service = mcpService(runtime, "0.0.0", { offers: [conformanceOffer()], onError: () => {} })
  // The suite knows no keys: scenarios are run as against a server of one's own machine.
  const { url, stop } = await service.http({ requireAuth: false })
  return {
    url,
    close: async (): Promise<void> => {
      await stop(0)
      await service.close()
      await runtime.close()
      rmSync(cwd, { recursive: true, force: true })
    }
  }
}
