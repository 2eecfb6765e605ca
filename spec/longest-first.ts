/**
 * Files in an order that ends soonest. What vitest goes by is the size of a file where it has never run, and else a time
 * without what is done before its first spec: the longest would often come last, and one worker would wait for it.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Seconds on two cores that have nothing else to do; only the order counts, and only of those that take many. */
const known: ReadonlyArray<readonly [file: string, seconds: number]> = [
  ["chaos/chaos.process", 30],
  // It builds the package, and the next that needs it should find it built.
  ["embedding", 29],
  ["check", 19],
  ["healing/install/install.process", 19],
  ["channels/cli/plugin-install", 17],
  ["package", 16],
  ["channels/web/console.process", 16],
  ["actors/hosts/containment.process", 15],
  ["actors/hosts/containment-excesses.process", 15],
  ["channels/terminal/tmux", 14],
  ["actors/healing/healer.process", 13],
  ["healing/corpus.process", 13],
  ["chaos/plugins.process", 12],
  ["channels/web/views.process", 12],
  ["healing/gate.process", 11],
  ["channels/cli/run", 11],
  ["channels/plugin-road", 10],
  ["actors/hosts/host.process", 9],
  ["chaos/kernel", 8],
  ["channels/websocket/attacks", 8],
  ["channels/cli/top", 8],
  ["actors/hosts/overlay.process", 8],
  ["actors/healing/ledger.process", 8],
  ["actors/healing/watch.process", 7],
  ["actors/plugin.process", 7],
  ["chaos/wire/wire.process", 7],
  ["chaos/night/night.process", 7]
]

const secondsOf = ({ moduleId }: TestSpecification): number =>
  known.find(([file]) => moduleId.endsWith(`/spec/${file}.spec.ts`))?.[1] ?? 0

export class LongestFirst extends BaseSequencer {
  /** Projects stay together: to change from one to another ends a worker. */
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest's, and gives another list
    const usual = await super.sort(files)
    return [...Map.groupBy(usual, ({ project }) => project.name).values()].flatMap((group) =>
      group.toSorted((one, other) => secondsOf(other) - secondsOf(one))
    )
  }
}
