/** What `read_page` and `read_api` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const page =
  '<html><head><title>\n Caf&eacute; &#x41;&#66; &lt;1&gt; </title><style>p { }</style></head><body><script>var x = "<p>no</p>"</script>' +
  '<h1>Big   title</h1><p>First<br>second</p><ul><li><a href="next.html">Next</a></li><li><a href="#top">Top</a></li>' +
  '<li><a class="x" href="http://o.test/?a=1&amp;b=2"><b>Other</b> one</a></li></ul></body></html>'

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "read_page",
    { url: "http://h.test/d/p.html" },
    {
      title: "Caf&eacute; AB <1>",
      text: "Big title\nFirst\nsecond\nNext\nTop\nOther one"
    },
    { responses: { "http://h.test/d/p.html": page } }
  ),
  ok(
    "read_page",
    { url: "http://h.test/d/p.html", links: true, most: 9 },
    {
      title: "Caf&eacute; AB <1>",
      text: "Big title…",
      links: [
        { text: "Next", url: "http://h.test/d/next.html" },
        { text: "Other one", url: "http://o.test/?a=1&b=2" }
      ]
    },
    { responses: { "http://h.test/d/p.html": page } }
  ),
  ok(
    "read_page",
    { url: "http://h.test/plain", links: true },
    { title: "http://h.test/plain", text: "just text", links: [] },
    {
      responses: { "http://h.test/plain": "just\ntext".replace("\n", " ") }
    }
  ),
  no("read_page", { url: "http://h.test/gone" }, "http://h.test/gone: 410 Gone", {
    responses: { "http://h.test/gone": { status: 410, body: "x" } }
  }),
  no("read_page", { url: "http://h.test/odd" }, "http://h.test/odd: 499 unknown status", {
    responses: { "http://h.test/odd": { status: 499, body: "x" } }
  }),
  no("read_page", { url: "http://h.test/busy" }, "503 Service Unavailable", {
    responses: { "http://h.test/busy": { status: 503, body: "" } }
  }),
  ok(
    "read_api",
    { url: "http://a.test/v1?k=1", query: { "q r": "a&b" } },
    { ok: true },
    {
      responses: { "http://a.test/v1?k=1&q+r=a%26b": '{"ok":true}' }
    }
  ),
  ok("read_api", { url: "http://a.test/l", fields: ["id", "x"] }, [{ id: 1 }, { id: 2, x: null }, 3], {
    responses: { "http://a.test/l": '[{"id":1,"name":"a"},{"id":2,"x":null},3]' }
  }),
  ok("read_api", { url: "http://a.test/n" }, null, { responses: { "http://a.test/n": { status: 202, body: "" } } }),
  ok("read_api", { url: "http://a.test/s" }, "text", { responses: { "http://a.test/s": '"text"' } }),
  no("read_api", { url: "http://a.test/e" }, "http://a.test/e: 401 Unauthorized", {
    responses: { "http://a.test/e": { status: 401, body: "{}" } }
  }),
  no("read_api", { url: "http://a.test/h" }, "its answer is no JSON: <!doctype html><htm", {
    responses: { "http://a.test/h": "<!doctype html><html></html>" }
  })
]
