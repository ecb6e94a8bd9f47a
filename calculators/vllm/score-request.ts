import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { isRaw, pairFields, scoreFields, toPairing } from '../encoder/index.ts'
import { checkRequest, toldRequest, type Unsupported } from '../openai/index.ts'
import type { HttpPayload, PairedTextsValue } from '../packets.ts'
import { ClassifyRequest, PairedTexts, Payload } from '../packets.ts'

const maxTexts = 2048

/**
 * Checks the body of a score request, and says which field is wrong and how; then gives its pairs of texts and what shapes the
 * answer, all at the payload's time. One text is paired with each of the others; two lists must be as long as each other. Source:
 * vLLM's `/score`, in its four spellings.
 *
 * @example
 * - calculator: ScoreRequestCalculator
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PAIRS: pairs }
 */
export const ScoreRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: ClassifyRequest, PAIRS: PairedTexts },
    schemas: () => ({ request: ToldScore }),
  },
  ({ outputs }) => ({
    process({ PAYLOAD }) {
      const { json, model, requestId, ignored } = PAYLOAD.value
      const fields = checkScoreRequest(json, ignored)
      outputs.REQUEST.send({ id: `score-${requestId}`, model, isRaw: isRaw(fields) })
      outputs.PAIRS.send({ ...toPairs(fields), ...toPairing(fields) })
    },
  }),
)

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(maxTexts)], {
  error: 'must be a string or a list of strings, none of them empty',
})

/** The two fields, by their names in vLLM since its beginning, and its later ones. A request uses one pair of them. */
const spellings = [
  ['text_1', 'text_2'],
  ['queries', 'documents'],
  ['queries', 'items'],
  ['data_1', 'data_2'],
] as const

const one = texts.describe('Refused if missing, unless another spelling stands for it, or if too long.').optional()

const ScoreBody = z.object({
  text_1: one,
  text_2: one,
  queries: one,
  documents: one,
  items: one,
  data_1: one,
  data_2: one,
  ...pairFields,
  ...scoreFields,
  user: z.string().optional(),
})

const unsupported: Unsupported = { truncation_side: { why: 'Texts are cut at their end.', neutral: ['right'] } }

const ToldScore = toldRequest(ScoreBody, { text_1: 'Hello', text_2: ['Welcome', 'Farewell'] }, unsupported)

type ScoreFields = z.infer<typeof ScoreBody>

/** The checked fields of a score request's JSON; what is wrong is thrown, with its `param`. */
export const checkScoreRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(ScoreBody, json, unsupported, ignored)

function toPairs(fields: ScoreFields): Pick<PairedTextsValue, 'pairs' | 'fields'> {
  const isGiven = (name: keyof ScoreFields) => fields[name] !== undefined
  const [one, other] =
    spellings.find((names) => names.every(isGiven)) ?? spellings.find((names) => names.some(isGiven)) ?? spellings[0]
  const [firsts, seconds] = [listOf(fields, one), listOf(fields, other)]
  const names = [one, other] as const
  if (firsts.length === 1) return { pairs: seconds.map((second) => [firsts[0]!, second]), fields: names }
  if (firsts.length === seconds.length) return { pairs: firsts.map((first, index) => [first, seconds[index]!]), fields: names }
  const message = `${other} must have as many texts as ${one}, which has ${firsts.length}; got ${seconds.length}.`
  throw new EngineError('invalid_value', message, { param: other })
}

function listOf(fields: ScoreFields, name: (typeof spellings)[number][number]): readonly string[] {
  const given = fields[name]
  if (given !== undefined) return [given].flat()
  throw new EngineError('missing_required_parameter', `${name} is missing; it must be a string or a list of strings.`, {
    param: name,
  })
}
