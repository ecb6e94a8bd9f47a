/** Longer names are not compared: no one misspells a name of a hundred letters, and comparing costs the product of lengths. */
const longest = 80
/** A file with thousands of names and thousands of faults must still be answered at once. */
const mostCandidates = 500

/**
 * The candidate that `name` was probably meant to be, or undefined when none is near: differences of case, hyphens and
 * underscores count for nothing, a forgotten `Calculator` at the end counts for nothing, and otherwise about one letter
 * in four may be wrong (a letter changed, added, left out, or exchanged with its neighbour).
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > longest) return undefined
  const wanted = plain(name)
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  let compared = 0
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > longest) continue
    if (++compared > mostCandidates) break
    const other = plain(candidate)
    const tolerance = Math.min(4, Math.round(Math.min(stem(wanted).length, stem(other).length) / 4))
    const limit = Math.min(tolerance, bestDistance - 1)
    const forgotten = stem(other)
    const whole = editDistance(wanted, other, limit)
    const distance = forgotten === other ? whole : Math.min(whole, editDistance(wanted, forgotten, limit))
    if (distance > limit) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/** `; did you mean X?`, or nothing when no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const suggestion = nearest(name, candidates)
  return suggestion === undefined ? '' : `; did you mean ${suggestion === '' ? 'the untagged port' : suggestion}?`
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '')

const stem = (name: string) => name.replace(/(.)calculator$/, '$1')

/**
 * Damerau's distance of neighbouring exchanges (optimal string alignment): three rows of a table, no more. Past `limit`
 * it is infinite, and soon known.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY
  const [same, end] = [commonStart(a, b), commonEnd(a, b)]
  if (same > 0) return editDistance(a.slice(same), b.slice(same), limit)
  if (end > 0) return editDistance(a.slice(0, -end), b.slice(0, -end), limit)
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
    }
    if (Math.min(...row) > limit && Math.min(...previous) > limit) return Number.POSITIVE_INFINITY
    before = previous
    previous = row
  }
  const distance = previous[b.length]!
  return distance > limit ? Number.POSITIVE_INFINITY : distance
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

function commonEnd(a: string, b: string): number {
  let length = 0
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length++
  return length
}
