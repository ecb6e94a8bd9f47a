import { AnyPacket, calculator } from '../../engine/index.ts'

/**
 * All values of a stream as one list, in their order, sent at 0 when the stream closes; an empty list when it had none.
 *
 * @example
 * - calculator: CollectCalculator
 *   input_stream:  [ items ]
 *   output_stream: [ list ]
 */
export const CollectCalculator = calculator(
  { inputs: { '': AnyPacket }, outputs: { '': AnyPacket }, timestampOffset: 'own' },
  ({ outputs }) => {
    const values: unknown[] = []
    return {
      process({ '': input }) {
        values.push(input.value)
      },
      close() {
        outputs[''].send(values)
      },
    }
  },
)
