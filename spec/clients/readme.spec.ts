import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LiveServer, root } from '../cli/support.ts'
import { servingEncoders } from './encoders.ts'
import { run } from './programs.ts'

const test = suite("the README's commands for embeddings and rerank")

let server: Pick<LiveServer, 'url' | 'stop'>
test.before(async () => {
  server = await servingEncoders(['demo-embed', 'demo-rerank'])
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/^curl \S+\/(\S+) .*\\\n {2}-d '.*"demo-(?:embed|rerank)".*'$/gm)]

const vector = /-?\d+\.\d+/
/** What each route's answer begins with. */
const answers: Readonly<Record<string, RegExp>> = {
  embeddings: RegExp(`^{"object":"list","data":\\[{"object":"embedding","index":0,"embedding":\\[${vector.source},`),
  embed: RegExp(`^(\\[\\[${vector.source},|{"id":"[^"]+","embeddings":{"int8":\\[\\[-?\\d+,)`),
  rerank:
    /^(\[\{"index":[01],"score":0\.\d+,"text":"|\{"id":"[^"]+","model":"demo-rerank","results":\[\{"index":[01],"relevance_score":0\.\d+\})/,
  score: /^\{"id":"score-[^"]+".*"data":\[\{"index":0,"object":"score","score":0\.\d+\},/,
  classify: /^\{"id":"classify-[^"]+".*"data":\[\{"index":0,"label":"\w+","probs":\[0\.\d+\],"num_classes":1\}\]/,
}

test('there are some of every route', () => {
  assert.equal([...new Set(commands.map(([, route]) => route!))].sort(), Object.keys(answers).sort())
})

for (const [command, route] of commands) {
  test(`${command.split(' ')[1]}: ${command.slice(command.indexOf('{'), -1)}`, async () => {
    const { stdout, stderr, code } = await run('bash', ['-c', command.replaceAll('http://127.0.0.1:8000', server.url)])
    assert.is(code, 0, stderr)
    assert.match(stdout, answers[route!]!)
  })
}

test.run()
