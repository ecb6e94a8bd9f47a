import { totalmem } from 'node:os'

/** Bytes that this process may use, which can be fewer than the machine has. */
export const usableMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)

/** What requests of each of several servables may take, where that grows with them: all together half of the memory. */
export const memoryForRequests = (memory: number, servables: number): number => memory / 2 / Math.max(1, servables)
