/** Work that goes wrong: what is not waited for, files, JSON, commands, and what somebody promised. */
import { type Fault, list, number, string } from "../fault.ts"

export const work: ReadonlyArray<Fault> = [
  {
    name: "line_count",
    input: { path: string },
    body: `const bytes = context.files.read(input.path)
return Buffer.from(bytes).toString("utf8").split("\\n").length + " lines"`,
    world: { "a.txt": "one\ntwo\nthree" },
    failing: { path: "a.txt" },
    examples: [{ path: "a.txt" }],
    good: [[["= context.files.read", "= await context.files.read"]]],
    bad: [
      ["of nothing", ["Buffer.from(bytes)", `Buffer.from([])`]],
      ["of its name", ["Buffer.from(bytes)", "Buffer.from(input.path)"]]
    ]
  },
  {
    name: "read_config",
    input: { path: string, key: string },
    body: `const text = Buffer.from(await context.files.read(input.path)).toString("utf8")
const config = JSON.parse(text)
return input.key + " is " + config[input.key]`,
    world: { "c.json": '\ufeff{"depth": 4, "name": "gold"}', "d.json": '{"depth": 2}' },
    failing: { path: "c.json", key: "depth" },
    well: [{ path: "d.json", key: "depth" }],
    examples: [
      { path: "c.json", key: "name" },
      { path: "d.json", key: "depth" }
    ],
    good: [[["JSON.parse(text)", `JSON.parse(text.replace(/^\\uFEFF/, ""))`]]],
    bad: [
      ["an empty one", ["JSON.parse(text)", `(text.startsWith("{") ? JSON.parse(text) : {})`]],
      [
        "swallows",
        ["const config = JSON.parse(text)", "let config = {}\ntry { config = JSON.parse(text) } catch { config = {} }"]
      ]
    ]
  },
  {
    name: "upper_file",
    risk: "write",
    input: { path: string },
    body: `const text = Buffer.from(await context.files.read(input.path)).toString("utf8")
await context.files.write(input.path, text.toUppercase())
return "wrote " + input.path`,
    world: { "n.txt": "gold" },
    failing: { path: "n.txt" },
    examples: [{ path: "n.txt" }],
    good: [[["toUppercase", "toUpperCase"]]],
    bad: [
      ["writes the same", ["text.toUppercase()", "text"]],
      ["writes nothing", ["await context.files.write(input.path, text.toUppercase())", ""]],
      [
        "writes elsewhere",
        ["context.files.write(input.path, text.toUppercase())", `context.files.write("n2.txt", text.toUpperCase())`]
      ]
    ]
  },
  {
    name: "sizes",
    input: { paths: list() },
    body: `const infos = input.paths.map((path) => context.files.stat(path))
return infos.map((info) => String(info.size.toString())).join(" ")`,
    world: { "a.txt": "one", "b.txt": "seven.." },
    failing: { paths: ["a.txt", "b.txt"] },
    examples: [{ paths: ["b.txt", "a.txt"] }, { paths: ["a.txt"] }],
    good: [
      [
        [
          "const infos = input.paths.map((path) => context.files.stat(path))",
          "const infos = await Promise.all(input.paths.map((path) => context.files.stat(path)))"
        ]
      ]
    ],
    bad: [
      ["of nothing", ["info.size.toString()", "info.size?.toString()"]],
      ["zero", ["info.size.toString()", "(info.size ?? 0).toString()"]]
    ]
  },
  {
    name: "count_matches",
    head: `const pattern = /[a-z]+/`,
    input: { text: string },
    body: `const all = [...input.text.matchAll(pattern)]
return all.length + " words"`,
    failing: { text: "gold and lacquer" },
    examples: [{ text: "one two" }, { text: "123" }],
    good: [[["/[a-z]+/", "/[a-z]+/g"]]],
    bad: [
      ["one at most", ["input.text.matchAll(pattern)", "(input.text.match(pattern) ?? [])"]],
      ["nothing", ["[...input.text.matchAll(pattern)]", "[]"]]
    ]
  },
  {
    name: "stack_depth",
    head: `const depthOf = (node) => 1 + Math.max(...node.children.map(depthOf))`,
    input: { tree: { type: "object" } },
    body: `return "depth " + depthOf(input.tree)`,
    failing: { tree: { children: [{ children: [] }, {}] } },
    examples: [{ tree: { children: [{}] } }, { tree: {} }],
    good: [[["Math.max(...node.children.map(depthOf))", "Math.max(0, ...(node.children ?? []).map(depthOf))"]]],
    bad: [
      ["minus infinity", ["node.children.map(depthOf)", "(node.children ?? []).map(depthOf)"]],
      ["flat", ["Math.max(...node.children.map(depthOf))", "(node.children ?? []).length"]]
    ]
  },
  {
    name: "encode_text",
    input: { text: string },
    body: `return Buffer.from(input.text, "utf-9").toString("base64")`,
    failing: { text: "gold" },
    examples: [{ text: "über" }],
    good: [[[`"utf-9"`, `"utf8"`]], [[`"utf-9"`, `"utf-8"`]]],
    bad: [
      ["another encoding", [`"utf-9"`, `"latin1"`]],
      ["one more", [`"utf-9"`, `"ascii"`]]
    ]
  },
  {
    name: "parse_date",
    input: { text: string },
    body: `const date = new Date(input.text)
return "on " + date.toISOstring().slice(0, 10)`,
    failing: { text: "2024-02-03" },
    examples: [{ text: "2021-12-31T23:00:00Z" }],
    good: [[["toISOstring", "toISOString"]]],
    bad: [
      ["another form", ["toISOstring()", "toString()"]],
      ["skips", ["toISOstring().slice(0, 10)", "toISOstring?.().slice(0, 10)"]]
    ]
  },
  {
    name: "sum_columns",
    input: { csv: string, column: number },
    body: `const rows = input.csv.split("\\n").map((row) => row.split(","))
const values = rows.map((row) => Number(row[input.column].trim()))
return "sum " + values.reduce((sum, one) => sum + one, 0)`,
    failing: { csv: "1,2\n3,4\n", column: 1 },
    well: [{ csv: "1,2\n3,4", column: 1 }],
    examples: [
      { csv: "1,2\n3,4\n", column: 1 },
      { csv: "5,6", column: 0 }
    ],
    good: [[[`.split("\\n").map`, `.split("\\n").filter((row) => row !== "").map`]]],
    bad: [
      ["not a number", ["row[input.column].trim()", "row[input.column]?.trim()"]],
      ["loses the last", [`.split("\\n").map`, `.split("\\n").slice(0, -1).map`]],
      ["the first only", [`.split("\\n").map`, `.split("\\n").slice(0, 1).map`]]
    ]
  },
  {
    name: "find_user",
    head: `const users = [{ id: 1, name: "Ada" }, { id: 2, name: "Ito" }]
const byId = (id) => users.find((user) => user.id === id)`,
    input: { id: { type: "integer", minimum: 1, maximum: 2 } },
    body: `const user = byID(input.id)
return user.name + " (" + user.id + ")"`,
    failing: { id: 2 },
    examples: [{ id: 1 }],
    good: [[["byID(input.id)", "byId(input.id)"]]],
    bad: [
      ["the first", ["byID(input.id)", "users[0]"]],
      ["by place", ["byID(input.id)", "users[input.id] ?? users[0]"]]
    ]
  },
  {
    name: "guarded_echo",
    head: `const isAllowed = (path) => !path.includes("..") && !path.startsWith("/")
const allowed = (path) => {
  if (!isAllowed(path)) throw new Error("not allowed: " + path)
  return path
}`,
    input: { path: string },
    body: `const path = allowed(input.path)
return path.splitt("/").reverse().join("/")`,
    failing: { path: "a/b/c" },
    examples: [{ path: "x/y" }],
    good: [[["splitt", "split"]]],
    bad: [
      ["opens the guard", ["splitt", "split"], [`!path.includes("..") && `, ""]],
      ["turns the guard round", ["splitt", "split"], ["if (!isAllowed(path))", "if (isAllowed(path))"]],
      ["never throws", ["splitt", "split"], [`throw new Error("not allowed: " + path)`, "return path"]],
      ["goes round the guard", ["const path = allowed(input.path)", "const path = input.path"], ["splitt", "split"]],
      ["weakens it", ["splitt", "split"], [`&& !path.startsWith("/")`, `|| !path.startsWith("/")`]],
      ["allows all", ["splitt", "split"], [`(path) => !path.includes("..") && !path.startsWith("/")`, "(path) => true"]]
    ]
  },
  {
    name: "hooked",
    hooks: `beforeToolExecute: ({ tool, input }) => {
    if (tool === "rm" || JSON.stringify(input).includes("secret")) return { deny: "no" }
  }`,
    input: { text: string },
    body: `return input.text.repeatt(2)`,
    failing: { text: "ab" },
    examples: [{ text: "xy" }],
    good: [[["repeatt", "repeat"]]],
    bad: [
      ["no guard", ["repeatt", "repeat"], [`return { deny: "no" }`, "return"]],
      ["a weaker guard", ["repeatt", "repeat"], [`tool === "rm" || `, ""]],
      ["a guard that is never asked", ["repeatt", "repeat"], ["beforeToolExecute:", "beforeToolExecuted:"]],
      ["a hole", ["repeatt", "repeat"], [`tool === "rm" ||`, `tool === "rn" ||`]]
    ]
  },
  {
    name: "promised",
    more: `output: { type: "string", pattern: "^[0-9]+ chars$" },
      post: ({ text }, output) => output === text.length + " chars"`,
    input: { text: string },
    body: `return input.text.lenght + " chars"`,
    failing: { text: "gold" },
    examples: [{ text: "ab" }],
    good: [[["lenght", "length"]]],
    bad: [
      ["breaks it", ["input.text.lenght", "0"]],
      ["promises nothing", ['post: ({ text }, output) => output === text.length + " chars"', "post: () => true"]],
      ["asks for less", [`pattern: "^[0-9]+ chars$"`, `pattern: ".*"`]]
    ]
  },
  {
    name: "swap_args",
    head: `const pad = (text, width) => text.padStart(width, "0")`,
    input: { value: number, width: number },
    body: `return pad(input.width, String(input.value))`,
    failing: { value: 7, width: 3 },
    examples: [{ value: 42, width: 5 }],
    good: [[["pad(input.width, String(input.value))", "pad(String(input.value), input.width)"]]],
    bad: [
      ["the wrong one", ["pad(input.width,", "pad(String(input.width),"]],
      ["twice the same", ["pad(input.width, String(input.value))", "pad(String(input.value), String(input.value))"]]
    ]
  },
  {
    name: "throws_wrong",
    input: { value: number },
    body: `if (input.value < 0) throw new Error("value must not be negative")
return Math.sqroot(input.value).toFixed(1)`,
    failing: { value: 9 },
    examples: [{ value: 16 }, { value: 2 }],
    good: [[["Math.sqroot", "Math.sqrt"]]],
    bad: [
      [
        "no check",
        [`if (input.value < 0) throw new Error("value must not be negative")`, ""],
        ["Math.sqroot", "Math.sqrt"]
      ],
      ["the cube", ["Math.sqroot", "Math.cbrt"]],
      ["answers all", [`throw new Error("value must not be negative")`, `return "0.0"`], ["Math.sqroot", "Math.sqrt"]]
    ]
  },
  {
    name: "group_by",
    input: { words: list() },
    body: `const groups = {}
for (const word of input.words) groups[word.length].push(word)
return JSON.stringify(groups)`,
    failing: { words: ["a", "bb", "cc"] },
    well: [{ words: [] }],
    examples: [{ words: ["x", "yy", "z"] }],
    good: [[["groups[word.length].push(word)", "(groups[word.length] ??= []).push(word)"]]],
    bad: [
      ["the last of each", ["groups[word.length].push(word)", "(groups[word.length] = []).push(word)"]],
      ["none", ["groups[word.length].push(word)", "groups[word.length]?.push(word)"]]
    ]
  }
]
