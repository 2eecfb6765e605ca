/** What plugins register is read with patience for what is right, and with a name for all that is wrong. */
import { describe, expect, it } from "vitest"
import { type ExtensionHook, readExtensions } from "../../plugins/read-extensions.ts"

const run = () => "ran"
const command = { name: "hello-2", description: "Says hello.", argument: "[name]", run }
const shortcut = { key: "ctrl-g", description: "Goes on.", run }
const flag = { name: "loud", description: "Speaks up.", type: "boolean", default: true }
const widget = { name: "clock", place: "status", every: 1, render: run }
const provider = {
  id: "corp",
  name: "Corp",
  baseUrl: "https://models.example/v1",
  dialect: "openai-chat",
  env: ["CORP_KEY"],
  models: [{ id: "big", contextWindow: 1000, price: { input: 1, output: 0.5 } }, { id: "small" }]
}

const whole = {
  registerCommands: [command],
  registerShortcuts: [shortcut],
  registerFlags: [flag],
  registerWidgets: [widget],
  registerProviders: [provider]
}

it("reads all five kinds, and nothing that it does not know", () => {
  const { commands, ...read } = readExtensions("p", {
    ...whole,
    registerCommands: [{ ...command, extra: 1 }],
    registerFlags: [flag, { name: "who", description: "Whom.", type: "string" }]
  })
  expect(commands).toEqual([{ ...command, run: expect.any(Function) }])
  expect(read).toEqual({
    shortcuts: [{ ...shortcut, run: expect.any(Function) }],
    flags: [flag, { name: "who", description: "Whom.", type: "string" }],
    widgets: [{ ...widget, render: expect.any(Function) }],
    providers: [provider]
  })
})

it("reads nothing as nothing", () => {
  const nothing = { commands: [], shortcuts: [], flags: [], widgets: [], providers: [] }
  expect(readExtensions("p", {})).toEqual(nothing)
  expect(readExtensions("p", { registerCommands: null, registerFlags: undefined })).toEqual(nothing)
})

it("calls a method with what its author wrote around it", () => {
  class Counter {
    name = "count"
    description = "Counts."
    #count = 0
    run(argument: string) {
      this.#count += 1
      return `${argument} ${this.#count}`
    }
  }
  const [read] = readExtensions("p", { registerCommands: [new Counter()] }).commands
  expect(read?.run("n", {} as never)).toBe("n 1")
  expect(read?.run("n", {} as never)).toBe("n 2")
})

describe("names plugin, field and expectation of", () => {
  const cases: ReadonlyArray<[ExtensionHook, unknown, string]> = [
    ["registerCommands", "hi", 'registerCommands must give a list, not "hi"'],
    ["registerCommands", [5], "registerCommands must give a list of objects; [0] is 5"],
    ["registerCommands", [{ ...command, name: "Hello World" }], "[0] a wrong name: it must be 1 to 40 lower-case"],
    ["registerCommands", [command, { ...command, name: "b", description: "" }], "[1] a wrong description"],
    ["registerCommands", [{ ...command, description: "two\nlines" }], "a wrong description: it must be one line"],
    ["registerCommands", [{ ...command, argument: 5 }], "a wrong argument"],
    ["registerCommands", [{ ...command, run: "ls" }], 'a wrong run: it must be a function, not "ls"'],
    ["registerCommands", [{ ...command, run: undefined }], "a wrong run: it must be a function, not missing"],
    ["registerCommands", [command, command], 'gives the name "hello-2" twice'],
    ["registerCommands", Array.from({ length: 201 }, () => command), "gives 201 things; at most 200"],
    ["registerShortcuts", [{ ...shortcut, key: "g" }], "a wrong key: it must be ctrl- or alt-"],
    ["registerShortcuts", [{ ...shortcut, key: "ctrl-G" }], "a wrong key"],
    ["registerShortcuts", [shortcut, shortcut], 'gives the key "ctrl-g" twice'],
    ["registerFlags", [{ ...flag, type: "number" }], "a wrong type: it must be boolean or string"],
    ["registerFlags", [{ ...flag, default: "yes" }], "a wrong default: it must be of the flag's type"],
    ["registerFlags", [{ ...flag, name: "--loud" }], "a wrong name"],
    ["registerWidgets", [{ ...widget, place: "left" }], "a wrong place: it must be above or status"],
    ["registerWidgets", [{ ...widget, every: 0.5 }], "a wrong every: it must be a number of seconds, at least 1"],
    ["registerWidgets", [{ ...widget, every: Number.NaN }], "a wrong every"],
    ["registerWidgets", [{ ...widget, render: undefined }], "a wrong render"],
    ["registerProviders", [{ ...provider, id: "a/b" }], "a wrong id"],
    ["registerProviders", [{ ...provider, baseUrl: "file:///etc" }], "a wrong baseUrl"],
    ["registerProviders", [{ ...provider, dialect: "morse" }], "a wrong dialect: it must be openai-chat"],
    ["registerProviders", [{ ...provider, env: ["A B"] }], "a wrong env"],
    ["registerProviders", [{ ...provider, models: [{ id: "x", price: { input: -1, output: 1 } }] }], "a wrong models"],
    ["registerProviders", [{ ...provider, models: [{ id: 5 }] }], "a wrong models"]
  ]
  it.each(cases)("%s %j", (hook, given, expected) => {
    const reading = () => readExtensions("odd one", { ...whole, [hook]: given })
    expect(reading).toThrow(TypeError)
    expect(reading).toThrow('plugin "odd one": ' + hook)
    expect(reading).toThrow(expected)
  })
})

it("asks a getter once", () => {
  let asked = 0
  const sly = { ...command }
  Object.defineProperty(sly, "name", { get: () => (++asked === 1 ? "sound" : "--evil"), enumerable: true })
  expect(readExtensions("p", { registerCommands: [sly] }).commands[0]?.name).toBe("sound")
})
