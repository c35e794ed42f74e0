//! `cargo xtask site`: the book and the committed results as a folder of web pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::book;
use crate::child::{quietly, start, text};
use crate::committed::{Committed, names};
use crate::disk::{copy, fresh, read_text, write};
use crate::lab::{Lab, call, complain, root};
use crate::python::venv;
use crate::releasable::lychee;

/// The folder of the first page, and of the settings and the contents of the book of reports.
const SITE: &str = "xtask/site";

/// Texts of a report's page, and their links in the site: a page elsewhere has no book beside it.
const LINKS: [(&str, &str); 2] = [
    ("href=\"REPORT.md\"", "href=\"REPORT.html\""),
    (
        "<span>The book’s chapter on backpropagation</span>",
        "<a href=\"../../book/backpropagation.html\">The book’s chapter on backpropagation</a>",
    ),
];

/// The style of reports, which the first page has too.
const STYLE: &str = "crates/lab-report/src/page/html/styles/page.css";

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask site                  into target/site
  cargo xtask site --out /tmp/site
  cargo xtask site --check          also open every page in Chromium

Any server of static files can serve the folder, under any path: all links are
relative. Needs Python; --check needs Chromium with its driver (Debian:
chromium-driver).")]
pub(crate) struct Options {
    /// A new or empty folder for the pages [default: target/site, which is written anew]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Serve the pages, and open each in Chromium
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn site(options: &Options) -> Result<()> {
    let pages = match &options.out {
        Some(out) => new_or_empty(out)?,
        None => fresh("site")?,
    };
    book::docs(&pages.join("book"))?;
    book::build(&reports()?, &pages.join("results"))?;
    let first = |name: &str| read_text(root().join(SITE).join(name));
    write(pages.join("index.html"), first("index.html")?)?;
    let style = [read_text(root().join(STYLE))?, first("index.css")?];
    write(pages.join("style.css"), style.join("\n"))?;
    lychee(&[&pages.to_string_lossy()])?;
    if options.check {
        let python = venv("browser-venv", "xtask/browser/requirements.txt")?;
        start(call(python, "xtask/browser/site.py").arg(&pages))?;
    }
    complain(&pages.join("index.html").display().to_string());
    Ok(())
}

/// The path of a folder that has no files which would be lost.
fn new_or_empty(folder: &Path) -> Result<PathBuf> {
    let folder = std::path::absolute(folder).context("--out")?;
    if folder.exists() {
        let mut entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        ensure!(
            entries.next().is_none(),
            "{}: not empty; expected a new or empty folder",
            folder.display()
        );
    }
    Ok(folder)
}

/// A book of the committed results: mdBook makes pages of the texts and copies all other files.
fn reports() -> Result<PathBuf> {
    let book = fresh("site-results")?;
    let source = book.join("src");
    let files = text(&mut call("git", "ls-files results"))?;
    for file in files.lines() {
        let name = file.strip_prefix("results/").unwrap_or(file);
        copy(root().join(file), source.join(name))?;
    }
    let lab = Lab::build()?;
    for name in names() {
        let folder = source.join(&name);
        if Committed::find(&name)?.has_runs {
            // The page's training data is not committed; a report writes it.
            quietly(lab.command("report --quiet").arg(&folder))?;
            fs::remove_file(folder.join(".lock")).context(".lock")?;
        }
        // Browsers show Markdown as plain text, or save it.
        let page = folder.join("report.html");
        let linked = LINKS
            .iter()
            .fold(read_text(&page)?, |text, (from, to)| text.replace(from, to));
        write(&page, linked)?;
    }
    let site = root().join(SITE);
    copy(site.join("book.toml"), book.join("book.toml"))?;
    copy(site.join("SUMMARY.md"), source.join("SUMMARY.md"))?;
    copy(root().join("docs/book.css"), book.join("book.css"))?;
    Ok(book)
}
