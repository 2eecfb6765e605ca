/** What `query_table` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const people = [
  { id: 1, name: "Ada", age: 36, city: "London" },
  { id: 2, name: "Bob", age: 25, city: null },
  { id: 3, name: "Cy's", age: 36, city: "Oslo" },
  { id: 4, name: "Di", age: 9 }
]
const files = { "db.json": JSON.stringify({ people, none: [] }) }
const ask = (query: string, format?: string) => ({
  file: "db.json",
  query,
  ...(format === undefined ? {} : { format })
})

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "query_table",
    ask("SELECT id, name FROM people WHERE age = 36"),
    [
      { id: 1, name: "Ada" },
      { id: 3, name: "Cy's" }
    ],
    { files }
  ),
  ok(
    "query_table",
    ask("select name from people order by age"),
    [{ name: "Di" }, { name: "Bob" }, { name: "Ada" }, { name: "Cy's" }],
    { files }
  ),
  ok("query_table", ask("SELECT id FROM people WHERE age > 9 AND age <= 30;"), [{ id: 2 }], { files }),
  ok("query_table", ask("SELECT id FROM people WHERE city = NULL ORDER BY id DESC"), [{ id: 4 }, { id: 2 }], { files }),
  ok("query_table", ask("SELECT id FROM people WHERE city != 'Oslo' AND city <> NULL"), [{ id: 1 }], { files }),
  ok("query_table", ask("SELECT id FROM people WHERE name = 'Cy''s'"), [{ id: 3 }], { files }),
  ok("query_table", ask("SELECT id FROM people WHERE city LIKE '%o_d%'"), [{ id: 1 }], { files }),
  ok(
    "query_table",
    ask("SELECT * FROM people WHERE id >= 3 LIMIT 1"),
    [{ id: 3, name: "Cy's", age: 36, city: "Oslo" }],
    { files }
  ),
  ok("query_table", ask("SELECT name, city FROM people WHERE age < 30", "text"), "name  city\nBob   NULL\nDi    NULL", {
    files
  }),
  ok("query_table", ask("SELECT x FROM none", "text"), "(no rows)", { files }),
  ok("query_table", ask("SELECT city FROM people ORDER BY city DESC LIMIT 2"), [{ city: "Oslo" }, { city: "London" }], {
    files
  }),
  no("query_table", ask("SELECT name FROM pets"), "no table pets; there are: people, none", { files }),
  no("query_table", ask("SELECT name people"), "FROM is missing", { files }),
  no("query_table", ask("SELECT name FROM people WHERE age ~ 3"), "cannot read", { files }),
  no("query_table", ask("SELECT name FROM people WHERE age"), "the query ends too early", { files })
]
