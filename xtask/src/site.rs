//! `cargo xtask site`: the book and the committed results as a folder of web pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::book;
use crate::child::{output, quietly, start};
use crate::committed::{Committed, names};
use crate::lab::{Lab, complain, fresh, root};
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
    out: Option<PathBuf>,

    /// Serve the pages, and open each in Chromium
    #[arg(long)]
    check: bool,
}

/// The pages in `target/site`, opened in Chromium.
pub(crate) fn checked() -> Options {
    Options {
        out: None,
        check: true,
    }
}

pub(crate) fn site(options: &Options) -> Result<()> {
    let pages = match &options.out {
        Some(out) => new_or_empty(out)?,
        None => fresh("site")?,
    };
    book::docs(&pages.join("book"))?;
    book::build(&reports()?, &pages.join("results"))?;
    let first = |name: &str| read(&root().join(SITE).join(name));
    write(&pages.join("index.html"), &first("index.html")?)?;
    let style = [read(&root().join(STYLE))?, first("index.css")?];
    write(&pages.join("style.css"), &style.join("\n"))?;
    lychee(&[&pages.to_string_lossy()])?;
    if options.check {
        let python = venv("browser-venv", "xtask/browser/requirements.txt")?;
        let mut check = Command::new(python);
        check.arg(root().join("xtask/browser/site.py"));
        start(check.arg(&pages))?;
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
    let mut git = Command::new("git");
    git.args(["ls-files", "results"]).current_dir(root());
    let files = String::from_utf8(output(&mut git)?).context("git ls-files")?;
    for file in files.lines() {
        let name = file.strip_prefix("results/").unwrap_or(file);
        copy(&root().join(file), &source.join(name))?;
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
        let text = read(&page)?;
        let linked = LINKS
            .iter()
            .fold(text, |text, (from, to)| text.replace(from, to));
        write(&page, &linked)?;
    }
    let site = root().join(SITE);
    copy(&site.join("book.toml"), &book.join("book.toml"))?;
    copy(&site.join("SUMMARY.md"), &source.join("SUMMARY.md"))?;
    copy(&root().join("docs/book.css"), &book.join("book.css"))?;
    Ok(book)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Copies a file, and makes the folders above the copy.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let Some(folder) = to.parent() else {
        bail!("{}: no folder above it", to.display());
    };
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}
