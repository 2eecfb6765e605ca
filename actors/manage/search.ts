/** Plugins that the registry knows, asked by npm: it knows where the registry is, and who may see what. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as z from "zod"
import { jsonOf } from "../../healing/install/npm-problem.ts"
import { NotManaged } from "./not-managed.ts"
import { type NpmOptions, userNpm } from "./npm.ts"

export interface FoundPackage {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Day of that version, as the registry says it. */
  readonly date?: string
}

/** Of packages that are plugins, one says so by this word. */
export const keyword = "kintsugi-plugin"

const Results = z.array(
  z.looseObject({
    name: z.string(),
    version: z.string().catch(""),
    description: z.string().catch(""),
    date: z.string().optional().catch(undefined),
    keywords: z.array(z.string()).optional().catch(undefined)
  })
)

/** Those that the registry thinks nearest to the text first; fails when it cannot be asked, or cannot search. */
export const searchPlugins = (
  text: string,
  options: NpmOptions
): Effect.Effect<ReadonlyArray<FoundPackage>, NotManaged> =>
  Effect.acquireUseRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "kintsugi-search-"))),
    (folder) =>
      userNpm(
        folder,
        options
      )(["search", "--searchlimit=50", `keywords:${keyword}`, ...text.split(/\s+/)]).pipe(
        Effect.flatMap((stdout) => {
          const results = Results.safeParse(jsonOf(stdout))
          return results.success ? Effect.succeed(results.data.filter(isPlugin).map(told)) : Effect.fail(noSearch)
        }),
        // What a registry answers that cannot search, npm takes in many ways.
        Effect.mapError((failed) =>
          /cannot be reached|login|could not be run/.test(failed.message) ? failed : noSearch
        )
      ),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  )

const noSearch = new NotManaged({
  message:
    "the registry that npm is set to (npm config get registry) cannot search; a package whose name is known can be installed all the same"
})

/** Some registries search for the words only. */
const isPlugin = ({ keywords }: z.infer<typeof Results>[number]): boolean => keywords?.includes(keyword) ?? true

const told = ({ name, version, description, date }: z.infer<typeof Results>[number]): FoundPackage => ({
  name,
  version,
  description,
  ...(date === undefined ? {} : { date: date.slice(0, 10) })
})
