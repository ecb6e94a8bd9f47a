import { z } from 'zod'

/**
 * Intra-op threads of each host's sessions: the cores, divided among the hosts, so that hosts at work together do not take them
 * from each other. A host that is alone has all.
 */
export function threadsPerHost(cores: number, hosts: number): number {
  return Math.max(1, Math.floor(cores / Math.max(1, hosts)))
}

/** The option by which a servable of any kind says it itself; OpenVINO's INFERENCE_NUM_THREADS. */
export const inferenceNumThreads = z
  .int()
  .min(1)
  .max(1024)
  .optional()
  .describe("Threads that compute it; the machine's cores divided among the hosts if not set.")
