/** A body that came whole where a stream was asked for, as some gateways and proxies answer. */
import { fields } from "../wire-value.ts"

/** Its value; `undefined` for what is no JSON, and for what says that it is an error. */
export const readWhole = (body: string): unknown => {
  const value = parse(body)
  const { error } = fields(value)
  return error === undefined || error === null ? value : undefined
}

/** It broke off: half a reply must not be searched for words of refusal. */
export const isCut = (body: string): boolean => /^[{[]/.test(body) && parse(body) === undefined

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
