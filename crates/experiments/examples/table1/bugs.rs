//! Mistakes that could give the paper's table.

use experiments::gradient_check::PAPER_EPSILON as EPSILON;
use rand::Rng;
use rand::seq::SliceRandom;

use crate::network::{CLASSES, HIDDEN, Network, PIXELS, Weight, slope};
use crate::table::{PAPER, Row, Table};

/// A network, its images and six weights.
pub(crate) struct Case {
    pub(crate) network: Network,
    pub(crate) weights: [Weight; 6],
    /// The order in which a program checks the weights, which need not be the order of the table.
    pub(crate) order: [usize; 6],
}

/// When a program that does not restore the weights computes the gradient.
#[derive(Clone, Copy)]
pub(crate) enum When {
    Before,
    BeforeEach,
    After,
}

/// A planted mistake.
pub(crate) struct Bug {
    pub(crate) name: &'static str,
    pub(crate) table: fn(&Case) -> Table,
}

impl Case {
    /// Draws six weights whose derivatives have about the paper's sizes, and the order of the checks. `None` if the
    /// images give none. The paper names the two biases, the last of their layers. Each unit of the other four weights
    /// is the last with probability 1/2.
    pub(crate) fn draw(network: Network, rng: &mut impl Rng) -> Option<Self> {
        let fits = |row: usize, weight| {
            let ratio = network.gradient(weight) / PAPER[row].numerical;
            (1.0 / 3.0..3.0).contains(&ratio.abs())
        };
        let biases = [
            Weight::Second(HIDDEN, CLASSES - 1),
            Weight::First(PIXELS, HIDDEN - 1),
        ];
        if !fits(0, biases[0]) || !fits(1, biases[1]) {
            return None;
        }
        let mut weights = [biases[0]; 6];
        weights[1] = biases[1];
        for (row, chosen) in weights.iter_mut().enumerate().skip(2) {
            let mut below = |count: usize| rng.random_range(0..count as u32) as usize;
            let mut random = || {
                let mut unit = |count| {
                    if below(2) == 0 {
                        count - 1
                    } else {
                        below(count)
                    }
                };
                let (hidden, output) = (unit(HIDDEN), unit(CLASSES));
                if row < 4 {
                    Weight::First(below(PIXELS), hidden)
                } else {
                    Weight::Second(hidden, output)
                }
            };
            *chosen = (0..200)
                .map(|_| random())
                .find(|&weight| fits(row, weight))?;
        }
        let mut order = TABLE_ORDER;
        order.shuffle(rng);
        Some(Self {
            network,
            weights,
            order,
        })
    }

    pub(crate) fn correct(&self) -> Table {
        self.with(
            |w| self.network.numerical(w, EPSILON),
            |w| self.network.gradient(w),
        )
    }

    fn with(&self, numerical: impl Fn(Weight) -> f64, backprop: impl Fn(Weight) -> f64) -> Table {
        self.weights.map(|w| Row {
            numerical: numerical(w),
            backprop: backprop(w),
        })
    }

    /// A right numerical gradient beside another gradient.
    fn backprop(&self, backprop: impl Fn(Weight) -> f64) -> Table {
        self.with(|w| self.network.numerical(w, EPSILON), backprop)
    }

    /// A right gradient beside another numerical one.
    fn numerical(&self, numerical: impl Fn(Weight) -> f64) -> Table {
        self.with(numerical, |w| self.network.gradient(w))
    }

    fn derivative(&self, derivative: fn(f64, f64) -> f64) -> Table {
        let net = &self.network;
        self.backprop(|w| net.gradient_with(w, &derivative, &net.second, 0))
    }

    /// The gradient with δ from the next row of W₂, as if the bias row came first.
    fn next_row(&self, weight: Weight) -> f64 {
        let net = &self.network;
        net.gradient_with(weight, &slope, &net.second, 1)
    }

    fn penalty(&self, term: impl Fn(f64) -> f64) -> Table {
        self.backprop(|w| self.network.gradient(w) + term(self.network.value(w)))
    }

    /// Both sides right, but an update between them.
    fn update_between(&self, rate: f64) -> Table {
        let after = self.network.updated(rate);
        self.with(
            |w| after.numerical(w, EPSILON),
            |w| self.network.gradient(w),
        )
    }

