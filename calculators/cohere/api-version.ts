import type { CohereVersion } from '../packets.ts'

/** The version of Cohere's API that a route is of: `v1/embed`; routes that do not say are of the newest. */
export const apiVersionOf = (route: string): CohereVersion => (route.startsWith('v1/') ? '1' : '2')
