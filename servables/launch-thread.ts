import { extname } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** '.ts' where this runs from source, '.js' from a build. */
const extension = extname(import.meta.filename)

/**
 * Starts a thread of this project: `stem` is its file without the extension, `new URL('thread', import.meta.url)`. Hooks for
 * TypeScript do not reach into threads by themselves, so from source they are set there, too.
 */
export function launchThread(stem: URL, options: WorkerOptions): Worker {
  const entry = `${stem.href}${extension}`
  // What was preloaded into this process is not for threads.
  const all = { ...options, execArgv: [] }
  if (extension === '.js') return new Worker(new URL(entry), all)
  const tsx = import.meta.resolve('tsx/esm/api')
  const lines = `import { register } from '${tsx}'; register(); await import('${entry}')`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(lines)}`), all)
}
