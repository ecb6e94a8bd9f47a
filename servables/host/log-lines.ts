import type { Readable } from 'node:stream'

const LONGEST_LINE = 2000
const LINES_PER_SECOND = 100

/** Passes a stream of text on as lines; cuts long ones, and drops and counts those beyond 100 in a second. */
export const readLogLines = (stream: Readable, log: (line: string) => void): void => {
  let partial = ''
  let second = 0
  let lines = 0

  const line = (text: string): void => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      if (lines > LINES_PER_SECOND) log(`… ${lines - LINES_PER_SECOND} lines dropped`)
      second = now
      lines = 0
    }
    if (++lines <= LINES_PER_SECOND && text !== '') log(text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text)
  }

  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const parts = (partial + chunk).split('\n')
    partial = (parts.pop() ?? '').slice(0, LONGEST_LINE + 1)
    for (const part of parts) line(part.trimEnd())
  })
  stream.on('end', () => line(partial))
}
