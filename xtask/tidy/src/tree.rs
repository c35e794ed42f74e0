//! The modules of one library or program, and where the items are defined that they name.
//!
//! Code for tests is left out. Names that a `macro_rules!` macro defines when it is called are not known.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use syn::visit::{self, Visit};
use syn::{Item, ItemUse, UseTree, Visibility};

use crate::attributes::{is_for_tests, of_impl_item, of_item};
use crate::files::{join, parent, read};

/// The modules that belong to one crate root.
pub(crate) struct Tree {
    pub(crate) is_library: bool,
    pub(crate) files: Vec<File>,
    /// The first is the root.
    modules: Vec<Module>,
}

/// A Rust file outside of tests.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) syntax: syn::File,
    /// The module that the file as a whole is.
    pub(crate) module: ModuleId,
}

pub(crate) type ModuleId = usize;

struct Module {
    /// Index into the tree's files; an inline module shares its parent's.
    file: usize,
    parent: Option<ModuleId>,
    names: HashMap<String, Vec<Name>>,
    globs: Vec<Vec<String>>,
}

/// What a name of a module stands for.
#[derive(Clone)]
enum Name {
    /// An item that the module defines.
    Item,
    /// A module below it.
    Module(ModuleId),
    /// An item or module that it imports, by its path.
    Import(Vec<String>),
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Module(ModuleId),
    /// An item, by the module that defines it.
    Item(ModuleId),
}

/// A name that a `use` brings in.
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// What it is called here; `None` for a glob and for `as _`.
    name: Option<String>,
    pub(crate) is_glob: bool,
    pub(crate) line: usize,
}

/// A file that is still to be read.
struct Pending {
    /// The parent, and the module's name in it.
    declared: Option<(ModuleId, String)>,
    path: String,
    /// Whether modules declared in the file lie beside it: true of lib.rs, main.rs and mod.rs.
    beside: bool,
}

impl Tree {
    /// Reads the crate root and every file that its `mod` items lead to.
    ///
    /// # Errors
    /// A file cannot be read or is not Rust; a declared module has no file.
    pub(crate) fn load(root: &Path, path: &str, is_library: bool) -> Result<Self> {
        let mut tree = Self {
            is_library,
            files: Vec::new(),
            modules: Vec::new(),
        };
        let mut pending = vec![Pending {
            declared: None,
            path: path.to_owned(),
            beside: true,
        }];
        while let Some(next) = pending.pop() {
            let syntax = syn::parse_file(&read(root, &next.path)?.text)
                .with_context(|| next.path.clone())?;
            if is_for_tests(&syntax.attrs) {
                continue;
            }
            let file = tree.files.len();
            let parent_id = next.declared.as_ref().map(|(parent, _)| *parent);
            let module = tree.add_module(file, parent_id);
            if let Some((parent, name)) = next.declared {
                tree.define(parent, &name, Name::Module(module));
            }
            let folder = match next.path.strip_suffix(".rs") {
                Some(stem) if !next.beside => stem.to_owned(),
                _ => parent(&next.path).to_owned(),
            };
            tree.add_items(root, &syntax.items, module, &folder, &mut pending)?;
            tree.files.push(File {
                path: next.path,
                syntax,
                module,
            });
        }
        Ok(tree)
    }

    fn add_module(&mut self, file: usize, parent: Option<ModuleId>) -> ModuleId {
        self.modules.push(Module {
            file,
            parent,
            names: HashMap::new(),
            globs: Vec::new(),
        });
        self.modules.len() - 1
    }

    fn define(&mut self, module: ModuleId, name: &str, meaning: Name) {
        let names = &mut self.modules[module].names;
        names.entry(name.to_owned()).or_default().push(meaning);
    }

