//! A finished drawing, as SVG and as PNG.

use std::io;
use std::sync::{Arc, LazyLock};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use plotters::drawing::DrawingAreaErrorKind;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

/// The number of device pixels of the PNG for each pixel of the figure.
const PNG_SCALE: u16 = 2;

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    svg: String,
}

/// An error in drawing or rendering a figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// The drawing library failed.
    #[error("drawing the figure")]
    Draw(#[from] DrawingAreaErrorKind<io::Error>),
    /// The SVG cannot be parsed for rendering.
    #[error("reading the figure's SVG")]
    Svg(#[from] resvg::usvg::Error),
    /// There is not enough memory for a picture of this size.
    #[error("a picture of {width} × {height} pixels cannot be allocated")]
    Size {
        /// The width in device pixels.
        width: u32,
        /// The height in device pixels.
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

    /// The figure as a PNG file, with two device pixels for each pixel of the SVG.
    ///
    /// # Errors
    /// The picture cannot be rendered, allocated or encoded.
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

        // The background is opaque, so premultiplied colours equal plain colours. Iterators over single bytes would be
        // slow in this crate, which is compiled without optimisation.
        let mut rgb = Vec::new();
        for rgba in pixmap.data().chunks_exact(4) {
            rgb.extend_from_slice(&rgba[..3]);
        }
        // A test for enough memory, because the compressor panics without it.
        let mut memory: Vec<u8> = Vec::new();
        let found = memory.try_reserve_exact(1 << 20);
        // Without a use, the compiler may remove the allocation.
        std::hint::black_box(&memory);
        found.map_err(|_| FigureError::Size { width, height })?;
        drop(memory);
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)?;
        Ok(png)
    }

    /// Makes a figure from an SVG document.
    pub(crate) fn new(svg: String) -> Self {
        Self { svg }
    }

    /// Adds a fragment of SVG on top of the drawing, in units of [`UNIT`](crate::canvas::UNIT).
    pub(crate) fn with_fragment(mut self, fragment: &str) -> Self {
        let end = self.svg.rfind("</svg>").unwrap_or(self.svg.len());
        self.svg.insert_str(end, fragment);
        self
    }
}

/// The two fonts of the figures; no font of the system is used.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for face in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});
