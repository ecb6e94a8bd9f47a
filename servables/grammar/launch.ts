import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ThreadInit } from './protocol.ts'

/** '.ts' where this runs from source, '.js' from a build. */
const extension = extname(import.meta.filename)
const entry = new URL(`thread${extension}`, import.meta.url)

/** Starts a grammar thread. Hooks for TypeScript do not reach into threads by themselves, so from source they are set there, too. */
export function launch(workerData: ThreadInit): Worker {
  if (extension === '.js') return new Worker(entry, { workerData })
  const tsx = import.meta.resolve('tsx/esm/api')
  const lines = `import { register } from '${tsx}'; register(); await import('${entry.href}')`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(lines)}`), { workerData })
}
