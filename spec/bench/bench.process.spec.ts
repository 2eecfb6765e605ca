/** The bench measures what it says: the floor against itself finishes its thirty commands and costs itself. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { compare } from "./agent.bench.ts"
import { type Figure, judged, median, table } from "./bench.ts"

const root = join(import.meta.dirname, "../../")

const compareFloorWith = async (...command: ReadonlyArray<string>) => {
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-bench-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  return compare(command, { root, runs: 1 }, folder)
}

it("measures the floor against itself", async () => {
  const figures = await compareFloorWith(process.execPath, join(import.meta.dirname, "floor.mjs"), "go")
  const [wall, cpu, memory, first, turn, prompt] = figures.map(({ ours }) => ours)
  expect(figures.flatMap(({ ours, floor = 1 }) => [ours, floor]).every(Number.isFinite)).toBe(true)
  expect(wall).toBeGreaterThan(first! + 30 * turn! * 0.5)
  expect(cpu).toBeGreaterThan(10)
  expect(memory).toBeGreaterThan(20)
  expect(memory).toBeLessThan(1000)
  expect(prompt).toBeGreaterThan(20)
  expect(prompt).toBeLessThan(80)
})

it("refuses a program that fails, or does not do the work", async () => {
  await expect(compareFloorWith(process.execPath, "-e", "process.exit(3)")).rejects.toThrow("ended with 3")
  await expect(compareFloorWith(process.execPath, "-e", "0")).rejects.toThrow("did not finish")
})

it("takes the middle, or the mean of the two in the middle", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7])
})

it("judges by ratio, difference or value, and says so", () => {
  const figure = (of: "ratio" | "difference" | "value", most: number): Figure => ({
    what: of,
    unit: "ms",
    ours: 30,
    floor: 20,
    aim: { of, most }
  })
  const figures = [figure("ratio", 1.5), figure("difference", 9), figure("value", 30)]
  expect(figures.map(judged)).toEqual([1.5, 10, 30])
  expect(table(figures).match(/met|missed/g)).toEqual(["met", "missed", "met"])
})
