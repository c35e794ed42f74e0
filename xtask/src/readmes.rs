//! `cargo xtask readmes`: a new project from the code blocks of each README, as a reader would make it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::child::start;
use crate::disk::read_text;
use crate::lab::{call, cargo, complain, root, target};

/// The crates for other projects. Each has examples, and a README with code blocks for a complete project.
const LIBRARIES: [&str; 6] = [
    "mnist-data",
    "nn-core",
    "nn-train",
    "mnist-samples",
    "gradcheck",
    "mnist-picture",
];

/// The clone's path in READMEs, until the crates are published.
const CLONE: &str = "\"../mnist-lab/";

/// Builds and runs the project of each of these READMEs, in a folder outside the workspace, without optimisation except
/// as the README sets it. The dependencies are the README's lines, with the path of this clone. Other crates have the
/// versions of the workspace.
///
/// # Errors
/// The first README without its blocks, or whose project does not build and run.
pub(crate) fn readmes() -> Result<()> {
    let pages = LIBRARIES.map(|name| format!("crates/{name}/README.md"));
    for path in ["README.md".to_owned()].into_iter().chain(pages) {
        complain(&format!("{path}:"));
        let text = read_text(root().join(&path))?;
        let folder = tempfile::tempdir().context("a folder for a README's project")?;
        write_project(&text, folder.path())
            .and_then(|()| run_project(folder.path()))
            .context(path)?;
    }
    Ok(())
}

/// Writes a project from a README's first TOML block and first program.
fn write_project(readme: &str, folder: &Path) -> Result<()> {
    let manifest = block(readme, "toml").context("no ```toml block")?;
    let program = block(readme, "rust").context("no ```rust block")?;
    ensure!(
        manifest.contains("[dependencies]"),
        "the ```toml block has no [dependencies]"
    );
    let clone = format!("{:?}", root().join(""));
    let mut lines = manifest.replace(CLONE, clone.trim_end_matches('"'));
    if lines == manifest {
        // A version that is about to be published.
        lines.push_str("\n[patch.crates-io]\n");
        for name in LIBRARIES {
            let path = root().join("crates").join(name);
            lines.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
        }
    }
    let package = "[package]\nname = \"readme\"\nedition = \"2024\"\n\n";
    fs::write(folder.join("Cargo.toml"), format!("{package}{lines}"))?;
    fs::create_dir(folder.join("src"))?;
    fs::write(
        folder.join("src/main.rs"),
        format!("#![deny(warnings)]\n{program}"),
    )?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// Builds without debug information, like the workspace's tests, so that other crates are not compiled again.
fn run_project(folder: &Path) -> Result<()> {
    let job = |args: &str| {
        let mut job = cargo(args);
        job.current_dir(folder)
            .env("CARGO_TARGET_DIR", target()?)
            .env("CARGO_PROFILE_DEV_DEBUG", "false");
        start(&mut job)
    };
    job("run --quiet")?;
    // The next project is in another folder.
    job("clean --quiet --package readme")
}

/// The first fenced block in this language.
fn block(markdown: &str, language: &str) -> Option<String> {
    let fence = format!("```{language}");
    let lines = markdown.lines().skip_while(|line| *line != fence).skip(1);
    let mut block = String::new();
    for line in lines {
        if line == "```" {
            return Some(block);
        }
        block.push_str(line);
        block.push('\n');
    }
    None
}

/// Runs the examples of every library, as `cargo test` has built them.
///
/// # Errors
/// A library without examples, or an example that fails.
pub(crate) fn examples() -> Result<()> {
    let built = target()?.join("release").join("examples");
    for name in LIBRARIES {
        let folder = root().join("crates").join(name).join("examples");
        let mut count = 0;
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let file = entry?.path();
            let Some(example) = file.file_stem() else {
                continue;
            };
            let program = built
                .join(example)
                .with_extension(std::env::consts::EXE_EXTENSION);
            start(&mut call(program, ""))?;
            count += 1;
        }
        ensure!(count > 0, "{} has no example", folder.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str =
        "# a\n```toml\n[dependencies]\na = \"0.1\"\n```\n```rust\nfn main() {}\n```\n";

    #[test]
    fn a_readme_is_a_project() {
        let folder = tempfile::tempdir().unwrap();
        write_project(README, folder.path()).unwrap();
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("src/main.rs"), "#![deny(warnings)]\nfn main() {}\n");
        let patched = "\n[dependencies]\na = \"0.1\"\n\n[patch.crates-io]\nmnist-data = ";
        assert!(read("Cargo.toml").contains(patched));
    }

    #[test]
    fn a_path_into_a_clone_leads_to_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let readme = README.replace("\"0.1\"", "{ path = \"../mnist-lab/crates/a\" }");
        write_project(&readme, folder.path()).unwrap();
        let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
        let path = format!("{:?}", root().join("crates/a"));
        assert!(manifest.ends_with(&format!("\n[dependencies]\na = {{ path = {path} }}\n")));
    }

    #[test]
    fn a_readme_without_its_blocks_is_refused() {
        for (spoilt, said) in [
            (README.replace("toml", "text"), "no ```toml block"),
            (README.replace("rust", "rust,no_run"), "no ```rust block"),
            (README.replace("[dependencies]", ""), "no [dependencies]"),
            (README.replace("{}\n```", "{}"), "no ```rust block"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let error = write_project(&spoilt, folder.path()).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
