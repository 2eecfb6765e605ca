/** What is known of each key and section of the configuration: what it is for, and what a folder that nobody trusts may do with it. */
import * as z from "zod"

/**
 * What the configuration of an untrusted folder may do with a key. It may ask for less than what stands below it and
 * state preferences; whatever could loosen a limit, spend more or lead data elsewhere is ignored.
 */
export type Restriction =
  /** A preference: any value. */
  | "free"
  | "never"
  /** A number, only lower than what stands. */
  | "lower"
  /** Only `false`. */
  | "off"
  /** A list that forbids: its items are added. */
  | "more"
  /** A list that permits, empty for all: only a part of what stands. */
  | "fewer"
  /** Existing paths, each inside one that stands. */
  | "inside"
  /** Only models of registered providers, whose addresses are ours. */
  | "provider"
  /** Only a stricter permission mode. */
  | "stricter"

export interface KeyInfo {
  /** One line for people. */
  readonly about: string
  readonly untrusted: Restriction
  /** A list of rules that never disappear because another source has rules as well: items of all sources add up. */
  readonly adds?: true
}

/** What is known of each section and key, by its schema. */
export const keyInfo = z.registry<KeyInfo>()

export const key = <Schema extends z.ZodType>(
  schema: Schema,
  untrusted: Restriction,
  about: string,
  more: Pick<KeyInfo, "adds"> = {}
): Schema => {
  // A copy, since two keys may share what they hold but not what they are for.
  const copy = schema.clone()
  keyInfo.add(copy, { about, untrusted, ...more })
  return copy
}

export const section = <Shape extends z.ZodRawShape>(about: string, shape: Shape) =>
  z.strictObject(shape, { error: "a section with keys of its own" }).register(keyInfo, { about, untrusted: "free" })
