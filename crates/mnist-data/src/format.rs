//! Detection of a file's format by its first bytes and its name, for errors about files of the wrong format.
//!
//! ```
//! use mnist_data::format::FileFormat;
//!
//! let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a";
//! let format = FileFormat::detect("model.safetensors", pointer).unwrap();
//! assert_eq!(format.to_string(), "a Git LFS pointer; `git lfs pull` downloads the file itself");
//! ```

use std::fmt;

/// A file format that is often given by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// A text of three lines that replaces a large file in a Git repository.
    GitLfsPointer,
    /// HTML or XML, often saved when a download link has moved.
    WebPage,
    /// UTF-16 text, written by PowerShell 5 and by Notepad as "Unicode".
    Utf16,
    /// Images and labels as comma-separated text, such as Kaggle's MNIST.
    Csv,
    /// An array or model of Python's pickle, PyTorch's `.pt` and `.pth` included.
    Pickle,
    /// A PyTorch checkpoint: a zip archive that contains a pickle.
    PyTorch,
    /// A Keras model: a zip archive with a configuration and weights in HDF5.
    Keras,
    /// HDF5, the format of Keras models before version 3.
    Hdf5,
    /// An ONNX graph.
    Onnx,
    /// Several NumPy arrays in a zip archive.
    Npz,
    /// One NumPy array.
    Npy,
    /// Tensors in safetensors.
    Safetensors,
    /// An array in IDX, the format of MNIST's files.
    Idx,
    /// Compressed with gzip.
    Gzip,
    /// Another archive or compression, with its name.
    Archive(&'static str),
    /// A picture, with the name of its format.
    Picture(&'static str),
    /// A PDF document.
    Pdf,
}

/// Formats that are recognised by the first bytes.
const SIGNATURES: [(&[u8], FileFormat); 21] = [
    (b"version https://git-lfs", FileFormat::GitLfsPointer),
    (b"\xFF\xFE", FileFormat::Utf16),
    (b"\xFE\xFF", FileFormat::Utf16),
    (b"label,", FileFormat::Csv),
    (b"\x89HDF\r\n\x1A\n", FileFormat::Hdf5),
    (b"\x93NUMPY", FileFormat::Npy),
    (b"\x1F\x8B", FileFormat::Gzip),
    (b"BZh", FileFormat::Archive("bzip2")),
    (b"\xFD7zXZ\0", FileFormat::Archive("xz")),
    (b"\x28\xB5\x2F\xFD", FileFormat::Archive("Zstandard")),
    (b"7z\xBC\xAF\x27\x1C", FileFormat::Archive("7-Zip")),
    (b"Rar!\x1A\x07", FileFormat::Archive("RAR")),
    (b"\x89PNG\r\n\x1A\n", FileFormat::Picture("PNG")),
    (b"\xFF\xD8\xFF", FileFormat::Picture("JPEG")),
    (b"GIF8", FileFormat::Picture("GIF")),
    (b"BM", FileFormat::Picture("BMP")),
    (b"II*\0", FileFormat::Picture("TIFF")),
    (b"MM\0*", FileFormat::Picture("TIFF")),
    (b"\0\0\x01\0", FileFormat::Picture("ICO")),
    (b"8BPS", FileFormat::Picture("Photoshop")),
    (b"%PDF-", FileFormat::Pdf),
];

impl FileFormat {
    /// The number of a file's first bytes that [`detect`](Self::detect) uses.
    pub const PREFIX: usize = 4096;

    /// The format of a file that is called `name` and begins with `start`; `None` if the format is none of these. The
    /// first [`PREFIX`](Self::PREFIX) bytes suffice.
    pub fn detect(name: &str, start: &[u8]) -> Option<Self> {
        let start = &start[..start.len().min(Self::PREFIX)];
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_called = |endings: &[&str]| endings.iter().any(|it| ending.eq_ignore_ascii_case(it));
        let holds = |text: &str| start.windows(text.len()).any(|it| it == text.as_bytes());
        // Safetensors first: the length at the beginning of such a file may look like any signature.
        if let [_, _, _, _, _, _, 0, 0, b'{', ..] = start {
            return Some(Self::Safetensors);
        }
        if let Some((_, format)) = SIGNATURES
            .iter()
            .find(|(begin, _)| start.starts_with(begin))
        {
            return Some(*format);
        }
        match start {
            [b'P', b'K', 3, 4, ..] if holds("data.pkl") || is_called(&["pt", "pth"]) => {
                Some(Self::PyTorch)
            }
            [b'P', b'K', 3, 4, ..] if is_called(&["keras"]) || holds("model.weights.h5") => {
                Some(Self::Keras)
            }
            [b'P', b'K', 3, 4, ..] if is_called(&["npz"]) || holds(".npy") => Some(Self::Npz),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Self::Archive("zip")),
            _ if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") => {
                Some(Self::Picture("WebP"))
            }
            [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => {
                Some(Self::Picture("AVIF"))
            }
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Picture("HEIC")),
            [0x80, 2..=5, ..] => Some(Self::Pickle),
            [0, 0, 8 | 9 | 0x0B..=0x0E, 1..=4, ..] => Some(Self::Idx),
            [8, 1..=20, ..] if is_called(&["onnx"]) => Some(Self::Onnx),
            _ if start.get(257..262) == Some(b"ustar") => Some(Self::Archive("tar")),
            _ if is_markup(start) => Some(Self::WebPage),
            _ if is_called(&["csv"]) && start.is_ascii() && !start.is_empty() => Some(Self::Csv),
            _ => None,
        }
    }

    /// Whether this is a picture that `mnist-picture` decodes.
    pub fn is_supported_picture(self) -> bool {
        matches!(self, Self::Picture("PNG" | "JPEG" | "BMP" | "WebP"))
    }
}

