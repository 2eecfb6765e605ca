/** What `csv_select` and `csv_sum` must do. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const files = {
  "s.csv": 'city,who,amount\nRome,Ann,"1,200"\nOslo,"Bo ""B""",30.5\nRome,Cy,\n\nOslo,Di,69.5\n',
  "t.tsv": "name\tn\nb\t2\na\t1\n",
  "p.csv": "a;b,c\n1;2\n3\n"
}

export const hidden: ReadonlyArray<HiddenTest> = [
  ok(
    "csv_select",
    { file: "s.csv", columns: ["who", "amount"], where: { city: "Oslo" } },
    'who,amount\n"Bo ""B""",30.5\nDi,69.5\n',
    { files }
  ),
  ok("csv_select", { file: "t.tsv", sort: "name" }, "name,n\na,1\nb,2\n", { files }),
  ok("csv_select", { file: "t.tsv", where: { name: "z" } }, "name,n\n", { files }),
  ok("csv_select", { file: "p.csv" }, "a;b,c\n1;2,\n3,\n", { files }),
  ok(
    "csv_select",
    { file: "s.csv", columns: ["amount"], where: { who: "Ann", city: "Rome" }, into: "o.csv" },
    "1 rows written to o.csv",
    {
      files,
      written: { "o.csv": 'amount\n"1,200"\n' }
    }
  ),
  ok("csv_select", { file: "q.csv" }, 'a\n"x\ny"\n', { files: { "q.csv": 'a\r\n"x\ny"\r\n' } }),
  no("csv_select", { file: "s.csv", sort: "size" }, "no column size; there are: city, who, amount", { files }),
  no("csv_select", { file: "s.csv", where: { x: "1", y: "2" } }, "no column x, y", { files }),
  ok(
    "csv_sum",
    { file: "s.csv", by: "city", of: "amount" },
    {
      Rome: { count: 1, sum: 1200, mean: 1200, least: 1200, most: 1200 },
      Oslo: { count: 2, sum: 100, mean: 50, least: 30.5, most: 69.5 }
    },
    { files }
  ),
  ok("csv_sum", { file: "t.tsv", by: "name", of: "name" }, { b: { count: 0 }, a: { count: 0 } }, { files }),
  ok(
    "csv_sum",
    { file: "d.csv", by: "k", of: "v", digits: 1 },
    { x: { count: 3, sum: 0.4, mean: 0.1, least: -0.1, most: 0.25 } },
    {
      files: { "d.csv": "k,v\nx,0.25\nx,0.25\nx,-0.1\n" }
    }
  ),
  no("csv_sum", { file: "s.csv", by: "town", of: "amount" }, "no column town", { files })
]
