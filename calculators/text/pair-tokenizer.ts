import { z } from 'zod'
import { calculator, EngineError, optional } from '../../engine/index.ts'
import type { Encoder as ModelEncoder } from '../../servables/index.ts'
import type { PairedTextsValue } from '../packets.ts'
import { Encoder, Owners, PairedTexts, Texts, Tokenizer, Tokens } from '../packets.ts'
import { aFewAtATime } from './a-few-at-a-time.ts'

/** Characters of all texts of a request: tokenizing a million takes a thread for half a second. */
const mostCharacters = 4 * 1024 * 1024

/**
 * Turns pairs of texts, as a query and a document, into what a cross-encoder reads: both in one, in as many overlapping pieces of
 * the second as the model's length makes necessary. Beside the ids their types, and which pair each is a piece of; all at the
 * packet's time. A first text that leaves too little room is cut to half of the model's length, as OVMS and Cohere do it, which
 * WARNINGS tells; or it throws `context_length_exceeded`, as the request wants it. Models that were made of language models read
 * pairs in a form of their own, which may have an instruction; of others one throws `unsupported_parameter`. More pieces than the
 * model's `max_allowed_chunks`, or four million characters, throw `invalid_value`, and so does a request that leaves no room for a
 * token of each text.
 *
 * @example
 * - calculator: PairTokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer, ENCODER: encoder }
 *   input_stream:  { PAIRS: pairs }
 *   output_stream: { TOKENS: tokens, TYPE_IDS: types, OWNERS: owners, WARNINGS: warnings }
 *   options: { overlap: 32 }
 */
export const PairTokenizerCalculator = calculator(
  {
    inputs: { PAIRS: PairedTexts },
    outputs: { TOKENS: Tokens, TYPE_IDS: Tokens, OWNERS: Owners, WARNINGS: optional(Texts) },
    sides: { TOKENIZER: Tokenizer, ENCODER: Encoder },
    options: z.strictObject({
      overlap: z.int().min(0).default(32).describe('Tokens that two pieces of a document share.'),
    }),
  },
  ({ outputs, sides: { TOKENIZER, ENCODER }, options: { overlap } }) => ({
    async process({ PAIRS }) {
      const { pairs, fields, maxTokens, maxFirstTokens, maxChunks, instruction, cutsFirst } = PAIRS.value
      checkChunks(pairs.length, 'before', ENCODER, fields)
      checkCharacters(pairs, fields)
      checkInstruction(instruction, ENCODER)
      const maxLength = Math.min(PAIRS.value.maxLength ?? ENCODER.maxLength, ENCODER.maxLength)
      const warnings = new Set<string>()
      const onCut = (tokens: number, left: number) => {
        if (!cutsFirst) throw tooLong(tokens, maxLength, fields)
        warnings.add(`${fields[0]} has ${tokens} tokens; where ${fields[1]} did not fit beside it, its first ${left} were read.`)
      }
      // One more than may be, so that it shows.
      const maxPieces = maxChunks ?? ENCODER.maxChunks + 1
      const template = ENCODER.pairTemplate
      const form = { maxLength, overlap, maxTokens, maxFirstTokens, maxPieces, template, instruction, onCut }
      const encode = TOKENIZER.pairEncoder(form)
      const pieces = await aFewAtATime(pairs, ([first, second]) => encode(first, second))
      const all = pieces.flat()
      checkChunks(all.length, 'after', ENCODER, fields)
      checkRoom(all, maxLength, PAIRS.value)
      outputs.TOKENS.send(all.map(({ ids }) => ids))
      outputs.TYPE_IDS.send(all.map(({ typeIds }) => typeIds))
      outputs.OWNERS.send(pieces.flatMap((each, document) => each.map(() => document)))
      outputs.WARNINGS?.send([...warnings])
    },
  }),
)

type Fields = PairedTextsValue['fields']

function checkInstruction(instruction: string | undefined, { name, pairTemplate }: ModelEncoder): void {
  if (instruction === undefined || pairTemplate) return
  throw new EngineError('unsupported_parameter', `The model ${name} takes no instruction; leave it out.`, {
    param: 'instruction',
  })
}

/** First texts count once, as they are tokenized once. */
function checkCharacters(pairs: readonly (readonly [string, string])[], [first, second]: Fields): void {
  const firsts = new Set(pairs.map(([first]) => first))
  const texts = [...firsts, ...pairs.map(([, second]) => second)]
  const characters = texts.reduce((sum, { length }) => sum + length, 0)
  if (characters <= mostCharacters) return
  const message = `${first} and ${second} have ${characters} characters; at most ${mostCharacters} are read at once. Send fewer.`
  throw new EngineError('invalid_value', message, { param: second })
}

function checkChunks(chunks: number, when: 'before' | 'after', { maxChunks }: ModelEncoder, [, second]: Fields): void {
  if (chunks <= maxChunks) return
  const message = `${second} make ${chunks} pieces ${when} they are cut to the model's length; at most ${maxChunks} are accepted.`
  throw new EngineError('invalid_value', message, { param: second })
}

function tooLong(tokens: number, maxLength: number, [first, second]: Fields): EngineError {
  const message = `At most ${maxLength} tokens are read at once; ${first} has ${tokens}, which leave too little room for ${second}.`
  return new EngineError('context_length_exceeded', `${message} Cut it up, or ask for it to be truncated.`, { param: first })
}

function checkRoom(
  pieces: readonly { readonly ids: readonly number[] }[],
  most: number,
  { fields: [first, second], maxLength }: PairedTextsValue,
): void {
  const longest = pieces.reduce((longest, { ids }) => Math.max(longest, ids.length), 0)
  if (longest <= most) return
  const message = `${most} tokens are too few: ${first}, ${second} and what the model wants around them take at least ${longest}.`
  throw new EngineError('invalid_value', message, maxLength === undefined ? {} : { param: 'truncate_prompt_tokens' })
}
