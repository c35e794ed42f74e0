//! The figures of the report: each is a pure function from data to a [`Figure`].
//!
//! `plotters` draws every figure as SVG, and [`Figure::png`] renders that same SVG with `resvg` and
//! the DejaVu fonts that travel with the program. So the two formats agree, no font or library of
//! the system is asked for, and the same data gives the same bytes.
//!
//! | function | shows |
//! |---|---|
//! | [`learning_curves`] | loss and accuracy against epoch, over the seeds of one experiment |
//! | [`comparison`] | test accuracy and loss of several experiments, beside the paper's values |
//! | [`confusion`] | which digit was taken for which |
//! | [`growth`] | how long something takes against its sizes |
//! | [`first_layers`] | how weights are spread, and hidden units' weights as pictures |
//! | [`mistakes`] | the pictures of the worst mistakes |

mod comparison;
mod confusion;
mod growth;
mod learning_curves;
mod legend;
mod mistakes;
mod panel;
mod style;
mod weights;

use std::io;
use std::sync::{Arc, LazyLock};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::SVGBackend;
use plotters::style::WHITE;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

pub use comparison::{Compared, ComparisonRow, comparison};
pub use confusion::confusion;
pub use growth::{Growth, growth};
pub use learning_curves::{EpochPoint, LearningCurves, learning_curves};
pub use mistakes::{Mistake, mistakes};
pub use weights::{FirstLayer, first_layers};

use style::px;

/// Device pixels of the PNG for each pixel of the figure.
const PNG_SCALE: u16 = 2;

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    svg: String,
}

/// Why a figure could not be drawn or rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// The drawing library refused.
    #[error("drawing the figure")]
    Draw(#[from] DrawingAreaErrorKind<io::Error>),
    /// The SVG could not be read back for rendering.
    #[error("reading the figure's SVG")]
    Svg(#[from] resvg::usvg::Error),
    /// No picture of this size can be held in memory.
    #[error("a picture of {width} × {height} pixels cannot be allocated")]
    Size {
        /// Width in device pixels.
        width: u32,
        /// Height in device pixels.
        height: u32,
    },
    /// The PNG encoder failed.
    #[error("encoding the figure as PNG")]
    Png(#[from] image::ImageError),
}

impl Figure {
    /// The figure as an SVG document.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure as a PNG file, two device pixels to each pixel of the SVG.
    ///
    /// # Errors
    /// [`FigureError`] where the picture cannot be rendered, allocated or encoded.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        let options = Options {
            fontdb: Arc::clone(&FONTS),
            ..Options::default()
        };
        let tree = Tree::from_str(&self.svg, &options)?;
        let size = tree.size().to_int_size();
        let (width, height) = (
            size.width() * u32::from(PNG_SCALE),
            size.height() * u32::from(PNG_SCALE),
        );
        let mut pixmap = Pixmap::new(width, height).ok_or(FigureError::Size { width, height })?;
        pixmap.fill(Color::WHITE);
        let scale = Transform::from_scale(PNG_SCALE.into(), PNG_SCALE.into());
        resvg::render(&tree, scale, &mut pixmap.as_mut());

        // The background is opaque, so premultiplied colours are the plain ones.
        let rgb: Vec<u8> = pixmap
            .pixels()
            .iter()
            .flat_map(|p| [p.red(), p.green(), p.blue()])
            .collect();
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)?;
        Ok(png)
    }
}

/// The two faces the figures use, and nothing of the system.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for face in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// A rectangle of the figure, in units of [`style::UNIT`].
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What a step of drawing gives back.
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;

/// Draws a figure of `width` × `height` pixels on white.
fn draw(
    (width, height): (i32, i32),
    body: impl for<'a> FnOnce(&Area<'a>) -> Drawn,
) -> Result<Figure, FigureError> {
    let mut svg = String::new();
    let fine = (px(width).unsigned_abs(), px(height).unsigned_abs());
    {
        let root = SVGBackend::with_string(&mut svg, fine).into_drawing_area();
        root.fill(&WHITE)?;
        body(&root)?;
        root.present()?;
    }
    // The coordinates stay fine (viewBox); only the size on the page is in pixels.
    let (w, h) = fine;
    let svg = svg.replacen(
        &format!("width=\"{w}\" height=\"{h}\""),
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    );
    Ok(Figure { svg })
}

impl Figure {
    /// Adds a fragment of SVG, in units of [`style::UNIT`], on top of the drawing.
    fn with_fragment(mut self, fragment: &str) -> Self {
        let end = self.svg.rfind("</svg>").unwrap_or(self.svg.len());
        self.svg.insert_str(end, fragment);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_png_is_twice_the_size_of_the_svg() {
        let figure = confusion("size", &[[1; 10]; 10]).unwrap();
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

    #[test]
    fn text_is_rendered_without_fonts_of_the_system() {
        let write = |words| {
            let draw_words = |root: &Area<'_>| style::notice(root, words);
            draw((200, 40), draw_words).unwrap().png().unwrap()
        };
        let [blank, words] = ["", "words"].map(|words| {
            let png = image::load_from_memory(&write(words)).unwrap().to_luma8();
            png.pixels().filter(|p| p.0[0] < 200).count()
        });
        assert_eq!(blank, 0);
        assert!(words > 200, "{words} dark pixels");
    }
}
