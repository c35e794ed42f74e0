//! The paper's table, and the marks that a mistake has to give.

/// A row of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) numerical: f64,
    pub(crate) backprop: f64,
}

impl Row {
    pub(crate) fn difference(self) -> f64 {
        (self.numerical - self.backprop).abs()
    }

    pub(crate) fn opposite(self) -> bool {
        self.numerical * self.backprop < 0.0
    }
}

/// The rows in the order of the paper: 1 to 3 are of the first layer, the others of the second.
pub(crate) type Table = [Row; 6];

/// The paper's table.
pub(crate) const PAPER: Table = [
    row(-0.001305, -0.001309),
    row(-9.77e-5, 0.000229),
    row(-6.39e-5, 0.0002208),
    row(-0.000137, 0.000221),
    row(-0.0021, -0.00208),
    row(0.0204, 0.02035),
];

const fn row(numerical: f64, backprop: f64) -> Row {
    Row {
        numerical,
        backprop,
    }
}

/// The marks of the paper's table that a mistake has to give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Marks {
    /// The three first-layer rows have opposite signs.
    pub(crate) opposite: bool,
    /// Their differences are within a factor of three of the paper's, 10⁻⁴ to 10⁻³.
    pub(crate) size: bool,
    /// The ratios of the two derivatives differ by a factor of at least 1.5.
    pub(crate) uneven: bool,
    /// The three second-layer rows agree to 3 %.
    pub(crate) agree: bool,
    /// None of them agrees to 0.1 %.
    pub(crate) inexact: bool,
    /// Their differences have both signs.
    pub(crate) mixed: bool,
}

impl Marks {
    pub(crate) fn of(table: &Table) -> Self {
        let first = &table[1..4];
        let second = [table[0], table[4], table[5]];
        let relative = |row: &Row| row.difference() / row.backprop.abs();
        let ratios = first.iter().map(|row| (row.backprop / row.numerical).abs());
        let smallest = ratios.clone().fold(f64::INFINITY, f64::min);
        let above = |row: &Row| row.numerical > row.backprop;
        Self {
            opposite: first.iter().all(|row| row.opposite()),
            size: first
                .iter()
                .all(|row| (1e-4..1e-3).contains(&row.difference())),
            uneven: ratios.fold(0.0, f64::max) >= 1.5 * smallest,
            agree: second.iter().all(|row| relative(row) < 0.03),
            inexact: second.iter().all(|row| relative(row) > 0.001),
            mixed: second.iter().any(above) && !second.iter().all(above),
        }
    }

    pub(crate) fn first_layer(self) -> bool {
        self.opposite && self.size && self.uneven
    }

    pub(crate) fn second_layer(self) -> bool {
        self.agree && self.inexact && self.mixed
    }
}
