/**
 * Three projects. `shared`: most specs, in two threads that keep their modules, so that heavy imports are paid for once.
 * `spawning`: those that serve, spawn the program, take a terminal or change the process for a while (environment, signals,
 * working folder): everything directly in spec/, the channels but for what is pure in the terminal, and any file named
 * `*.process.spec.ts`; in three processes that keep their modules, so that each file leaves the process as it found it. `alone`:
 * `*.alone.spec.ts`, a process for each file that replaces modules, or needs a library that was never asked before.
 */
import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"
import { LongestFirst } from "./spec/longest-first.ts"

const alone = ["spec/**/*.alone.spec.ts"]

const spawning = [
  "spec/*.spec.ts",
  "spec/channels/{,cli/,health/,terminal/,terminal/top/}*.spec.ts",
  // A thread has too small a stack for what it is given.
  "spec/channels/terminal/text/markdown.spec.ts",
  "spec/**/*.process.spec.ts"
]

export default defineConfig({
  resolve: {
    alias: [
      // What plugins import; at run time the host provides it.
      { find: "kintsugi/plugin", replacement: fileURLToPath(new URL("plugins/index.ts", import.meta.url)) },
      { find: /^.*\/entry-files\.ts$/, replacement: fileURLToPath(new URL("spec/built-places.ts", import.meta.url)) }
    ]
  },
  test: {
    globalSetup: "spec/build.ts",
    setupFiles: ["spec/patience.ts"],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 15_000,
    hookTimeout: 15_000,
    // As long as a machine may need that has other things to do.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["spec/**/*.spec.ts"],
          exclude: [...configDefaults.exclude, ...spawning, ...alone],
          pool: "threads",
          isolate: false
        }
      },
      {
        extends: true,
        test: {
          name: "spawning",
          include: spawning,
          pool: "forks",
          isolate: false,
          // One more than there are cores on the smallest machine: a sixth of their time is waiting for what they have started.
          maxWorkers: 3,
          // What has another number of workers runs in a group of its own.
          sequence: { groupOrder: 1 },
          // Beside patience: lists are put together, of two names the second would stand alone.
          setupFiles: ["spec/tidy.ts"]
        }
      },
      { extends: true, test: { name: "alone", include: alone, pool: "forks" } }
    ]
  }
})
