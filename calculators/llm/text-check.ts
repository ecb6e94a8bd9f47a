import { calculator, latest } from '../../engine/index.ts'
import { Llm, SamplingParams, TextDelta } from '../packets.ts'
import { isHeldToEnd } from './held-to-end.ts'

/**
 * Passes the texts of answers on, and finds out of those that were held to a JSON Schema whether they are what it says, as they
 * end. If not, that is a fault of ours, `invalid_output`. All at the texts' times.
 *
 * @example
 * - calculator: TextCheckCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { DELTA: text, SAMPLING: sampling }
 *   output_stream: { DELTA: checked_text }
 */
export const TextCheckCalculator = calculator(
  {
    inputs: { DELTA: TextDelta, SAMPLING: latest(SamplingParams) },
    outputs: { DELTA: TextDelta },
    sides: { LLM: Llm },
  },
  ({ outputs, sides }) => {
    const texts = new Map<number, string>()
    return {
      process({ DELTA, SAMPLING }) {
        const { choice, text, finish } = DELTA.value
        const { grammar } = SAMPLING.value
        if (grammar && isHeldToEnd(SAMPLING.value)) {
          const content = (texts.get(choice) ?? '') + text
          texts.set(choice, content)
          if (finish === 'stop') sides.LLM.checkText(grammar, content)
        }
        outputs.DELTA.send(DELTA.value)
      },
    }
  },
)
