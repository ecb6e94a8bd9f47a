import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import type { SamplingParams } from '../../servables/index.ts'

const largestPenalty = 10

const forSearch = 'Refused without a beam search, unless it changes nothing.'

/** Fields that say how many answers there are, and how the best are found. */
export const choiceFields = {
  n: z.int().min(1).max(128).describe('Refused above `best_of`.').optional(),
  best_of: z
    .int()
    .min(1)
    .max(1024)
    .describe("Refused above the model's `best_of_limit`, above `n` in a stream, and below 2 in a beam search.")
    .optional(),
  use_beam_search: z.boolean().optional(),
  length_penalty: z.number().min(-largestPenalty).max(largestPenalty).describe(forSearch).optional(),
  early_stopping: z
    .union([z.boolean(), z.literal('never')], { error: 'must be true, false or "never"' })
    .describe(forSearch)
    .optional(),
}

type ChoiceFields = z.infer<z.ZodObject<typeof choiceFields>>

/** What else a beam search does not go with. */
interface Company {
  readonly stream?: boolean | undefined
  readonly temperature?: number | undefined
  readonly stop?: string | readonly string[] | undefined
  readonly repetition_detection?: object | undefined
}

/**
 * The fields as `SamplingParams` has them. `best_of` answers are made and the `n` best of them given: OpenAI's rule. Greedy ones
 * would all be the same, so at temperature 0 they are found by a beam search of `best_of` beams, as in OVMS; so they are at any
 * model's temperature with vLLM's `use_beam_search`.
 *
 * @param temperature the request's, or the model's
 * @throws EngineError `invalid_value`
 */
export function toChoiceParams(
  fields: ChoiceFields & Company,
  temperature: number,
  maxTokens: number | undefined,
): Pick<SamplingParams, 'n' | 'bestOf' | 'beamSearch'> {
  const { n = 1, best_of: bestOf = n } = fields
  if (n > bestOf) throw wrong('n', `must be at most best_of, which is ${bestOf}; got ${n}`)
  const isSearch = fields.use_beam_search ?? (fields.best_of !== undefined && bestOf > 1 && temperature === 0)
  if (isSearch) {
    checkBeamSearch(fields, bestOf, maxTokens)
    const { length_penalty: lengthPenalty = 1, early_stopping: earlyStopping = false } = fields
    return { n, beamSearch: { beams: bestOf, lengthPenalty, earlyStopping } }
  }
  const isIdle = 'is for beam search alone: set use_beam_search to true, or best_of above 1 and temperature to 0'
  if ((fields.length_penalty ?? 1) !== 1) throw wrong('length_penalty', isIdle)
  if (fields.early_stopping) throw wrong('early_stopping', isIdle)
  if (bestOf > n && fields.stream) {
    throw wrong('best_of', `must not be above n with "stream": true, as the best answers are known at the end; got ${bestOf}`)
  }
  return bestOf > n ? { n, bestOf } : { n }
}

function checkBeamSearch(fields: ChoiceFields & Company, beams: number, maxTokens: number | undefined): void {
  if (beams < 2) throw wrong('best_of', `must be at least 2 in a beam search, where it counts the beams; got ${beams}`)
  if (fields.stream) throw wrong('stream', `must be false in a beam search (best_of is ${beams}): its answers come at once`)
  if (fields.temperature) {
    throw wrong('temperature', `must be 0 or left out in a beam search, which draws nothing; got ${fields.temperature}`)
  }
  if (fields.stop !== undefined && fields.stop.length > 0) {
    throw wrong('stop', 'does not end the beams of a beam search: they are tokens without text. Use stop_token_ids')
  }
  if (fields.repetition_detection) {
    throw wrong('repetition_detection', 'does not end the beams of a beam search. Use repetition_penalty or no_repeat_ngram_size')
  }
  if (maxTokens === 0) throw wrong('max_tokens', 'must be at least 1 in a beam search')
}

const wrong = (param: string, rule: string) => new EngineError('invalid_value', `${param} ${rule}.`, { param })
