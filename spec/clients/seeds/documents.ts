import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A request as a document prints it: a shell command, or a piece of Python. */
export interface Printed {
  readonly heading: string
  readonly language: 'shell' | 'python'
  readonly source: string
}

/** The blocks of code of a document, in order. Whose language is, their fences don't reliably say. */
export function printedIn(file: string): readonly Printed[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  const printed: Printed[] = []
  let heading = ''
  for (const [, title, source] of text.matchAll(/^#+ (.*)$|^```.*\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title
    else printed.push({ heading, language: /^(curl|export) /.test(source!) ? 'shell' : 'python', source: source! })
  }
  return printed
}
