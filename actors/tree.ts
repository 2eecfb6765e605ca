/**
 * The runtime's own tree: plugins, which are quarantined when they break too often; MCP servers, which are tried again for ever;
 * and agents, which go on.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { HostOptions, Hosts } from "./hosts/host.ts"
import { hosts as openHosts } from "./hosts/open-host.ts"
import type { ChildView } from "./kernel/child.ts"
import { Ledger, RootLedger } from "./kernel/ledger.ts"
import {
  observer,
  startSupervisor,
  type SupervisionEvent,
  type Supervisor,
  supervisorChild,
  type SupervisorSpec
} from "./kernel/supervisor.ts"

export interface Tree {
  readonly plugins: Supervisor
  readonly agents: Supervisor
  /** Repairs go on whatever happens to the plugin that they are for. */
  readonly healers: Supervisor
  /** MCP servers; absent when none is configured. */
  readonly mcp: Supervisor | undefined
  /** The places where plugins run; they end after the plugins. */
  readonly hosts: Hosts
  readonly ledger: Ledger
  readonly view: () => ReadonlyArray<ChildView>
  /** Stops the agents, then the servers, then the plugins, newest first, each in its time. */
  readonly close: () => Promise<void>
}

/**
 * A server that fails is begun anew without end: at once, and then after random times that grow up to 30 s, until it has lived for a
 * minute. A budget would only hide it.
 */
const servers: SupervisorSpec = {
  id: "mcp",
  strategy: "dynamic",
  exceeded: "quarantine",
  budget: { max: 1_000_000, seconds: 60 },
  backoff: { base: 500, cap: 30_000, quiet: 60_000 }
}

/** @param hasServers Whether MCP servers are configured. */
export const plantTree = async (
  hosting: HostOptions,
  observe: (event: SupervisionEvent) => void,
  hasServers = false
): Promise<Tree> => {
  const ledger = new Ledger()
  const scope = Scope.makeUnsafe()
  const services = Context.make(RootLedger, ledger).pipe(Context.add(observer, observe))
  const growing = Effect.gen(function* () {
    const hosts = yield* openHosts(hosting)
    const root = yield* startSupervisor({ id: "runtime" })
    // What ends for good in the first has used up a budget of its own.
    const plugins = yield* branch(root, { id: "plugins", exceeded: "quarantine", budget: { max: 0, seconds: 1 } })
    const mcp = hasServers ? yield* serversBranch(root) : undefined
    const agents = yield* branch(root, { id: "agents", strategy: "dynamic", exceeded: "quarantine" })
    const healers = yield* branch(root, { id: "healers", strategy: "dynamic", exceeded: "quarantine" })
    return { hosts, root, plugins, mcp, agents, healers }
  })
  const { hosts, root, plugins, mcp, agents, healers } = await Effect.runPromiseWith(
    Context.add(services, Scope.Scope, scope)
  )(growing)
  return {
    plugins,
    mcp,
    agents,
    healers,
    hosts,
    ledger,
    view: root.children,
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** Where MCP servers live. */
export const serversBranch = (root: Supervisor) => branch(root, servers)

/** A supervisor that outlives whatever its children do. */
const branch = (root: Supervisor, spec: SupervisorSpec) =>
  Effect.gen(function* () {
    const opened = yield* Deferred.make<Supervisor>()
    yield* root.startChild(
      supervisorChild(spec, {}, (supervisor) => Deferred.doneUnsafe(opened, Effect.succeed(supervisor)))
    )
    return yield* Deferred.await(opened)
  })
