// Student's t distribution, as in the Rust crate statrs.
const Student = (() => {
  // Lanczos approximation of the gamma function with g = 7.
  const LANCZOS = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 0.000009984369578019572, 1.5056327351493116e-7,
  ];

  const logGamma = (x) => {
    const sum = LANCZOS.reduce((total, term, k) => total + (k === 0 ? term : term / (x + k - 1)), 0);
    const t = x + 6.5;
    return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
  };

  /** The continued fraction of the incomplete beta function, by Lentz's method. */
  const fraction = (a, b, x) => {
    const nonzero = (y) => (Math.abs(y) < 1e-300 ? 1e-300 : y);
    let [c, d] = [1, 1 / nonzero(1 - ((a + b) * x) / (a + 1))];
    let product = d;
    for (let m = 1; m < 1000; m += 1) {
      const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      let change = 1;
      for (const term of [even, odd]) {
        d = 1 / nonzero(1 + term * d);
        c = nonzero(1 + term / c);
        change = c * d;
        product *= change;
      }
      if (Math.abs(change - 1) < 1e-15) {
        break;
      }
    }
    return product;
  };

  /** The regularised incomplete beta function at x, where y = 1 − x. */
  const beta = (a, b, x, y) => {
    if (x <= 0 || y <= 0) {
      return x <= 0 ? 0 : 1;
    }
    const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y));
    return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, y)) / b;
  };

  /** The probability of a value above t. */
  const upper = (t, degrees) => {
    const square = t * t;
    const tail = 0.5 * beta(degrees / 2, 0.5, degrees / (degrees + square), square / (degrees + square));
    return t >= 0 ? tail : 1 - tail;
  };

  return { upper };
})();
