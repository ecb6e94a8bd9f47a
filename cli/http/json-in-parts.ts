import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

/** Where in a text a list has its bracket, commas at which it is cut, and its other bracket. */
export type LongList = readonly number[]

/**
 * `JSON.parse`, but for some lists in the outermost object, which are parsed a part at a time; other requests have their turn
 * between. What is no JSON as a whole is none in parts, as every character is in one of them, and none is empty.
 *
 * @throws SyntaxError
 */
export async function parseInParts(text: string, lists: readonly LongList[]): Promise<unknown> {
  if (lists.length === 0) return JSON.parse(text)
  /** What stands for a list in the text that is left. */
  const mark = randomUUID()
  const parsed: unknown[][] = []
  let rest = ''
  let end = 0
  for (const list of lists) {
    rest += `${text.slice(end, list[0])}{"${mark}":${parsed.length}}`
    parsed.push(await parseList(text, list))
    end = list.at(-1)! + 1
  }
  const body: object = JSON.parse(rest + text.slice(end))
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, parsed[value?.[mark]] ?? value]))
}

async function parseList(text: string, list: LongList): Promise<unknown[]> {
  const elements: unknown[] = []
  for (const [index, end] of list.slice(1).entries()) {
    const part: unknown[] = JSON.parse(`[${text.slice(list[index]! + 1, end)}]`)
    if (part.length === 0) throw new SyntaxError('an element is missing')
    for (const each of part) elements.push(each)
    await setImmediate()
  }
  return elements
}
