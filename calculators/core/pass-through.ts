import { AnyPacket, calculator, many, sameAs } from '../../engine/index.ts'
import { pairs, unpaired } from './pairs.ts'

/**
 * Sends each input's packets on by the output of the same index, at the same time. As all inputs are read together, it
 * also makes several streams wait for each other. Source: MediaPipe, pass_through_calculator.cc.
 *
 * @example
 * - calculator: PassThroughCalculator
 *   input_stream:  [ left, right ]
 *   output_stream: [ left_again, right_again ]
 */
export const PassThroughCalculator = calculator(
  {
    inputs: { '': many(AnyPacket) },
    outputs: { '': many(sameAs('')) },
    check: ({ inputs, outputs }) => unpaired(inputs[''], outputs['']),
  },
  ({ outputs }) => ({
    process({ '': inputs }) {
      for (const [input, output] of pairs(inputs, outputs[''])) {
        if (!input.isEmpty) output.send(input.value)
      }
    },
  }),
)