    /// Backpropagation updates each layer before it goes to the layer below, and the losses come last.
    fn update_inside(&self, rate: f64) -> Table {
        let (before, after) = (&self.network, self.network.updated(rate));
        let backprop = |w| before.gradient_with(w, &slope, &after.second, 0);
        self.with(|w| after.numerical(w, EPSILON), backprop)
    }

    /// Each weight stays where it was moved, `by` from its value.
    fn not_restored(&self, order: [usize; 6], by: f64, when: When) -> Table {
        let mut network = self.network.clone();
        let mut table = Table::default();
        for row in order {
            let weight = self.weights[row];
            let at = if matches!(when, When::Before) {
                &self.network
            } else {
                &network
            };
            table[row] = Row {
                numerical: network.numerical(weight, EPSILON),
                backprop: at.gradient(weight),
            };
            network = network.moved(weight, by);
        }
        if matches!(when, When::After) {
            for (row, &weight) in table.iter_mut().zip(&self.weights) {
                row.backprop = network.gradient(weight);
            }
        }
        table
    }
}

/// The weight next to this one: the next unit of the layer.
fn next_unit(weight: Weight) -> Weight {
    match weight {
        Weight::First(i, j) => Weight::First(i, (j + 1) % HIDDEN),
        Weight::Second(j, k) => Weight::Second(j, (k + 1) % CLASSES),
    }
}

/// The weight before this one: from the input before.
fn input_before(weight: Weight) -> Weight {
    match weight {
        Weight::First(i, j) => Weight::First((i + PIXELS) % (PIXELS + 1), j),
        Weight::Second(j, k) => Weight::Second((j + HIDDEN) % (HIDDEN + 1), k),
    }
}

/// The weight from the pixel in the transposed image.
fn transposed(weight: Weight) -> Weight {
    match weight {
        Weight::First(i, j) if i < PIXELS => Weight::First(i % 28 * 28 + i / 28, j),
        _ => weight,
    }
}

pub(crate) const TABLE_ORDER: [usize; 6] = [0, 1, 2, 3, 4, 5];

