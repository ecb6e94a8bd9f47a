import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Llm, Texts, Tokens } from '../packets.ts'
import { TokenIds } from './answer-schemas.ts'

const RenderedPrompt = z.strictObject({
  prompt: z.string(),
  token_ids: TokenIds,
  count: z.int().min(0),
  max_model_len: z.int().min(1),
})

/**
 * Makes the answer of chat/completions/render, at the prompt's time: what the model would be given, as text (llama.cpp's
 * `prompt`) and as tokens (vLLM's `token_ids`), and how much of its length that takes.
 *
 * @example
 * - calculator: RenderResponseCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { TEXTS: prompt, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const RenderResponseCalculator = calculator(
  {
    inputs: { TEXTS: Texts, TOKENS: Tokens },
    outputs: { OBJECT: ApiObject },
    sides: { LLM: Llm },
    schemas: () => ({ response: RenderedPrompt }),
  },
  ({ outputs, sides }) => ({
    process({ TEXTS, TOKENS }) {
      const [prompt = ''] = TEXTS.value
      const [token_ids = []] = TOKENS.value
      const { maxModelLength: max_model_len } = sides.LLM
      outputs.OBJECT.send({ data: { prompt, token_ids, count: token_ids.length, max_model_len } })
    },
  }),
)
