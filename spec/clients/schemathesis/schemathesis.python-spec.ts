import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, endLeftovers, type LiveServer, root, serving } from '../../cli/support.ts'
import { interpreter, run } from '../programs.ts'

const key = 'a key of the spec'

/** A model of each kind, by itself: what a request has for `model` may be anything, and is left out more often than right. */
const models = [
  // Answers of unknown length end soon.
  { kind: 'text_generation', path: 'models/demo-chat', flags: ['--max_model_len', '64'] },
  { kind: 'embeddings', path: 'spec/fixtures/encoders/bert-mean', flags: [] },
  { kind: 'rerank', path: 'spec/fixtures/encoders/bert-rerank', flags: [] },
]

for (const { kind, path, flags } of models) {
  const test = suite(`schemathesis against a model for ${kind}`)
  const folder = mkdtempSync(join(tmpdir(), 'ovms-ts-schemathesis-'))
  let server: LiveServer
  let schemathesis: string
  test.before(async () => {
    schemathesis = join(dirname(interpreter('schemathesis')), 'schemathesis')
    writeFileSync(join(folder, 'key'), key)
    const model = ['--model_path', join(root, path), ...flags]
    server = await serving([...model, '--api_key_file', join(folder, 'key')], { program: compiled })
  })
  test.after(async () => {
    assert.is(await server.stop(), 0)
    rmSync(folder, { recursive: true, force: true })
    endLeftovers()
  })

  /** Lets it find a failure; what it says is shown if it does. */
  async function findFailure(...flags: readonly string[]): Promise<void> {
    const config = ['--config-file', join(import.meta.dirname, 'schemathesis.toml')]
    const location = [`${server.url}/openapi.json`, '-H', `Authorization: Bearer ${key}`]
    const { code, stdout, stderr } = await run(schemathesis, [...config, 'run', ...location, '--no-color', ...flags], {
      env: { SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'checks.py'), PYTHONDONTWRITEBYTECODE: '1', COLUMNS: '160' },
      cwd: folder,
    })
    assert.is(code, 0, stdout + stderr)
    assert.match(stdout, /generated, [1-9]\d* passed/)
  }

  test('every operation, by examples, at random and one after the other', () =>
    findFailure('--phases', 'examples,fuzzing,stateful', '--max-examples', '4'))

  // Ten thousand cases for each prefix. A run asks, and then waits: several of them at once leave no core idle.
  test('the bounds of each field, on every operation', async () => {
    const parts = [
      ['--include-path-regex', '^/v1/'],
      ['--include-path-regex', '^/v3/'],
      ['--exclude-path-regex', '^/v[13]/'],
    ]
    await Promise.all(parts.map((part) => findFailure('--phases', 'coverage', ...part)))
  })

  test.run()
}
