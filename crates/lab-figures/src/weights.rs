//! The weights of a network's first layer: their distribution, and the weights of hidden units as pictures.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use crate::canvas::{draw, px};
use crate::figure::{Figure, FigureError};
use crate::panel::{Axis, Panel};
use crate::pixels::Picture;
use crate::style::{self, BLUE, INK, TEXT_SIZE, TITLE_HEIGHT, VERMILION, bold, plain};

/// The first layer of one network.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstLayer {
    /// The network's name.
    pub name: String,
    /// The weights [pixels × units], row by row.
    pub weights: Vec<f64>,
    /// The number of hidden units.
    pub units: usize,
    /// The number of rows of an image.
    pub rows: usize,
    /// The number of columns of an image.
    pub cols: usize,
}

const WIDTH: i32 = 960;
const ROW: i32 = 200;
const PANEL: (i32, i32) = (400, 166);
const PICTURE: i32 = 64;
const STEP: i32 = 69;
const SHOWN: usize = 14;
/// The number of bins of the histogram on each side of 0.
const BINS: i32 = 40;
/// The largest absolute weight in the histogram.
const END: f64 = 0.1;

/// Draws the first layer of each network: a histogram of the weights, without weights beyond its ends, and the weights
/// of the units with the largest norms as images. Negative weights are blue and positive ones red, with one scale for a
/// network.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn first_layers(title: &str, layers: &[FirstLayer]) -> Result<Figure, FigureError> {
    let height = TITLE_HEIGHT + ROW * layers.len().max(1) as i32;
    let figure = draw((WIDTH, height), |root| {
        style::title(root, title)?;
        for (i, layer) in layers.iter().enumerate() {
            let top = TITLE_HEIGHT + ROW * i as i32;
            let name = bold(TEXT_SIZE, INK, HPos::Left);
            root.draw_text(&plain(&layer.name), &name, (px(16), px(top + 8)))?;
            let shares = histogram(&layer.weights);
            let edges = [-END, END].into_iter();
            let peak = shares.iter().copied().fold(0.0, f64::max);
            let (Some(x), Some(y)) = (
                Axis::values(edges, 6),
                Axis::values([0.0, peak].into_iter(), 4),
            ) else {
                continue;
            };
            let panel = Panel {
                x,
                y,
                x_title: "weight",
                y_title: "% of weights",
                y_labels: 56,
            };
            let plot = panel.draw(root, (12, top + 2), (PANEL.0, PANEL.1 + 20))?;
            for (bin, &share) in shares.iter().enumerate() {
                let left = (bin as i32 - BINS) as f64 * END / f64::from(BINS);
                let corners = [
                    plot.at(left, share),
                    plot.at(left + END / f64::from(BINS), 0.0),
                ];
                style::fill(&plot.root, corners, BLUE)?;
            }
        }
        Ok(())
    })?;
    let mut pictures = String::new();
    for (i, layer) in layers.iter().enumerate() {
        let top = TITLE_HEIGHT + ROW * i as i32 + 22;
        for (place, &unit) in by_norm(layer).iter().take(SHOWN).enumerate() {
            let (row, column) = (place as i32 / 7, place as i32 % 7);
            let corner = (PANEL.0 + 60 + column * STEP, top + row * STEP);
            pictures += &picture(layer, unit, corner);
        }
    }
    Ok(figure.with_fragment(&pictures))
}

/// The units, in descending order of the sum of squares.
fn by_norm(layer: &FirstLayer) -> Vec<usize> {
    let mut squares = vec![0.0; layer.units];
    for row in layer.weights.chunks(layer.units.max(1)) {
        for (sum, w) in squares.iter_mut().zip(row) {
            *sum += w * w;
        }
    }
    let mut units: Vec<usize> = (0..layer.units).collect();
    units.sort_by(|&a, &b| squares[b].total_cmp(&squares[a]));
    units
}

/// The share of weights in each bin, in per cent; weights beyond the ends are left out.
fn histogram(weights: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; 2 * BINS as usize];
    for &w in weights.iter().filter(|w| w.abs() < END) {
        let bin = ((w / END + 1.0) * f64::from(BINS)).floor() as usize;
        let last = shares.len() - 1;
        shares[bin.min(last)] += 100.0 / weights.len() as f64;
    }
    shares
}

/// The SVG of a unit's weights in 15 shades of blue and of red.
fn picture(layer: &FirstLayer, unit: usize, corner: (i32, i32)) -> String {
    let FirstLayer {
        weights,
        units,
        rows,
        cols,
        ..
    } = layer;
    let own: Vec<f64> = weights.iter().skip(unit).step_by(*units).copied().collect();
    let largest = weights
        .iter()
        .fold(f64::MIN_POSITIVE, |max, w| max.max(w.abs()));
    // A few weights are much larger than all others.
    let shade = |w: &f64| (15.0 * w / (0.6 * largest)).clamp(-15.0, 15.0).round() as i32;
    let color = |level: i32| {
        let full = if level < 0 { BLUE } else { VERMILION };
        let mix = |part: u8| (255 - (255 - i32::from(part)) * level.abs() / 15) as u8;
        Some(RGBColor(mix(full.0), mix(full.1), mix(full.2)))
    };
    // The frame shows a unit whose weights are all 0.
    let frame = format!(
        "<rect y=\"-.5\" width=\"{cols}\" height=\"{rows}\" fill=\"none\" stroke=\"#E6E6E6\" \
         stroke-width=\".3\"/>\n"
    );
    let picture = Picture {
        corner,
        side: PICTURE,
        values: &own,
        size: (*rows, *cols),
    };
    picture.svg(shade, color, &frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_but_for_what_lies_beyond() {
        let shares = histogram(&[0.0, 0.0499, -0.0999, 0.5]);
        assert!((shares.iter().sum::<f64>() - 75.0).abs() < 1e-9);
        assert_eq!(shares[BINS as usize], 25.0);
        assert_eq!(shares[0], 25.0);
    }

    #[test]
    fn zeros_are_white_and_signs_have_their_colours() {
        let layer = FirstLayer {
            name: "a & b".to_owned(),
            weights: vec![0.0, 1.0, -1.0, 0.0],
            units: 1,
            rows: 2,
            cols: 2,
        };
        let svg = picture(&layer, 0, (0, 0));
        for expected in ["#FFFFFF", "#D55E00", "#0072B2"] {
            assert!(svg.contains(expected), "{svg}");
        }
        let two = FirstLayer {
            weights: vec![0.0, 1.0, -1.0, 2.0],
            units: 2,
            ..layer.clone()
        };
        assert_eq!(by_norm(&two), [1, 0]);
        let figure = first_layers("weights", &[layer]).unwrap();
        assert!(figure.svg().contains("a &amp; b"));
        assert!(figure.png().is_ok());
        assert!(first_layers("none", &[]).unwrap().png().is_ok());
    }
}
