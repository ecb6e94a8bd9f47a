import { PassThrough } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readLogLines } from '../../../servables/host/log-lines.ts'

const linesOf = async (...chunks: (string | Uint8Array)[]): Promise<string[]> => {
  const stream = new PassThrough()
  const lines: string[] = []
  readLogLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await new Promise((resolve) => stream.on('close', resolve))
  return lines
}

test('lines are whole, however they come', async () => {
  assert.equal(await linesOf('on', 'e\ntwo\r\n\nthr', 'ee'), ['one', 'two', 'three'])
  assert.equal(await linesOf(Uint8Array.of(0xc3), Uint8Array.of(0xa4, 0x0a)), ['ä'])
})

test('long lines are cut', async () => {
  const [line] = await linesOf('x'.repeat(5000), 'x'.repeat(5000))
  assert.is(line!.length, 2001)
})

test('a flood is cut', async () => {
  const lines = await linesOf('line\n'.repeat(50_000))
  assert.ok(lines.length <= 202, `${lines.length}`)
})

test.run()
