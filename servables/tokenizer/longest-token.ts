import { z } from 'zod'
import { byteLetters } from './byte-level.ts'

const Part = z.looseObject({ type: z.string() })
const Parts = z.union([
  Part.extend({ type: z.literal('Sequence'), normalizers: z.array(Part) }).transform(({ normalizers }) => normalizers),
  Part.extend({ type: z.literal('Sequence'), pretokenizers: z.array(Part) }).transform(({ pretokenizers }) => pretokenizers),
  Part.transform((part) => [part]),
  z.null().transform(() => []),
])

const BytePairFile = z.object({
  normalizer: Parts.default([]),
  pre_tokenizer: Parts.default([]),
  model: z.object({ type: z.literal('BPE'), vocab: z.record(z.string(), z.int()), byte_fallback: z.boolean().default(false) }),
  added_tokens: z.array(z.object({ content: z.string(), lstrip: z.literal(false), rstrip: z.literal(false) })).default([]),
})

type Part = z.infer<typeof Part>

/** Unicode's composition makes one character of four at most (U+1F82 is the longest). */
const composed = 4

/**
 * The most characters (UTF-16 units) of a text that one token of a tokenizer.json stands for, so that a text of n characters has
 * at least n / longestToken tokens. Undefined where any number may become one token or none: where a part of the tokenizer drops
 * characters, added tokens take spaces with them, or characters outside the vocabulary are dropped or become one.
 */
export function longestToken(file: unknown): number | undefined {
  const parsed = BytePairFile.safeParse(file)
  if (!parsed.success) return undefined
  const { normalizer, pre_tokenizer, model, added_tokens } = parsed.data
  if (!normalizer.every(keepsLength) || !pre_tokenizer.every(keepsAll)) return undefined
  const letters = pre_tokenizer.some(({ type }) => type === 'ByteLevel') ? byteLetters : fallbackTokens
  if (letters === fallbackTokens && !model.byte_fallback) return undefined
  if (!letters.every((letter) => Object.hasOwn(model.vocab, letter))) return undefined
  const longest = [...Object.keys(model.vocab), ...added_tokens.map(({ content }) => content)].reduce(
    (most, { length }) => Math.max(most, length),
    1,
  )
  return longest * (normalizer.some(({ type }) => composes(type)) ? composed : 1)
}

const fallbackTokens = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)

const composes = (type: string) => /^NFK?[CD]$/.test(type)

const Replace = z.looseObject({ pattern: z.object({ String: z.string() }), content: z.string() })

function keepsLength(part: Part): boolean {
  if (part.type !== 'Replace') return part.type === 'Prepend' || composes(part.type)
  const { success, data } = Replace.safeParse(part)
  return success && data.content.length >= data.pattern.String.length
}

function keepsAll({ type, behavior }: Part): boolean {
  if (type === 'Split' || type === 'Punctuation') return behavior !== 'Removed'
  return ['ByteLevel', 'Metaspace', 'Digits'].includes(type)
}
