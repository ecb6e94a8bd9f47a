/**
 * One uniform draw in [0, 1) for each (seed, choice, position), whatever was drawn before and beside it: Philox 4x32-10, a
 * counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Seed: any safe integer.
 */
export function uniform(seed: number, choice: number, position: number): number {
  const high = Math.floor(seed / 0x1_0000_0000)
  const [first, second] = philox([position, choice, 0, 0], [seed >>> 0, high >>> 0])
  return ((first >>> 6) * 0x800_0000 + (second >>> 5)) / 0x20_0000_0000_0000
}

type Words = readonly [number, number, number, number]

/** Ten rounds over four 32-bit words, under a key of two. */
export function philox(counter: Words, key: readonly [number, number]): Words {
  let [a, b, c, d] = counter
  let [left, right] = key
  for (let round = 0; round < 10; round++) {
    const fromA = multiply(a, 0xd251_1f53)
    const fromC = multiply(c, 0xcd9e_8d57)
    const next: Words = [(fromC.high ^ b ^ left) >>> 0, fromC.low, (fromA.high ^ d ^ right) >>> 0, fromA.low]
    ;[a, b, c, d] = next
    left = (left + 0x9e37_79b9) >>> 0
    right = (right + 0xbb67_ae85) >>> 0
  }
  return [a, b, c, d]
}

/** The 64-bit product of two 32-bit words. */
function multiply(x: number, y: number): { readonly high: number; readonly low: number } {
  const xLow = x & 0xffff
  const xHigh = x >>> 16
  const yLow = y & 0xffff
  const yHigh = y >>> 16
  const lowLow = xLow * yLow
  const middle = xHigh * yLow + xLow * yHigh + (lowLow >>> 16)
  return { high: (xHigh * yHigh + Math.floor(middle / 0x1_0000)) >>> 0, low: Math.imul(x, y) >>> 0 }
}
