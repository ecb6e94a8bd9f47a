import { z } from 'zod'
import type { ServableKind } from '../../servables/index.ts'

/** What a kind's JSON Schema says of one of its options. */
export interface OptionProperty {
  readonly type?: string
  readonly description?: string
}

/** A kind's options by name. */
export function optionProperties(kind: ServableKind): Readonly<Record<string, OptionProperty>> {
  const schema = z.toJSONSchema(kind.options, { io: 'input', unrepresentable: 'any' })
  return (schema.properties ?? {}) as Readonly<Record<string, OptionProperty>>
}

/** Those of the flags' options that a kind knows; another kind may know the rest. */
export function optionsFor(
  kind: ServableKind,
  flags: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  const known = optionProperties(kind)
  return Object.fromEntries(Object.entries(flags ?? {}).filter(([name]) => Object.hasOwn(known, name)))
}