/// Whether the text begins with `<`, as HTML and XML do.
fn is_markup(start: &[u8]) -> bool {
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    text.trim_ascii_start().starts_with(b"<")
}

/// A description of the format, and how to get the right file.
impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitLfsPointer => "a Git LFS pointer; `git lfs pull` downloads the file itself",
            Self::WebPage => "a web page (HTML); download the file itself",
            Self::Utf16 => "UTF-16 text; save it as UTF-8",
            Self::Csv => {
                "a CSV table, as Kaggle has MNIST; docs/src/experiment.md has a script that converts it"
            }
            Self::Pickle | Self::PyTorch => {
                "a PyTorch checkpoint (pickle); save the weights with \
                 safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"
            }
            Self::Keras | Self::Hdf5 => {
                "a Keras model (HDF5); save the weights as NumPy arrays with \
                 numpy.savez, named fc1.weight [fan-out × fan-in], fc1.bias, …"
            }
            Self::Onnx => {
                "an ONNX graph; export the weights from the program that trained it, as safetensors or npz"
            }
            Self::Npz => "NumPy arrays (npz)",
            Self::Npy => "a NumPy array (npy)",
            Self::Safetensors => "a safetensors file",
            Self::Idx => "an IDX file, as MNIST's are",
            Self::Gzip => "a gzip file",
            Self::Archive(name) => return write!(f, "a {name} archive; unpack it first"),
            Self::Picture(name) if self.is_supported_picture() => {
                return write!(f, "a {name} picture");
            }
            Self::Picture(name) => return write!(f, "a {name} picture; convert it to PNG or JPEG"),
            Self::Pdf => "a PDF document; save the page as PNG or JPEG",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes_and_their_name() {
        let zip = |entry: &str| [b"PK\x03\x04\x14\0", entry.as_bytes()].concat();
        let cases: [(&str, &[u8], Option<FileFormat>); 16] = [
            (
                "a",
                b"version https://git-lfs.github.com/spec/v1",
                Some(FileFormat::GitLfsPointer),
            ),
            ("a", b"\n<!DOCTYPE html>", Some(FileFormat::WebPage)),
            ("a", b"\xEF\xBB\xBF<html>", Some(FileFormat::WebPage)),
            ("a", &zip("net/data.pkl"), Some(FileFormat::PyTorch)),
            ("old.pth", b"\x80\x02\x8a\n", Some(FileFormat::Pickle)),
            ("m.keras", &zip("metadata.json"), Some(FileFormat::Keras)),
            ("a", &zip("x_train.npy"), Some(FileFormat::Npz)),
            ("m.onnx", b"\x08\x08\x12", Some(FileFormat::Onnx)),
            ("m", b"\x08\x08\x12", None),
            ("a", b"\xFF\xFEt\0", Some(FileFormat::Utf16)),
            (
                "a",
                b"\0\0\0\x18ftypheic",
                Some(FileFormat::Picture("HEIC")),
            ),
            (
                "a",
                b"RIFF\x24\0\0\0WEBPVP8 ",
                Some(FileFormat::Picture("WebP")),
            ),
            ("a", &[0, 0, 8, 3, 0, 0], Some(FileFormat::Idx)),
            ("a", b"\x10\0\0\0\0\0\0\0{\"", Some(FileFormat::Safetensors)),
            (
                "a",
                b"\x80\x02\0\0\0\0\0\0{\"",
                Some(FileFormat::Safetensors),
            ),
            ("a", b"", None),
        ];
        for (name, start, expected) in cases {
            assert_eq!(
                FileFormat::detect(name, start),
                expected,
                "{name} {start:?}"
            );
        }
    }
}
