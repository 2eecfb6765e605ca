import { beforeAll, describe, expect, it } from "vitest"
import type { Template } from "../../../healing/template.ts"
import { precise } from "../../../healing/templates/precise.ts"
import { type Broken, execute, type Report, tryAll } from "./harness.ts"

const loading = precise.filter(({ name }) =>
  /^(specifier|missing-export|commonjs-import|import-attribute|erasable-syntax|commonjs-globals|require-async)$/.test(
    name
  )
)

const calls = (body: string, before: string) => execute(body, before)

/** By the template that mends it. */
const mended: Readonly<Record<string, Readonly<Record<string, Broken>>>> = {
  specifier: {
    "an ending is missing": {
      files: {
        "index.js": calls("return up(input.a)", 'import { up } from "./up"\n'),
        "up.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "the ending of what it is built to": {
      files: {
        "index.ts": calls("return up(input.a)", 'import { up } from "./lib/up.js"\n'),
        "lib/up.ts": "export const up = (a: string) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "a folder": {
      files: {
        "index.js": calls("return up(input.a)", 'import { up } from "./lib"\n'),
        "lib/index.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "a mistyped file, imported late": {
      files: {
        "index.js": calls('const { up } = await import("./hepler.js")\nreturn up(input.a)', ""),
        "helper.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "a folder too high": {
      files: {
        "index.js": calls("return up(input.a)", 'import { up } from "../up.js"\n'),
        "lib/up.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "taken for a package": {
      files: {
        "index.js": calls("return up(input.a)", 'import { up } from "up.js"\n'),
        "up.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "a mistyped built-in module": {
      files: { "index.js": calls("return basename(input.a)", 'import { basename } from "node:pth"\n') },
      input: { a: "/a/b" },
      right: "b"
    }
  },
  "missing-export": {
    "a mistyped name": {
      files: { "index.js": calls("return joni(input.a, 'b')", 'import { joni } from "node:path"\n') },
      input: { a: "a" },
      right: "a/b"
    },
    "default for named": {
      files: {
        "index.js": calls("return up(input.a)", 'import up from "./up.js"\n'),
        "up.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "named for default": {
      files: {
        "index.js": calls("return up(input.a)", 'import { up } from "./up.js"\n'),
        "up.js": "export default (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    },
    "a type, imported as if it were a value": {
      files: {
        "index.ts": calls(
          "return String(one.a)",
          'import { Shape, one } from "./shape.ts"\nexport type Shapes = Array<Shape>\n'
        ),
        "shape.ts": "export interface Shape { readonly a: number }\nexport const one: Shape = { a: 1 }\n"
      },
      right: "1"
    },
    "declared and not exported": {
      files: {
        "index.js": calls("return up(input.a)", 'import { up } from "./up.js"\n'),
        "up.js": "// Upper case.\nconst up = (a) => a.toUpperCase()\n"
      },
      input: { a: "x" },
      right: "X"
    }
  },
  "commonjs-import": {
    "names of a CommonJS file": {
      files: {
        "index.js": calls("return up(input.a) + q", 'import { up, word as q } from "./up.cjs"\n'),
        "up.cjs": "const all = { up: (a) => a.toUpperCase(), word: 'w' }\nmodule.exports = Object.assign({}, all)\n"
      },
      input: { a: "x" },
      right: "Xw"
    }
  },
  "import-attribute": {
    JSON: {
      files: {
        "index.js": calls("return data.word", 'import data from "./data.json"\n'),
        "data.json": '{ "word": "w" }'
      },
      right: "w"
    },
    "JSON, imported late": {
      files: {
        "index.js": calls('const { default: data } = await import("./data.json")\nreturn data.word', ""),
        "data.json": '{ "word": "w" }'
      },
      right: "w"
    }
  },
  "erasable-syntax": {
    "an enum": {
      files: {
        "index.ts": calls(
          "return Level[Level.High] + Level.Low + Kind.Word",
          'enum Level { Low = 3, High }\nexport enum Kind { Word = "w" }\n'
        )
      },
      right: "High3w"
    },
    "parameter properties": {
      files: {
        "index.ts": calls(
          "return new Point(1).text()",
          "class Point {\n  constructor(private readonly x: number, public y = 2) {}\n  text() {\n    return `${this.x},${this.y}`\n  }\n}\n"
        )
      },
      right: "1,2"
    }
  },
  "commonjs-globals": {
    "require of a built-in module": {
      files: {
        "index.js": calls(
          "return path.basename(input.a) + basename(input.a)",
          'const path = require("path")\nconst { basename } = require("node:path")\n'
        )
      },
      input: { a: "/a/b" },
      right: "bb"
    },
    "require above an import": {
      files: {
        "index.js": calls(
          "return up(basename(input.a))",
          'const { basename } = require("node:path")\nimport { up } from "./up.js"\n'
        ),
        "up.js": "export const up = (a) => a.toUpperCase()\n"
      },
      input: { a: "/a/b" },
      right: "B"
    },
    "require in the middle": {
      files: { "index.js": calls('return require("path").basename(input.a)', "") },
      input: { a: "/a/b" },
      right: "b"
    },
    __dirname: {
      files: { "index.js": calls('return String(__dirname.length > 1 && __filename.endsWith("index.js"))', "") },
      right: "true"
    },
    "module.exports": {
      files: { "index.js": execute("return 'a'").replace("export default", "module.exports =") },
      right: "a"
    }
  },
  "require-async": {
    "of a module that waits": {
      files: {
        "index.js": calls(
          'const { word } = require("./late.js")\nreturn word',
          'import { createRequire } from "node:module"\nconst require = createRequire(import.meta.url)\n'
        ),
        "late.js": 'export const word = await Promise.resolve("w")\n'
      },
      right: "w"
    }
  }
}

const untouched: Readonly<Record<string, Broken>> = {
  "a package that is not there": {
    files: {
      "index.js": calls("return pad('a')", 'import pad from "no-such-left-pad"\n'),
      "up.js": "export const up = 1\n"
    },
    right: "a"
  },
  "a file that is nowhere": {
    files: {
      "index.js": calls("return up('a')", 'import { up } from "./nowhere.js"\n'),
      "other.js": "export const up = 1\n"
    },
    right: "a"
  },
  "an export that is nowhere": {
    files: { "index.js": calls("return frobnicate('a')", 'import { frobnicate } from "node:path"\n') },
    right: "a"
  }
}

const all = Object.values(mended).reduce((one, other) => ({ ...one, ...other }), untouched)

let report: (name: string) => Report
beforeAll(async () => {
  report = await tryAll(all, loading satisfies ReadonlyArray<Template>)
}, 60_000)

describe.each(Object.entries(mended))("%s mends what cannot be loaded", (template, programs) => {
  it.each(Object.keys(programs))("%s", (name) => {
    const { candidates, failure } = report(name)
    const right = candidates.filter(({ isRight, origin }) => isRight && origin === template)
    expect(right, JSON.stringify({ failure, candidates }, null, 1)).not.toEqual([])
  })
})

describe("what cannot be loaded and is not known is left alone", () => {
  it.each(Object.keys(untouched))("%s", (name) => expect(report(name).candidates).toEqual([]))
})

it("keeps the lines that it does not change", () => {
  const [first] = report("the ending of what it is built to").candidates
  const before = all["the ending of what it is built to"]?.files["index.ts"]
  expect(first?.text).toBe(before?.replace("./lib/up.js", "./lib/up.ts"))
})
