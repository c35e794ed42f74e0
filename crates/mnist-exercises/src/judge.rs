//! Compares an answer with the textbook, and with each mistake.

use ndarray::ArrayD;

use crate::cases::{Piece, Results};
use crate::exercise::Exercise;
use crate::functions::Functions;
use crate::mistakes::MISTAKES;
use crate::outcome::{Outcome, State};

/// The largest relative difference from the textbook. An answer may compute in another order.
const RIGHT: f64 = 1e-9;
/// The largest relative difference from a mistake.
const ALIKE: f64 = 1e-7;

/// The outcome of an answer that returned `found`. Only the first function with a fault is reported: others may use this
/// function.
pub(crate) fn judge(exercise: &Exercise, answer: &Functions, found: &[Piece]) -> Outcome {
    let expected = results(exercise, &Functions::TEXTBOOK);
    let fault = pairs(found, &expected).find_map(|(piece, right)| {
        let difference = difference(&piece.values, &right.values)?;
        Some((piece, right, difference))
    });
    let Some((piece, right, difference)) = fault else {
        return Outcome::passed();
    };
    let Piece {
        function,
        part,
        case,
        ..
    } = piece;

    let mut message = format!("{function}: {part} is wrong for {case}: {difference}");
    let is_finite = found
        .iter()
        .all(|piece| piece.values.iter().all(|x| x.is_finite()));
    // A wrong shape is reason enough for a wrong gradient.
    let comparable = is_finite && piece.values.shape() == right.values.shape();
    if let Some((loss, disagreement)) = exercise.disagreement.filter(|_| comparable)
        && disagreement(answer) >= 1e-5
    {
        message += &format!(
            " Your {loss} and your gradient do not fit: central differences of the {loss} give another gradient."
        );
    }
    let mistake = mistake(exercise, found, &expected, piece);
    if let Some(text) = mistake {
        message += &format!(" Your answer looks like this mistake: {text}.");
    }
    Outcome {
        mistake: mistake.map(str::to_owned),
        ..Outcome::new(State::Failed, message)
    }
}

/// What these functions return in the cases of an exercise.
fn results(exercise: &Exercise, functions: &Functions) -> Vec<Piece> {
    let mut results = Results::default();
    (exercise.call)(functions, &mut results);
    results.pieces
}

/// Pieces of two answers with the same function, part and case.
fn pairs<'a>(
    found: &'a [Piece],
    expected: &'a [Piece],
) -> impl Iterator<Item = (&'a Piece, &'a Piece)> {
    let key = |piece: &'a Piece| (piece.function, piece.part, &piece.case);
    let partner = move |piece| expected.iter().find(|it| key(it) == key(piece));
    found
        .iter()
        .filter_map(move |piece| Some((piece, partner(piece)?)))
}

/// The mistake that gives the same numbers in every case of this part, where they differ from the right ones.
fn mistake(
    exercise: &Exercise,
    found: &[Piece],
    expected: &[Piece],
    part: &Piece,
) -> Option<&'static str> {
    let same_part = |piece: &Piece| (piece.function, piece.part) == (part.function, part.part);
    let alike = |a: &[Piece], b: &[Piece]| {
        let mut pairs = pairs(a, b).filter(|(piece, _)| same_part(piece));
        pairs.all(|(a, b)| agree(&a.values, &b.values))
    };
    let mistake = MISTAKES.iter().find(|mistake| {
        let mut functions = Functions::TEXTBOOK;
        (mistake.plant)(&mut functions);
        let planted = results(exercise, &functions);
        alike(found, &planted) && !alike(expected, &planted)
    });
    Some(mistake?.text)
}

/// Whether two arrays are those of the same mistake.
fn agree(a: &ArrayD<f64>, b: &ArrayD<f64>) -> bool {
    a.shape() == b.shape() && first_difference(a, b, ALIKE).is_none()
}

/// The first elements that differ by more than rounding in two arrays of one shape, with their position. Infinities and
/// NaN are alike.
fn first_difference(
    a: &ArrayD<f64>,
    b: &ArrayD<f64>,
    tolerance: f64,
) -> Option<(usize, (f64, f64))> {
    let finite = b.iter().filter(|x| x.is_finite());
    let scale = finite.fold(0.0, |max: f64, x| max.max(x.abs()));
    let near = |a: f64, b: f64| match a.is_finite() && b.is_finite() {
        true => (a - b).abs() <= tolerance * a.abs().max(b.abs()) + 1e-3 * tolerance * scale,
        false => !a.is_finite() && !b.is_finite(),
    };
    let pairs = a.iter().copied().zip(b.iter().copied());
    pairs.enumerate().find(|&(_, (a, b))| !near(a, b))
}

/// How an array differs from the right one, in words; `None` if it does not.
fn difference(a: &ArrayD<f64>, b: &ArrayD<f64>) -> Option<String> {
    if a.shape() != b.shape() {
        let [found, expected] = [a, b].map(|array| {
            let sizes: Vec<String> = array.shape().iter().map(usize::to_string).collect();
            sizes.join(" × ")
        });
        let is_transposed = a.shape().iter().eq(b.shape().iter().rev());
        let end = if is_transposed {
            "; is it transposed?"
        } else {
            "."
        };
        return Some(format!("its shape is {found}, expected {expected}{end}"));
    }
    let (index, (x, y)) = first_difference(a, b, RIGHT)?;
    let columns = a.shape().last().copied().unwrap_or(1);
    let place = match a.ndim() {
        0 => String::new(),
        1 => format!("element [{index}] is "),
        _ => format!("element [{}, {}] is ", index / columns, index % columns),
    };
    let mut text = format!("{place}{}, expected {}", number(x), number(y));
    let factor = x / y;
    let multiple = a
        .iter()
        .zip(b)
        .all(|(a, b)| (a - factor * b).abs() <= ALIKE * a.abs());
    if multiple && factor.is_finite() && factor != 0.0 && a.len() > 1 {
        text += &match factor {
            -1.0 => "; every element has the wrong sign".to_owned(),
            _ => format!(
                "; every element is {} times the expected one",
                number(factor)
            ),
        };
    }
    Some(text + ".")
}

/// A number with at most five significant digits.
fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let magnitude = x.abs().log10().floor() as i32;
    if (-4..6).contains(&magnitude) {
        let decimals = (4 - magnitude).max(0) as usize;
        let text = format!("{x:.decimals$}");
        let text = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        text.to_owned()
    } else {
        format!("{x:.4e}")
    }
}
