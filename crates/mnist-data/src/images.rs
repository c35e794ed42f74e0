//! Images as bytes, alone and with their labels.

use std::fmt;

use crate::Error;

/// `count` images of `rows * cols` bytes each.
#[derive(Clone, PartialEq, Eq)]
pub struct Images {
    count: usize,
    rows: usize,
    cols: usize,
    /// [count × rows × cols]
    pixels: Vec<u8>,
}

impl Images {
    /// Makes images from their pixels: image after image, each row by row.
    ///
    /// # Errors
    ///
    /// [`Error::PixelCount`] if there are not `count * rows * cols` pixels.
    pub fn new(count: usize, rows: usize, cols: usize, pixels: Vec<u8>) -> Result<Self, Error> {
        let size = rows.checked_mul(cols);
        if size.and_then(|n| n.checked_mul(count)) != Some(pixels.len()) {
            return Err(Error::PixelCount {
                count,
                rows,
                cols,
                found: pixels.len(),
            });
        }
        Ok(Self {
            count,
            rows,
            cols,
            pixels,
        })
    }

    /// The images with rows and columns exchanged.
    #[must_use]
    pub(crate) fn transposed(self) -> Self {
        let (rows, cols) = (self.cols, self.rows);
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for image in self.iter() {
            for row in 0..rows {
                pixels.extend((0..cols).map(|col| image[col * rows + row]));
            }
        }
        Self {
            count: self.count,
            rows,
            cols,
            pixels,
        }
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of rows of each image.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns of each image.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The number of pixels of each image, `rows * cols`.
    pub fn pixels_per_image(&self) -> usize {
        self.rows * self.cols
    }

    /// The [`pixels_per_image`](Self::pixels_per_image) bytes of image `i`, row by row.
    ///
    /// # Panics
    ///
    /// If `i` is not less than [`len`](Self::len).
    pub fn image(&self, i: usize) -> &[u8] {
        assert!(i < self.count, "image {i} of {}", self.count);
        let size = self.pixels_per_image();
        &self.pixels[i * size..][..size]
    }

    /// All images in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.count).map(|i| self.image(i))
    }

    /// The pixels of all images: image after image, each row by row.
    pub fn as_bytes(&self) -> &[u8] {
        &self.pixels
    }

    fn truncate(&mut self, n: usize) {
        self.count = self.count.min(n);
        self.pixels.truncate(self.count * self.pixels_per_image());
    }
}

/// Omits the pixels, which would fill the screen.
impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("count", &self.count)
            .field("rows", &self.rows)
            .field("cols", &self.cols)
            .finish_non_exhaustive()
    }
}

/// Images, each with its label.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelledImages {
    images: Images,
    labels: Vec<u8>,
}

impl LabelledImages {
    /// Images and their labels, in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::Counts`] if the numbers of images and labels differ.
    pub fn new(images: Images, labels: Vec<u8>) -> Result<Self, Error> {
        if images.len() != labels.len() {
            return Err(Error::Counts {
                images: images.len(),
                labels: labels.len(),
            });
        }
        Ok(Self { images, labels })
    }

    /// The number of images, which is the number of labels.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The images.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// The labels, one for each image.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The first `n` images with their labels; all images if there are fewer.
    #[must_use]
    pub fn truncated(mut self, n: usize) -> Self {
        self.images.truncate(n);
        self.labels.truncate(n);
        self
    }
}

impl fmt::Debug for LabelledImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelledImages")
            .field("images", &self.images)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_consecutive_and_row_by_row() {
        let images = Images::new(2, 1, 3, vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(images.image(1), [4, 5, 6]);
        assert_eq!(images.iter().flatten().count(), 6);
    }

    #[test]
    fn a_wrong_number_of_pixels_is_refused_also_where_the_product_overflows() {
        let message = |n| Images::new(n, 2, 2, vec![0; 5]).unwrap_err().to_string();
        assert_eq!(message(1), "images: expected 1 x 2 x 2 pixels, found 5");
        assert!(message(usize::MAX).ends_with("found 5"));
    }

    #[test]
    fn images_without_pixels_can_be_gone_through() {
        let images = Images::new(3, 0, 5, Vec::new()).unwrap();
        assert_eq!(images.iter().map(<[u8]>::len).collect::<Vec<_>>(), [0; 3]);
    }

    #[test]
    fn a_label_is_missing() {
        let images = Images::new(2, 1, 1, vec![0; 2]).unwrap();
        let error = LabelledImages::new(images, vec![1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "labels: expected 2, one for each image, found 1"
        );
    }

    #[test]
    fn truncation_keeps_the_first_and_never_adds() {
        let images = Images::new(3, 1, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let all = LabelledImages::new(images, vec![7, 8, 9]).unwrap();
        let two = all.clone().truncated(2);
        assert_eq!(
            (two.images().as_bytes(), two.labels()),
            (&[1, 2, 3, 4][..], &[7, 8][..])
        );
        assert_eq!(all.clone().truncated(4), all);
        assert!(all.truncated(0).is_empty());
    }
}
