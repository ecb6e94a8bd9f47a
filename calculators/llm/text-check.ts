import { calculator, latest } from '../../engine/index.ts'
import { AnswerFormat, SamplingParams, TextDelta } from '../packets.ts'
import { isHeldToEnd } from './held-to-end.ts'

/**
 * Passes the texts of answers on, and finds out of those that were held to a JSON Schema whether they are what it says, as they
 * end. If not, that is a fault of ours, `invalid_output`. All at the texts' times.
 *
 * @example
 * - calculator: TextCheckCalculator
 *   input_side_packet: { ANSWER_FORMAT: format }
 *   input_stream:  { DELTA: text, SAMPLING: sampling }
 *   output_stream: { DELTA: checked_text }
 */
export const TextCheckCalculator = calculator(
  {
    inputs: { DELTA: TextDelta, SAMPLING: latest(SamplingParams) },
    outputs: { DELTA: TextDelta },
    sides: { ANSWER_FORMAT: AnswerFormat },
  },
  ({ outputs, sides }) => {
    const texts = new Map<number, string>()
    return {
      process({ DELTA, SAMPLING }) {
        const { choice, text, finish } = DELTA.value
        if (isHeldToEnd(SAMPLING.value)) {
          const content = (texts.get(choice) ?? '') + text
          texts.set(choice, content)
          const wish = { text: SAMPLING.value.grammar, tools: [], toolChoice: 'none', parallelToolCalls: true } as const
          if (finish === 'stop') sides.ANSWER_FORMAT.check(wish, { content, calls: [] })
        }
        outputs.DELTA.send(DELTA.value)
      },
    }
  },
)
