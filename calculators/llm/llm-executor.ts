import { calculator } from '../../engine/index.ts'
import { Llm, SamplingParams, Step, Tokens } from '../packets.ts'

/**
 * Runs a language model on the prompts of a packet. One packet out for every token of every choice, as the model decodes
 * them; steps count their own time from 0, so a request's steps are not held to the time of its prompt. A reader that is
 * slow holds the loop back; a run that is cancelled takes its sequences out of the batch.
 *
 * @example
 * - calculator: LlmExecutorCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { TOKENS: tokens, SAMPLING: sampling }
 *   output_stream: { STEP: steps }
 */
export const LlmExecutorCalculator = calculator(
  {
    inputs: { TOKENS: Tokens, SAMPLING: SamplingParams },
    outputs: { STEP: Step },
    sides: { LLM: Llm },
    timestampOffset: 'own',
  },
  ({ outputs, sides, signal }) => ({
    async process({ TOKENS, SAMPLING }) {
      for await (const step of sides.LLM.generate(TOKENS.value, SAMPLING.value, signal)) {
        outputs.STEP.send(step)
        await outputs.STEP.ready
      }
    },
  }),
)
