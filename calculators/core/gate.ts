import { z } from 'zod'
import { AnyPacket, calculator, many, optional, sameAs } from '../../engine/index.ts'
import { Flag } from '../packets.ts'
import { pairs, unpaired } from './pairs.ts'

/**
 * Lets packets pass, at their own time, or drops them. ALLOW or DISALLOW says which: a stream, for each time anew, or a
 * side packet, for the whole run (a gate closed for the whole run closes its outputs). With neither, the option `allow`
 * does. At a time without a packet on the ALLOW or DISALLOW stream the gate is shut, unless `empty_packets_as_allow`.
 * STATE_CHANGE sends whether the gate is open, whenever that changes. Source: MediaPipe, gate_calculator.cc.
 *
 * @example
 * - calculator: GateCalculator
 *   input_stream:  [ frames, "ALLOW:wanted" ]
 *   output_stream: [ wanted_frames, "STATE_CHANGE:opened" ]
 */
export const GateCalculator = calculator(
  {
    inputs: { '': optional(many(AnyPacket)), ALLOW: optional(Flag), DISALLOW: optional(Flag) },
    outputs: { '': optional(many(sameAs(''))), STATE_CHANGE: optional(Flag) },
    sides: { ALLOW: optional(Flag), DISALLOW: optional(Flag) },
    options: z.strictObject({
      allow: z.boolean().default(false).describe('Whether packets pass when neither ALLOW nor DISALLOW is connected.'),
      empty_packets_as_allow: z.boolean().default(false).describe('Whether packets pass at a time without ALLOW or DISALLOW.'),
    }),
    check({ inputs, outputs, sides }) {
      const controls = [inputs.ALLOW, inputs.DISALLOW, sides.ALLOW, sides.DISALLOW].filter(Boolean)
      return controls.length > 1 ? 'connect one of ALLOW and DISALLOW' : unpaired(inputs[''], outputs[''])
    },
  },
  ({ outputs, sides, options }) => {
    const always = sides.ALLOW ?? (sides.DISALLOW === undefined ? undefined : !sides.DISALLOW)
    let wasOpen: boolean | undefined
    return {
      process({ '': inputs, ALLOW, DISALLOW }) {
        let open = options.empty_packets_as_allow
        if (always !== undefined) open = always
        else if (ALLOW === undefined && DISALLOW === undefined) open = options.allow
        else if (ALLOW && !ALLOW.isEmpty) open = ALLOW.value
        else if (DISALLOW && !DISALLOW.isEmpty) open = !DISALLOW.value

        if (wasOpen !== undefined && wasOpen !== open) outputs.STATE_CHANGE?.send(open)
        wasOpen = open

        for (const [input, output] of pairs(inputs, outputs[''])) {
          if (open && !input.isEmpty) output.send(input.value)
          if (always === false) output.close()
        }
      },
    }
  },
)
