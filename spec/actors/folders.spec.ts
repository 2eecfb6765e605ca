import { homedir } from "node:os"
import { describe, expect, it } from "vitest"
import { expandHome, folders, homeOf, journalFile, projectConfigFile, userConfigFile } from "../../actors/folders.ts"

describe("folders", () => {
  it("are the XDG ones", () => {
    expect(folders({ env: {}, home: "/home/a" })).toEqual({
      config: "/home/a/.config/kintsugi",
      data: "/home/a/.local/share/kintsugi",
      state: "/home/a/.local/state/kintsugi",
      cache: "/home/a/.cache/kintsugi"
    })
    const env = { XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "/k" }
    expect(folders({ env, home: "/home/a" })).toEqual({
      config: "/c/kintsugi",
      data: "/d/kintsugi",
      state: "/s/kintsugi",
      cache: "/k/kintsugi"
    })
  })

  it.each(["", "relative", "./x", "~/x"])("ignore a variable that is not absolute: %j", (value) => {
    expect(folders({ env: { XDG_DATA_HOME: value }, home: "/home/a" }).data).toBe("/home/a/.local/share/kintsugi")
  })

  it("hold the files by their names", () => {
    const place = { env: { XDG_CONFIG_HOME: "/c" }, home: "/home/a" }
    expect([userConfigFile(place), journalFile(place), projectConfigFile("/project")]).toEqual([
      "/c/kintsugi/config.yaml",
      "/home/a/.local/share/kintsugi/sessions.db",
      "/project/.kintsugi/config.yaml"
    ])
  })
})

it("takes HOME when it is absolute, else what the system says", () => {
  expect(homeOf({ HOME: "/home/a" })).toBe("/home/a")
  for (const env of [{}, { HOME: "" }, { HOME: "here" }]) expect(homeOf(env)).toBe(homedir())
})

it("expands ~ at the beginning of a path and nowhere else", () => {
  const paths = ["~", "~/x", "~user/x", "a/~/b", "./~", ""]
  expect(paths.map((path) => expandHome(path, "/home/a"))).toEqual([
    "/home/a",
    "/home/a/x",
    "~user/x",
    "a/~/b",
    "./~",
    ""
  ])
})
