import { AnyPacket, calculator, EngineError, many, sameAs } from '../../engine/index.ts'
import { Index } from '../packets.ts'

/**
 * Sends each packet on by the one output whose index SELECT has at the same time; without a SELECT the packet is dropped.
 *
 * @example
 * - calculator: DemuxCalculator
 *   input_stream:  [ packets, "SELECT:which" ]
 *   output_stream: [ "OUTPUT:0:left", "OUTPUT:1:right" ]
 */
export const DemuxCalculator = calculator(
  { inputs: { '': AnyPacket, SELECT: Index }, outputs: { OUTPUT: many(sameAs('')) } },
  ({ node, outputs }) => ({
    process({ '': input, SELECT }) {
      if (input.isEmpty || SELECT.isEmpty) return
      const selected = outputs.OUTPUT[SELECT.value]
      if (!selected) {
        const message = `${node} was told to SELECT ${SELECT.value}, and has OUTPUT:0 to OUTPUT:${outputs.OUTPUT.length - 1}.`
        throw new EngineError('bad_graph', message, { node })
      }
      selected.send(input.value)
    },
  }),
)
