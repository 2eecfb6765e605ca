import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CommandHookEvent, commandHookEvents } from "../../../plugins/command-hooks.ts"
import type { HookRun } from "../../../plugins/command-hooks/run-hook.ts"
import { verdictOf } from "../../../plugins/command-hooks/verdict.ts"

const ran = (more: Partial<HookRun> = {}): HookRun => ({
  code: 0,
  late: false,
  stdout: "",
  stderr: "",
  cut: false,
  ...more
})
const said = (value: unknown): HookRun => ran({ stdout: `${JSON.stringify(value)}\n` })
const own = (event: CommandHookEvent, fields: object): HookRun =>
  said({ hookSpecificOutput: { hookEventName: event, ...fields } })

const { code: _, ...endless } = ran()

describe("of a hook before a call", () => {
  const verdict = (run: HookRun) => verdictOf("PreToolUse", run)

  it.each<[string, HookRun, object]>([
    ["nothing", ran(), {}],
    ["text", ran({ stdout: "checked\n" }), {}],
    ["text that begins with a bracket", ran({ stdout: "[info] fine\n" }), {}],
    ["JSON without a decision", said({ suppressOutput: true }), {}],
    ["a no by exit code", ran({ code: 2, stderr: "not here\n" }), { deny: "not here" }],
    [
      "a no by exit code, whatever it wrote",
      { ...own("PreToolUse", { permissionDecision: "allow" }), code: 2 },
      { deny: "it said no without a reason" }
    ],
    ["deny", own("PreToolUse", { permissionDecision: "deny", permissionDecisionReason: "no db" }), { deny: "no db" }],
    ["ask", own("PreToolUse", { permissionDecision: "ask", permissionDecisionReason: "sure?" }), { ask: "sure?" }],
    ["allow", own("PreToolUse", { permissionDecision: "allow", permissionDecisionReason: "safe" }), { allow: "safe" }],
    ["a byte order mark", ran({ stdout: `\uFEFF{"decision":"block","reason":"no"}` }), { deny: "no" }],
    ["what it was once called: block", said({ decision: "block", reason: "no" }), { deny: "no" }],
    ["what it was once called: approve", said({ decision: "approve", reason: "yes" }), { allow: "yes" }],
    [
      "two words",
      said({ decision: "approve", hookSpecificOutput: { permissionDecision: "deny" } }),
      { deny: "it gave no reason" }
    ],
    ["a decision in the wrong place", said({ permissionDecision: "deny", reason: "no" }), { deny: "no" }],
    ["another input", own("PreToolUse", { updatedInput: { command: "ls" } }), { input: { command: "ls" } }],
    [
      "leave for another input",
      own("PreToolUse", { permissionDecision: "allow", updatedInput: {} }),
      { allow: "it gave no reason", input: {} }
    ],
    [
      "a word that the input of the call only quotes",
      own("PreToolUse", { updatedInput: { command: `echo '{"decision":"block"}'` } }),
      { input: { command: `echo '{"decision":"block"}'` } }
    ],
    ["a stop", said({ continue: false, stopReason: "enough" }), { stop: "enough" }],
    ["words for the user", said({ systemMessage: "hello" }), { message: "hello" }],
    ["words for the model", own("PreToolUse", { additionalContext: "generated file" }), { context: "generated file" }]
  ])("%s", (_, run, expected) => expect(verdict(run)).toEqual(expected))

  it.each<[string, HookRun, RegExp]>([
    ["another exit code", ran({ code: 1, stderr: "boom" }), /exit code 1: boom/],
    ["a no that a later yes takes back", ran({ stdout: `{"decision":"block","decision":"approve"}` }), /also says no/],
    [
      "a question that a later yes takes back",
      ran({ stdout: `{"hookSpecificOutput":{"permissionDecision":"ask","permissionDecision":"allow"}}` }),
      /also says no/
    ],
    ["a no under a question", ran({ stdout: `{"decision":"deny","decision":"ask"}` }), /also says no/],
    ["a no in the wrong place", said({ output: { permissionDecision: "deny" } }), /also says no/],
    ["so much text that nobody sees what it says at last", ran({ stdout: "checking\n", cut: true }), /too long/],
    ["a command that is not there", ran({ code: 127 }), /no such command/],
    ["a file that cannot be run", ran({ code: 126 }), /cannot be run/],
    ["a signal", { ...endless, signal: "SIGSEGV" }, /SIGSEGV/],
    ["a program that cannot be started", { ...endless, failed: "ENOENT" }, /could not be started/],
    ["too long a time", ran({ late: true }), /took too long/],
    ["broken JSON", ran({ stdout: `{"decision": "approve"` }), /begins like JSON/],
    ["JSON without an end, since there was too much", ran({ stdout: `{"decision":"approve"}`, cut: true }), /too long/],
    ["something before its JSON", ran({ stdout: `Welcome!\n{"decision":"block"}` }), /something else besides/],
    ["an unknown decision", own("PreToolUse", { permissionDecision: "Deny" }), /the decision "Deny"/],
    ["defer, which is not supported", own("PreToolUse", { permissionDecision: "defer" }), /"defer"/],
    ["a decision that is no text", own("PreToolUse", { permissionDecision: true }), /the decision true/],
    ["an answer to another event", own("PostToolUse", { permissionDecision: "allow" }), /is for "PostToolUse"/],
    ["an input that is none", own("PreToolUse", { updatedInput: "ls" }), /updatedInput/],
    ["an answer that is no object", said({ hookSpecificOutput: "allow" }), /hookSpecificOutput/],
    ["a stop that cannot be read", said({ continue: "false" }), /continue/],
    [
      "a reason that is no text",
      own("PreToolUse", { permissionDecision: "allow", permissionDecisionReason: 1 }),
      /Reason/
    ]
  ])("%s is a no, and says why", (_, run, why) => {
    const { deny, failure, allow } = verdict(run)
    expect(deny).toMatch(why)
    expect(failure).toBe(deny)
    expect(allow).toBeUndefined()
  })

  it("only ends with exit code 0, whole, and without a word against it, let the call go on", () => {
    const word = fc.oneof(
      fc.constantFrom("allow", "approve", "deny", "block", "ask", "defer", "yes", null, true),
      fc.string()
    )
    const answer = fc.record(
      {
        decision: word,
        continue: fc.oneof(fc.boolean(), fc.string()),
        hookSpecificOutput: fc.oneof(
          fc.record(
            {
              hookEventName: fc.constantFrom("PreToolUse", "Stop"),
              permissionDecision: word,
              updatedInput: fc.anything()
            },
            { requiredKeys: [] }
          ),
          fc.string()
        )
      },
      { requiredKeys: [] }
    )
    const stdout = fc.oneof(
      answer.map((one) => JSON.stringify(one)),
      answer.chain((one) => fc.nat(60).map((at) => JSON.stringify(one).slice(0, at))),
      fc.string()
    )
    const runs = fc.record({
      code: fc.constantFrom(0, 0, 0, 1, 2, 3, 127, undefined),
      late: fc.boolean(),
      stdout,
      stderr: fc.string(),
      cut: fc.boolean()
    })
    fc.assert(
      fc.property(runs, ({ code, ...rest }) => {
        const run = { ...rest, ...(code !== undefined && { code }) }
        const { deny, ask, stop } = verdict(run)
        if (deny !== undefined || ask !== undefined || stop !== undefined) return
        expect(run).toMatchObject({ code: 0, late: false })
        const text = run.stdout.trim()
        if (!text.startsWith("{")) return
        const { decision, hookSpecificOutput: { permissionDecision } = {}, ...others } = JSON.parse(text)
        for (const one of [decision, permissionDecision]) expect([undefined, null, "allow", "approve"]).toContain(one)
        expect([undefined, true]).toContain(others.continue)
      }),
      { numRuns: 2000 }
    )
  })
})

