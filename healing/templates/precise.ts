/** Templates that keep what the author meant, those of the highest precision first. */
import type { Template } from "../template.ts"
import { argumentOrder } from "./argument-order.ts"
import { commonjsGlobals } from "./commonjs-globals.ts"
import { commonjsImport } from "./commonjs-import.ts"
import { earlyUse } from "./early-use.ts"
import { erasableSyntax } from "./erasable-syntax.ts"
import { floatingPromise } from "./floating-promise.ts"
import { frozenWrite } from "./frozen-write.ts"
import { importAttribute } from "./import-attribute.ts"
import { jsonText } from "./json-text.ts"
import { lostField } from "./lost-field.ts"
import { missingAwait } from "./missing-await.ts"
import { missingExport } from "./missing-export.ts"
import { missingNew } from "./missing-new.ts"
import { missingReturn } from "./missing-return.ts"
import { nearName } from "./near-name.ts"
import { reassignedConst } from "./reassigned-const.ts"
import { removedNodeApi } from "./removed-node-api.ts"
import { requireAsync } from "./require-async.ts"
import { specifier } from "./specifier.ts"

export const precise: ReadonlyArray<Template> = [
  specifier,
  missingExport,
  commonjsImport,
  importAttribute,
  erasableSyntax,
  commonjsGlobals,
  requireAsync,
  reassignedConst,
  frozenWrite,
  missingNew,
  removedNodeApi,
  lostField,
  missingAwait,
  floatingPromise,
  missingReturn,
  nearName,
  argumentOrder,
  jsonText,
  earlyUse
]
