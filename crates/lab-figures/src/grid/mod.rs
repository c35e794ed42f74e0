//! The validation loss over a grid of settings: a line plot, a heat map, or parallel coordinates.

mod data;
mod heat;
mod line;
mod parallel;

use crate::canvas::draw;
use crate::figure::{Figure, FigureError};
use crate::style::notice;
use data::usable;

pub use data::{Grid, GridCell, GridSetting};

/// The maximum number of rows and of columns in a heat map.
const MOST: usize = 40;

/// Draws the losses of a grid: a line plot over one setting, a heat map over two settings with at most 40 values each,
/// and parallel coordinates otherwise.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
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
        settings if settings.is_empty() || !drawn => {
            draw((480, 120), |root| notice(root, "no data"))
        }
        [x] => line::line(grid, x),
        [rows, columns] if rows.values.len().max(columns.values.len()) <= MOST => {
            heat::heat(grid, rows, columns)
        }
        settings => parallel::parallel(grid, settings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A complete grid of settings with these numbers of values. The loss grows with the positions.
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
