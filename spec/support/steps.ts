import type { Step, Steps } from '../../servables/index.ts'

/** The steps of a generation one by one, as if none came together. */
export async function* eachStep(generation: AsyncIterable<Steps>): AsyncGenerator<Step> {
  for await (const steps of generation) yield* steps
}
