import { z } from 'zod'
import { AnyPacket, calculator, many, sameAs } from '../../engine/index.ts'
import { pairs, unpaired } from './pairs.ts'

/**
 * At each time of TICK, sends the newest packet of each input again, inputs without a packet so far aside. Where one node
 * needs it, a `latest` port of its contract does the same. Source: MediaPipe, packet_cloner_calculator.cc.
 *
 * @example
 * - calculator: PacketClonerCalculator
 *   input_stream:  [ settings, "TICK:frames" ]
 *   output_stream: [ settings_of_frame ]
 */
export const PacketClonerCalculator = calculator(
  {
    inputs: { '': many(AnyPacket), TICK: AnyPacket },
    outputs: { '': many(sameAs('')) },
    options: z.strictObject({
      output_only_when_all_inputs_received: z
        .boolean()
        .default(false)
        .describe('Whether to wait until every input has had a packet.'),
    }),
    check: ({ inputs, outputs }) => unpaired(inputs[''], outputs['']),
  },
  ({ outputs, options }) => {
    const newest = new Map<number, unknown>()
    return {
      process({ '': inputs, TICK }) {
        for (const [index, input] of inputs.entries()) if (!input.isEmpty) newest.set(index, input.value)
        if (TICK.isEmpty || (options.output_only_when_all_inputs_received && newest.size < inputs.length)) return
        for (const [index, [, output]] of pairs(inputs, outputs['']).entries()) {
          if (newest.has(index)) output.send(newest.get(index))
        }
      },
    }
  },
)
