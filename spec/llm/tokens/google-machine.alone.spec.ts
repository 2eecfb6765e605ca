/** In a file of its own: the library looks once in a process whether it runs in Google's cloud. */
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it, vi } from "vitest"
import { googleToken } from "../../../llm/tokens/google.ts"
import { wireServer } from "../wire-server.ts"

afterEach(() => vi.unstubAllEnvs())

it("on a machine of another cloud nothing but our error is said, and warnings of others still are", async () => {
  await using server = await wireServer()
  server.answer = { status: 403, headers: { "metadata-flavor": "Google" }, body: "not yours" }
  const folder = await mkdtemp(join(tmpdir(), "google-machine-"))
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "")
  vi.stubEnv("HOME", folder)
  vi.stubEnv("CLOUDSDK_CONFIG", folder)
  vi.stubEnv("GCE_METADATA_HOST", server.url.replace("http://", ""))
  const warned: Array<string> = []
  const hear = ({ name }: Error): void => void warned.push(name)
  process.on("warning", hear)
  try {
    await expect(googleToken({ provider: "Vertex" })()).rejects.toMatchObject({ reason: { kind: "not_configured" } })
    expect(server.received.length).toBeGreaterThan(0)
    const told = once(process, "warning")
    process.emitWarning("after it", "SpecWarning")
    await told
    expect(warned).toEqual(["SpecWarning"])
  } finally {
    process.off("warning", hear)
    await rm(folder, { recursive: true })
  }
})
