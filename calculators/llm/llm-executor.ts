import { calculator } from '../../engine/index.ts'
import { Llm, SamplingParams, Steps, Tokens } from '../packets.ts'

/**
 * Runs a language model on the prompts of a packet. A packet out has the tokens of one choice that have come together, as
 * the model decodes them. These packets count their own time from 0, so a request's steps are not held to the time of its
 * prompt. A reader that is slow holds the loop back; a run that is cancelled takes its sequences out of the batch.
 *
 * @example
 * - calculator: LlmExecutorCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { TOKENS: tokens, SAMPLING: sampling }
 *   output_stream: { STEPS: steps }
 */
export const LlmExecutorCalculator = calculator(
  {
    inputs: { TOKENS: Tokens, SAMPLING: SamplingParams },
    outputs: { STEPS: Steps },
    sides: { LLM: Llm },
    timestampOffset: 'own',
  },
  ({ outputs, sides, signal }) => ({
    async process({ TOKENS, SAMPLING }) {
      for await (const steps of sides.LLM.generate(TOKENS.value, SAMPLING.value, signal)) {
        outputs.STEPS.send(steps)
        await outputs.STEPS.ready
      }
    },
  }),
)
