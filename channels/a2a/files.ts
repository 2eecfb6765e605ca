/** The bytes of artifacts, put in where somebody takes them: small ones in place, large ones by their address. */
import type { Artifact, StreamResponse, Task } from "@a2a-js/sdk"
import type { TaskStore } from "./store.ts"

/** Bytes that go in place: readers of streams take events of some megabytes at most, and base64 adds a third. */
export const inPlace = 1024 * 1024

export interface Filled {
  readonly task: (task: Task) => Task
  readonly event: (event: StreamResponse) => StreamResponse
}

export const filesPath = "/a2a/files"

/** @param origin Where this server is reached: `http://127.0.0.1:18800`. */
export const filled = (store: Pick<TaskStore, "file">, origin: string): Filled => {
  const artifact = (task: string, one: Artifact): Artifact => ({
    ...one,
    parts: one.parts.map((part) => {
      if (part.content !== undefined) return part
      const bytes = store.file(task, one.artifactId)
      const content =
        bytes === undefined
          ? ({ $case: "text", value: `[${part.filename} is not kept any more]` } as const)
          : bytes.length <= inPlace
            ? ({ $case: "raw", value: Buffer.from(bytes) } as const)
            : ({ $case: "url", value: `${origin}${filesPath}/${task}/${encodeURIComponent(one.artifactId)}` } as const)
      return { ...part, content }
    })
  })
  const task: Filled["task"] = (one) => ({ ...one, artifacts: one.artifacts.map((made) => artifact(one.id, made)) })
  return {
    task,
    event: ({ payload }) => {
      if (payload?.$case === "task") return { payload: { ...payload, value: task(payload.value) } }
      if (payload?.$case !== "artifactUpdate" || payload.value.artifact === undefined) return { payload }
      const { value } = payload
      return { payload: { ...payload, value: { ...value, artifact: artifact(value.taskId, value.artifact ?? empty) } } }
    }
  }
}

const empty: Artifact = { artifactId: "", name: "", description: "", parts: [], metadata: undefined, extensions: [] }
