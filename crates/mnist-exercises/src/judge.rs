//! Compares an answer with the textbook, and with each mistake.

use crate::cases::Piece;
use crate::exercise::Exercise;
use crate::functions::Functions;
use crate::mistakes::{MISTAKES, Mistake};

/// The largest relative difference from the textbook. An answer may compute in another order.
const RIGHT: f64 = 1e-9;
/// The largest relative difference from a mistake.
const ALIKE: f64 = 1e-7;

/// What is wrong with an answer.
pub(crate) struct Fault {
    /// In sentences.
    pub(crate) message: String,
    /// The mistake that gives the same numbers.
    pub(crate) mistake: Option<&'static str>,
}

/// The fault of an answer, or `None` for a right one. Only the first function with a fault is reported: others may use
/// this function.
pub(crate) fn fault(exercise: &Exercise, answer: &Functions) -> Option<Fault> {
    let found = (exercise.outputs)(answer);
    let expected = (exercise.outputs)(&Functions::TEXTBOOK);
    let pairs = pairs(&found, &expected);
    let wrong = |pair: &&(&Piece, &Piece)| !agree(pair.0, pair.1, RIGHT);
    let (piece, right) = pairs.iter().find(wrong)?;
    let Piece {
        function,
        part,
        case,
        ..
    } = piece;

    let mut message = format!(
        "{function}: {part} is wrong for {case}: {}",
        difference(piece, right)
    );
    let is_finite = found
        .iter()
        .all(|piece| piece.values.iter().all(|x| x.is_finite()));
    // A wrong shape is reason enough for a wrong gradient.
    let comparable = is_finite && piece.values.shape() == right.values.shape();
    if let Some((loss, gradient)) = exercise.gradient.filter(|_| comparable)
        && gradient(answer) >= 1e-5
    {
        message += &format!(
            " Your {loss} and your gradient do not fit: central differences of the {loss} give another gradient."
        );
    }
    let mistake = mistake(exercise, &found, &expected, piece);
    if let Some(text) = mistake {
        message += &format!(" Your answer looks like this mistake: {text}.");
    }
    Some(Fault { message, mistake })
}

/// Pieces of two answers with the same function, part and case.
fn pairs<'a>(found: &'a [Piece], expected: &'a [Piece]) -> Vec<(&'a Piece, &'a Piece)> {
    let key = |piece: &Piece| (piece.function, piece.part, piece.case.clone());
    let partner = |piece| expected.iter().find(|it| key(it) == key(piece));
    found
        .iter()
        .filter_map(|piece| Some((piece, partner(piece)?)))
        .collect()
}

/// The mistake that gives the same numbers in every case of this part, where they differ from the right ones.
fn mistake(
    exercise: &Exercise,
    found: &[Piece],
    expected: &[Piece],
    part: &Piece,
) -> Option<&'static str> {
    let same_part = |piece: &&Piece| (piece.function, piece.part) == (part.function, part.part);
    let looks_alike = |mistake: &&Mistake| {
        let mut functions = Functions::TEXTBOOK;
        (mistake.plant)(&mut functions);
        let planted = (exercise.outputs)(&functions);
        let alike = |a: &[Piece], b: &[Piece]| {
            let mut pairs = pairs(a, b);
            pairs.retain(|(piece, _)| same_part(piece));
            pairs.iter().all(|(a, b)| agree(a, b, ALIKE))
        };
        alike(found, &planted) && !alike(expected, &planted)
    };
    MISTAKES
        .iter()
        .find(looks_alike)
        .map(|mistake| mistake.text)
}

/// Whether two arrays agree, up to rounding. Infinities and NaN are alike.
fn agree(a: &Piece, b: &Piece, tolerance: f64) -> bool {
    let scale = b
        .values
        .iter()
        .filter(|x| x.is_finite())
        .fold(0.0, |max: f64, x| max.max(x.abs()));
    let near = |a: f64, b: f64| {
        if !a.is_finite() || !b.is_finite() {
            return !a.is_finite() && !b.is_finite();
        }
        (a - b).abs() <= tolerance * a.abs().max(b.abs()) + 1e-3 * tolerance * scale
    };
    a.values.shape() == b.values.shape()
        && a.values.iter().zip(&b.values).all(|(&a, &b)| near(a, b))
}

/// How two arrays differ, in words.
fn difference(found: &Piece, expected: &Piece) -> String {
    let (a, b) = (&found.values, &expected.values);
    let shape = |shape: &[usize]| {
        let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
        sizes.join(" × ")
    };
    if a.shape() != b.shape() {
        let mut text = format!(
            "its shape is {}, expected {}",
            shape(a.shape()),
            shape(b.shape())
        );
        if a.shape().iter().eq(b.shape().iter().rev()) {
            text += "; is it transposed?";
        } else {
            text += ".";
        }
        return text;
    }
    let scalar = |value: &f64| Piece {
        values: ndarray::arr0(*value).into_dyn(),
        case: String::new(),
        ..*found
    };
    let differs =
        |pair: &(usize, (&f64, &f64))| !agree(&scalar(pair.1.0), &scalar(pair.1.1), RIGHT);
    let first = a.iter().zip(b).enumerate().find(differs);
    let Some((index, (x, y))) = first else {
        return "its smallest elements are inexact.".to_owned();
    };
    let columns = a.shape().last().copied().unwrap_or(1);
    let place = match a.ndim() {
        0 => String::new(),
        1 => format!("element [{index}] is "),
        _ => format!("element [{}, {}] is ", index / columns, index % columns),
    };
    let mut text = format!("{place}{}, expected {}", number(*x), number(*y));
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
    text + "."
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
