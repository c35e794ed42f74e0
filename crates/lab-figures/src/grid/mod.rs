//! The validation loss over a grid of settings: a line, a heat map, or lines through parallel axes.

mod heat;
mod line;
mod parallel;

use crate::canvas::draw;
use crate::figure::{Figure, FigureError};
use crate::panel::drawable;
use crate::style::{notice, plain};

/// Results over a grid of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Its heading.
    pub title: String,
    /// What varies.
    pub settings: Vec<GridSetting>,
    /// In any order; a combination may be missing.
    pub cells: Vec<GridCell>,
}

/// A setting and its values, which are drawn at equal distances.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSetting {
    /// As axes name it.
    pub name: String,
    /// In the order of the axis.
    pub values: Vec<String>,
}

/// A combination of values and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct GridCell {
    /// The position of its value in the list of each setting.
    pub at: Vec<usize>,
    /// The validation loss of each seed.
    pub losses: Vec<f64>,
    /// Their mean; none if a seed has no loss.
    pub mean: Option<f64>,
}

/// The most rows and columns of a heat map.
const MOST: usize = 40;

/// A line plot over one setting, a heat map over two with at most 40 values each, parallel coordinates else.
///
/// # Errors
/// [`FigureError`] where the figure cannot be drawn.
///
/// ```
/// use lab_figures::{Grid, GridCell, GridSetting, grid};
///
/// let values = ["0.05", "0.1"].map(str::to_owned).to_vec();
/// let cell = |at, loss| GridCell { at: vec![at], losses: vec![loss], mean: Some(loss) };
/// let figure = grid(&Grid {
///     title: "ReLU".to_owned(),
///     settings: vec![GridSetting { name: "lr".to_owned(), values }],
///     cells: vec![cell(0, 0.09), cell(1, 0.08)],
/// })?;
/// assert!(figure.svg().contains("validation loss"));
/// # Ok::<(), lab_figures::FigureError>(())
/// ```
pub fn grid(grid: &Grid) -> Result<Figure, FigureError> {
    let grid = &usable(grid);
    let drawn = grid.cells.iter().any(|cell| cell.mean.is_some());
    match &grid.settings[..] {
        [_, ..] if !drawn => draw((480, 120), |root| notice(root, "no data")),
        [] => draw((480, 120), |root| notice(root, "no data")),
        [x] => line::line(grid, x),
        [rows, columns] if rows.values.len().max(columns.values.len()) <= MOST => {
            heat::heat(grid, rows, columns)
        }
        settings => parallel::parallel(grid, settings),
    }
}

/// The grid with what can be drawn of it.
fn usable(grid: &Grid) -> Grid {
    let mut grid = grid.clone();
    for setting in &mut grid.settings {
        setting.name = short(&setting.name);
        for value in &mut setting.values {
            *value = short(value);
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

/// A text, cut where it would take the room of the data.
fn short(text: &str) -> String {
    const LONGEST: usize = 24;
    let text = plain(text);
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// How low a loss is among all: from 0 for the highest to 1 for the lowest, by logarithms, so that a cell
/// that went astray does not make all others alike.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(grid: &Grid) -> Self {
        let logarithms = grid
            .cells
            .iter()
            .filter_map(|cell| cell.mean.map(logarithm));
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = logarithms.fold(ends, |(low, high), x| (x.min(low), x.max(high)));
        Self { low, high }
    }

    fn lowness(&self, loss: f64) -> f64 {
        let range = self.high - self.low;
        match range > 0.0 {
            true => (self.high - logarithm(loss)) / range,
            false => 1.0,
        }
    }
}

fn logarithm(loss: f64) -> f64 {
    loss.max(1e-12).ln()
}

/// Cells that have a mean, and it, the lowest last.
fn ranked(grid: &Grid) -> Vec<(&GridCell, f64)> {
    let cells = grid.cells.iter();
    let mut ranked: Vec<_> = cells.filter_map(|cell| Some((cell, cell.mean?))).collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of settings with so many values, whole; the loss grows with the positions.
    fn with(sizes: &[usize]) -> Grid {
        let setting = |(i, &size): (usize, &usize)| GridSetting {
            name: format!("setting {i}"),
            values: (0..size).map(|at| format!("v{i}.{at} & more")).collect(),
        };
        let mut cells = vec![Vec::new()];
        for &size in sizes {
            let longer = |at: Vec<usize>| (0..size).map(move |next| [&at[..], &[next]].concat());
            cells = cells.into_iter().flat_map(longer).collect();
        }
        let cell = |at: Vec<usize>| {
            let loss = 0.08 + 0.01 * at.iter().sum::<usize>() as f64;
            GridCell {
                at,
                losses: vec![loss, 1.1 * loss],
                mean: Some(1.05 * loss),
            }
        };
        Grid {
            title: "a & b".to_owned(),
            settings: sizes.iter().enumerate().map(setting).collect(),
            cells: cells.into_iter().map(cell).collect(),
        }
    }

    #[test]
    fn each_number_of_settings_has_its_figure() {
        for sizes in [&[5][..], &[3, 4], &[2, 3, 2], &[2, 2, 2, 2, 2]] {
            let whole = with(sizes);
            let figure = grid(&whole).unwrap();
            for setting in &whole.settings {
                assert!(figure.svg().contains(&setting.name), "{sizes:?}");
                let first = setting.values[0].replace('&', "&amp;");
                assert!(figure.svg().contains(&first), "{sizes:?}");
            }
            assert!(figure.svg().contains("validation loss"), "{sizes:?}");
            assert_eq!(figure, grid(&whole).unwrap());
            figure.png().unwrap();
        }
    }

    #[test]
    fn a_heat_map_writes_its_losses_and_leaves_gaps() {
        let mut gaps = with(&[2, 2]);
        gaps.cells.pop();
        gaps.cells[1].mean = None;
        let svg = grid(&gaps).unwrap().svg().to_owned();
        assert!(
            svg.contains("0.0840\n") && svg.contains("0.0945\n"),
            "{svg}"
        );
        assert_eq!(svg.matches("–\n").count(), 1);
    }

    #[test]
    fn any_grid_is_drawn() {
        let strange = [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300, 1e-300];
        for sizes in [&[][..], &[1], &[300], &[1, 1], &[50, 3], &[20, 5, 1]] {
            let mut any = with(sizes);
            grid(&any).unwrap().png().unwrap();
            for (cell, loss) in any.cells.iter_mut().zip(strange.iter().cycle()) {
                (cell.losses, cell.mean) = (vec![*loss], Some(*loss));
            }
            grid(&any).unwrap().png().unwrap();
            any.cells.iter_mut().for_each(|cell| cell.at.push(7));
            any.title = "\u{1}".repeat(500);
            grid(&any).unwrap().png().unwrap();
        }
    }
}
