/** What `render_template` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "render_template",
    { template: "{{a}} {{ b.c }} {{{ raw }}}", data: { a: "<1>", b: { c: "'x'" }, raw: "<i>" } },
    "&lt;1&gt; &#39;x&#39; <i>"
  ),
  ok("render_template", { template: "plain" }, "plain"),
  ok("render_template", { template: "[{{none}}][{{a.b.c}}]", data: { a: {} } }, "[][]"),
  ok(
    "render_template",
    {
      template: "{{#each users}}{{name}}: {{#each tags}}{{.}} {{else}}no tags of {{name}}{{/each}};{{/each}}",
      data: {
        users: [
          { name: "A", tags: ["x", "y"] },
          { name: "B", tags: [] }
        ]
      }
    },
    "A: x y ;B: no tags of B;"
  ),
  ok("render_template", { template: "{{#each none}}x{{else}}empty{{/each}}!", data: {} }, "empty!"),
  ok(
    "render_template",
    { template: "{{#if a}}A{{#if b}}B{{else}}not b{{/if}}{{else}}not a{{/if}}.", data: { a: 1, b: 0 } },
    "Anot b."
  ),
  ok(
    "render_template",
    { template: "{{#each xs}}{{n}}{{top}}{{/each}}", data: { top: "!", xs: [{ n: 0 }, { n: 2 }] } },
    "0!2!"
  ),
  no("render_template", { template: "{{#each xs}}", data: { xs: [] } }, "{{#each}} is not closed"),
  no("render_template", { template: "{{#if a}}{{/each}}", data: {} }, "{{/each}} closes nothing"),
  no("render_template", { template: "{{/if}}", data: {} }, "{{/if}} closes nothing"),
  no("render_template", { template: "{{x}}{{y}}{{x}}", data: { y: 1 }, strict: true }, "no value for x"),
  no("render_template", {}, "give a template or a file"),
  ok("render_template", { file: "t.txt", data: { n: 5 }, into: "d/o.txt", strict: true }, "d/o.txt: 3 characters", {
    files: { "t.txt": "n={{n}}" },
    written: { "d/o.txt": "n=5" }
  })
]
