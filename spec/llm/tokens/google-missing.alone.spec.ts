/** In a file of its own: a package that failed to load once stays lost to the rest of its file. */
import { registerHooks } from "node:module"
import { expect, it } from "vitest"
import { googleToken } from "../../../llm/tokens/google.ts"

it("without its package it says which one to install, and how", async () => {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (!specifier.includes("google-auth-library")) return next(specifier, context)
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" })
    }
  })
  try {
    await expect(googleToken({ provider: "Vertex" })()).rejects.toMatchObject({
      reason: { kind: "not_configured" },
      message: expect.stringMatching(
        /^Vertex needs the package google-auth-library: run `npm install -g google-auth-library`, or /
      )
    })
  } finally {
    hooks.deregister()
  }
})
