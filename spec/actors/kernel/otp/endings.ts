/** Whether a supervisor goes on, or has ended without blame. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Supervisor } from "../../../../actors/kernel/supervisor.ts"
import { endOf, type Worker } from "./stage.ts"

export const expectGoesOn = (supervisor: Supervisor) =>
  Effect.map(endOf(supervisor), (end) => expect(end).toBe("goes on"))

/** Ended without blame, and everybody with it. */
export const expectEnded = (supervisor: Supervisor, ...all: ReadonlyArray<Worker>) =>
  Effect.map(endOf(supervisor), (end) => {
    expect(end).toEqual({ kind: "shutdown" })
    expect(all.map((child) => child.isAlive())).toEqual(all.map(() => false))
  })

export const startAll = (supervisor: Supervisor, ...all: ReadonlyArray<Worker>) =>
  Effect.forEach(all, ({ spec }) => supervisor.startChild(spec))
