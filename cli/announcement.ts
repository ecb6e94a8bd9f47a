import type { Repository } from '../servables/index.ts'
import type { Configuration, ConfiguredModel } from './configuration/index.ts'
import { version } from './version.ts'

/** What `serve` prints when it is ready: the address, the models, and a request to paste. */
export function announcement(url: string, { models }: Configuration, repository: Pick<Repository, 'status'>): string {
  const width = Math.max(0, ...models.map(({ name }) => name.length))
  const lines = models.map(({ name, endpoints }) => {
    const status = repository.status(name)
    const what = status?.state === 'FAILED' ? `failed: ${status.reason}` : [...endpoints.keys()].join(', ')
    return `  ${name.padEnd(width)}  ${what}`
  })
  const working = models.find(({ name, endpoints }) => repository.status(name)?.state === 'AVAILABLE' && endpoints.size > 0)
  const request = working ? ['', 'A request to try:', '', example(url, working)] : []
  return ['', `ovms-ts ${version} at ${url}`, '', ...lines, ...request, '', 'Ctrl-C ends it.', '', ''].join('\n')
}

/** Bodies to start from, by route; a route of the author's own begins with its model alone. */
const bodies: Readonly<Record<string, object>> = {
  'chat/completions': { messages: [{ role: 'user', content: 'Hello! Who are you?' }], stream: true },
  completions: { prompt: 'Once upon a time', max_tokens: 32, stream: true },
  tokenize: { text: 'Hello, world' },
}

function example(url: string, { name, endpoints }: ConfiguredModel): string {
  const [route = ''] = endpoints.keys()
  const body = JSON.stringify({ model: name, ...bodies[route] })
  return `  curl -N ${url}/v1/${route} -H 'Content-Type: application/json' \\\n    -d '${body}'`
}
