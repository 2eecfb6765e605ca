/** What `run_command` and `run_steps` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "run_command",
    { program: "printf", args: ["a: 1\\nb = -2.5\\nmore\\n"] },
    {
      code: 0,
      lines: 3,
      errors: [],
      tail: ["a: 1", "b = -2.5", "more"],
      numbers: { a: 1, b: -2.5 }
    }
  ),
  ok(
    "run_command",
    { program: "echo", args: ["it's", "$HOME", "a b"] },
    {
      code: 0,
      lines: 1,
      errors: [],
      tail: ["it's $HOME a b"],
      numbers: {}
    }
  ),
  ok(
    "run_command",
    { program: "seq", args: ["7"], tail: 2 },
    { code: 0, lines: 7, errors: [], tail: ["6", "7"], numbers: {} }
  ),
  ok(
    "run_command",
    { program: "seq", args: ["9"] },
    { code: 0, lines: 9, errors: [], tail: ["5", "6", "7", "8", "9"], numbers: {} }
  ),
  ok("run_command", { program: "true" }, { code: 0, lines: 0, errors: [], tail: [], numbers: {} }),
  ok(
    "run_command",
    { program: "sh", args: ["-c", "exit 3"], expect: 3 },
    { code: 3, lines: 0, errors: [], tail: [], numbers: {} }
  ),
  no(
    "run_command",
    { program: "sh", args: ["-c", "echo fine; echo 2 tests FAILED; echo bye; exit 1"] },
    "sh ended with 1: 2 tests FAILED"
  ),
  no("run_command", { program: "sh", args: ["-c", "echo last words; exit 4"] }, "sh ended with 4: last words"),
  no("run_command", { program: "false" }, "false ended with 1: it said nothing"),
  ok(
    "run_command",
    { program: "echo", args: ["no failure here"] },
    {
      code: 0,
      lines: 1,
      errors: ["no failure here"],
      tail: ["no failure here"],
      numbers: {}
    }
  ),
  ok(
    "run_steps",
    {
      steps: [
        { name: "make", run: "echo made > x.txt" },
        { run: "cat x.txt" },
        { run: "exit 2" },
        { run: "echo never" }
      ]
    },
    [
      { name: "make", ok: true, said: "" },
      { name: "step 2", ok: true, said: "made" },
      { name: "step 3", ok: false, said: "" }
    ],
    { written: { "x.txt": "made\n" } }
  ),
  ok("run_steps", { steps: [] }, [])
]

/** Calls that went well before. */
export const history: ReadonlyArray<HiddenTest> = [
  ok(
    "run_command",
    { program: "echo", args: ["tests: 3"] },
    { code: 0, lines: 1, errors: [], tail: ["tests: 3"], numbers: { tests: 3 } }
  ),
  no("run_command", { program: "ls", args: ["nothing-here"], expect: 0 }, "ls ended with 2"),
  ok("run_steps", { steps: [{ name: "one", run: "echo 1" }, { run: "false" }] }, [
    { name: "one", ok: true, said: "1" },
    { name: "step 2", ok: false, said: "" }
  ])
]
