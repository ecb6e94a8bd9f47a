import { AnyPacket, calculator, many, optional, sameAs } from '../../engine/index.ts'
import { Index } from '../packets.ts'

/**
 * Deals packets out: the first to output 0, the next to output 1, …, then from 0 again, each at its own time. SELECT sends
 * the output's index, for a `MuxCalculator` behind the outputs' nodes. Source: MediaPipe, round_robin_demux_calculator.cc.
 *
 * @example
 * - calculator: RoundRobinDemuxCalculator
 *   input_stream:  [ packets ]
 *   output_stream: [ "OUTPUT:0:even", "OUTPUT:1:odd", "SELECT:which" ]
 */
export const RoundRobinDemuxCalculator = calculator(
  { inputs: { '': AnyPacket }, outputs: { OUTPUT: many(sameAs('')), SELECT: optional(Index) } },
  ({ outputs }) => {
    let next = 0
    return {
      process({ '': input }) {
        outputs.OUTPUT[next]!.send(input.value)
        outputs.SELECT?.send(next)
        next = (next + 1) % outputs.OUTPUT.length
      },
    }
  },
)
