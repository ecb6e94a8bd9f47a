import type { Worker } from 'node:worker_threads'
import { launchThread } from '../launch-thread.ts'
import type { ThreadInit } from './protocol.ts'

/** Starts a grammar thread. */
export const launch = (workerData: ThreadInit): Worker => launchThread(new URL('thread', import.meta.url), { workerData })
