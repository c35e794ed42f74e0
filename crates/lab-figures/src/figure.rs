//! A finished drawing, as SVG and as PNG.

use std::io;
use std::sync::{Arc, LazyLock};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use plotters::drawing::DrawingAreaErrorKind;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

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
        // More memory than the compressor takes when it is made, since it panics where there is none.
        let mut memory: Vec<u8> = Vec::new();
        let found = memory.try_reserve_exact(1 << 20);
        // An allocation without a use may be optimised away.
        std::hint::black_box(&memory);
        found.map_err(|_| FigureError::Size { width, height })?;
        drop(memory);
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)?;
        Ok(png)
    }

    /// A figure from its SVG document.
    pub(crate) fn new(svg: String) -> Self {
        Self { svg }
    }

    /// Adds a fragment of SVG, in units of [`UNIT`](crate::canvas::UNIT), on top of the drawing.
    pub(crate) fn with_fragment(mut self, fragment: &str) -> Self {
        let end = self.svg.rfind("</svg>").unwrap_or(self.svg.len());
        self.svg.insert_str(end, fragment);
        self
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
