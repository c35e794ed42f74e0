//! The part of NumPy's npy format that weights need: little-endian floats or bytes, in C or Fortran order.
//!
//! The header is one line of Python. Crates that read it depend on a parser generator or on C code.

use anyhow::{Context, Result, bail, ensure};
use lab_results::quote::quoted;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The maximum length of a header, in bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// The type of an array's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    F32,
    F64,
    U8,
}

/// The bytes of a file with an array in row-major order.
pub(crate) fn to_bytes(kind: Kind, shape: &[usize], numbers: &[u8]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let (descr, _) = kind.names();
    let mut header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}",
        sizes.trim_end()
    );
    // The numbers begin at a multiple of 64.
    let before = MAGIC.len() + 4;
    header.push_str(&" ".repeat(63 - (before + header.len()) % 64));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(numbers);
    bytes
}

/// The type, shape and numbers, in row-major order, of the array in a file.
pub(crate) fn parse(bytes: &[u8]) -> Result<(Kind, Vec<usize>, Vec<u8>)> {
    let rest = bytes
        .strip_prefix(MAGIC)
        .context("not a .npy file (bad magic)")?;
    let (&[major, _], rest) = rest.split_first_chunk().context("the array is truncated")?;
    let (length, rest) = match major {
        1 => {
            let (length, rest) = rest.split_first_chunk().context("the array is truncated")?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().context("the array is truncated")?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        _ => bail!("npy version {major}; expected 1, 2 or 3"),
    };
    ensure!(
        length <= LONGEST_HEADER,
        "the header has {length} bytes; expected at most {LONGEST_HEADER}"
    );
    let (header, numbers) = rest
        .split_at_checked(length)
        .context("the array is truncated")?;
    let header = std::str::from_utf8(header).context("the array's header is not text")?;
    let Header {
        kind,
        fortran,
        shape,
    } = Header::parse(header)?;
    let (_, size) = kind.names();
    let count = shape
        .iter()
        .try_fold(1usize, |count, &size| count.checked_mul(size));
    let expected = count.and_then(|count| count.checked_mul(size));
    ensure!(
        expected == Some(numbers.len()),
        "{} bytes of numbers do not fill an array of shape {shape:?}",
        numbers.len()
    );
    let numbers = match (fortran, shape.as_slice()) {
        (true, &[rows, columns]) => transposed(numbers, size, rows, columns),
        (true, [_, _, _, ..]) => {
            bail!("an array {shape:?} in Fortran order; expected 2 dimensions")
        }
        _ => numbers.to_vec(),
    };
    Ok((kind, shape, numbers))
}

impl Kind {
    /// NumPy's name, and the size in bytes.
    fn names(self) -> (&'static str, usize) {
        match self {
            Self::F32 => ("<f4", 4),
            Self::F64 => ("<f8", 8),
            Self::U8 => ("|u1", 1),
        }
    }
}

/// Converts column-major order to row-major order.
fn transposed(numbers: &[u8], size: usize, rows: usize, columns: usize) -> Vec<u8> {
    let mut row_major = Vec::with_capacity(numbers.len());
    for row in 0..rows {
        for column in 0..columns {
            let place = (column * rows + row) * size;
            row_major.extend(&numbers[place..place + size]);
        }
    }
    row_major
}

struct Header {
    kind: Kind,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Reads a header, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (128, 784), }`.
    fn parse(text: &str) -> Result<Self> {
        let value = |key: &str| {
            let key = format!("'{key}':");
            let (_, value) = text
                .split_once(&key)
                .with_context(|| format!("no {key} in the array's header"))?;
            anyhow::Ok(value.trim_start())
        };
        let descr = value("descr")?;
        let descr = descr
            .strip_prefix('\'')
            .and_then(|rest| rest.split('\'').next());
        let known = [Kind::F32, Kind::F64, Kind::U8];
        let kind = known.into_iter().find(|kind| Some(kind.names().0) == descr);
        let kind = kind.with_context(|| {
            let found = quoted(descr.unwrap_or("a list"));
            format!("numbers of type {found}; expected <f4 (float32) or <f8 (float64)")
        })?;
        let order = value("fortran_order")?;
        let fortran = match (order.starts_with("True"), order.starts_with("False")) {
            (true, _) => true,
            (_, true) => false,
            _ => bail!("invalid fortran_order; expected True or False"),
        };
        let shape = value("shape")?;
        let sizes = shape
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'));
        let (sizes, _) = sizes.context("the array's shape is not a tuple")?;
        let sizes = sizes
            .split(',')
            .map(str::trim)
            .filter(|size| !size.is_empty());
        let shape = sizes.map(str::parse).collect::<Result<_, _>>();
        Ok(Self {
            kind,
            fortran,
            shape: shape.context("the array's shape")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_read_as_written() {
        for (shape, count) in [(vec![2, 3], 6), (vec![5], 5), (vec![], 1), (vec![0, 4], 0)] {
            let numbers: Vec<u8> = (0..count).flat_map(|x| (x as f32).to_le_bytes()).collect();
            let bytes = to_bytes(Kind::F32, &shape, &numbers);
            assert_eq!((bytes.len() - numbers.len()) % 64, 0);
            assert_eq!(parse(&bytes).unwrap(), (Kind::F32, shape, numbers));
        }
    }

    #[test]
    fn fortran_s_order_is_turned() {
        let bytes = to_bytes(Kind::U8, &[2, 3], &[0, 3, 1, 4, 2, 5]);
        let text = String::from_utf8_lossy(&bytes[10..]).replacen("False, ", "True,  ", 1);
        let bytes = [&bytes[..10], text.as_bytes()].concat();
        assert_eq!(parse(&bytes).unwrap().2, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = to_bytes(Kind::F32, &[2], &[0; 8]);
        let message = |bytes: &[u8]| parse(bytes).unwrap_err().to_string();
        assert_eq!(message(b"PK"), "not a .npy file (bad magic)");
        for end in 6..good.len() {
            message(&good[..end]);
        }
        let with = |from: &str, to: &str| {
            let text: String = good.iter().map(|&b| char::from(b)).collect();
            let bytes = text.replacen(from, to, 1);
            message(&bytes.chars().map(|c| c as u8).collect::<Vec<_>>())
        };
        assert_eq!(
            with("'<f4'", "'>f4'"),
            "numbers of type `>f4`; expected <f4 (float32) or <f8 (float64)"
        );
        assert_eq!(
            with("(2,)", "(3,)"),
            "8 bytes of numbers do not fill an array of shape [3]"
        );
        assert_eq!(with("(2,)", "[2,]"), "the array's shape is not a tuple");
        assert_eq!(
            with("False", "Maybe"),
            "invalid fortran_order; expected True or False"
        );
    }
}
