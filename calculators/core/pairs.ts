import { EngineError } from '../../engine/index.ts'

/**
 * Each input with the output of the same index, for calculators whose untagged outputs answer their untagged inputs. A
 * node wired with more of one than of the other throws `bad_graph`.
 */
export function pairs<I, O>(node: string, inputs: readonly I[], outputs: readonly O[]): readonly (readonly [I, O])[] {
  if (inputs.length !== outputs.length) {
    const message = `${node} has ${inputs.length} data inputs and ${outputs.length} data outputs; wire as many of both.`
    throw new EngineError('bad_graph', message, { node })
  }
  return inputs.map((input, index) => [input, outputs[index]!] as const)
}
