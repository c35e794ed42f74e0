//! Seeds that are drawn from rules.

use lab_results::disk::atomic_file::sha256;

/// The largest drawn seed plus one. Nine digits are short enough to read, and exact in every language's numbers.
const BELOW: u64 = 1_000_000_000;

/// `count` different seeds that follow from the SHA-256 of some rules, so that nobody can choose them, and so that they do
/// not exist before the rules are final.
///
/// For k = 0, 1, 2, …, the text `<sha256> <k>` is hashed, with the rules' SHA-256 in hexadecimal. The first 64 bits of
/// that hash, modulo 10⁹, are a seed, unless it was drawn before. In a shell, the first one is
///
/// ```text
/// printf '%s %d' "$(sha256sum < claims.toml | cut -c-64)" 0 | sha256sum | cut -c-16    # the first 64 bits
/// ```
///
/// ```
/// let seeds = lab_claims::drawn_seeds(&"0".repeat(64), 3);
/// assert_eq!(seeds, lab_claims::drawn_seeds(&"0".repeat(64), 3));
/// assert_ne!(seeds, lab_claims::drawn_seeds(&"1".repeat(64), 3));
/// ```
pub fn drawn_seeds(rules_sha256: &str, count: usize) -> Vec<u64> {
    let mut seeds = Vec::new();
    for k in 0_u64.. {
        if seeds.len() == count {
            break;
        }
        let hash = sha256(format!("{rules_sha256} {k}").as_bytes());
        let seed = u64::from_str_radix(&hash[..16], 16).unwrap_or_default() % BELOW;
        if !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }
    seeds
}
