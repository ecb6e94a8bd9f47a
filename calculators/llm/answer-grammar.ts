import { calculator } from '../../engine/index.ts'
import { AnswerFormat, AnswerWish, SamplingParams, Texts } from '../packets.ts'

/**
 * Holds an answer to what its request wants it to be: calls of functions, text of some form. One grammar has all of it, in the
 * way the model writes it, with the reasoning before it, which is as long as the request lets it be. The tokens by which answers are read are kept in the text. TEXTS is the
 * prompt, whose end tells whether reasoning has begun. All at the same time.
 *
 * @example
 * - calculator: AnswerGrammarCalculator
 *   input_side_packet: { ANSWER_FORMAT: format }
 *   input_stream:  { SAMPLING: sampling, WISH: wish, TEXTS: prompt }
 *   output_stream: { SAMPLING: held_sampling }
 */
export const AnswerGrammarCalculator = calculator(
  {
    inputs: { SAMPLING: SamplingParams, WISH: AnswerWish, TEXTS: Texts },
    outputs: { SAMPLING: SamplingParams },
    sides: { ANSWER_FORMAT: AnswerFormat },
  },
  ({ outputs, sides }) => ({
    process({ SAMPLING, WISH, TEXTS }) {
      const { ANSWER_FORMAT: format } = sides
      const grammar = format.grammar(WISH.value, TEXTS.value[0] ?? '')
      const held = grammar && { grammar, grammarField: WISH.value.textField ?? 'tools' }
      const thinking = format.thinking(WISH.value, TEXTS.value[0] ?? '')
      outputs.SAMPLING.send({ ...SAMPLING.value, shownTokens: format.markers, ...held, ...(thinking && { thinking }) })
    },
  }),
)
