/** What `pack_files` and `unpack_archive` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const member = (name: string, body: string, time = 0) =>
  `${`${name}/`.padEnd(16)}${String(time).padEnd(12)}0     0     100644  ${String(body.length).padEnd(10)}\`\n${body}${body.length % 2 === 1 ? "\n" : ""}`

const archive = (...members: ReadonlyArray<string>) => `!<arch>\n${members.join("")}`

const both = archive(member("one.txt", "hello"), member("two.txt", "hi"))

export const hidden: ReadonlyArray<HiddenTest> = [
  ok("pack_files", { archive: "o.ar", paths: ["d/one.txt", "two.txt"] }, "o.ar: 2 members, 7 bytes", {
    files: { "d/one.txt": "hello", "two.txt": "hi" },
    written: { "o.ar": both }
  }),
  ok("pack_files", { archive: "o.ar", paths: ["x"], time: 1234567890 }, "o.ar: 1 members, 0 bytes", {
    files: { x: "" },
    written: { "o.ar": archive(member("x", "", 1234567890)) }
  }),
  ok("pack_files", { archive: "o.ar", paths: ["n/two.txt", "three.txt"] }, "o.ar: 3 members, 10 bytes", {
    files: { "o.ar": both, "n/two.txt": "new", "three.txt": "33" },
    written: { "o.ar": archive(member("one.txt", "hello"), member("two.txt", "new"), member("three.txt", "33")) }
  }),
  no("pack_files", { archive: "o.ar", paths: ["a-name-that-is-too-long.txt"] }, "the name is too long", {
    files: { "a-name-that-is-too-long.txt": "x" },
    written: { "o.ar": undefined }
  }),
  no("pack_files", { archive: "o.ar", paths: ["a"] }, "o.ar: it is no archive", {
    files: { "o.ar": "hello there", a: "x" }
  }),
  ok(
    "unpack_archive",
    { archive: "o.ar" },
    [
      { name: "one.txt", bytes: 5 },
      { name: "two.txt", bytes: 2 }
    ],
    { files: { "o.ar": both } }
  ),
  ok("unpack_archive", { archive: "o.ar", into: "out" }, ["out/one.txt", "out/two.txt"], {
    files: { "o.ar": both },
    written: { "out/one.txt": "hello", "out/two.txt": "hi" }
  }),
  ok("unpack_archive", { archive: "o.ar", members: ["two.txt"], into: "." }, ["two.txt"], {
    files: { "o.ar": both },
    written: { "two.txt": "hi", "one.txt": undefined }
  }),
  no("unpack_archive", { archive: "o.ar", members: ["two.txt", "none"] }, "o.ar: has no member none", {
    files: { "o.ar": both }
  }),
  no("unpack_archive", { archive: "o.ar" }, "o.ar: it is cut short", { files: { "o.ar": both.slice(0, -1) } }),
  no("unpack_archive", { archive: "o.ar" }, "o.ar: it is damaged at byte 8", { files: { "o.ar": "!<arch>\nnothing" } }),
  ok("unpack_archive", { archive: "o.ar" }, [], { files: { "o.ar": "!<arch>\n" } })
]
