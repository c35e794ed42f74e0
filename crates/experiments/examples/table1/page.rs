//! The results, and the page and figure made of them.

use anyhow::Result;
use experiments::gradient_check::TABLE_1;
use lab_figures::{Figure, GradientPanel, gradients};
use lab_results::tables::GradcheckRow;
use serde::Serialize;

use crate::table::{Marks, PAPER, Table};

/// The first-layer weights of a correct network whose gradient has the size of the paper's.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CorrectRow {
    pub(crate) init: String,
    pub(crate) epochs: u32,
    pub(crate) images: u32,
    pub(crate) weights: u32,
    pub(crate) opposite_signs: u32,
    pub(crate) largest_difference: f64,
}

/// The number of draws whose table has the paper's marks, for a mistake.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BugRow {
    bug: &'static str,
    draws: u32,
    opposite: u32,
    size: u32,
    uneven: u32,
    agree: u32,
    inexact: u32,
    mixed: u32,
    first_layer: u32,
    second_layer: u32,
    all: u32,
}

impl BugRow {
    pub(crate) fn new(bug: &'static str) -> Self {
        Self {
            bug,
            ..Self::default()
        }
    }

    /// Whether the row is of two mistakes together.
    fn is_pair(&self) -> bool {
        self.bug.starts_with("pair: ")
    }

    pub(crate) fn count(&mut self, table: &Table) {
        let marks = Marks::of(table);
        let (first, second) = (marks.first_layer(), marks.second_layer());
        for (count, mark) in [
            (&mut self.draws, true),
            (&mut self.opposite, marks.opposite),
            (&mut self.size, marks.size),
            (&mut self.uneven, marks.uneven),
            (&mut self.agree, marks.agree),
            (&mut self.inexact, marks.inexact),
            (&mut self.mixed, marks.mixed),
            (&mut self.first_layer, first),
            (&mut self.second_layer, second),
            (&mut self.all, first && second),
        ] {
            *count += u32::from(mark);
        }
    }
}

/// What the program found.
#[derive(Default)]
pub(crate) struct Results {
    /// Our check of the paper's six weights.
    pub(crate) ours: Vec<GradcheckRow>,
    pub(crate) correct: Vec<CorrectRow>,
    /// Derivatives of correct networks, by backpropagation and numerical: first layer, second layer.
    pub(crate) points: [Vec<(f64, f64)>; 2],
    pub(crate) bugs: Vec<BugRow>,
}

impl Results {
    pub(crate) fn page(&self) -> String {
        let weights: u32 = self.correct.iter().map(|row| row.weights).sum();
        let opposite: u32 = self.correct.iter().map(|row| row.opposite_signs).sum();
        let differences = self.correct.iter().map(|row| row.largest_difference);
        let largest = differences.fold(0.0, f64::max);
        let draws = self.bugs.first().map_or(0, |row| row.draws);
        [
            TITLE.replace("{FINDING}", &self.finding(draws)),
            self.twelve_values(),
            format!(
                "\n![Numerical derivatives against backpropagation](table1.png)\n\n\
                 The blue points are derivatives of correct networks, all within a line's width of the diagonal.\n\n\
                 ## Correct networks\n\n\
                 We checked the first-layer weights whose derivative is between half and twice 2.2·10⁻⁴, the paper's \
                 size.\nOf {} weights, {} had opposite signs. The largest difference was {largest:.1e}; the \
                 paper's smallest is 2.8e-4.\n\n",
                thousands(weights),
                if opposite == 0 { "none".to_owned() } else { thousands(opposite) },
            ),
            self.correct_table(),
            ARGUMENTS.to_owned(),
            self.search(draws),
        ]
        .concat()
    }

