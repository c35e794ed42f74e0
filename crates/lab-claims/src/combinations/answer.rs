//! Whether one combination gives all printed numbers.

use std::collections::BTreeMap;

use lab_results::combinations::Combinations;

use super::fit::Fit;

/// The setting that multiplies the coefficients of both penalties in the gradient.
const SCALE: &str = "penalty-gradient-scale";

/// Whether one combination gives all printed numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The number of combinations that were run.
    pub combinations: usize,
    /// The nearest combination among those with the most seeds.
    pub nearest: Fit,
    /// The number of combinations with the most seeds of which another run could have given all printed numbers.
    pub near: usize,
    /// The nearest combination if each penalty may have a separate coefficient; `None` without such a choice.
    pub own_scales: Option<OwnScales>,
}

/// A combination in which each experiment has a separate penalty coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnScales {
    /// The position of each chosen value; that of the coefficient is 0.
    pub chosen: Vec<usize>,
    /// The largest of the distances.
    pub distance: f64,
    /// The fewest seeds of any of the experiments.
    pub seeds: usize,
    /// The coefficient of each experiment.
    pub scales: Vec<Scale>,
}

/// A multiple of an experiment's penalty coefficient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The experiment's id.
    pub experiment: String,
    /// The multiple, as in the file of choices.
    pub value: String,
}

/// The fits with the most seeds, in the same order.
pub fn most_seeds(fits: &[Fit]) -> impl Iterator<Item = &Fit> {
    let most = fits.iter().map(|fit| fit.seeds).max().unwrap_or(0);
    fits.iter().filter(move |fit| fit.seeds == most)
}

/// The answer from fits that are sorted by distance; `None` without fits.
pub fn answer(combinations: &Combinations, fits: &[Fit]) -> Option<Answer> {
    let nearest = most_seeds(fits).next()?.clone();
    Some(Answer {
        combinations: fits.len(),
        near: most_seeds(fits).filter(|fit| fit.is_near()).count(),
        nearest,
        own_scales: own_scales(combinations, fits),
    })
}

fn own_scales(combinations: &Combinations, fits: &[Fit]) -> Option<OwnScales> {
    let mut choices = combinations.choices.iter();
    let axis = choices.position(|it| it.setting == SCALE)?;
    let mut alike: BTreeMap<Vec<usize>, Vec<&Fit>> = BTreeMap::new();
    for fit in fits {
        let mut chosen = fit.chosen.clone();
        chosen[axis] = 0;
        alike.entry(chosen).or_default().push(fit);
    }
    let mut best: Option<OwnScales> = None;
    for (chosen, fits) in alike {
        let nearest = combinations.experiments.iter().map(|experiment| {
            let of = |fit: &&Fit| fit.distance_of(&experiment.id);
            let nearest = fits.iter().copied();
            let nearest = nearest.min_by(|a, b| of(a).total_cmp(&of(b)))?;
            let scale = Scale {
                experiment: experiment.id.clone(),
                value: combinations.choices[axis].values[nearest.chosen[axis]].clone(),
            };
            Some((of(&nearest), nearest.seeds, scale))
        });
        let nearest: Vec<_> = nearest.flatten().collect();
        let distance = nearest.iter().map(|it| it.0).fold(0.0, f64::max);
        if best.as_ref().is_none_or(|best| distance < best.distance) {
            best = Some(OwnScales {
                chosen,
                distance,
                seeds: nearest.iter().map(|it| it.1).min().unwrap_or(0),
                scales: nearest.into_iter().map(|(_, _, scale)| scale).collect(),
            });
        }
    }
    best
}
