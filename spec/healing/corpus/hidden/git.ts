/** What `git_state` and `git_history` must do, in real repositories. */
import { type HiddenTest, no, ok } from "../hidden-test.ts"

const commit = (who: string, subject: string) =>
  `git -c user.name='${who}' -c user.email=x@example.org commit -q --allow-empty -m '${subject}'`

const begin = "git init -q -b main"
const three = `${begin} && ${commit("Ada L", "One")} && ${commit("Bob", "Two: a\tb")} && ${commit("ada l", "Three")}`
const busy = `${begin} && git add . && ${commit("Ada", "One")} && echo 2 > a.txt && git mv b.txt c.txt && touch new.txt && echo x > d.txt && git add d.txt && echo y > d.txt`
const ahead = `git init -q -b main up && (cd up && ${commit("A", "1")}) && git clone -q up here 2>&1 && mv here/.git . && rm -r here && ${commit("B", "2")} && ${commit("B", "3")}`

export const hidden: ReadonlyArray<HiddenTest> = [
  ok("git_state", {}, "main: clean", { setup: `${begin} && ${commit("Ada", "One")}` }),
  ok("git_state", {}, "main: clean", { setup: begin }),
  ok("git_state", {}, "main: 2 files untracked", { setup: begin, files: { "a.txt": "1", "b.txt": "" } }),
  ok("git_state", {}, "main: 2 files staged, 2 files changed, 1 file untracked", {
    files: { "a.txt": "1", "b.txt": "some text in b" },
    setup: busy
  }),
  ok(
    "git_state",
    { verbose: true },
    {
      branch: "main",
      ahead: 0,
      behind: 0,
      staged: ["c.txt", "d.txt"],
      changed: ["a.txt", "d.txt"],
      untracked: ["new.txt"]
    },
    { files: { "a.txt": "1", "b.txt": "some text in b" }, setup: busy }
  ),
  ok(
    "git_state",
    { verbose: true },
    { branch: "main", ahead: 2, behind: 0, staged: [], changed: [], untracked: ["up/"] },
    { setup: ahead }
  ),
  ok("git_state", {}, "main, 2 ahead: 1 file untracked", { setup: ahead }),
  no("git_state", {}, "not a git repository"),
  ok(
    "git_history",
    {},
    { newest: ["Three", "Two: a\tb", "One"], authors: { "ada l": 1, Bob: 1, "Ada L": 1 } },
    { setup: three }
  ),
  ok(
    "git_history",
    { most: 1, author: "ada" },
    { newest: ["Three"], authors: { "ada l": 1, "Ada L": 1 } },
    { setup: three }
  ),
  ok("git_history", { author: "nobody" }, { newest: [], authors: {} }, { setup: three }),
  no("git_history", {}, "does not have any commits yet", { setup: begin })
]

/** Calls that went well before. */
export const history: ReadonlyArray<HiddenTest> = [
  ok("git_state", {}, "main: 1 file untracked", { setup: begin, files: { "x.txt": "1" } }),
  ok(
    "git_state",
    { verbose: true },
    { branch: "main", ahead: 0, behind: 0, staged: ["x.txt"], changed: [], untracked: [] },
    {
      setup: `${begin} && git add .`,
      files: { "x.txt": "1" }
    }
  ),
  ok(
    "git_history",
    { most: 2 },
    { newest: ["Second", "First"], authors: { Eve: 2 } },
    {
      setup: `${begin} && ${commit("Eve", "First")} && ${commit("Eve", "Second")}`
    }
  )
]
