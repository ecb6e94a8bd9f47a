import { AnyPacket, calculator, many, sameAs } from '../../engine/index.ts'

/**
 * One stream from several: at each time, the packet of the first input that has one. Behind branches of which each request
 * takes one. Source: MediaPipe, merge_calculator.cc.
 *
 * @example
 * - calculator: MergeCalculator
 *   input_stream:  [ preferred, fallback ]
 *   output_stream: [ merged ]
 */
export const MergeCalculator = calculator({ inputs: { '': many(AnyPacket) }, outputs: { '': sameAs('') } }, ({ outputs }) => ({
  process({ '': inputs }) {
    const first = inputs.find((input) => !input.isEmpty)
    if (first) outputs[''].send(first.value)
  },
}))
