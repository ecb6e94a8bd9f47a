import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import type { Encoder as ModelEncoder, Tokenizer as ModelTokenizer } from '../../servables/index.ts'
import { Encoder, Owners, PairedTexts, Tokenizer, Tokens } from '../packets.ts'
import { templatedPieces } from './templated-pieces.ts'

/**
 * Turns pairs of texts, as a query and a document, into what a cross-encoder reads: both in one, in as many overlapping pieces of
 * the second as the model's length makes necessary. Beside the ids their types, and which pair each is a piece of; all at the
 * packet's time. A first text longer than half of the model's length is cut, as OVMS does it. Models that were made of language
 * models read pairs in a form of their own, which may have an instruction; of others one throws `unsupported_parameter`. More
 * pieces than the model's `max_allowed_chunks` throw `invalid_value`.
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
      const form = { maxLength: Math.min(maxLength, ENCODER.maxLength), overlap, instruction }
      const cut = pieceCutter(TOKENIZER, ENCODER, form)
      const pieces = await Promise.all(pairs.map(async ([first, second]) => cut(first, await beginning(second, maxTokens))))
      const kept = pieces.map((each) => each.slice(0, maxChunks))
      const all = kept.flat()
      checkChunks(all.length, 'after', ENCODER.maxChunks)
      outputs.TOKENS.send(all.map(({ ids }) => ids))
      outputs.TYPE_IDS.send(all.map(({ typeIds }) => typeIds))
      outputs.OWNERS.send(kept.flatMap((each, document) => each.map(() => document)))

      async function beginning(text: string, maxLength: number | undefined): Promise<string> {
        if (maxLength === undefined) return text
        return TOKENIZER.decode(await TOKENIZER.encode(text, { addSpecialTokens: false, maxLength }))
      }
    },
  }),
)

/** How the model's pairs are written and cut. */
function pieceCutter(
  tokenizer: ModelTokenizer,
  { name, pairTemplate }: ModelEncoder,
  form: { readonly maxLength: number; readonly overlap: number; readonly instruction: string | undefined },
): (first: string, second: string) => ReturnType<ModelTokenizer['encodePair']> {
  if (pairTemplate) return templatedPieces(tokenizer, pairTemplate, form)
  if (form.instruction === undefined) return (first, second) => tokenizer.encodePair(first, second, form)
  throw new EngineError('unsupported_parameter', `The model ${name} takes no instruction; leave it out.`, {
    param: 'instruction',
  })
}

function checkChunks(chunks: number, when: 'before' | 'after', most: number): void {
  if (chunks <= most) return
  const message = `documents make ${chunks} pieces ${when} they are cut to the model's length; at most ${most} are accepted.`
  throw new EngineError('invalid_value', message, { param: 'documents' })
}