    /// What the search found, as items of a list.
    fn finding(&self, draws: u32) -> String {
        let (pairs, single): (Vec<_>, Vec<_>) =
            self.bugs.iter().skip(1).partition(|row| row.is_pair());
        let with_all = |rows: &[&BugRow]| -> String {
            let found = rows.iter().filter(|row| row.all > 0);
            let items: Vec<_> = found
                .map(|row| {
                    format!(
                        "\n  * {} ({})",
                        row.bug.trim_start_matches("pair: "),
                        row.all
                    )
                })
                .collect();
            if items.is_empty() {
                " none".to_owned()
            } else {
                items.concat()
            }
        };
        let halves: Vec<_> = single
            .iter()
            .filter(|row| row.all == 0 && row.first_layer > 0 && row.second_layer > 0)
            .map(|row| format!("\n  * {}", row.bug))
            .collect();
        format!(
            "* Of {} single mistakes, these gave all marks of the table (number of draws, of {draws}):{}\n\
             * Of {} pairs of mistakes, these did:{}\n\
             * These single mistakes gave the marks of the first layer in some draws and those of the second in \
             others:{}",
            single.len(),
            with_all(&single),
            pairs.len(),
            with_all(&pairs),
            halves.concat()
        )
    }

    fn twelve_values(&self) -> String {
        let sign = |numerical: f64, backprop: f64| match numerical * backprop < 0.0 {
            true => "**opposite**",
            false => "equal",
        };
        let mut text = "| weight | paper: numerical | backprop | difference | signs | ours: numerical | backprop | \
                        difference | signs |\n|---|--:|--:|--:|---|--:|--:|--:|---|\n"
            .to_owned();
        for (((name, difference), paper), ours) in TABLE_1.iter().zip(PAPER).zip(&self.ours) {
            text += &format!(
                "| {name} | {:.3e} | {:.3e} | {difference:.1e} | {} | {:.3e} | {:.3e} | {:.1e} | {} |\n",
                paper.numerical,
                paper.backprop,
                sign(paper.numerical, paper.backprop),
                ours.numerical,
                ours.backprop,
                ours.absolute,
                sign(ours.numerical, ours.backprop),
            );
        }
        text
    }

    fn correct_table(&self) -> String {
        let mut text =
            "| initial weights | epochs of training | images | weights | opposite signs | largest \
                        difference |\n|---|--:|--:|--:|--:|--:|\n"
                .to_owned();
        for row in &self.correct {
            text += &format!(
                "| {} | {} | {} | {} | {} | {:.1e} |\n",
                row.init,
                row.epochs,
                row.images,
                thousands(row.weights),
                row.opposite_signs,
                row.largest_difference
            );
        }
        text
    }

