import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { blindness } from "../../../channels/cli/blindness.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { wireServer } from "../../llm/wire-server.ts"
import { pictures } from "../pictures.ts"
import { commandLine } from "./in-process.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => {
  world.remove()
  // `run` is the last thing of its process and does not tidy up behind itself.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal)
})

const said = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "A pot." }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`

it("an image goes with the task, is kept by the session, and is named wherever the session is shown", async () => {
  await using server = await wireServer()
  server.answer = { body: said }
  const kintsugi = commandLine(world)
  const big = Buffer.concat([pictures.png(20, 10), Buffer.alloc(300_000, 7)])
  writeFileSync(join(world.cwd, "pot.png"), big)
  const env = { KINTSUGI_LLM_BASE_URL: server.url }
  const first = await kintsugi(["run", "What is @pot.png?", "-m", "openai-compatible/x", "--output", "json"], { env })
  expect([first.code, JSON.parse(first.out).final_answer]).toEqual([0, "A pot."])
  const { session_id } = JSON.parse(first.out)
  expect((await kintsugi(["run", "And now?", "-r", session_id], { env })).code).toBe(0)

  const url = `data:image/png;base64,${big.toString("base64")}`
  for (const { body } of server.received) {
    const asked = JSON.parse(body).messages.find(({ role }: { role: string }) => role === "user")
    expect(asked.content[0]).toEqual({ type: "text", text: "What is @pot.png?" })
    expect(asked.content[1].image_url.url === url).toBe(true)
  }

  const label = "[image: pot.png, 20×10]"
  expect((await kintsugi(["session", "show", session_id])).out).toContain(`> What is @pot.png?\n  ${label}\n`)
  for (const command of [
    ["show", session_id, "--json"],
    ["export", session_id]
  ]) {
    const { out } = await kintsugi(["session", ...command])
    expect([out.includes(`"${label}"`), out.length < 50_000]).toEqual([true, true])
  }
  expect((await kintsugi(["session", "export", session_id, "--images"])).out).toContain(
    big.toString("base64").slice(-99)
  )
})

it("a model that cannot see is named before it is asked, and is told that there is an image", async () => {
  await using server = await wireServer()
  server.answer = { body: said }
  writeFileSync(join(world.cwd, "pot.png"), pictures.png(20, 10))
  world.write(world.userFile, "llm: { models: { openai-compatible/x: { images: false } } }\n")
  const env = { KINTSUGI_LLM_BASE_URL: server.url }
  const task = "See @pot.png and @pan.png"
  const { code, err } = await commandLine(world)(["run", task, "-m", "openai-compatible/x"], { env })
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/^openai-compatible\/x cannot see images: it is told that there is one, and/m)
  ])
  expect(err).toMatch(/^pan\.png: no such file; it stays text$/m)
  expect(server.received[0]?.body).toContain("[image/png image: this model cannot see images]")
})

it("a task whose image cannot be sent does not begin", async () => {
  writeFileSync(join(world.cwd, "pot.png"), Buffer.concat([pictures.png(1, 1), Buffer.alloc(4_000_000)]))
  const { code, err } = await commandLine(world)(["run", "See @pot.png", "-m", "scripted/rehearsal"])
  expect([code, err]).toEqual([2, expect.stringMatching(/^kintsugi: pot\.png has 4 MB; models take images of at most/)])
})

it("a model that is known not to see is named, by the user, by itself or by the catalogue", () => {
  const image = { type: "image", mime: "image/png", data: "" } as const
  const told = (model: string, images?: boolean, said?: boolean) =>
    blindness({ model, modelInfo: { images } }, [image], {
      models: said === undefined ? {} : { [model]: { images: said } }
    })
  expect(told("groq/openai/gpt-oss-120b")).toEqual([
    expect.stringMatching(/^groq\/openai\/gpt-oss-120b cannot see images/)
  ])
  const two = { model: "x/y", modelInfo: { images: false } }
  expect(blindness(two, [image, image], { models: {} })[0]).toContain("told that there are 2, and")
  expect(told("x/y", false)).toHaveLength(1)
  expect(told("x/y", undefined, false)).toHaveLength(1)
  expect([
    told("x/y"),
    told("groq/openai/gpt-oss-120b", true),
    told("groq/openai/gpt-oss-120b", undefined, true)
  ]).toEqual([[], [], []])
  expect(
    blindness({ model: "x/y", modelInfo: { images: false } }, [{ type: "text", text: "" }], { models: {} })
  ).toEqual([])
})
