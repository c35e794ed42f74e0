//! The data of a figure of a grid.

use std::iter;

use crate::panel::drawable;
use crate::style::short;

/// Results over a grid of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The heading of the figure.
    pub title: String,
    /// The settings that vary.
    pub settings: Vec<GridSetting>,
    /// The cells, in any order; a combination may be missing.
    pub cells: Vec<GridCell>,
}

/// A setting and its values, which are drawn at equal distances.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSetting {
    /// The name on the axis.
    pub name: String,
    /// The values, in the order of the axis.
    pub values: Vec<String>,
}

/// A combination of values, with its losses.
#[derive(Clone, Debug, PartialEq)]
pub struct GridCell {
    /// For each setting, the position of the value in the list of values.
    pub at: Vec<usize>,
    /// The validation loss of each seed.
    pub losses: Vec<f64>,
    /// The mean of the losses; `None` if a seed has no loss.
    pub mean: Option<f64>,
}

/// The maximum number of characters of a name or value.
const LONGEST: usize = 24;

/// The part of the grid that can be drawn.
pub(super) fn usable(grid: &Grid) -> Grid {
    let mut grid = grid.clone();
    for setting in &mut grid.settings {
        for text in iter::once(&mut setting.name).chain(&mut setting.values) {
            *text = short(text, LONGEST);
        }
    }
    let settings = &grid.settings;
    grid.cells.retain(|cell| {
        let mut pairs = cell.at.iter().zip(settings);
        cell.at.len() == settings.len() && pairs.all(|(&at, setting)| at < setting.values.len())
    });
    for cell in &mut grid.cells {
        cell.losses.retain(|loss| drawable(*loss));
        cell.mean = cell.mean.filter(|mean| drawable(*mean));
    }
    grid
}

/// The scale of losses: from 0 for the highest to 1 for the lowest. The scale is logarithmic, so that one very high
/// loss does not make all others look equal.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Scale {
    pub(super) fn of(grid: &Grid) -> Self {
        let logarithms = grid
            .cells
            .iter()
            .filter_map(|cell| cell.mean.map(logarithm));
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = logarithms.fold(ends, |(low, high), x| (x.min(low), x.max(high)));
        Self { low, high }
    }

    pub(super) fn lowness(&self, loss: f64) -> f64 {
        let range = self.high - self.low;
        match range > 0.0 {
            true => (self.high - logarithm(loss)) / range,
            false => 1.0,
        }
    }
}

pub(super) fn logarithm(loss: f64) -> f64 {
    loss.max(1e-12).ln()
}

/// The cells that have a mean, with the mean, the lowest last.
pub(super) fn ranked(grid: &Grid) -> Vec<(&GridCell, f64)> {
    let cells = grid.cells.iter();
    let mut ranked: Vec<_> = cells.filter_map(|cell| Some((cell, cell.mean?))).collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    ranked
}
