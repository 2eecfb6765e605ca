/** Real credentials of three kinds, whose issuer is a server on the loopback interface. Changes variables of the process. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { ModelError } from "../../../llm/model-error.ts"
import { withoutKeys } from "../../../llm/redact.ts"
import { googleToken } from "../../../llm/tokens/google.ts"
import { wireServer, type WireServer } from "../wire-server.ts"

let server: WireServer
let folder = ""
beforeAll(async () => {
  server = await wireServer()
  folder = await mkdtemp(join(tmpdir(), "google-token-"))
})
beforeEach(() => {
  server.received.length = 0
})
afterEach(() => vi.unstubAllEnvs())
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const json = { "content-type": "application/json", "metadata-flavor": "Google" }
const issued = (access_token: string, expires_in = 3_600) => ({
  headers: json,
  body: JSON.stringify({
    access_token,
    expires_in,
    token_type: "Bearer",
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token"
  })
})

/** Workload identity: the kind of credentials whose issuer stands in the file. */
const credentials = async (issuer = server.url): Promise<void> => {
  const subject = join(folder, "subject")
  await writeFile(subject, "token of another house")
  await written(
    JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/spec/providers/spec",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${issuer}/token`,
      credential_source: { file: subject }
    })
  )
}

const written = async (content: string): Promise<void> => {
  const file = join(folder, "credentials.json")
  await writeFile(file, content)
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", file)
}

const failure = async (token: () => Promise<string>): Promise<ModelError> =>
  token().then(
    (value) => Promise.reject(new Error(`got ${value}`)),
    (error: ModelError) => error
  )

describe("credentials of the machine", () => {
  it("are exchanged for a token of the cloud, once for all who ask", async () => {
    await credentials()
    server.answer = issued("opaque google token")
    const token = googleToken()
    expect(await Promise.all([token(), token()])).toEqual(["opaque google token", "opaque google token"])
    expect(await token()).toBe("opaque google token")
    const asked = server.received.map(({ body }) => new URLSearchParams(body))
    expect(asked.map((form) => [form.get("subject_token"), form.get("scope")])).toEqual([
      ["token of another house", "https://www.googleapis.com/auth/cloud-platform"]
    ])
    expect(withoutKeys("it is opaque google token", [])).toBe("it is [key]")
  })

  it("are asked again when their token has run out", async () => {
    await credentials()
    server.answer = issued("first", 1)
    const token = googleToken()
    await token()
    server.answer = issued("second")
    expect(await token()).toBe("second")
  })

  it("may be those of a machine in Google's cloud", async () => {
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "")
    vi.stubEnv("HOME", folder)
    vi.stubEnv("CLOUDSDK_CONFIG", folder)
    vi.stubEnv("GCE_METADATA_HOST", server.url.replace("http://", ""))
    server.answer = issued("of the machine")
    expect(await googleToken()()).toBe("of the machine")
    expect(server.received.at(-1)?.path).toMatch(/\/token\?scopes=.*cloud-platform$/)
  })

  it("that hold no more say how to log in", async () => {
    await credentials()
    const body = { error: "invalid_grant", error_description: "Token has been expired or revoked." }
    server.answer = { status: 400, headers: json, body: JSON.stringify(body) }
    const { reason, message } = await failure(googleToken({ provider: "Vertex" }))
    expect(reason).toEqual({ kind: "unauthorized" })
    expect(message).toMatch(
      /^Vertex .*GOOGLE_APPLICATION_CREDENTIALS.*invalid_grant: Token has been expired or revoked\..*gcloud auth application-default login/
    )
  })

  it.each([
    ["that cannot be read", "{oops"],
    ["of no kind", "{}"]
  ])("%s say where they are looked for", async (_, content) => {
    await written(content)
    const { reason, message } = await failure(googleToken())
    expect(reason).toEqual({ kind: "not_configured" })
    expect(message).toMatch(/gcloud auth application-default login.*GOOGLE_APPLICATION_CREDENTIALS/)
  })

  it("that are not there are looked for again at the next try", async () => {
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", join(folder, "none.json"))
    const token = googleToken()
    expect(await failure(token)).toMatchObject({ reason: { kind: "not_configured" }, retryable: false })
    await credentials()
    server.answer = issued("found")
    expect(await token()).toBe("found")
  })
})

describe("an issuer", () => {
  it("that does not answer is given up", async () => {
    await credentials()
    server.answer = { ending: "silent" }
    expect((await failure(googleToken({ limit: 50 }))).reason).toEqual({ kind: "timed_out", phase: "connect" })
  })

  it("that is not there may be there later", async () => {
    const gone = await wireServer()
    await gone[Symbol.asyncDispose]()
    await credentials(gone.url)
    expect(await failure(googleToken())).toMatchObject({ reason: { kind: "unavailable" }, retryable: true })
  })

  it("that gives none is told", async () => {
    await credentials()
    server.answer = { headers: json, body: JSON.stringify({ token_type: "Bearer" }) }
    expect((await failure(googleToken())).message).toMatch(/no token/)
  })
})
