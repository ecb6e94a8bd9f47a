import { AnyPacket, calculator, EngineError } from '../../engine/index.ts'

/**
 * A packet for each element of each list, in their order. Elements count their own time, from 0 on, across lists.
 *
 * @example
 * - calculator: SpreadCalculator
 *   input_stream:  [ list ]
 *   output_stream: [ items ]
 */
export const SpreadCalculator = calculator(
  { inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 'own' },
  ({ node, outputs }) => ({
    async process({ '': input }) {
      for (const value of listIn(input.value, node)) {
        outputs[''].send(value)
        await outputs[''].ready
      }
    },
  }),
)

/** The list that a packet is; any other packet is a fault of the graph's wiring, and throws `bad_graph`. */
export function listIn(value: unknown, node: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new EngineError('bad_graph', `${node} takes lists; got a packet that is none.`, { node })
  return value
}
