/** Names of the faults of `faulty.ts`, for whoever plans them and imports no plugin. */

/** In the order of the matrix. */
export const faults = [
  "throw",
  "stack_overflow",
  "never_settles",
  "timer_throw",
  "unhandled_rejection",
  "emitter_error",
  "infinite_loop",
  "microtask_starvation",
  "process_exit",
  "process_abort",
  "process_kill",
  "heap_exhaustion",
  "prototype_pollution",
  "patched_json_parse",
  "chdir",
  "env_write"
] as const

export type Fault = (typeof faults)[number]
