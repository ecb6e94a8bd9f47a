import { AnyPacket, calculator, EngineError, many, sameAs } from '../../engine/index.ts'
import { Index } from '../packets.ts'

/**
 * At each time of SELECT, sends on the packet that the input of that index has at that time, if any. Inputs are read
 * together, so the ones not selected are waited for. Source: MediaPipe, mux_calculator.cc.
 *
 * @example
 * - calculator: MuxCalculator
 *   input_stream:  [ "INPUT:0:left", "INPUT:1:right", "SELECT:which" ]
 *   output_stream: { OUTPUT: chosen }
 */
export const MuxCalculator = calculator(
  { inputs: { INPUT: many(AnyPacket), SELECT: Index }, outputs: { OUTPUT: sameAs('INPUT') } },
  ({ node, outputs }) => ({
    process({ INPUT, SELECT }) {
      if (SELECT.isEmpty) return
      const selected = INPUT[SELECT.value]
      if (!selected) {
        const message = `${node} was told to SELECT ${SELECT.value}, and has INPUT:0 to INPUT:${INPUT.length - 1}.`
        throw new EngineError('bad_graph', message, { node })
      }
      if (!selected.isEmpty) outputs.OUTPUT.send(selected.value)
    },
  }),
)
