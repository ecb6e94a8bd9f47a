import { z } from 'zod'
import { AnyPacket, calculator, EngineError, many, optional, sameAs } from '../../engine/index.ts'
import { Flag } from '../packets.ts'
import { pairs } from './pairs.ts'

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
  },
  ({ node, outputs, sides, options }) => {
    const always = sides.ALLOW ?? (sides.DISALLOW === undefined ? undefined : !sides.DISALLOW)
    let wasOpen: boolean | undefined
    return {
      process({ '': inputs, ALLOW, DISALLOW }) {
        const given = [ALLOW, DISALLOW, sides.ALLOW, sides.DISALLOW].filter((control) => control !== undefined)
        if (given.length > 1) {
          throw new EngineError('bad_graph', `${node} has more than one of ALLOW and DISALLOW; connect one.`, { node })
        }

        let open = options.empty_packets_as_allow
        if (always !== undefined) open = always
        else if (ALLOW === undefined && DISALLOW === undefined) open = options.allow
        else if (ALLOW && !ALLOW.isEmpty) open = ALLOW.value
        else if (DISALLOW && !DISALLOW.isEmpty) open = !DISALLOW.value

        if (wasOpen !== undefined && wasOpen !== open) outputs.STATE_CHANGE?.send(open)
        wasOpen = open

        for (const [input, output] of pairs(node, inputs, outputs[''])) {
          if (open && !input.isEmpty) output.send(input.value)
          if (always === false) output.close()
        }
      },
    }
  },
)
