//! A specification curve: the outcomes of many combinations of choices, sorted, with the choices below.

use plotters::style::text_anchor::HPos;

use crate::canvas::{Area, Drawn, draw, px};
use crate::figure::{Figure, FigureError};
use crate::panel::{Axis, Panel, Plot, drawable};
use crate::style::{
    BLUE, GREY, INK, Mark, TICK_SIZE, TITLE_HEIGHT, VERMILION, bold, dashes, fill, line, mark,
    notice, plain, text, title,
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
    /// For each combination, the outcome, and the position of the option of each choice.
    pub combinations: Vec<(f64, Vec<usize>)>,
    /// The paper's number, which is marked.
    pub paper: Option<f64>,
}

const WIDTH: i32 = 960;
const CURVE: i32 = 260;
const ROW: i32 = 15;
const GAP: i32 = 6;
const LABELS: i32 = 210;

/// The space for the labels of the y axis, in pixels.
const Y_LABELS: i32 = 62;

/// The maximum number of columns, evenly spaced over the ranks. More columns would look like one bar.
const COLUMNS: usize = 240;

/// Draws a specification curve. Combinations without a finite outcome are left out.
///
/// # Errors
/// An error of the drawing library; none is known to occur.
pub fn specification_curve(curve: &SpecificationCurve) -> Result<Figure, FigureError> {
    let rows: usize = curve.choices.iter().map(|(_, options)| options.len()).sum();
    let below = rows.min(200) as i32 * ROW + curve.choices.len().min(50) as i32 * GAP;
    draw((WIDTH, TITLE_HEIGHT + CURVE + below + 16), |root| {
        title(root, &curve.heading)?;
        let mut sorted: Vec<_> = curve
            .combinations
            .iter()
            .filter(|(y, _)| drawable(*y))
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some(last) = sorted.len().checked_sub(1) else {
            return notice(root, "no data");
        };
        let shown = COLUMNS.min(sorted.len());
        let rank = |column: usize| {
            if shown == 1 {
                0
            } else {
                column * last / (shown - 1)
            }
        };
        let columns: Vec<(usize, &(f64, Vec<usize>))> =
            (0..shown).map(|it| (rank(it), sorted[rank(it)])).collect();
        let values = sorted
            .iter()
            .map(|(y, _)| *y)
            .chain(curve.paper.filter(|y| drawable(*y)));
        let ends = [1, u32::try_from(sorted.len()).unwrap_or(u32::MAX)];
        let (Some(x), Some(y)) = (Axis::whole(ends.into_iter(), 8), Axis::values(values, 6)) else {
            return notice(root, "no data");
        };
        let panel = Panel {
            x,
            y,
            x_title: "combinations, by their outcome",
            y_title: &curve.outcome,
            y_labels: Y_LABELS,
        };
        let left = LABELS - Y_LABELS;
        let plot = panel.draw(root, (left, TITLE_HEIGHT - 18), (WIDTH - left, CURVE))?;
        let (across, _) = plot.pixel_range();
        if let Some(paper) = curve.paper.filter(|y| drawable(*y)) {
            let (_, y) = plot.at(0.0, paper);
            dashes(
                root,
                [(across.start, y), (across.end, y)],
                line(VERMILION, 6),
            )?;
        }
        for (rank, (outcome, _)) in &columns {
            mark(
                root,
                Mark::Speck,
                plot.at(*rank as f64 + 1.0, *outcome),
                BLUE,
            )?;
        }
        draw_choices(root, curve, &columns, &plot)
    })
}

fn draw_choices(
    root: &Area<'_>,
    curve: &SpecificationCurve,
    columns: &[(usize, &(f64, Vec<usize>))],
    plot: &Plot<'_>,
) -> Drawn {
    let mut top = TITLE_HEIGHT + CURVE - 14;
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
                .filter(|(_, (_, options))| options.get(choice) == Some(&option));
            for (rank, (outcome, _)) in chosen {
                let (x, _) = plot.at(*rank as f64 + 1.0, *outcome);
                fill(
                    root,
                    [(x - px(1), middle - px(5)), (x + px(1), middle + px(5))],
                    BLUE,
                )?;
            }
            top += ROW;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(combinations: Vec<(f64, Vec<usize>)>) -> SpecificationCurve {
        SpecificationCurve {
            heading: "choices".to_owned(),
            outcome: "accuracy".to_owned(),
            choices: vec![(
                "sign".to_owned(),
                vec!["plus".to_owned(), "<minus>".to_owned()],
            )],
            combinations,
            paper: Some(0.5),
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let given = vec![
            (0.2, vec![0]),
            (f64::NAN, vec![1]),
            (0.1, vec![1]),
            (0.3, vec![7]),
        ];
        let svg = specification_curve(&curve(given)).unwrap().svg().to_owned();
        assert!(svg.contains("&lt;minus&gt;") && !svg.contains("NaN"));
        for none in [vec![], vec![(f64::INFINITY, vec![0])]] {
            let svg = specification_curve(&curve(none)).unwrap().svg().to_owned();
            assert!(svg.contains("no data"));
        }
        specification_curve(&curve(vec![(0.2, vec![0])])).unwrap();
    }
}
