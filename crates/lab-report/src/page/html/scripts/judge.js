// Computes the rules' tests and verdicts with every margin multiplied by a factor. A test compares the verdicts with
// factor 1 with those of the report.
const Judge = (() => {
  const { list, alpha } = DATA.claims;
  const finite = (ends) => ends.filter(([end]) => end !== null);

  /** The upper tail of t at difference / error; NaN for a single number. */
  const tail = (claim, difference, error) => {
    if (claim.sd === null) {
      return NaN;
    }
    return error > 0 ? Student.upper(difference / error, claim.n - 1) : difference > 0 ? 0 : 1;
  };

  const mean = (claim) => {
    const error = claim.sd / Math.sqrt(claim.n);
    const above = (end) => tail(claim, claim.mean - end, error);
    const below = (end) => tail(claim, end - claim.mean, error);
    return { above, below };
  };

  const isInside = (claim, [from, to]) => {
    const { above, below } = mean(claim);
    return Math.max(
      0,
      ...finite([
        [from, above],
        [to, below],
      ]).map(([end, p]) => p(end)),
    );
  };

  const isOutside = (claim, [from, to]) => {
    const { above, below } = mean(claim);
    const ends = finite([
      [from, below],
      [to, above],
    ]).map(([end, p]) => p(end));
    return Math.min(1, ends.length * Math.min(1, ...ends));
  };

  const isAnother = (claim) => {
    const error = claim.sd * Math.sqrt(1 + 1 / claim.n);
    return Math.min(1, 2 * tail(claim, Math.abs(claim.printed - claim.mean), error));
  };

  const scaled = (range, factor) => range.map((end) => (end === null ? null : factor * end));

  const isContradicted = ({ range, printed }, factor) => {
    const [from, to] = scaled(range, factor);
    return printed !== null && ((from !== null && printed < from) || (to !== null && to < printed));
  };

  const tests = (claim, factor) => {
    if (claim.kind === "printed") {
      return [{ shows: "not-reproduced", p: isAnother(claim) }];
    }
    if (claim.kind === "gradients" || isContradicted(claim, factor)) {
      return [];
    }
    return claim.hypotheses.map(({ shows, isOutside: outside, range }) => {
      const p = outside ? isOutside : isInside;
      return { shows, p: p(claim, scaled(range, factor)) };
    });
  };

  /** Holm's correction. */
  const correct = (family) => {
    const known = ({ p }) => (Number.isNaN(p) ? 1 : p);
    let largest = 0;
    [...family]
      .sort((a, b) => known(a) - known(b))
      .forEach((test, rank) => {
        largest = Math.max(largest, Math.min(1, (family.length - rank) * known(test)));
        test.holm = largest;
      });
  };

  const verdict = (claim, found, factor) => {
    const shown = found.find((test) => test.holm < alpha);
    if (claim.kind === "gradients") {
      const limit = factor * claim.limit;
      const isAbove = (numbers) => numbers.some((x) => x > limit);
      return isAbove(claim.paper)
        ? "contradicted"
        : isAbove(claim.numbers.map(([, x]) => x))
          ? "not-reproduced"
          : "reproduced";
    }
    if (claim.kind === "statement" && isContradicted(claim, factor)) {
      return "contradicted";
    }
    if (shown !== undefined) {
      return shown.shows;
    }
    return claim.halfWidth !== null && claim.halfWidth <= factor * claim.maxHalfWidth ? "reproduced" : "undecided";
  };

  /** Verdict and tests of each claim. */
  const at = (factor) => {
    const all = list.map((claim) => tests(claim, factor));
    for (const isPrinted of [true, false]) {
      correct(all.filter((_, at) => (list[at].kind === "printed") === isPrinted).flat());
    }
    return list.map((claim, at) => ({ verdict: verdict(claim, all[at], factor), tests: all[at] }));
  };

  return { at };
})();
