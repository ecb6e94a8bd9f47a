import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'

const Tokens = z.object({
  model: z.object({ vocab: z.union([z.record(z.string(), z.int()), z.array(z.tuple([z.string(), z.number()]))]) }),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
})

/**
 * Whether two models' `tokenizer.json` give the same tokens the same ids.
 *
 * @throws EngineError `bad_model` when a file is missing or has no vocabulary
 */
export async function haveSameTokens(directory: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([readTokens(directory), readTokens(other)])
  return first.size === second.size && [...first].every(([id, text]) => second.get(id) === text)
}

/** The texts of tokens by id, as the file has them. */
async function readTokens(directory: string): Promise<ReadonlyMap<number, string>> {
  const path = join(directory, 'tokenizer.json')
  try {
    const { model, added_tokens } = Tokens.parse(JSON.parse(await readFile(path, 'utf8')))
    const texts: readonly (readonly [number, string])[] = Array.isArray(model.vocab)
      ? model.vocab.map(([text], id) => [id, text])
      : Object.entries(model.vocab).map(([text, id]) => [id, text])
    return new Map([...texts, ...added_tokens.map(({ id, content }) => [id, content] as const)])
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${path} has no vocabulary that can be read: ${reason}`, { cause })
  }
}