describe("of other hooks", () => {
  it.each<[CommandHookEvent, HookRun, object]>([
    ["UserPromptSubmit", ran({ stdout: "branch: main\n" }), { context: "branch: main" }],
    ["UserPromptSubmit", own("UserPromptSubmit", { additionalContext: "x" }), { context: "x" }],
    ["UserPromptSubmit", said({ decision: "block", reason: "a key" }), { deny: "a key" }],
    ["UserPromptSubmit", ran({ code: 2, stderr: "a key" }), { deny: "a key" }],
    ["SessionStart", ran({ stdout: "hi" }), { context: "hi" }],
    ["SessionStart", ran({ code: 2, stderr: "no git" }), { message: "no git" }],
    ["PostToolUse", ran({ stdout: "3 files" }), {}],
    ["PostToolUse", ran({ code: 2, stderr: "line 3" }), { blame: "line 3" }],
    ["PostToolUse", said({ decision: "block", reason: "lint" }), { blame: "lint" }],
    ["PostToolUse", own("PostToolUse", { updatedMCPToolOutput: [1] }), { output: { value: [1], mcpOnly: true } }],
    ["PostToolUse", own("PostToolUse", { updatedToolOutput: "x" }), { output: { value: "x", mcpOnly: false } }],
    ["Stop", ran({ code: 2, stderr: "tests" }), { goOn: "tests" }],
    ["Stop", said({ decision: "block", reason: "tests" }), { goOn: "tests" }],
    ["SubagentStop", said({ decision: "block" }), { goOn: "it said no without a reason" }],
    [
      "Stop",
      said({ decision: "block", reason: "tests", continue: false }),
      { goOn: "tests", stop: "it said that nothing more is to be done" }
    ],
    ["PreCompact", ran({ code: 2, stderr: "not now" }), { deny: "not now" }],
    ["PreCompact", said({ decision: "block", reason: "not now" }), { deny: "not now" }],
    ["SessionEnd", ran({ code: 2, stderr: "left" }), { message: "left" }]
  ])("%s", (event, run, expected) => expect(verdictOf(event, run)).toEqual(expected))

  it("a failure stops nobody but where it may have been a no", () => {
    const open = commandHookEvents.filter((event) => verdictOf(event, ran({ code: 1 })).deny === undefined)
    expect(open).toEqual(commandHookEvents.filter((event) => event !== "PreToolUse" && event !== "UserPromptSubmit"))
    for (const event of open) expect(verdictOf(event, ran({ code: 1 })).failure).toMatch(/exit code 1/)
  })

  it("what they say is cut", () => {
    const { context = "" } = verdictOf("UserPromptSubmit", ran({ stdout: "x".repeat(50_000) }))
    expect(context.length).toBeLessThan(10_100)
    expect(context).toMatch(/\[cut\]$/)
  })
})
