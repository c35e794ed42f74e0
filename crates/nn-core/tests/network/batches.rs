//! Dense batches that are filled row by row, and the names of input forms.

use ndarray::array;
use nn_core::{DenseBatch, Input, InputForm};

#[test]
fn a_dense_batch_is_filled_and_filled_again() {
    let mut batch = DenseBatch::<f64>::new(2);
    batch.push_bytes(&[10, 255], (0.5, 3.0), None);
    batch.push().copy_from_slice(&[1.0, 2.0]);
    batch.push_bytes(&[10, 255], (0.5, 3.0), Some((&[2.0, 4.0], &[1.0, 0.5])));
    assert_eq!(batch.view(), array![[2.0, 124.5], [1.0, 2.0], [7.0, 508.5]]);
    assert_eq!((batch.rows(), batch.features()), (3, 2));
    batch.clear();
    assert_eq!((batch.rows(), batch.features()), (0, 2));
    batch.push();
    assert_eq!(batch.view(), array![[0.0, 0.0]]);
}

#[test]
fn input_forms_have_the_names_that_are_read() {
    let names = InputForm::ALL.map(|form| form.to_string());
    assert_eq!(names, ["auto", "dense", "sparse"]);
    assert_eq!(names.map(|name| name.parse()), InputForm::ALL.map(Ok));
    let error = "Dense".parse::<InputForm>().unwrap_err();
    let expected = "unknown input form `Dense`; expected auto, dense or sparse";
    assert_eq!(error.to_string(), expected);
}
