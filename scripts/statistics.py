"""SciPy's results for the functions of `lab_claims::statistics`.

    python scripts/statistics.py > crates/lab-claims/tests/scipy.json     # after a change here
    python scripts/statistics.py --check crates/lab-claims/tests/scipy.json

The first command writes the results for the test `crates/lab-claims/tests/scipy.rs`. The second command checks that
SciPy still gives the same results, within 1e-12.
"""

import json
import math
import sys

import numpy as np
from scipy import integrate, stats

INF = math.inf
RANGES = [(0, INF), (-INF, 0), (-0.2, 0.2), (0, 0.3), (-INF, 0.5), (0.35, 0.6)]


def samples():
    rng = np.random.default_rng(17)
    for n, mean, sd in [(2, 0.1, 0.3), (5, 0.1, 0.2), (8, 0.0, 0.1), (12, 0.2, 0.3), (40, 0.1, 0.2), (100, 0.3, 0.5)]:
        yield [float(x) for x in rng.normal(mean, sd, n)]


def p_side(x, bound, side):
    if math.isinf(bound):
        return None
    return float(stats.ttest_1samp(x, bound, alternative=side).pvalue)


def inside(ends):
    return max(p for p in ends if p is not None)


def outside(ends):
    ends = [p for p in ends if p is not None]
    return min(1.0, len(ends) * min(ends))


def flip(x, bound, side):
    """All sign flips, counted by SciPy."""
    if math.isinf(bound):
        return None
    found = stats.permutation_test(
        (np.asarray(x) - bound,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative=side
    )
    return float(found.pvalue)


def tests():
    for x in samples():
        n, mean, sd = len(x), float(np.mean(x)), float(np.std(x, ddof=1))
        t = stats.t(n - 1)
        half, more = t.ppf(0.975) * sd / math.sqrt(n), sd * math.sqrt(1 + 1 / n)
        case = {
            "numbers": x,
            "interval_90": list(map(float, stats.t.interval(0.9, n - 1, mean, sd / math.sqrt(n)))),
            "interval_95": [float(mean - half), float(mean + half)],
            "prediction_95": [float(mean + side * t.ppf(0.975) * more) for side in (-1, 1)],
            "another": [[at, float(2 * t.sf(abs(at - mean) / more))] for at in (0.0, 0.4, 2.0)],
            "ranges": [],
        }
        for low, high in RANGES:
            greater, less = "greater", "less"
            row = {
                "range": [low if math.isfinite(low) else None, high if math.isfinite(high) else None],
                "inside": inside([p_side(x, low, greater), p_side(x, high, less)]),
                "outside": outside([p_side(x, low, less), p_side(x, high, greater)]),
            }
            if n <= 12:
                row["flip_inside"] = inside([flip(x, low, greater), flip(x, high, less)])
                row["flip_outside"] = outside([flip(x, low, less), flip(x, high, greater)])
            case["ranges"].append(row)
        yield case


def exact_power(mean, sd, n, alpha, question, low, high):
    """With the noncentral t where one end is infinite and SciPy has its value; else by quadrature over the standard
    deviation."""
    freedom, error = n - 1, sd / math.sqrt(n)
    a, b = (low - mean) / error, (high - mean) / error
    ends = sum(map(math.isfinite, (a, b)))
    critical = stats.t.ppf(1 - (alpha if question == "inside" else alpha / ends), freedom)
    exact = math.nan
    if ends == 1:
        above, end = (math.isfinite(a), a) if question == "inside" else (math.isfinite(b), b)
        exact = stats.nct.sf(critical, freedom, -end) if above else stats.nct.cdf(-critical, freedom, -end)
    if math.isfinite(exact):
        return float(exact)
    density = stats.chi(freedom, scale=1 / math.sqrt(freedom)).pdf
    cdf, sf = stats.norm.cdf, stats.norm.sf
    if question == "inside":
        decided = lambda u: cdf(b - critical * u) - cdf(a + critical * u)
        top = (b - a) / (2 * critical)
    else:
        decided = lambda u: cdf(a - critical * u) + sf(b + critical * u)
        top = INF
    low, high = max(0.0, 1 - 9 / math.sqrt(2 * freedom)), min(top, 1 + 12 / math.sqrt(freedom))
    if high <= low:
        return 0.0
    value, _ = integrate.quad(lambda u: decided(u) * density(u), low, high, epsabs=1e-13, epsrel=1e-12, limit=500)
    return float(value)


def powers():
    for mean, sd, n in [(0.1, 0.2, 2), (0.1, 0.2, 5), (0.1, 0.2, 40), (0.0, 0.3, 30), (-0.1, 0.4, 100), (0.05, 0.3, 300)]:
        for alpha in (0.05, 0.002):
            for low, high in [(0, INF), (-INF, 0), (-0.2, 0.2), (0, 0.3)]:
                for question in ("inside", "outside"):
                    yield {
                        "mean": mean, "sd": sd, "n": n, "alpha": alpha, "question": question,
                        "range": [low if math.isfinite(low) else None, high if math.isfinite(high) else None],
                        "power": exact_power(mean, sd, n, alpha, question, low, high),
                    }


def joints():
    """Hotelling's T² for one more row, from the inverse of the covariance matrix."""
    rng = np.random.default_rng(18)
    mix = np.array([[1e-3, 0, 0], [-2e-3, 1e-3, 0], [0.1, -0.05, 0.3]])
    for n, d in [(5, 2), (5, 3), (12, 3), (40, 2), (40, 3), (100, 3)]:
        rows = (rng.normal(size=(n, 3)) @ mix.T + [0.97, 0.08, 3.6])[:, :d]
        mean, inverse = rows.mean(axis=0), np.linalg.inv(np.cov(rows.T))
        for steps in (0.3, 1.5, 4.0):
            row = mean + steps * np.array([1e-3, 1e-3, 0.2])[:d]
            t_squared = (row - mean) @ inverse @ (row - mean) / (1 + 1 / n)
            p = stats.f(d, n - d).sf(t_squared * (n - d) / (d * (n - 1)))
            yield {"rows": rows.tolist(), "row": row.tolist(), "p": float(p)}


def apart(a, b):
    """The largest distance between the numbers of two results; infinite if they differ in anything else."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((apart(a[key], b[key]) for key in a), default=0.0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max(map(apart, a, b), default=0.0)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b)
    return 0.0 if a == b else INF


def main():
    answers = {"scipy": "see scripts/requirements.txt", "tests": list(tests()), "powers": list(powers()),
               "joints": list(joints())}
    if len(sys.argv) == 1:
        json.dump(answers, sys.stdout, indent=1, allow_nan=False)
        print()
        return
    with open(sys.argv[2], encoding="utf-8") as file:
        found = apart(json.load(file), json.loads(json.dumps(answers)))
    print(f"SciPy's answers: {len(answers['tests'])} samples, {len(answers['powers'])} powers, "
          f"{len(answers['joints'])} joint tests, at most {found:.1e} from those that the tests compare with")
    if found > 1e-12:
        sys.exit(1)


main()