    fn search(&self, draws: u32) -> String {
        let mut text = format!(
            "{SEARCH}Share of {draws} draws, in per cent:\n\n| mistake | opposite | size | uneven | \
             agree | inexact | mixed | first layer | second layer | all |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        );
        for row in &self.bugs {
            let counts = [
                row.opposite,
                row.size,
                row.uneven,
                row.agree,
                row.inexact,
                row.mixed,
                row.first_layer,
                row.second_layer,
                row.all,
            ];
            let cells = counts.map(|count| match count {
                0 => "–".to_owned(),
                _ => format!("{:.1}", 100.0 * f64::from(count) / f64::from(row.draws)),
            });
            text += &format!("| {} | {} |\n", row.bug, cells.join(" | "));
        }
        text
    }

    pub(crate) fn figure(&self) -> Result<Figure> {
        let panel = |name: &str, scale: f64, rows: &[usize], points: &[(f64, f64)]| GradientPanel {
            name: name.to_owned(),
            correct: points.iter().map(|(x, y)| (x * scale, y * scale)).collect(),
            paper: rows
                .iter()
                .map(|&row| {
                    // Two points nearly coincide.
                    let name = match TABLE_1[row].0 {
                        "output bias" => "",
                        "hidden to output i" => "output bias, hidden to output i",
                        name => name,
                    };
                    (
                        name.to_owned(),
                        PAPER[row].backprop * scale,
                        PAPER[row].numerical * scale,
                    )
                })
                .collect(),
        };
        let [first, second] = &self.points;
        let panels = [
            panel("First layer", 1e4, &[1, 2, 3], first),
            panel("Second layer", 1e4, &[0, 4, 5], second),
        ];
        Ok(gradients(
            "Table 1: numerical derivatives against backpropagation",
            "10⁻⁴",
            &panels,
        )?)
    }
}

/// The number with commas between thousands.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const TITLE: &str = "\
# Table 1 of the paper

The paper checks six derivatives of its tanh network at \"a random data sample\", with ε = 10⁻², and finds that they agree
within 10⁻⁴. Its table shows the opposite: the three first-layer rows have opposite signs. This page looks for the reason.

* No correct network gave such a row.
* In double precision, the second-layer rows cannot be right either. So the reason is more than a mistake in
  backpropagation to the first layer.
{FINDING}

Two mistakes together explain the table better than any single one here: one makes the first layer's δ wrong, and one puts
both layers off a little. The second could be a larger ε, or gradient and losses that belong to different weights, because an
update came in between or a weight was not restored. The table cannot show which mistakes were made.

A program writes this page, `correct.csv`, `bugs.csv` and the figure:

```sh
cargo run --release -p experiments --example table1 -- --out results/table1
```

## The twelve values

Our values are from `results/paper/gradcheck.csv`: an untrained network and one image, so the derivatives are larger.

";

const ARGUMENTS: &str = "
## What the table rules out

* **A correct check in double precision.** As a function of one second-layer weight, the loss of an image has the
  derivatives E′ = a(y − t) and E‴ = a³y(1 − y)(1 − 2y), with |a| ≤ 1. So |E‴| ≤ |E′|, and ε = 10⁻² changes the numerical
  derivative by about ε²/6, 0.0017 %, at most. The paper's second-layer rows differ by 0.3, 1.0 and 0.5 %. For the mean of
  several images, |E‴| ≤ √3/18 bounds the difference by 1.6·10⁻⁶. The paper's are 4·10⁻⁶ to 10⁻⁴.
* **A mistake in backpropagation to the first layer alone**: it leaves the second-layer rows exact.
* **One-sided differences, or the gradient at w − ε**: the loss is convex in a second-layer weight, so all three second-layer
  rows would be off in the same direction. The paper's are not.
* **A constant factor**, such as −1, 1/2, 1/10 or the batch size: the second-layer rows would have the factor too. In the
  first layer, the factor differs between rows: −2.3, −3.5 and −1.6.
* **A wrong δ of one hidden unit, at one image**: all weights to this unit would have the same factor.
";

const SEARCH: &str = "
## The search

Each draw is a network, one or ten images, and six weights with derivatives between a third and three times the paper's
numerical ones. The paper names only the two biases, the last of each layer. The other weights are random, with probability
1/2 those of the last unit. The networks are those of the table above. At one image, untrained networks give no such draw:
the derivative of their last output bias is far larger. So the paper's network was probably trained, or its sample had
several images.

A table has the paper's marks if

* *opposite*: all three first-layer rows have opposite signs;
* *size*: their differences are between 10⁻⁴ and 10⁻³ (the paper's: 2.8·10⁻⁴ to 3.6·10⁻⁴);
* *uneven*: the largest ratio of the two derivatives is at least 1.5 times the smallest (2.1 times);
* *agree*: all three second-layer rows agree to 3 % (1.0 %);
* *inexact*: none of them agrees to 0.1 % (0.3 %);
* *mixed*: their differences have both signs.

We chose the marks while exploring, partly on the same draws, and the pairs after seeing the shares of the single mistakes.
So the shares describe the mistakes and test nothing. Before *uneven* was a mark, one draw of *left at w + ε, gradient last*
had all others.

W₂ has the second layer's weights. *Left at*
means that a weight is not restored after its losses are computed, and *rate* is the step of an update. L2 and L1 penalties
are in one of gradient and loss only.

";