    /// Notes what the items define and import; the files of declared modules become pending.
    fn add_items(
        &mut self,
        root: &Path,
        items: &[Item],
        module: ModuleId,
        folder: &str,
        pending: &mut Vec<Pending>,
    ) -> Result<()> {
        for item in items.iter().filter(|item| !is_for_tests(of_item(item))) {
            if let Item::Mod(declared) = item {
                let name = declared.ident.to_string();
                match &declared.content {
                    Some((_, items)) => {
                        let inner = self.add_module(self.modules[module].file, Some(module));
                        self.define(module, &name, Name::Module(inner));
                        self.add_items(root, items, inner, &join(folder, &name), pending)?;
                    }
                    None => pending.push(find_file(root, module, name, folder)?),
                }
                continue;
            }
            if let Some(name) = defined_name(item) {
                self.define(module, &name, Name::Item);
            }
            // A `use` in a function counts as one of its module.
            let mut uses = Uses(Vec::new());
            uses.visit_item(item);
            for import in uses.0 {
                match import.name {
                    Some(name) => self.define(module, &name, Name::Import(import.path)),
                    None if import.is_glob => self.modules[module].globs.push(import.path),
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// What a path leads to, written in a module: nothing for another crate's items, local variables,
    /// generic parameters and `Self`; several if a name stands for both an item and a module.
    pub(crate) fn resolve(&self, module: ModuleId, path: &[String]) -> Vec<Target> {
        let mut found = Vec::new();
        self.follow(module, path, &mut HashSet::new(), &mut found);
        found
    }

    fn follow(
        &self,
        from: ModuleId,
        path: &[String],
        seen: &mut HashSet<(ModuleId, String)>,
        found: &mut Vec<Target>,
    ) {
        let Some((first, rest)) = path.split_first() else {
            return found.push(Target::Module(from));
        };
        match (first.as_str(), self.modules[from].parent) {
            ("crate", _) => self.follow(0, rest, seen, found),
            ("self", _) => self.follow(from, rest, seen, found),
            ("super", Some(parent)) => self.follow(parent, rest, seen, found),
            _ => self.look_up(from, first, rest, seen, found),
        }
    }

    fn look_up(
        &self,
        module: ModuleId,
        name: &str,
        rest: &[String],
        seen: &mut HashSet<(ModuleId, String)>,
        found: &mut Vec<Target>,
    ) {
        // An import does not explain itself: in `use anyhow::anyhow` the first word is the other crate.
        let again = !seen.insert((module, name.to_owned()));
        for meaning in self.modules[module].names.get(name).into_iter().flatten() {
            match meaning {
                // What follows an item is a variant or an associated item.
                Name::Item => found.push(Target::Item(module)),
                Name::Module(inner) => self.follow(*inner, rest, seen, found),
                Name::Import(_) if again => {}
                Name::Import(path) => {
                    self.follow(module, &[path, rest].concat(), seen, found);
                }
            }
        }
        if again {
            return;
        }
        for glob in &self.modules[module].globs {
            let tail = [&[name.to_owned()], rest].concat();
            self.follow(module, &[glob, &*tail].concat(), seen, found);
        }
    }

    /// The file, by its index, in which a module is written.
    pub(crate) fn file_of(&self, module: ModuleId) -> usize {
        self.modules[module].file
    }

    /// The inline module of this name in a module.
    pub(crate) fn inline(&self, module: ModuleId, name: &str) -> Option<ModuleId> {
        let file = self.modules[module].file;
        let names = self.modules[module].names.get(name)?.iter();
        names
            .filter_map(|meaning| match meaning {
                Name::Module(inner) => Some(*inner),
                _ => None,
            })
            .find(|inner| self.modules[*inner].file == file)
    }

    /// Whether a module lies in another, at any depth.
    pub(crate) fn is_below(&self, inner: ModuleId, outer: ModuleId) -> bool {
        let mut above = self.modules[inner].parent;
        while let Some(module) = above {
            if module == outer {
                return true;
            }
            above = self.modules[module].parent;
        }
        false
    }
}

/// Where a declared module lies.
fn find_file(root: &Path, module: ModuleId, name: String, folder: &str) -> Result<Pending> {
    let file = join(folder, &format!("{name}.rs"));
    let mod_rs = join(folder, &format!("{name}/mod.rs"));
    for (path, beside) in [(file, false), (mod_rs, true)] {
        if root.join(&path).is_file() {
            let declared = Some((module, name));
            return Ok(Pending {
                declared,
                path,
                beside,
            });
        }
    }
    bail!("module {name} has no file in {folder}")
}

fn defined_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Collects every import of an item and what is in it.
struct Uses(Vec<Import>);

impl<'ast> Visit<'ast> for Uses {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(of_item(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        if !is_for_tests(of_impl_item(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.0.extend(imports(item));
    }
}

/// What a `use` brings in, one by one; nothing if it begins with `::`, at another crate.
pub(crate) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        leaves(&item.tree, &mut Vec::new(), &mut found);
    }
    found
}

fn leaves(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<Import>) {
    let (ident, name) = match tree {
        UseTree::Path(step) => {
            prefix.push(step.ident.to_string());
            leaves(&step.tree, prefix, found);
            prefix.pop();
            return;
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, prefix, found);
            }
            return;
        }
        UseTree::Glob(glob) => {
            found.push(Import {
                path: prefix.clone(),
                name: None,
                is_glob: true,
                line: glob.star_token.spans[0].start().line,
            });
            return;
        }
        UseTree::Name(name) => (&name.ident, None),
        UseTree::Rename(rename) => (&rename.ident, Some(rename.rename.to_string())),
    };
    let mut path = prefix.clone();
    // `a::{self}` is `a`.
    if ident != "self" || prefix.is_empty() {
        path.push(ident.to_string());
    }
    found.push(Import {
        name: name
            .or_else(|| path.last().cloned())
            .filter(|name| name != "_"),
        path,
        is_glob: false,
        line: ident.span().start().line,
    });
}

/// Whether other modules can import what this `use` brings in.
pub(crate) fn is_reexport(item: &ItemUse) -> bool {
    !matches!(item.vis, Visibility::Inherited)
}
