/** What `query_json` and `update_json` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const files = {
  "p.json": '{"name":"x","tags":["a","b"],"deep":{"list":[{"id":1},{"id":2}],"none":null}}',
  "c.json": '\uFEFF// a comment\n{ "url": "http://x", /* more */ "n": [1, 2, ], }\n',
  "l.jsonl": '{"id":1}\n\n{"id":2}\n{"id":3}\n',
  "bad.json": "{ nope"
}

export const hidden: ReadonlyArray<HiddenTest> = [
  ok("query_json", { file: "p.json", path: "name" }, { kind: "string", value: "x" }, { files }),
  ok("query_json", { file: "p.json", path: "deep.list[-1].id" }, { kind: "number", value: 2 }, { files }),
  ok("query_json", { file: "p.json", path: "deep.list.*.id" }, { kind: "array", value: [1, 2] }, { files }),
  ok("query_json", { file: "p.json", path: "tags" }, { kind: "array", value: ["a", "b"] }, { files }),
  ok("query_json", { file: "c.json", path: "url" }, { kind: "string", value: "http://x" }, { files }),
  ok("query_json", { file: "c.json", path: "n[1]" }, { kind: "number", value: 2 }, { files }),
  ok("query_json", { file: "l.jsonl", path: "[2].id" }, { kind: "number", value: 3 }, { files }),
  ok("query_json", { file: "p.json", path: "deep.nothing", fallback: "f" }, { kind: "string", value: "f" }, { files }),
  no("query_json", { file: "p.json", path: "tags.x" }, "there is nothing at tags.x; there are: name, tags, deep", {
    files
  }),
  no("query_json", { file: "bad.json" }, "bad.json: it is no JSON, nor a JSON value a line", { files }),
  ok("update_json", { file: "n.json", set: { "a.b": [1], c: null } }, ["a.b", "c"], {
    written: { "n.json": '{\n  "a": {\n    "b": [\n      1\n    ]\n  },\n  "c": null\n}\n' }
  }),
  ok("update_json", { file: "p.json", set: { "tags[-1]": "z", name: "x" }, indent: 0 }, ["tags[-1]"], {
    files,
    written: { "p.json": '{"name":"x","tags":["a","z"],"deep":{"list":[{"id":1},{"id":2}],"none":null}}\n' }
  }),
  ok("update_json", { file: "p.json", set: { name: "x" } }, [], { files, written: { "p.json": files["p.json"] } }),
  no("update_json", { file: "p.json", set: { "": 1 } }, "a path is empty", { files })
]
