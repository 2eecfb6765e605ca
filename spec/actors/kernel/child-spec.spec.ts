/** Wrong specs: each is refused with the field and what was expected. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { states } from "./puppet.ts"

describe("a wrong spec is refused, and everything goes on", () => {
  const life = Effect.succeed(Effect.never)
  it.effect.each<readonly [unknown, string]>([
    [null, "a child spec must be an object with id and start, not null"],
    [{ start: life }, "child undefined: id must be 1 to 128 letters, digits or ._:#@-, not undefined"],
    [{ id: "a b", start: life }, 'child "a b": id must be 1 to 128 letters, digits or ._:#@-, not "a b"'],
    [{ id: "a", start: () => 1 }, 'child "a": start must be an Effect, not a function'],
    [
      { id: "a", start: life, restart: "always" },
      'child "a": restart must be one of permanent, transient, temporary, not "always"'
    ],
    [
      { id: "a", start: life, shutdown: -1 },
      'child "a": shutdown must be milliseconds (0 or more), kill or infinity, not -1'
    ],
    [
      { id: "a", start: life, startWithin: 0 },
      'child "a": startWithin must be milliseconds (more than 0) or infinity, not 0'
    ],
    [
      { id: "a", start: life, kind: "thing" },
      'child "a": kind must be one of worker, supervisor, runtime, plugin, host, tool, lane, healer, agent, server, not "thing"'
    ],
    [{ id: "a", start: life, onEnd: true }, 'child "a": onEnd must be a function, not true'],
    [
      { id: "a", start: life, significant: true },
      'child "a": a significant child must be transient or temporary; a permanent one never ends by itself'
    ],
    [
      { id: "a", start: life, restart: "temporary", significant: true },
      'child "a": significant needs a supervisor with autoShutdown any_significant or all_significant'
    ]
  ])("%#", ([spec, message]) =>
    Effect.gen(function* () {
      const supervisor = yield* startSupervisor({ id: "s", children: [{ id: "x", start: life }] })
      const refused = yield* Effect.flip(supervisor.startChild(spec as never))
      expect(refused).toMatchObject({ _tag: "Refused", kind: "bad_spec", message })
      expect(states(supervisor.children())).toEqual(["x running"])
      const inList = yield* Effect.flip(startSupervisor({ id: "t", children: [spec as never] }))
      expect(inList.message).toBe(`supervisor "t": ${message}`)
    })
  )

  it.effect.each<readonly [unknown, string]>([
    [undefined, "a supervisor spec must be an object with an id, not undefined"],
    [{ id: "" }, 'supervisor "": id must be 1 to 128 letters, digits or ._:#@-, not ""'],
    [
      { id: "s", strategy: "some" },
      'supervisor "s": strategy must be one of one_for_one, one_for_all, rest_for_one, dynamic, not "some"'
    ],
    [
      { id: "s", budget: { max: 1.5, seconds: 1 } },
      'supervisor "s": budget must be { max: a whole number, 0 or more; seconds: more than 0 }, not an object'
    ],
    [
      { id: "s", backoff: { base: -1 } },
      'supervisor "s": backoff must be { base?, cap?, quiet? } in milliseconds, 0 or more, not an object'
    ],
    [{ id: "s", children: {} }, 'supervisor "s": children must be a list of child specs, not an object'],
    [
      { id: "s", strategy: "dynamic", children: [{ id: "a", start: life }] },
      'supervisor "s": children must be left out with strategy dynamic; add them with startChild'
    ],
    [
      { id: "s", strategy: "dynamic", autoShutdown: "any_significant" },
      'supervisor "s": autoShutdown must be never with strategy dynamic'
    ],
    [
      { id: "s", children: ["a", "b", "a"].map((id) => ({ id, start: life })) },
      'supervisor "s": children must have an id each; "a" stands twice'
    ]
  ])("supervisor %#", ([spec, message]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(startSupervisor(spec as never))
      expect(refused).toMatchObject({ kind: "bad_spec", message })
    })
  )

  it.effect("a question about nobody says who is there", () =>
    Effect.gen(function* () {
      const supervisor = yield* startSupervisor({ id: "s", children: ["a", "b"].map((id) => ({ id, start: life })) })
      const { message } = yield* Effect.flip(supervisor.stopChild("c"))
      expect(message).toBe('supervisor s has no child "c": it has a, b')
    })
  )
})
