#![doc = include_str!("../README.md")]

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
mod pixels;
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