/// The mistakes.
pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "none",
        table: Case::correct,
    },
    // Backpropagation to the first layer.
    Bug {
        name: "no tanh′",
        table: |c| c.derivative(|_, _| 1.0),
    },
    Bug {
        name: "tanh′ as 1 − z²",
        table: |c| c.derivative(|z, _| 1.0 - z * z),
    },
    Bug {
        name: "tanh′ as 1 − tanh² a",
        table: |c| c.derivative(|_, a| 1.0 - a.tanh().powi(2)),
    },
    Bug {
        name: "tanh′ as a(1 − a)",
        table: |c| c.derivative(|_, a| a * (1.0 - a)),
    },
    Bug {
        name: "δ from the next row of W₂",
        table: |c| c.backprop(|w| c.next_row(w)),
    },
    Bug {
        name: "δ from W₂ after its update, rate 0.1",
        table: |c| {
            let (net, after) = (&c.network, c.network.updated(0.1));
            c.backprop(|w| net.gradient_with(w, &slope, &after.second, 0))
        },
    },
    Bug {
        name: "δ of the hidden layer negative",
        table: |c| c.derivative(|_, a| a * a - 1.0),
    },
    Bug {
        name: "image transposed in the gradient",
        table: |c| c.backprop(|w| c.network.gradient(transposed(w))),
    },
    // Another weight, another scale, another loss.
    Bug {
        name: "reported weight is of the next unit",
        table: |c| c.backprop(|w| c.network.gradient(next_unit(w))),
    },
    Bug {
        name: "reported weight is of the input before (bias row first)",
        table: |c| c.backprop(|w| c.network.gradient(input_before(w))),
    },
    Bug {
        name: "gradient of −E",
        table: |c| c.backprop(|w| -c.network.gradient(w)),
    },
    Bug {
        name: "divided by 10 classes",
        table: |c| c.backprop(|w| c.network.gradient(w) / 10.0),
    },
    Bug {
        name: "step (1 − γ)α dE/dw reported",
        table: |c| c.backprop(|w| 0.01 * c.network.gradient(w)),
    },
    Bug {
        name: "loss of all images, gradient of the first",
        table: |c| {
            let first = c.network.first_image();
            c.backprop(|w| first.gradient(w))
        },
    },
    Bug {
        name: "L2 in the gradient only, λ = 0.01",
        table: |c| c.penalty(|w| 0.01 * w),
    },
    Bug {
        name: "L2 in the loss only, λ = 0.01",
        table: |c| c.penalty(|w| -0.01 * w),
    },
    Bug {
        name: "L2 in the gradient only, λ = 0.1",
        table: |c| c.penalty(|w| 0.1 * w),
    },
    Bug {
        name: "L2 in the loss only, λ = 0.1",
        table: |c| c.penalty(|w| -0.1 * w),
    },
    Bug {
        name: "L1 in the gradient only, λ = 0.01",
        table: |c| c.penalty(|w| 0.01 * w.signum()),
    },
    Bug {
        name: "update inside backpropagation, rate 0.1",
        table: |c| c.update_inside(0.1),
    },
    Bug {
        name: "update inside backpropagation, rate 0.01",
        table: |c| c.update_inside(0.01),
    },
    Bug {
        name: "update between the two, rate 0.1",
        table: |c| c.update_between(0.1),
    },
    Bug {
        name: "update between the two, rate 0.01",
        table: |c| c.update_between(0.01),
    },
    Bug {
        name: "update between the two, rate 0.001",
        table: |c| c.update_between(0.001),
    },
    // The numerical gradient.
    Bug {
        name: "losses in single precision",
        table: |c| {
            c.numerical(|w| {
                let loss = |by| c.network.moved(w, by).loss_in_single_precision();
                (loss(EPSILON) - loss(-EPSILON)) / (2.0 * EPSILON)
            })
        },
    },
    Bug {
        name: "second loss at w, over 2ε",
        table: |c| {
            c.numerical(|w| {
                (c.network.moved(w, EPSILON).loss() - c.network.loss()) / (2.0 * EPSILON)
            })
        },
    },
    Bug {
        name: "second loss at w, over ε",
        table: |c| {
            c.numerical(|w| (c.network.moved(w, EPSILON).loss() - c.network.loss()) / EPSILON)
        },
    },
    Bug {
        name: "gradient at w − ε",
        table: |c| c.backprop(|w| c.network.moved(w, -EPSILON).gradient(w)),
    },
    Bug {
        name: "ε = 0.1",
        table: |c| c.numerical(|w| c.network.numerical(w, 0.1)),
    },
    Bug {
        name: "ε = 0.5",
        table: |c| c.numerical(|w| c.network.numerical(w, 0.5)),
    },
    Bug {
        name: "left at w − ε, gradient first",
        table: |c| c.not_restored(TABLE_ORDER, -EPSILON, When::Before),
    },
    Bug {
        name: "left at w − ε, gradient before each row",
        table: |c| c.not_restored(TABLE_ORDER, -EPSILON, When::BeforeEach),
    },
    Bug {
        name: "left at w − ε, gradient last",
        table: |c| c.not_restored(TABLE_ORDER, -EPSILON, When::After),
    },
    Bug {
        name: "left at w + ε, gradient first",
        table: |c| c.not_restored(TABLE_ORDER, EPSILON, When::Before),
    },
    Bug {
        name: "left at w + ε, gradient last",
        table: |c| c.not_restored(TABLE_ORDER, EPSILON, When::After),
    },
    Bug {
        name: "left at w − ε, gradient first, random order",
        table: |c| c.not_restored(c.order, -EPSILON, When::Before),
    },
    Bug {
        name: "left at w − ε, gradient last, random order",
        table: |c| c.not_restored(c.order, -EPSILON, When::After),
    },
    Bug {
        name: "left at w + ε, gradient first, random order",
        table: |c| c.not_restored(c.order, EPSILON, When::Before),
    },
    Bug {
        name: "left at w + ε, gradient last, random order",
        table: |c| c.not_restored(c.order, EPSILON, When::After),
    },
    // Pairs.
    Bug {
        name: "pair: δ from the next row of W₂; ε = 0.1",
        table: |c| c.with(|w| c.network.numerical(w, 0.1), |w| c.next_row(w)),
    },
    Bug {
        name: "pair: tanh′ as a(1 − a); ε = 0.1",
        table: |c| {
            let net = &c.network;
            let backprop = |w| net.gradient_with(w, &|_, a| a * (1.0 - a), &net.second, 0);
            c.with(|w| net.numerical(w, 0.1), backprop)
        },
    },
    Bug {
        name: "pair: δ from the next row of W₂; update between the two, rate 0.001",
        table: |c| {
            let after = c.network.updated(0.001);
            c.with(|w| after.numerical(w, EPSILON), |w| c.next_row(w))
        },
    },
];
