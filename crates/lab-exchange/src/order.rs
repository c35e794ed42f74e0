//! The order of a network's layers, from their names and their sizes.

use anyhow::{Result, bail};
use lab_results::quote::quoted;

/// The properties of a layer that the order depends on.
pub(crate) struct Named<'a> {
    /// The layer's name without `weight`: `fc1.`, `net.2.`, `out.`.
    pub(crate) stem: &'a str,
    pub(crate) fan_in: usize,
    pub(crate) fan_out: usize,
}

/// The maximum number of steps of a search. Only files that are made for it need more.
const MOST_STEPS: usize = 100_000;

/// The positions of `layers` from the first hidden layer to the output.
///
/// Each layer has as many inputs as the layer before has outputs. Layers whose names differ only in numbers are in the
/// order of these numbers, unless their sizes rule it out. Only one order may remain.
///
/// # Errors
/// Layers that fit together in no order, or in more than one.
pub(crate) fn order(layers: &[Named<'_>]) -> Result<Vec<usize>> {
    let keys: Vec<(String, Vec<u128>)> = layers.iter().map(|layer| key(layer.stem)).collect();
    let is_smaller = |a: usize, b: usize| keys[a].0 == keys[b].0 && keys[a].1 < keys[b].1;
    let mut search = Search::new(layers, &is_smaller);
    if search.found.is_empty() {
        let longest = search.longest;
        search = Search::new(layers, &|_, _| false);
        search.longest = longest;
    }
    let name = |layer: usize| quoted(&format!("{}weight", layers[layer].stem));
    match &search.found[..] {
        [order] => Ok(order.clone()),
        [] => {
            let reached = &search.longest;
            let next = (0..layers.len())
                .filter(|layer| !reached.contains(layer))
                .min_by(|a, b| keys[*a].cmp(&keys[*b]));
            let (Some(next), Some(&last)) = (next, reached.last()) else {
                bail!("the order of the layers cannot be found");
            };
            let (layer, before) = (&layers[next], &layers[last]);
            bail!(
                "{} is [{}, {}]; expected [fan-out × {}], the number of outputs of {}",
                name(next),
                layer.fan_out,
                layer.fan_in,
                before.fan_out,
                name(last)
            )
        }
        [first, second, ..] => {
            let at = first.iter().zip(second).position(|(a, b)| a != b);
            let at = at.unwrap_or_default();
            bail!(
                "{} and {} can follow each other in any order; expected numbers in their names, as fc1.weight",
                name(first[at]),
                name(second[at])
            )
        }
    }
}

/// A name with `#` instead of each number, and the numbers.
fn key(stem: &str) -> (String, Vec<u128>) {
    let (mut pattern, mut numbers) = (String::new(), Vec::new());
    let mut rest = stem;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (text, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let (digits, after) = digits.split_at(end.unwrap_or(digits.len()));
        pattern.push_str(text);
        pattern.push('#');
        numbers.push(digits.parse().unwrap_or(u128::MAX));
        rest = after;
    }
    pattern.push_str(rest);
    (pattern, numbers)
}

/// A search for the first two orders.
struct Search<'a> {
    layers: &'a [Named<'a>],
    /// Whether a layer must come before another.
    is_before: &'a dyn Fn(usize, usize) -> bool,
    order: Vec<usize>,
    found: Vec<Vec<usize>>,
    longest: Vec<usize>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(layers: &'a [Named<'a>], is_before: &'a dyn Fn(usize, usize) -> bool) -> Self {
        let mut search = Self {
            layers,
            is_before,
            order: Vec::new(),
            found: Vec::new(),
            longest: Vec::new(),
            steps: 0,
        };
        search.extend();
        search
    }

    fn extend(&mut self) {
        self.steps += 1;
        if self.order.len() > self.longest.len() {
            self.longest.clone_from(&self.order);
        }
        if self.order.len() == self.layers.len() {
            self.found.push(self.order.clone());
            return;
        }
        for layer in 0..self.layers.len() {
            if self.found.len() > 1 || self.steps > MOST_STEPS {
                return;
            }
            let before = self.order.last().map(|&last| self.layers[last].fan_out);
            let fits = before.is_none_or(|outputs| outputs == self.layers[layer].fan_in);
            let is_left = |other: &usize| !self.order.contains(other);
            let mut others = (0..self.layers.len()).filter(is_left);
            let is_due = !others.any(|other| (self.is_before)(other, layer));
            if fits && is_due && is_left(&layer) {
                self.order.push(layer);
                self.extend();
                self.order.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(layers: &[(&str, usize, usize)]) -> Result<Vec<String>, String> {
        let named: Vec<Named<'_>> = layers
            .iter()
            .map(|&(stem, fan_out, fan_in)| Named {
                stem,
                fan_in,
                fan_out,
            })
            .collect();
        let order = order(&named).map_err(|error| error.to_string())?;
        Ok(order
            .into_iter()
            .map(|at| layers[at].0.to_owned())
            .collect())
    }

    /// The names of layers in public MNIST scripts, each list in the order of its network.
    #[test]
    fn layers_of_public_scripts_are_put_in_order() {
        let scripts: [&[(&str, usize, usize)]; 11] = [
            &[("fc1.", 128, 784), ("fc2.", 10, 128)],
            &[
                ("fc1.", 128, 784),
                ("fc2.", 128, 128),
                ("fc3.", 128, 128),
                ("out.", 10, 128),
            ],
            &[
                ("linear_relu_stack.0.", 512, 784),
                ("linear_relu_stack.2.", 512, 512),
                ("linear_relu_stack.4.", 10, 512),
            ],
            &[
                ("net.0.", 256, 784),
                ("net.2.", 256, 256),
                ("net.10.", 10, 256),
            ],
            &[("l1.", 500, 784), ("l2.", 10, 500)],
            &[
                ("input_layer.", 64, 784),
                ("hidden_layer.", 32, 64),
                ("output_layer.", 10, 32),
            ],
            &[("hidden.", 128, 784), ("output.", 10, 128)],
            &[
                ("layers.0.linear.", 64, 784),
                ("layers.1.linear.", 64, 64),
                ("head.", 10, 64),
            ],
            &[
                ("features.1.", 300, 784),
                ("classifier.0.", 100, 300),
                ("classifier.2.", 10, 100),
            ],
            &[
                ("module.lin1.", 120, 784),
                ("module.lin2.", 84, 120),
                ("module.lin3.", 10, 84),
            ],
            &[("0.", 10, 784)],
        ];
        for script in scripts {
            let expected: Vec<String> = script.iter().map(|it| it.0.to_owned()).collect();
            let mut sorted = script.to_vec();
            sorted.sort_unstable();
            assert_eq!(found(&sorted), Ok(expected.clone()));
            sorted.reverse();
            assert_eq!(found(&sorted), Ok(expected));
        }
    }

    #[test]
    fn an_order_that_nothing_decides_is_an_error() {
        let layers = [
            ("in.", 64, 784),
            ("a.", 64, 64),
            ("b.", 64, 64),
            ("out.", 10, 64),
        ];
        let message = found(&layers).unwrap_err();
        assert!(
            message.starts_with("`a.weight` and `b.weight` can follow each other"),
            "{message}"
        );
        let message = found(&[("fc1.", 5, 9), ("fc2.", 5, 3)]).unwrap_err();
        assert_eq!(
            message,
            "`fc2.weight` is [5, 3]; expected [fan-out × 5], the number of outputs of `fc1.weight`"
        );
        // Many square layers, so that the search reaches its limit.
        let stems: Vec<String> = (0..60).map(|at| "x".repeat(at + 1)).collect();
        let squares: Vec<_> = stems.iter().map(|stem| (stem.as_str(), 4, 4)).collect();
        assert!(found(&squares).is_err());
    }
}
