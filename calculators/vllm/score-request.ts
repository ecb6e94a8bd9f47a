import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { checkRequest } from '../openai/index.ts'
import { ClassifyRequest, PairedTexts, Payload } from '../packets.ts'

const maxTexts = 2048

/**
 * Checks the body of a score request, and says which field is wrong and how; then gives its pairs of texts and what shapes the
 * answer, all at the payload's time. One text is paired with each of the others; two lists must be as long as each other. Source:
 * vLLM's `/score`, in its three spellings.
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
    schemas: () => ({ request: ScoreBody }),
  },
  ({ outputs }) => ({
    process({ PAYLOAD }) {
      const fields = checkScoreRequest(PAYLOAD.value.json)
      outputs.REQUEST.send({ id: `score-${PAYLOAD.value.requestId}`, model: PAYLOAD.value.model })
      outputs.PAIRS.send({ pairs: toPairs(fields), instruction: fields.instruction })
    },
  }),
)

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(maxTexts)], {
  error: 'must be a string or a list of strings, none of them empty',
})

/** The two fields, by their names in vLLM since its beginning, and its later ones. */
const spellings = [
  ['text_1', 'text_2'],
  ['queries', 'documents'],
  ['data_1', 'data_2'],
] as const

const ScoreBody = z.object({
  text_1: texts.optional(),
  text_2: texts.optional(),
  queries: texts.optional(),
  documents: texts.optional(),
  data_1: texts.optional(),
  data_2: texts.optional(),
  instruction: z.string().min(1).optional(),
})

type ScoreFields = z.infer<typeof ScoreBody>

/** The checked fields of a score request's JSON; what is wrong is thrown, with its `param`. */
export const checkScoreRequest = (json: unknown) => checkRequest(ScoreBody, json)

function toPairs(fields: ScoreFields): readonly (readonly [string, string])[] {
  const [one, other] = spellings.find((names) => names.some((name) => fields[name] !== undefined)) ?? spellings[0]
  const [firsts, seconds] = [listOf(fields, one), listOf(fields, other)]
  if (firsts.length === 1) return seconds.map((second) => [firsts[0]!, second])
  if (firsts.length === seconds.length) return firsts.map((first, index) => [first, seconds[index]!])
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
