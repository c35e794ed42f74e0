//! A specification curve: the outcomes of many combinations of choices, sorted, with the choices below.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::legend::{self, Swatch, legend_below};
use crate::panel::{Axis, Panel, Plot, drawable};
use crate::style::{
    BLUE, GREY, INK, Mark, TEXT_SIZE, TICK_SIZE, TITLE_HEIGHT, VERMILION, bold, fill, mark, notice,
    plain, text, tint, title,
};

/// The data of a specification curve.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecificationCurve {
    /// The heading of the figure.
    pub heading: String,
    /// The name and unit of the outcomes.
    pub outcome: String,
    /// The choices, each with its options.
    pub choices: Vec<(String, Vec<String>)>,
    /// The combinations.
    pub combinations: Vec<Combination>,
    /// The paper's number, which is marked.
    pub paper: Option<f64>,
    /// What the marked combinations have in common, for the legend.
    pub marked: String,
}

/// A combination of choices.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// The outcome.
    pub outcome: f64,
    /// The position of the option of each choice.
    pub chosen: Vec<usize>,
    /// Whether the combination is marked.
    pub is_marked: bool,
}

const WIDTH: i32 = 960;
const TOP: i32 = TITLE_HEIGHT - 10;
const CURVE: i32 = 260;
const ROW: i32 = 15;
const GAP: i32 = 6;
const LABELS: i32 = 210;

/// The space for the labels of the y axis, in pixels.
const Y_LABELS: i32 = 62;

/// The maximum number of columns. More columns would look like one bar.
const COLUMNS: usize = 240;

const MARKED: RGBColor = INK;

/// Draws a specification curve of at most 240 combinations, those nearest to the paper's number or, without such a number,
/// to the median. Combinations without a finite outcome are left out.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn specification_curve(curve: &SpecificationCurve) -> Result<Figure, FigureError> {
    let rows: usize = curve.choices.iter().map(|(_, options)| options.len()).sum();
    let below = rows.min(200) as i32 * ROW + curve.choices.len().min(50) as i32 * GAP;
    let height = TOP + CURVE + below + 12 + legend::HEIGHT;
    draw((WIDTH, height), |root| {
        title(root, &curve.heading)?;
        let paper = curve.paper.filter(|y| drawable(*y));
        let (columns, count) = columns(&curve.combinations, paper);
        let ranks = columns.iter().map(|column| column.rank);
        let values = columns.iter().map(|column| column.of.outcome).chain(paper);
        let (Some(x), Some(y)) = (Axis::whole(ranks, 8), Axis::values(values, 6)) else {
            return notice(root, "no data");
        };
        let shown = match (columns.len() == count, paper) {
            (true, _) => format!("all {count} combinations"),
            (false, Some(_)) => format!(
                "the {} of {count} combinations nearest to the paper's number (dashed line)",
                columns.len()
            ),
            (false, None) => format!("the middle {} of {count} combinations", columns.len()),
        };
        let style = text(TEXT_SIZE, INK, HPos::Center);
        root.draw_text(&shown, &style, (px(WIDTH / 2), px(TITLE_HEIGHT)))?;
        let panel = Panel {
            x,
            y,
            x_title: "rank among all combinations, from the lowest",
            y_title: &curve.outcome,
            y_labels: Y_LABELS,
        };
        let left = LABELS - Y_LABELS;
        let plot = panel.draw(root, (left, TOP), (WIDTH - left, CURVE))?;
        if let Some(paper) = paper {
            plot.draw_level(paper, VERMILION)?;
        }
        for column in &columns {
            let (shape, color) = column.look();
            mark(root, shape, column.at(&plot), color)?;
        }
        draw_choices(root, curve, &columns, &plot)?;
        let mut entries = vec![(Swatch::Mark(Mark::Speck, BLUE), "one combination")];
        if columns.iter().any(|column| column.of.is_marked) {
            entries.push((Swatch::Mark(Mark::Dot, MARKED), &curve.marked));
        }
        if paper.is_some() {
            entries.push((Swatch::LevelDashes(VERMILION), "paper"));
        }
        legend_below(root, &entries)
    })
}

/// A combination that is drawn, and its rank among all, from 1.
struct Column<'a> {
    rank: u32,
    of: &'a Combination,
}

impl Column<'_> {
    fn at(&self, plot: &Plot<'_>) -> (i32, i32) {
        plot.at(self.rank.into(), self.of.outcome)
    }

    fn look(&self) -> (Mark, RGBColor) {
        match self.of.is_marked {
            true => (Mark::Dot, MARKED),
            false => (Mark::Speck, BLUE),
        }
    }
}

