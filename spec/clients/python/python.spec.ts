import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, serving } from '../../cli/support.ts'
import { interpreter, run } from '../programs.ts'

const test = suite('Python clients of a live server')

let server: LiveServer
test.before(async () => {
  server = await serving([], { program: compiled })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
  assert.not.match(server.stderr(), '"level":"error"')
})

for (const [environment, programs] of [
  ['sdks', ['openai_client.py', 'requests_client.py']],
  ['frameworks', ['langchain_client.py', 'llama_index_client.py']],
] as const) {
  const python = interpreter(environment)
  for (const program of programs) {
    if (python === undefined) test.skip(`${program}: spec/clients/python/environment.sh ${environment} --install`, () => {})
    else {
      test(program, async () => {
        const { code, stdout, stderr } = await run(python, [join(import.meta.dirname, program), server.url])
        assert.is(code, 0, stdout + stderr)
        assert.match(stdout, /^ok /)
      })
    }
  }
}

test.run()
