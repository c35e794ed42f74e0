//! The pictures of the worst mistakes.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::pixels::Picture;
use crate::style::{
    GREY, GRID, INK, TEXT_SIZE, TITLE_HEIGHT, VERMILION, bold, line, notice, plain, stroke, text,
    title,
};

/// A misclassified image.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// The pixels, row by row, from 0 for paper to 255 for ink.
    pub image: Vec<u8>,
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub cols: usize,
    /// The true class: a digit or a name.
    pub label: String,
    /// The predicted class.
    pub predicted: String,
    /// The probability of the predicted class.
    pub probability: f64,
}

const COLUMNS: usize = 8;
const ROWS: usize = 5;
/// The size of a picture: three pixels for each of a digit's 28.
const PICTURE: i32 = 84;
const CELL: (i32, i32) = (104, 118);
/// The size of a cell if classes have names: wider, and with a second line.
const NAMED_CELL: (i32, i32) = (118, 134);
const MARGIN: i32 = 16;

/// Draws up to 8 × 5 mistakes in the given order, each with the true class, the predicted class and the probability of
/// the predicted class.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn mistakes(heading: &str, mistakes: &[Mistake]) -> Result<Figure, FigureError> {
    let shown = &mistakes[..mistakes.len().min(COLUMNS * ROWS)];
    let rows = shown.len().div_ceil(COLUMNS).max(1) as i32;
    let is_name = |m: &Mistake| m.label.len().max(m.predicted.len()) > 2;
    let cell = match shown.iter().any(is_name) {
        true => NAMED_CELL,
        false => CELL,
    };
    let size = (
        2 * MARGIN + COLUMNS as i32 * cell.0,
        TITLE_HEIGHT + rows * cell.1 + MARGIN,
    );
    let figure = draw(size, |root| {
        title(root, heading)?;
        if shown.is_empty() {
            return notice(root, "no mistakes");
        }
        for (i, mistake) in shown.iter().enumerate() {
            draw_caption(root, mistake, corner(i, cell), cell)?;
        }
        Ok(())
    })?;
    let pictures: String = shown
        .iter()
        .enumerate()
        .map(|(i, m)| picture(m, corner(i, cell)))
        .collect();
    Ok(figure.with_fragment(&pictures))
}

/// The upper left corner of the `i`-th picture, in pixels.
fn corner(i: usize, cell: (i32, i32)) -> (i32, i32) {
    let (row, column) = ((i / COLUMNS) as i32, (i % COLUMNS) as i32);
    (
        MARGIN + column * cell.0 + (cell.0 - PICTURE) / 2,
        TITLE_HEIGHT + row * cell.1 + 4,
    )
}

/// Draws the caption below the frame: `4 → 9 0.98`. Class names take two lines, the true class and the predicted class.
fn draw_caption(
    root: &Area<'_>,
    mistake: &Mistake,
    (left, top): (i32, i32),
    cell: (i32, i32),
) -> Drawn {
    let (right, bottom) = (left + PICTURE, top + PICTURE);
    let frame = [
        (left, top),
        (right, top),
        (right, bottom),
        (left, bottom),
        (left, top),
    ];
    stroke(
        root,
        frame.map(|(x, y)| (px(x), px(y))).to_vec(),
        line(GRID, 4),
    )?;

    let beyond = cell.0 - CELL.0;
    let (first, edge) = (left + 1 - beyond, right - 1 + beyond);
    let (second, below) = match cell == NAMED_CELL {
        true => (first, cell.1 - CELL.1),
        false => (left + 30, 0),
    };
    let y = px(bottom + 12);
    let truth = format!("{} →", plain(&mistake.label));
    root.draw_text(&truth, &bold(TEXT_SIZE, INK, HPos::Left), (px(first), y))?;
    let y = y + px(below);
    root.draw_text(
        &plain(&mistake.predicted),
        &bold(TEXT_SIZE, VERMILION, HPos::Left),
        (px(second), y),
    )?;
    if mistake.probability.is_finite() {
        let probability = format!("{:.2}", mistake.probability);
        root.draw_text(
            &probability,
            &text(TEXT_SIZE, GREY, HPos::Right),
            (px(edge), y),
        )?;
    }
    Ok(())
}

/// The SVG of an image in 15 greys.
fn picture(mistake: &Mistake, corner: (i32, i32)) -> String {
    let picture = Picture {
        corner,
        side: PICTURE,
        values: &mistake.image,
        size: (mistake.rows, mistake.cols),
    };
    let color = |level: i32| {
        let shade = 255 - 17 * level as u8;
        (level > 0).then_some(RGBColor(shade, shade, shade))
    };
    picture.svg(|value| grey(*value), color, "")
}

/// The nearest of 16 grey levels.
fn grey(value: u8) -> i32 {
    (i32::from(value) + 8) / 17
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(image: Vec<u8>, rows: usize, cols: usize) -> Mistake {
        Mistake {
            image,
            rows,
            cols,
            label: "4".to_owned(),
            predicted: "9".to_owned(),
            probability: 0.987,
        }
    }

    #[test]
    fn each_pixel_has_its_grey() {
        let svg = picture(&mistake(vec![0, 255, 255, 255, 0, 8, 9, 0], 2, 4), (1, 2));
        assert!(svg.contains("translate(4 8) scale(84)"), "{svg}");
        assert!(
            svg.contains("<path stroke=\"#000000\" d=\"M1 0h3\"/>"),
            "{svg}"
        );
        assert!(
            svg.contains("<path stroke=\"#EEEEEE\" d=\"M2 1h1\"/>"),
            "{svg}"
        );
        assert_eq!(svg.matches("<path").count(), 2, "{svg}");
    }

    #[test]
    fn the_sheet_shows_the_first_forty() {
        let many = vec![mistake(vec![255; 784], 28, 28); 43];
        let figure = mistakes("<many>", &many).unwrap();
        assert_eq!(figure.svg().matches("<path").count(), 40);
        let png = image::load_from_memory(&figure.png().unwrap())
            .unwrap()
            .to_rgb8();
        let (x, y) = corner(39, CELL);
        let middle = |v: i32| 2 * (v + PICTURE / 2) as u32;
        assert_eq!(png.get_pixel(middle(x), middle(y)).0, [0, 0, 0]);
        assert_eq!(figure, mistakes("<many>", &many).unwrap());
    }

    #[test]
    fn names_have_a_line_each() {
        let boot = Mistake {
            label: "Ankle boot".to_owned(),
            ..mistake(vec![255; 784], 28, 28)
        };
        let [digits, names] =
            [mistake(vec![255; 784], 28, 28), boot].map(|one| mistakes("", &[one]).unwrap());
        assert!(names.svg().contains("Ankle boot →\n"));
        let heights = [digits, names].map(|figure| {
            let png = image::load_from_memory(&figure.png().unwrap()).unwrap();
            png.height() as i32
        });
        assert_eq!(heights[1] - heights[0], 2 * (NAMED_CELL.1 - CELL.1));
    }

    #[test]
    fn malformed_pictures_do_no_harm() {
        let odd = [
            mistake(vec![], 28, 28),
            mistake(vec![9; 5], 0, 0),
            mistake(vec![9; 5], 2, 3),
            mistake(vec![9; 50], 2, 3),
            Mistake {
                probability: f64::NAN,
                ..mistake(vec![9; 784], 28, 28)
            },
        ];
        let figure = mistakes("odd", &odd).unwrap();
        assert!(!figure.svg().contains("NaN"));
        figure.png().unwrap();
        assert!(mistakes("none", &[]).unwrap().svg().contains("no mistakes"));
    }
}
