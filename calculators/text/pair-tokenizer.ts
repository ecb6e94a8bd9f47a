import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import type { Encoder as ModelEncoder, Tokenizer as ModelTokenizer } from '../../servables/index.ts'
import { Encoder, Owners, PairedTexts, Tokenizer, Tokens } from '../packets.ts'
import { aFewAtATime } from './a-few-at-a-time.ts'
import { templatedPieces } from './templated-pieces.ts'

/** Characters of all texts of a request: tokenizing a million takes a thread for half a second. */
const mostCharacters = 4 * 1024 * 1024

/**
 * Turns pairs of texts, as a query and a document, into what a cross-encoder reads: both in one, in as many overlapping pieces of
 * the second as the model's length makes necessary. Beside the ids their types, and which pair each is a piece of; all at the
 * packet's time. A first text longer than half of the model's length is cut, as OVMS does it. Models that were made of language
 * models read pairs in a form of their own, which may have an instruction; of others one throws `unsupported_parameter`. More
 * pieces than the model's `max_allowed_chunks`, or four million characters, throw `invalid_value`.
 *
 * @example
 * - calculator: PairTokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer, ENCODER: encoder }
 *   input_stream:  { PAIRS: pairs }
 *   output_stream: { TOKENS: tokens, TYPE_IDS: types, OWNERS: owners }
 *   options: { overlap: 32 }
 */
export const PairTokenizerCalculator = calculator(
  {
    inputs: { PAIRS: PairedTexts },
    outputs: { TOKENS: Tokens, TYPE_IDS: Tokens, OWNERS: Owners },
    sides: { TOKENIZER: Tokenizer, ENCODER: Encoder },
    options: z.strictObject({
      overlap: z.int().min(0).default(32).describe('Tokens that two pieces of a document share.'),
    }),
  },
  ({ outputs, sides: { TOKENIZER, ENCODER }, options: { overlap } }) => ({
    async process({ PAIRS }) {
      const { pairs, maxTokens, maxChunks, maxLength = ENCODER.maxLength, instruction } = PAIRS.value
      checkChunks(pairs.length, 'before', ENCODER.maxChunks)
      checkCharacters(pairs)
      // One more than may be, so that it shows.
      const maxPieces = maxChunks ?? ENCODER.maxChunks + 1
      const form = { maxLength: Math.min(maxLength, ENCODER.maxLength), overlap, maxTokens, maxPieces, instruction }
      const encode = pairEncoder(TOKENIZER, ENCODER, form)
      const pieces = await aFewAtATime(pairs, ([first, second]) => encode(first, second))
      const all = pieces.flat()
      checkChunks(all.length, 'after', ENCODER.maxChunks)
      outputs.TOKENS.send(all.map(({ ids }) => ids))
      outputs.TYPE_IDS.send(all.map(({ typeIds }) => typeIds))
      outputs.OWNERS.send(pieces.flatMap((each, document) => each.map(() => document)))
    },
  }),
)

/** How the model's pairs are written and cut. */
function pairEncoder(
  tokenizer: ModelTokenizer,
  { name, pairTemplate }: ModelEncoder,
  form: Parameters<ModelTokenizer['pairEncoder']>[0] & { readonly instruction: string | undefined },
): ReturnType<ModelTokenizer['pairEncoder']> {
  if (pairTemplate) return templatedPieces(tokenizer, pairTemplate, form)
  if (form.instruction === undefined) return tokenizer.pairEncoder(form)
  throw new EngineError('unsupported_parameter', `The model ${name} takes no instruction; leave it out.`, {
    param: 'instruction',
  })
}

/** First texts count once, as they are tokenized once. */
function checkCharacters(pairs: readonly (readonly [string, string])[]): void {
  const firsts = new Set(pairs.map(([first]) => first))
  const texts = [...firsts, ...pairs.map(([, second]) => second)]
  const characters = texts.reduce((sum, { length }) => sum + length, 0)
  if (characters <= mostCharacters) return
  const message = `documents and what they are compared with have ${characters} characters; at most ${mostCharacters} are read at once. Send fewer.`
  throw new EngineError('invalid_value', message, { param: 'documents' })
}

function checkChunks(chunks: number, when: 'before' | 'after', most: number): void {
  if (chunks <= most) return
  const message = `documents make ${chunks} pieces ${when} they are cut to the model's length; at most ${most} are accepted.`
  throw new EngineError('invalid_value', message, { param: 'documents' })
}
