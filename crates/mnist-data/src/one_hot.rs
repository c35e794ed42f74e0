//! One-hot codes: from labels to rows with a single 1, and back.

use ndarray::{Array2, ArrayView1, ArrayView2, NdFloat};

use crate::Error;

/// Makes a matrix [labels × classes] with a 1 in each row, in the column of the label, and 0 elsewhere.
///
/// # Errors
///
/// [`Error::Classes`] if `classes` is not 1 to 256, [`Error::Label`] for a label that is not below `classes`.
pub fn encode<F: NdFloat>(labels: &[u8], classes: usize) -> Result<Array2<F>, Error> {
    check_classes(classes)?;
    let mut y = Array2::zeros((labels.len(), classes));
    for (index, &label) in labels.iter().enumerate() {
        match y.get_mut((index, usize::from(label))) {
            Some(entry) => *entry = F::one(),
            None => {
                return Err(Error::Label {
                    index,
                    label,
                    classes,
                });
            }
        }
    }
    Ok(y)
}

/// Returns the labels of a one-hot matrix [labels × classes].
///
/// # Errors
///
/// [`Error::Classes`] if the matrix does not have 1 to 256 columns, [`Error::OneHot`] for a row that is not a single 1
/// among zeros. Probabilities are not rounded.
pub fn decode<F: NdFloat>(y: ArrayView2<'_, F>) -> Result<Vec<u8>, Error> {
    check_classes(y.ncols())?;
    let rows = y.rows().into_iter().enumerate();
    rows.map(|(i, row)| decode_row(i, row)).collect()
}

/// Returns the class with the largest probability or logit in each row of a matrix [examples × classes]; of equal
/// classes, the first.
///
/// ```
/// let y = ndarray::array![[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]];
/// assert_eq!(mnist_data::one_hot::decode_probabilities(y.view())?, [1, 0]);
/// # Ok::<(), mnist_data::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Classes`] if the matrix does not have 1 to 256 columns, [`Error::NotANumber`] for a NaN.
pub fn decode_probabilities<F: NdFloat>(y: ArrayView2<'_, F>) -> Result<Vec<u8>, Error> {
    check_classes(y.ncols())?;
    let mut labels = Vec::with_capacity(y.nrows());
    for (row, y) in y.rows().into_iter().enumerate() {
        let mut best = (0, F::neg_infinity());
        for (label, &p) in (0..=u8::MAX).zip(y) {
            if p.is_nan() {
                return Err(Error::NotANumber { row });
            }
            if p > best.1 {
                best = (label, p);
            }
        }
        labels.push(best.0);
    }
    Ok(labels)
}

fn decode_row<F: NdFloat>(row: usize, y: ArrayView1<'_, F>) -> Result<u8, Error> {
    let ones = y.iter().filter(|x| x.is_one()).count();
    let others = y.iter().filter(|x| !x.is_zero()).count() - ones;
    let label = (0..=u8::MAX).zip(y).find(|(_, x)| x.is_one());
    match label {
        Some((label, _)) if ones == 1 && others == 0 => Ok(label),
        _ => Err(Error::OneHot { row, ones, others }),
    }
}

pub(crate) fn check_classes(classes: usize) -> Result<(), Error> {
    match classes {
        1..=256 => Ok(()),
        found => Err(Error::Classes { found }),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_label_is_the_column_of_its_one() {
        let y = encode::<f32>(&[2, 0], 3).unwrap();
        assert_eq!(y, array![[0., 0., 1.], [1., 0., 0.]]);
        assert_eq!(decode(y.view()).unwrap(), [2, 0]);
    }

    #[test]
    fn all_bytes_can_be_labels_and_none_need_be() {
        let labels: Vec<u8> = (0..=255).collect();
        assert_eq!(
            decode(encode::<f64>(&labels, 256).unwrap().view()).unwrap(),
            labels
        );
        assert_eq!(encode::<f64>(&[], 1).unwrap().dim(), (0, 1));
    }

    #[test]
    fn the_most_probable_class_is_the_first_of_equals_and_never_a_guess() {
        let infinite = array![[f32::NEG_INFINITY, -1.0], [0.5, 0.5]];
        assert_eq!(decode_probabilities(infinite.view()).unwrap(), [1, 0]);
        let nan = array![[0.5, 0.5], [0.5, f32::NAN]];
        let error = decode_probabilities(nan.view()).unwrap_err();
        assert_eq!(error.to_string(), "row 1: expected numbers, found a NaN");
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let message = |e: Error| e.to_string();
        assert_eq!(
            message(encode::<f32>(&[0, 3], 3).unwrap_err()),
            "label 1: expected a value in 0..3, found 3"
        );
        for classes in [0, 257, usize::MAX] {
            assert_eq!(
                message(encode::<f32>(&[0], classes).unwrap_err()),
                format!("classes: expected 1 to 256, found {classes}")
            );
        }
        for (row, found) in [
            ([0., 0.], "0 ones and 0 other values"),
            ([1., 1.], "2 ones and 0 other values"),
            ([1., 0.5], "1 ones and 1 other values"),
            ([f32::NAN, 1.], "1 ones and 1 other values"),
        ] {
            let y = array![[1., 0.], row];
            assert_eq!(
                message(decode(y.view()).unwrap_err()),
                format!("row 1: expected a single 1 among zeros, found {found} that are not 0")
            );
        }
    }
}
