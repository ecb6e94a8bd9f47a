/** Powers of two down to where there are none: [k] is 2^−k. */
const powers = Float64Array.from({ length: 1100 }, (_, k) => 2 ** -k)

/**
 * e^x for x ≤ 0, to 12 digits, in half of the time of `Math.exp`: a vocabulary's weights are the dearest part of a draw. As
 * 2^−n · 2^f, with f in (−1, 0] by a polynomial through its Chebyshev points.
 */
export function exponential(x: number): number {
  const exponent = Math.min(-x * Math.LOG2E, powers.length - 1)
  const n = exponent | 0
  return powerOfTwo(n - exponent) * powers[n]!
}

const powerOfTwo = (f: number): number =>
  1 + f * (0.6931471804687592 + f * (0.24022650451522376 + f * (0.05550408340813875 + f * (0.009617998058136379 + f * tail(f)))))

const tail = (f: number): number =>
  0.0013329724695023614 + f * (0.0001533724332396105 + f * (1.4576258418418041e-5 + f * 9.375993217345166e-7))
