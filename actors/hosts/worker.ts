/**
 * A place in a thread of this process: lighter than a child, for plugins that the user trusts.
 *
 * Contained: its errors, its endless loops, `process.exit`, what it does to its own global objects. Not contained: a heap
 * that fills faster than V8 can end the thread, memory outside the heap, a native crash, `process.kill` of this very
 * process; and it may read, write and start whatever we may. The length of a message is known only after it has arrived.
 */
import { MessageChannel, Worker } from "node:worker_threads"
import { entry } from "./entry-files.ts"
import type { FaultKind } from "./host.ts"
import { placeOutput } from "./output.ts"
import { placeEnvironment } from "./place-environment.ts"
import type { Listener, Transport, TransportOptions, Waited } from "./transport.ts"

/** MiB: of the heap's young generation, and of the stack. */
const small = { maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

export const startWorker = ({ limits }: TransportOptions): Transport => {
  const worker = new Worker(entry, {
    env: placeEnvironment(process.env),
    execArgv: ["--disable-warning=ExperimentalWarning", "--frozen-intrinsics"],
    resourceLimits: { maxOldGenerationSizeMb: limits.heap, ...small },
    stdout: true,
    stderr: true
  })
  let listener: Listener | undefined
  const excess = (what: string) => listener?.fault("output", `${what}, and was killed`)
  const output = placeOutput(
    limits.output,
    (line) => listener?.wrote(line),
    () => excess(`wrote more than ${64 * limits.output} bytes to its output`)
  )
  worker.stdout.on("data", output.push)
  worker.stderr.on("data", output.push)

  const { port1, port2 } = new MessageChannel()
  const flag = new Int32Array(new SharedArrayBuffer(4))
  worker.postMessage({ port: port2, flag } satisfies Waited, [port2])
  port1.unref()

  worker.on("message", (line: unknown) => {
    if (typeof line !== "string") listener?.line("")
    else if (line.length > limits.message) excess(`sent a message of more than ${limits.message} bytes`)
    else listener?.line(line)
  })
  worker.on("messageerror", () => listener?.line(""))
  const gone = new Promise<void>((resolve) => {
    worker.on("error", (error) => {
      const { kind, text } = ofError(error, limits.heap)
      listener?.fault(kind, text)
    })
    worker.on("exit", (code) => {
      port1.close()
      listener?.fault("exited", `ended its own thread with exit code ${code}`)
      resolve()
    })
  })

  return {
    place: "worker",
    pid: undefined,
    send: worker.postMessage.bind(worker),
    answer: (line) => {
      port1.postMessage(line)
      Atomics.store(flag, 0, 1)
      Atomics.notify(flag, 0)
    },
    listen: (next) => {
      listener = next
    },
    kill: () => void worker.terminate(),
    gone,
    resident: () => undefined
  }
}

const ofError = (error: unknown, heap: number): { readonly kind: FaultKind; readonly text: string } => {
  const isError = error instanceof Error
  if (isError && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY")
    return { kind: "heap", text: `filled its heap of ${heap} MiB` }
  return { kind: "uncaught", text: `left an error that nobody caught: ${isError ? error.message : String(error)}` }
}