/// The combinations to draw, by rank, and the number of all.
fn columns(all: &[Combination], paper: Option<f64>) -> (Vec<Column<'_>>, usize) {
    let finite = all.iter().filter(|it| drawable(it.outcome));
    let mut sorted: Vec<&Combination> = finite.collect();
    sorted.sort_by(|a, b| a.outcome.total_cmp(&b.outcome));
    let count = sorted.len();
    let median = sorted.get(count / 2).map(|it| it.outcome);
    let middle = paper.or(median).unwrap_or_default();
    let mut columns: Vec<Column<'_>> = (1..)
        .zip(sorted)
        .map(|(rank, of)| Column { rank, of })
        .collect();
    let distance = |column: &Column<'_>| (column.of.outcome - middle).abs();
    columns.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    columns.truncate(COLUMNS);
    columns.sort_by_key(|column| column.rank);
    (columns, count)
}

fn draw_choices(
    root: &Area<'_>,
    curve: &SpecificationCurve,
    columns: &[Column<'_>],
    plot: &Plot<'_>,
) -> Drawn {
    let mut top = TOP + CURVE + 4;
    for (choice, (name, options)) in curve.choices.iter().enumerate().take(50) {
        top += GAP;
        let cut = |words: &str| plain(&words.chars().take(24).collect::<String>());
        root.draw_text(
            &cut(name),
            &bold(TICK_SIZE, INK, HPos::Left),
            (px(6), px(top + ROW / 2)),
        )?;
        for (option, words) in options.iter().enumerate() {
            let middle = px(top + ROW / 2);
            root.draw_text(
                &cut(words),
                &text(TICK_SIZE, GREY, HPos::Right),
                (px(LABELS - 8), middle),
            )?;
            let chosen = columns
                .iter()
                .filter(|column| column.of.chosen.get(choice) == Some(&option));
            for column in chosen {
                let (x, _) = column.at(plot);
                let color = match column.of.is_marked {
                    true => MARKED,
                    false => tint(BLUE, 0.5),
                };
                let corners = [(x - px(1), middle - px(5)), (x + px(1), middle + px(5))];
                fill(root, corners, color)?;
            }
            top += ROW;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combination((outcome, chosen): (f64, Vec<usize>)) -> Combination {
        Combination {
            outcome,
            chosen,
            is_marked: outcome == 0.3,
        }
    }

    fn drawn(combinations: Vec<(f64, Vec<usize>)>, paper: Option<f64>) -> String {
        let curve = SpecificationCurve {
            heading: "choices".to_owned(),
            outcome: "accuracy".to_owned(),
            choices: vec![(
                "sign".to_owned(),
                vec!["plus".to_owned(), "<minus>".to_owned()],
            )],
            combinations: combinations.into_iter().map(combination).collect(),
            paper,
            marked: "near & dear".to_owned(),
        };
        specification_curve(&curve).unwrap().svg().to_owned()
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let given = vec![
            (0.2, vec![0]),
            (f64::NAN, vec![1]),
            (0.1, vec![1]),
            (0.3, vec![7]),
        ];
        let svg = drawn(given, Some(0.5));
        assert!(svg.contains("&lt;minus&gt;") && !svg.contains("NaN"));
        assert!(svg.contains("all 3 combinations") && svg.contains("near &amp; dear"));
        for none in [vec![], vec![(f64::INFINITY, vec![0])]] {
            assert!(drawn(none, Some(0.5)).contains("no data"));
        }
        assert!(!drawn(vec![(0.2, vec![0])], None).contains("near"));
    }

    #[test]
    fn the_nearest_are_shown_by_rank() {
        let all: Vec<_> = (0..1000).rev().map(|it| (f64::from(it), vec![0])).collect();
        let made: Vec<Combination> = all.iter().cloned().map(combination).collect();
        let ends = |paper| {
            let (columns, count) = columns(&made, paper);
            assert_eq!((columns.len(), count), (240, 1000));
            assert!(columns.is_sorted_by_key(|column| column.rank));
            (columns[0].rank, columns[239].rank)
        };
        assert_eq!(ends(Some(700.2)), (582, 821));
        assert_eq!(ends(Some(5000.0)), (761, 1000));
        assert_eq!(ends(None), (381, 620));
        let words = "the 240 of 1000 combinations nearest";
        assert!(drawn(all.clone(), Some(700.2)).contains(words));
        assert!(drawn(all, None).contains("the middle 240 of 1000"));
    }
}
