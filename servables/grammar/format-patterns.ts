import { z } from 'zod'

/** Kinds of text that zod tells by a format and a pattern, and which of the two allows nothing that the other does not. */
const kinds = [
  [z.email(), 'format'],
  [z.hostname(), 'format'],
  [z.ipv4(), 'format'],
  [z.ipv6(), 'format'],
  [z.iso.date(), 'format'],
  [z.iso.datetime(), 'pattern'],
  [z.iso.datetime({ offset: true }), 'format'],
  [z.iso.duration(), 'format'],
  [z.guid(), 'format'],
  [z.uuid(), 'pattern'],
  [z.uuidv4(), 'pattern'],
  [z.uuidv6(), 'pattern'],
  [z.uuidv7(), 'pattern'],
] as const

const keyOf = (format: unknown, pattern: unknown) => `${format} ${pattern}`

const narrower: ReadonlyMap<string, 'format' | 'pattern'> = new Map(
  kinds.map(([kind, which]) => {
    const { format, pattern } = z.toJSONSchema(kind)
    return [keyOf(format, pattern), which]
  }),
)

/** Which of a format and a pattern that stand beside each other says all that both say; undefined: that isn't known. */
export const narrowerOf = (format: string, pattern: string): 'format' | 'pattern' | undefined =>
  narrower.get(keyOf(format, pattern))
