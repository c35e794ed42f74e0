//! The workspace as the rules see it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use walkdir::WalkDir;

use crate::files::{Text, parent, read, relative};
use crate::tree::Tree;

/// A workspace's packages and files. Paths are relative to the root, with `/` between their parts.
pub struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
    /// Every file and folder, but for what is built.
    pub(crate) places: Vec<String>,
    /// Every Rust file, and how many lines it has.
    pub(crate) rust_files: Vec<(String, usize)>,
    /// Every script and style sheet of a web page, and how many lines it has.
    pub(crate) page_files: Vec<(String, usize)>,
    /// The Markdown files that are written by hand.
    pub(crate) documents: Vec<Text>,
}

/// A crate of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Where its manifest lies.
    pub(crate) folder: String,
    pub(crate) manifest: Text,
    pub(crate) dependencies: Vec<Dependency>,
    /// A module tree for its library and one for each of its programs and its build script; tests,
    /// benchmarks and examples have none.
    pub(crate) trees: Vec<Tree>,
}

/// A dependency on another crate of the workspace.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<PackageData>,
}

#[derive(Deserialize)]
struct PackageData {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<DependencyData>,
    targets: Vec<TargetData>,
}

#[derive(Deserialize)]
struct DependencyData {
    name: String,
    kind: Option<String>,
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct TargetData {
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Workspace {
    /// Asks `cargo metadata` for the packages, and reads what the rules look at. Nothing is built or
    /// downloaded.
    ///
    /// # Errors
    /// `cargo metadata` fails, a file cannot be read, or a Rust file is not Rust.
    pub fn load(root: &Path) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| root.display().to_string())?;
        let places = places(&root)?;
        let rust_files = lengths(&root, &places, &[".rs"])?;
        let page_files = lengths(&root, &places, &[".js", ".css"])?;
        let documents = places.iter().filter(|path| is_document(path));
        let documents = documents
            .map(|path| read(&root, path))
            .collect::<Result<_>>()?;
        let packages = metadata(&root)?.packages.into_iter();
        let packages = packages
            .map(|data| Package::load(&root, data))
            .collect::<Result<_>>()?;
        Ok(Self {
            root,
            packages,
            places,
            rust_files,
            page_files,
            documents,
        })
    }

    /// The package of this name.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl fmt::Display for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} crates, {} Rust files and {} documents are as they should be",
            self.packages.len(),
            self.rust_files.len(),
            self.documents.len()
        )
    }
}

impl Package {
    fn load(root: &Path, data: PackageData) -> Result<Self> {
        let manifest = read(root, &relative(root, &data.manifest_path)?)?;
        let mut trees = Vec::new();
        for target in data.targets {
            let apart = ["test", "bench", "example"];
            if !target.kind.iter().any(|kind| apart.contains(&&**kind)) {
                let is_library = target.kind.iter().any(|kind| kind.ends_with("lib"));
                let path = relative(root, &target.src_path)?;
                trees.push(Tree::load(root, &path, is_library)?);
            }
        }
        let ours = data.dependencies.into_iter().filter(|d| d.path.is_some());
        let dependencies = ours
            .map(|dependency| Dependency {
                name: dependency.name,
                kind: match dependency.kind.as_deref() {
                    Some("dev") => Kind::Dev,
                    Some("build") => Kind::Build,
                    _ => Kind::Normal,
                },
            })
            .collect();
        let folder = parent(&manifest.path).to_owned();
        Ok(Self {
            name: data.name,
            folder,
            manifest,
            dependencies,
            trees,
        })
    }

    /// A path in the package, from the workspace's root.
    pub(crate) fn path(&self, inside: &str) -> String {
        if self.folder.is_empty() {
            inside.to_owned()
        } else {
            format!("{}/{inside}", self.folder)
        }
    }

    /// The library's module tree.
    pub(crate) fn library(&self) -> Option<&Tree> {
        self.trees.iter().find(|tree| tree.is_library)
    }
}

fn metadata(root: &Path) -> Result<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    serde_json::from_slice(&output.stdout).context("cargo metadata's output")
}

/// Every file and folder below the root, sorted; without what is built and what git keeps.
fn places(root: &Path) -> Result<Vec<String>> {
    let mut places = Vec::new();
    let built = ["target", ".git", "__pycache__"];
    let walk = WalkDir::new(root).min_depth(1).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_str();
        name.is_some_and(|name| !built.contains(&name))
    }) {
        places.push(relative(root, entry?.path())?);
    }
    Ok(places)
}

/// The files with one of these endings, and how many lines each has.
fn lengths(root: &Path, places: &[String], endings: &[&str]) -> Result<Vec<(String, usize)>> {
    let ends = |path: &&String| endings.iter().any(|ending| path.ends_with(ending));
    let files = places.iter().filter(ends);
    let lengths = files.map(|path| Ok((path.clone(), read(root, path)?.text.lines().count())));
    lengths.collect()
}

/// The results' reports are written by the program, and quote what it measured elsewhere.
fn is_document(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    match parts[..] {
        [name] => name.ends_with(".md"),
        ["crates", _, "README.md"] | ["data", "README.md"] => true,
        ["docs", .., name] => name.ends_with(".md"),
        _ => false,
    }
}
