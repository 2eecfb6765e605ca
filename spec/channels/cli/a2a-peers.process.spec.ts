/** examples/a2a: two peers that work on one task together, as docs/a2a.md has it, each the real program. */
import { readFileSync } from "node:fs"
import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { begin, kintsugi, place } from "../../program.ts"

const example = (name: string): string => fileURLToPath(new URL(`../../../examples/a2a/${name}`, import.meta.url))

it("a builder has its program run by a tester, and is done when the tester's report says so", async () => {
  await using at = await place()
  const folders = { builder: join(at.cwd, "builder"), tester: join(at.cwd, "tester") }
  for (const [name, folder] of Object.entries(folders)) {
    await mkdir(folder)
    await copyFile(example(`${name}.yaml`), join(folder, `${name}.yaml`))
  }
  const token = "a-token-of-the-tester-alone"
  const serve = ["channel", "a2a", "--port", "0", "--json", "-m", "scripted/tester.yaml", "--permissions", "auto"]
  const tester = begin({ ...at, cwd: folders.tester }, serve, { env: { KINTSUGI_CHANNELS_A2A_TOKEN: token } })
  try {
    const lines = createInterface({ input: tester.child.stdout ?? process.stdin })
    const said = Promise.race([
      new Promise<string>((resolve) => lines.once("line", resolve)),
      tester.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))
    ])
    const { url }: { readonly url: string } = JSON.parse(await said)
    const peers = JSON.stringify([{ name: "tester", url, token }])
    const run = ["run", "-y", "-m", "scripted/builder.yaml", "--output", "json", "Write fizz.js and have it tested"]
    const builder = await kintsugi({ ...at, cwd: folders.builder }, run, {
      env: { KINTSUGI_CHANNELS_A2A_PEERS: peers }
    })
    expect(builder).toMatchObject({ code: 0 })
    expect(JSON.parse(builder.stdout).final_answer).toContain("`grep -q FizzBuzz reports/report.txt` exit code 0")
    const report = readFileSync(join(folders.builder, "reports/report.txt"), "utf8")
    expect(report).toBe(readFileSync(join(folders.tester, "report.txt"), "utf8"))
    expect(report.split("\n")).toHaveLength(17)
    expect(builder.stdout + builder.stderr).not.toContain(token)
  } finally {
    tester.child.kill("SIGTERM")
  }
  expect((await tester.ended).code).toBe(143)
})
