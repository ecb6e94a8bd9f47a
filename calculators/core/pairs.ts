/** Each input with the output of the same index, for calculators whose repeated outputs answer repeated inputs. */
export const pairs = <I, O>(inputs: readonly I[], outputs: readonly O[]): readonly (readonly [I, O])[] =>
  inputs.map((input, index) => [input, outputs[index]!] as const)

/** The `check` of their contracts: what is wrong when a node has not as many inputs as outputs. */
export const unpaired = (inputs = 0, outputs = 0): string | undefined =>
  inputs === outputs ? undefined : `every input has the output of its index; this node has ${inputs} and ${outputs} of them`
