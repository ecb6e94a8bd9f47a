import { join } from 'node:path'
import {
  type GrammarService,
  type GrammarSpec,
  isAllowed,
  layOut,
  type Mask,
  type Vocabulary,
} from '../../../servables/grammar/index.ts'
import { readTokenBytes } from '../../../servables/tokenizer/index.ts'

const root = join(import.meta.dirname, '../../..')

/** Models whose tokenizers the specs walk with: their directory, logits and end tokens. */
export const models = {
  'tiny-llama': { directory: join(root, 'spec/fixtures/models/tiny-llama'), size: 512, stopTokens: [2, 0] },
  'demo-chat': { directory: join(root, 'models/demo-chat'), size: 3072, stopTokens: [2, 0] },
}

export async function vocabularyOf(model: keyof typeof models): Promise<Vocabulary> {
  const { directory, size, stopTokens } = models[model]
  return layOut((await readTokenBytes(directory)) ?? [], size, stopTokens)
}

/** Every byte is a token of its own: byte b is token b + 2; token 1 ends. */
export const byteVocabulary: Vocabulary = layOut(
  [new Uint8Array(0), new Uint8Array(0), ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))],
  300,
  [1],
)

export const byteTokens = (text: string): readonly number[] => [...Buffer.from(text)].map((byte) => byte + 2)

/** What is allowed next, over `byteVocabulary`: characters in order, `END` for the end token. */
export function nextBytes(mask: Mask | undefined): string {
  if (mask === undefined) return 'unsettled'
  const allowed = Array.from({ length: 300 }, (_, token) => token).filter((token) => isAllowed(mask, token))
  return allowed.map((token) => (token === 1 ? 'END' : String.fromCharCode(token - 2))).join('')
}

/** One walk: the tokens up to the end token, and whether it came. */
export interface Walk {
  readonly tokens: readonly number[]
  readonly bytes: Buffer
  readonly ended: boolean
}

/** Uniform draws from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const closing = new Set([...Buffer.from('"}]),:')])

/**
 * Takes any allowed token, again and again. Tokens that close something are taken more often, or strings would hardly end.
 *
 * @param at sees every place of the way: the bytes so far, and whether the end was allowed there
 */
export async function walk(
  service: GrammarService,
  vocabulary: Vocabulary,
  spec: GrammarSpec,
  seed: number,
  at: (bytes: Buffer, mayEnd: boolean) => void = () => {},
): Promise<Walk> {
  const draw = random(seed)
  const matcher = await service.open(spec)
  const tokens: number[] = []
  let bytes = Buffer.alloc(0)
  const bytesOf = (token: number) =>
    vocabulary.bytes.subarray(token === 0 ? 0 : vocabulary.ends[token - 1], vocabulary.ends[token])
  try {
    for (;;) {
      await matcher.settled()
      const mask = matcher.masks[0]
      if (mask === undefined) throw new Error('no mask')
      const ends = vocabulary.stopTokens.filter((token) => isAllowed(mask, token))
      const others: number[] = []
      for (let token = 0; token < vocabulary.size; token++) {
        if (isAllowed(mask, token) && !vocabulary.stopTokens.includes(token)) others.push(token)
      }
      at(bytes, ends.length > 0)
      if (tokens.length === 300) return { tokens, bytes, ended: false }
      const finish = ends.length > 0 && (others.length === 0 || draw() < 0.4)
      const short = others.filter((token) => closing.has(bytesOf(token)[0] ?? 0))
      const from = finish ? ends : short.length > 0 && draw() < 0.5 ? short : others
      const token = from[Math.floor(draw() * from.length)]
      if (token === undefined) throw new Error(`nothing is allowed after ${JSON.stringify(bytes.toString())}`)
      matcher.accept(token)
      if (finish) {
        await matcher.settled()
        return { tokens, bytes, ended: matcher.ended }
      }
      tokens.push(token)
      bytes = Buffer.concat([bytes, bytesOf(token)])
    }
  } finally {
    matcher.close()
  }
}
