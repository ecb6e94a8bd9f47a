import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { fallbackPiece } from './byte-fallback.ts'
import { bytePiece } from './byte-level.ts'
import { partsOf } from './decoders.ts'

const VocabularyFile = z.object({
  decoder: z.unknown(),
  model: z.object({ vocab: z.union([z.record(z.string(), z.int()), z.array(z.tuple([z.string(), z.number()]))]) }),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string(), special: z.boolean() })).default([]),
})

const Replace = z.object({ type: z.literal('Replace'), pattern: z.object({ String: z.string() }), content: z.string() })
const Metaspace = z.object({ type: z.literal('Metaspace'), replacement: z.string().default('▁') })

const utf8 = new TextEncoder()
const nothing = new Uint8Array(0)

/**
 * The bytes that each token adds to a text, by id, from a model's `tokenizer.json`: what a grammar has to know of a vocabulary.
 * Special tokens and ids that nothing has add none.
 *
 * @param shown special tokens that are text all the same, as those by which calls are read
 * @returns undefined when the bytes of a token depend on its neighbours, as in WordPiece
 * @throws EngineError `bad_model` when the file is missing or has no vocabulary
 */
export async function readTokenBytes(
  directory: string,
  shown: readonly string[] = [],
): Promise<readonly Uint8Array[] | undefined> {
  const path = join(directory, 'tokenizer.json')
  try {
    const { decoder, model, added_tokens } = VocabularyFile.parse(JSON.parse(await readFile(path, 'utf8')))
    const spell = spelling(decoder)
    if (spell === undefined) return undefined
    const texts: [number, string][] = Array.isArray(model.vocab)
      ? model.vocab.map(([text], id) => [id, text])
      : Object.entries(model.vocab).map(([text, id]) => [id, text])
    const length = Math.max(
      0,
      ...added_tokens.map(({ id }) => id + 1),
      texts.reduce((most, [id]) => Math.max(most, id + 1), 0),
    )
    const pieces = new Array<Uint8Array>(length).fill(nothing)
    for (const [id, text] of texts) pieces[id] = spell(text)
    for (const { id, content, special } of added_tokens) {
      if (special) pieces[id] = shown.includes(content) ? utf8.encode(content) : nothing
      else pieces[id] = spell(content)
    }
    return pieces
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${path} has no vocabulary that can be read: ${reason}`, { cause })
  }
}

/** How a decoder section turns a token's text into bytes, whatever stands around it; but for what it strips at the beginning. */
function spelling(decoder: unknown): ((text: string) => Uint8Array) | undefined {
  const parts = partsOf(decoder)
  const types = parts.map((part) => part.type).join(' ')
  if (types === 'ByteLevel') return (text) => bytePiece(text).bytes
  if (types === 'Metaspace') {
    const { replacement } = Metaspace.parse(parts[0])
    return (text) => utf8.encode(text.replaceAll(replacement, ' '))
  }
  if (!/^(Replace )*ByteFallback Fuse( Strip)?$/.test(types)) return undefined
  const replacements = parts.filter((part) => part.type === 'Replace').map((part) => Replace.safeParse(part))
  if (!replacements.every((parsed) => parsed.success)) return undefined
  return (text) => {
    const replaced = replacements.reduce((left, { data }) => left.replaceAll(data!.pattern.String, () => data!.content), text)
    const piece = fallbackPiece(replaced)
    return typeof piece === 'number' ? Uint8Array.of(piece) : utf8.encode(piece)
  }
}
