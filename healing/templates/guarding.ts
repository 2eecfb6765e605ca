/** The templates that guard, convert or refuse: what is likeliest to keep the author's meaning first, an honest no last. */
import type { Template } from "../template.ts"
import { bigintMix } from "./bigint-mix.ts"
import { defaultInput } from "./default-input.ts"
import { emptyExample } from "./empty-example.ts"
import { encoding } from "./encoding.ts"
import { filePath } from "./file-path.ts"
import { guardCondition } from "./guard-condition.ts"
import { guardStatement } from "./guard-statement.ts"
import { initContainer } from "./init-container.ts"
import { jsonValue } from "./json-value.ts"
import { limits } from "./limits.ts"
import { loopBound } from "./loop-bound.ts"
import { nodeArgument } from "./node-argument.ts"
import { notIterable } from "./not-iterable.ts"
import { optionalChain } from "./optional-chain.ts"
import { outOfRange } from "./out-of-range.ts"
import { recursion } from "./recursion.ts"
import { retry } from "./retry.ts"
import { smallEdits } from "./small-edit.ts"
import { typedFailure } from "./typed-failure.ts"

export const guarding: ReadonlyArray<Template> = [
  emptyExample,
  loopBound,
  initContainer,
  defaultInput,
  guardCondition,
  guardStatement,
  optionalChain,
  notIterable,
  jsonValue,
  bigintMix,
  nodeArgument,
  encoding,
  filePath,
  retry,
  outOfRange,
  limits,
  recursion,
  ...smallEdits,
  typedFailure
]
