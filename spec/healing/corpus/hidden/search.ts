/** What `search_web` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const engine = "http://find.test/s?lang=en"
const results = [
  { title: " Old cats ", url: "http://www.cats.test/old/", snippet: "cats of old", date: "2020-01-01" },
  { title: "Dogs", url: "http://dogs.test/", snippet: "a cat, once", date: "2024-05-05" },
  { title: "Cat", url: "http://cats.test/old", date: "2025-01-01" },
  {
    title: "Cat food",
    url: "http://cats.test/food?x=1",
    snippet: "What a cat eats, and much more text than anyone would ever want to read about it"
  },
  { title: "Zebras", url: "http://z.test/a" }
]
const found = (list: unknown) => JSON.stringify({ results: list })

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "search_web",
    { engine, query: " cat " },
    [
      {
        title: "Cat food",
        url: "http://cats.test/food?x=1",
        snippet: "What a cat eats, and much more text than anyone would ever…"
      },
      { title: "Cat", url: "http://cats.test/old", snippet: "" },
      { title: "Dogs", url: "http://dogs.test/", snippet: "a cat, once" },
      { title: "Zebras", url: "http://z.test/a", snippet: "" }
    ],
    { responses: { "http://find.test/s?lang=en&q=cat": found(results) } }
  ),
  ok(
    "search_web",
    { engine, query: "old cats", most: 1 },
    [{ title: "Old cats", url: "http://www.cats.test/old/", snippet: "cats of old" }],
    {
      responses: { "http://find.test/s?lang=en&q=old+cats": found(results) }
    }
  ),
  ok(
    "search_web",
    { engine, query: "dogs", since: "2024-01-01" },
    [
      { title: "Dogs", url: "http://dogs.test/", snippet: "a cat, once" },
      { title: "Cat", url: "http://cats.test/old", snippet: "" }
    ],
    { responses: { "http://find.test/s?lang=en&q=dogs": found(results) } }
  ),
  ok("search_web", { engine, query: "nothing" }, [], {
    responses: { "http://find.test/s?lang=en&q=nothing": found([]) }
  }),
  ok("search_web", { engine, query: "empty" }, [], { responses: { "http://find.test/s?lang=en&q=empty": "{}" } }),
  ok(
    "search_web",
    { engine, query: "same" },
    [
      { title: "A same", url: "http://a.test/2", snippet: "" },
      { title: "B same", url: "http://a.test/1", snippet: "" }
    ],
    {
      responses: {
        "http://find.test/s?lang=en&q=same": found([
          { title: "B same", url: "http://a.test/1" },
          { title: "A same", url: "http://a.test/2" }
        ])
      }
    }
  ),
  ok(
    "search_web",
    { engine, query: "long", most: 2 },
    [
      { title: "Long", url: "http://l.test/1", snippet: "x".repeat(60) },
      { title: "Longer", url: "http://l.test/2", snippet: `${"y".repeat(59)}…` }
    ],
    {
      responses: {
        "http://find.test/s?lang=en&q=long": found([
          { title: "Longer", url: "http://l.test/2", snippet: "y".repeat(61) },
          { title: "Long", url: "http://l.test/1", snippet: "x".repeat(60) }
        ])
      }
    }
  ),
  no("search_web", { engine, query: "down" }, "the engine answered 503", {
    responses: { "http://find.test/s?lang=en&q=down": { status: 503, body: "" } }
  }),
  ok(
    "search_web",
    { engine: "http://other.test/", query: "größe 2" },
    [{ title: "Größe", url: "http://g.test/", snippet: "2" }],
    {
      responses: {
        "http://other.test/?q=gr%C3%B6%C3%9Fe+2": found([{ title: "Größe", url: "http://g.test/", snippet: "2" }])
      }
    }
  )
]
