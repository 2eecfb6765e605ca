/** Commands of a played call: none is run. They answer what the tape or the example says. */
import { type Exec, type ExecResult, type JobView, PortError } from "../../../plugins/ports.ts"
import { plain, thrownOf } from "../uses.ts"
import { nameOf, type Player } from "./player.ts"

export const playedExec = (one: Player): Exec => {
  const jobs = new Map<string, JobView>()

  const resultOf = (command: string): ExecResult | undefined => {
    const said = one.world.commands?.[command]
    return said === undefined ? undefined : finished(said.code, said.output)
  }

  /** @throws PortError */
  const unknown = (port: string, command: string): never => {
    const message = `nothing is known of what ${JSON.stringify(command)} would say: no command runs here`
    one.beyond.push(nameOf(port, command))
    one.effects.push({ port, args: [command], error: { kind: "execution_error", message } })
    throw new PortError("execution_error", message)
  }

  const jobOf = (id: string): JobView => {
    const job = jobs.get(id)
    if (job === undefined) throw new PortError("not_found", `there is no job ${id}`)
    return job
  }

  return {
    run: async (command, { cwd, onOutput } = {}) => {
      const args = [command, cwd === undefined ? {} : { cwd }]
      const taped = one.next("exec.run", args)
      if (taped?.error !== undefined) {
        one.effects.push({ port: "exec.run", args, error: taped.error })
        throw thrownOf(taped.error)
      }
      // The cast is the boundary: it is what `run` once gave.
      const result = (taped?.value as ExecResult | undefined) ?? resultOf(command) ?? unknown("exec.run", command)
      one.effects.push({ port: "exec.run", args, value: plain(result) })
      if (result.output !== "") onOutput?.(result.output)
      return result
    },
    start: (command) => {
      const result = resultOf(command) ?? unknown("exec.start", command)
      const job: JobView = { ...result, id: `job${jobs.size + 1}`, command, state: "exited", elapsed: 0 }
      jobs.set(job.id, job)
      one.effects.push({ port: "exec.start", args: [command], value: plain(job) })
      return { ...job, code: undefined, state: "running", output: "", length: 0 }
    },
    jobs: () => [...jobs.values()],
    look: async (id) => {
      const job = jobOf(id)
      // What came since the last look, and that is all of it, once.
      jobs.set(id, { ...job, output: "" })
      return job
    },
    stop: async (id) => {
      const job = jobOf(id)
      one.effects.push({ port: "exec.stop", args: [id], value: plain(job) })
      return job
    },
    close: async () => {}
  }
}

const finished = (code: number, output: string): ExecResult => ({
  code,
  signal: undefined,
  output,
  length: output.length,
  file: undefined,
  timedOut: false
})
