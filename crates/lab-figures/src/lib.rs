//! The figures of the report: functions from data to a [`Figure`].
//!
//! `plotters` draws every figure as SVG, and [`Figure::png`] renders the SVG with `resvg`. The DejaVu fonts are
//! compiled in. So the two formats agree, and no font or library of the system is used.
//!
//! | function | shows |
//! |---|---|
//! | [`learning_curves`] | loss and accuracy against epoch, of one run and over the seeds of one experiment |
//! | [`comparison`] | test accuracy and loss of several experiments, beside the paper's values |
//! | [`confusion`] | how many images of each class were predicted as each class |
//! | [`gradients()`] | numerical derivatives against those by backpropagation, beside the paper's |
//! | [`grid()`] | validation loss over a grid of settings |
//! | [`growth`] | the time of a task against each of several sizes |
//! | [`quantiles()`] | the distribution of numbers beside a normal distribution |
//! | [`nearness()`] | the distances of many combinations from two results at once |
//! | [`specification_curve`] | the outcomes of combinations of choices, sorted, with the choices below |
//! | [`first_layers`] | the distribution of first-layer weights, and hidden units' weights as pictures |
//! | [`mistakes`] | the pictures of the worst mistakes |
//!
//! # Example
//! ```
//! let figure = lab_figures::confusion("Confusion matrix", &[[1; 10]; 10], None)?;
//! assert!(figure.svg().starts_with("<svg ") && figure.png()?.starts_with(b"\x89PNG"));
//! # Ok::<(), lab_figures::FigureError>(())
//! ```

mod canvas;
mod comparison;
mod confusion;
mod figure;
mod gradients;
mod grid;
mod growth;
mod learning_curves;
mod legend;
mod mistakes;
mod nearness;
mod panel;
mod quantiles;
mod specification;
mod style;
mod weights;

pub use comparison::{Compared, ComparisonRow, comparison};
pub use confusion::confusion;
pub use figure::{Figure, FigureError};
pub use gradients::{GradientPanel, gradients};
pub use grid::{Grid, GridCell, GridSetting, grid};
pub use growth::{Growth, growth};
pub use learning_curves::{EpochPoint, LearningCurves, learning_curves};
pub use mistakes::{Mistake, mistakes};
pub use nearness::{Nearness, nearness};
pub use quantiles::{Quantiles, quantiles};
pub use specification::{Combination, SpecificationCurve, specification_curve};
pub use weights::{FirstLayer, first_layers};

/// The README's example, which is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_png_is_twice_the_size_of_the_svg() {
        let figure = confusion("size", &[[1; 10]; 10], None).unwrap();
        let png = image::load_from_memory(&figure.png().unwrap())
            .unwrap()
            .to_rgb8();
        let size = format!(
            "width=\"{}\" height=\"{}\"",
            png.width() / 2,
            png.height() / 2
        );
        assert!(figure.svg().starts_with(&format!("<svg {size} ")), "{size}");
        assert_eq!(png.get_pixel(0, 0).0, [255; 3]);
    }
}
