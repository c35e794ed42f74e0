//! Early stopping (section 2.4): when to end a run, and which weights to keep.
//!
//! After each epoch, the loss on the validation images is computed. While the network learns, this loss falls. When it
//! has risen in `patience` epochs, one after the other, the run ends. It returns the weights of the epoch with the
//! lowest loss, not those of the last epoch.
//!
//! A rise is a loss above that of the epoch before. An equal or a lower loss ends the row of rises, so the count begins
//! again. If there are never enough rises in a row, the run has all epochs in `losses`.
//!
//! By hand, for the losses 3, 2, 2.1, 2.2, 1.9, 2 and 2.1, the rises are in epochs 3, 4, 6 and 7. With patience 2, the
//! run ends after epoch 4, and epoch 2 is the best until then: (4, 2). With patience 3, no row of rises is long enough,
//! so the run has all seven epochs, and epoch 5 is the best: (7, 5).

use mnist_exercises::grade;

//~ early_stopping

#[test]
fn example() {
    let losses = [3.0, 2.0, 2.1, 2.2, 1.9, 2.0, 2.1];
    assert_eq!(early_stopping(&losses, 2), (4, 2));
    assert_eq!(early_stopping(&losses, 3), (7, 5));
}

#[test]
fn grade() {
    grade::early_stopping(early_stopping);
}
